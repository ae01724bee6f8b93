//! `gcp.service_accounts`: `gcloud iam service-accounts list` and its REST form.

use model::{Alias, Attributes, Class, EdgeKind, ObservedEdge, Status};
use serde::Deserialize;

use super::{SPEC_SERVICE_ACCOUNTS, names};
use crate::imports::fields::typed;
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// Service accounts.
#[derive(Debug)]
pub struct ServiceAccounts;

impl Format for ServiceAccounts {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_SERVICE_ACCOUNTS
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let distinct = ["oauth2ClientId", "uniqueId"].iter().any(|key| {
            ["", "[].", "accounts.[]."]
                .iter()
                .any(|place| probe.has_keys(&[&format!("{place}{key}"), &format!("{place}email")]))
        });
        if distinct { Match::Sure } else { Match::No }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        // `describe` prints one object, whose keys belong together.
        let one = document.probe().has_keys(&["uniqueId", "email"]);
        let reading = Reading::new(&SPEC_SERVICE_ACCOUNTS, "project", None, document, cx);
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
        "" | "accounts" => say(reading, typed(element.bytes)?),
        "nextPageToken" => {
            reading.truncated(Some(
                "the export ends before the last page (`nextPageToken`); export with gcloud, which reads all pages".to_owned(),
            ));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A service account as IAM's REST interface writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ServiceAccount {
    email: Option<String>,
    name: Option<String>,
    project_id: Option<String>,
    unique_id: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    oauth2_client_id: Option<String>,
    disabled: bool,
}

/// Says one service account.
pub(crate) fn say(reading: &mut Reading<'_, '_>, account: ServiceAccount) -> Result<(), Broken> {
    let email = account
        .email
        .as_deref()
        .or_else(|| account.name.as_deref()?.rsplit('/').next())
        .filter(|email| email.contains('@'))
        .ok_or_else(|| Broken::missing("email"))?
        .to_lowercase();
    let project = account
        .project_id
        .clone()
        .or_else(|| names::project_of_email(&email).map(str::to_owned));
    let mut attributes = Attributes {
        class: Some(Class::Machine),
        tenant: project.clone(),
        // The field is left out for an account that is in force.
        status: Some(if account.disabled {
            Status::Disabled
        } else {
            Status::Enabled
        }),
        description: account.description.filter(|text| !text.is_empty()),
        ..Attributes::named(
            account
                .display_name
                .as_deref()
                .filter(|name| !name.is_empty())
                .unwrap_or(&email),
            "gcp_service_account",
        )
    };
    if let Some(id) = &account.oauth2_client_id {
        attributes = attributes.with("oauth2_client_id", model::text::label(id));
    }
    let default = email.ends_with("-compute@developer.gserviceaccount.com")
        || email.ends_with("@appspot.gserviceaccount.com");
    if default {
        attributes = attributes.with("default_service_account", true);
    }
    let mut observation = reading
        .about(names::service_account(&email), attributes)
        .alias(Alias::lookup(format!("email:{email}")));
    if let Some(id) = &account.unique_id {
        observation
            .aliases
            .push(Alias::same(format!("gcp:unique_id:{id}")));
    }
    if let Some(project) = &project {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Contains,
            names::project(project),
        ));
    }
    Ok(reading.say(project.as_deref(), observation)?)
}
