//! `gcp.keys`: `gcloud iam service-accounts keys list` and its REST form.

use model::{Attributes, EdgeKind, Fact, ObservedEdge, Status, TimeUs};
use serde::Deserialize;

use super::{SPEC_KEYS, names};
use crate::imports::fields::{Stamp, typed};
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// Google writes 9999-12-31T23:59:59Z for a key without end.
const NO_END_FROM: &str = "9999-01-01";

/// Keys of service accounts.
#[derive(Debug)]
pub struct Keys;

impl Format for Keys {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_KEYS
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let distinct = ["", "[].", "keys.[]."].iter().any(|place| {
            probe.has_key(&format!("{place}keyType"))
                && (probe.has_key(&format!("{place}validAfterTime"))
                    || probe.has_key(&format!("{place}keyOrigin")))
        });
        if distinct { Match::Sure } else { Match::No }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let one = document.probe().has_key("keyType");
        let reading = Reading::new(&SPEC_KEYS, "project", None, document, cx).part_of_scope();
        if one {
            reading.documents(document, &mut |reading, element| {
                say(reading, typed(element.bytes)?)
            })
        } else {
            reading.elements(document, &mut element)
        }
    }
}

fn element(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    match element.key {
        "" | "keys" => say(reading, typed(element.bytes)?),
        _ => Ok(()),
    }
}

/// A key as IAM's REST interface writes it. The answer of `keys create` also holds
/// `privateKeyData`; there is no field for it here, so it is dropped unread.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Key {
    name: Option<String>,
    key_type: Option<String>,
    key_origin: Option<String>,
    key_algorithm: Option<String>,
    valid_after_time: Stamp,
    valid_before_time: Stamp,
    disabled: bool,
    disable_reason: Option<String>,
}

/// Says one key. User-managed keys are copies outside Google's hands; system-managed ones are
/// Google's own, never leave it and are replaced by themselves.
pub(crate) fn say(reading: &mut Reading<'_, '_>, key: Key) -> Result<(), Broken> {
    let name = key.name.as_deref().ok_or_else(|| Broken::missing("name"))?;
    let path = name
        .strip_prefix("//iam.googleapis.com/")
        .unwrap_or(name)
        .split('/')
        .collect::<Vec<_>>();
    let ["projects", stated, "serviceAccounts", email, "keys", id] = path.as_slice() else {
        return Err(Broken::because(
            "its `name` is not projects/…/serviceAccounts/…/keys/…",
        ));
    };
    let email = email.to_lowercase();
    let project = Some(*stated)
        .filter(|project| *project != "-")
        .or_else(|| names::project_of_email(&email))
        .map(str::to_owned);
    let mut attributes = Attributes {
        tenant: project.clone(),
        created: key.valid_after_time.fact(),
        last_rotated: key.valid_after_time.fact(),
        expires: key.valid_before_time.fact().map(no_end),
        status: Some(if key.disabled {
            Status::Disabled
        } else {
            Status::Enabled
        }),
        ..Attributes::named(*id, "gcp_service_account_key")
    };
    let managed = match key.key_type.as_deref() {
        Some("USER_MANAGED") => Some("user"),
        Some("SYSTEM_MANAGED") => Some("google"),
        _ => None,
    };
    if let Some(managed) = managed {
        attributes = attributes.with("managed_by", managed);
    }
    for (word, text) in [
        ("key_type", key.key_type),
        ("key_origin", key.key_origin),
        ("key_algorithm", key.key_algorithm),
        ("disable_reason", key.disable_reason),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    let node = names::thing(model::NodeKind::Credential, &format!("{email}/keys/{id}"));
    let observation = reading.about(node, attributes).edge(ObservedEdge::to(
        EdgeKind::Authenticates,
        names::service_account(&email),
    ));
    Ok(reading.say(project.as_deref(), observation)?)
}

fn no_end(fact: Fact<TimeUs>) -> Fact<TimeUs> {
    match fact.value() {
        Some(time) if time.date().as_str() >= NO_END_FROM => Fact::never(),
        _ => fact,
    }
}
