//! Outputs of `aws iam` that are one object whose keys belong together, and federation providers.

use model::{Alias, Attributes, Fact, NodeKind, TimeUs};
use serde::Deserialize;
use serde_json::Value;

use super::iam::{account_for, key_observation, link_user, user_by_name};
use super::{iam_objects, names, wire};
use crate::imports::fields::{Stamp, declare, id_in_name, typed, typed_value};
use crate::imports::reading::{Broken, Element, Reading};

/// When AWS began to record the use of access keys, by its documentation.
const KEY_TRACKING_SINCE: &str = "2015-04-22T00:00:00Z";

/// One of the outputs that are a single object.
pub(super) fn whole_object(
    reading: &mut Reading<'_, '_>,
    element: Element<'_>,
) -> Result<(), Broken> {
    let value = wire::pascal(typed::<Value>(element.bytes)?);
    if value.get("AccessKeyLastUsed").is_some() {
        key_last_used(reading, &typed_value(value)?)
    } else if value.get("ThumbprintList").is_some() {
        oidc_provider(reading, typed_value(value)?)
    } else if value.get("ServicesLastAccessed").is_some() {
        services_last_accessed(reading, &value)
    } else {
        saml_provider(reading, &value)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct KeyLastUsed {
    user_name: Option<String>,
    access_key_id: Option<String>,
    access_key_last_used: KeyUse,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct KeyUse {
    last_used_date: Stamp,
    service_name: Option<String>,
    region: Option<String>,
}

/// The output does not name its key; the file must (or `--scope access_key=AKIA…`).
fn key_last_used(reading: &mut Reading<'_, '_>, used: &KeyLastUsed) -> Result<(), Broken> {
    let id = used
        .access_key_id
        .clone()
        .or_else(|| reading.option("access_key").map(str::to_owned))
        .or_else(|| {
            ["AKIA", "ASIA"].iter().find_map(|prefix| {
                id_in_name(
                    reading.place(),
                    prefix,
                    |ch| ch.is_ascii_uppercase() || ch.is_ascii_digit(),
                    names::is_key_id,
                )
            })
        })
        .ok_or_else(|| {
            Broken::because("the output of get-access-key-last-used does not name its key: put the key id into the file name, or give --scope access_key=AKIA…")
        })?;
    let account = account_for(reading, Some(&id));
    let mut observation = key_observation(reading, &id, account.as_deref());
    // `N/A` for service and region and no date: not used since the recording began.
    observation.attributes.last_used = Some(
        used.access_key_last_used
            .last_used_date
            .fact()
            .unwrap_or(Fact::Never {
                window: Some(KEY_TRACKING_SINCE.to_owned()),
            }),
    );
    for (key, word) in [
        ("last_used_region", &used.access_key_last_used.region),
        ("last_used_service", &used.access_key_last_used.service_name),
    ] {
        if let Some(word) = word {
            observation
                .attributes
                .extra
                .insert(key.to_owned(), model::text::label(word).into());
        }
    }
    let user = user_by_name(reading, account.as_deref(), used.user_name.as_deref())?;
    link_user(&mut observation, user, used.user_name.as_deref());
    Ok(reading.say(account.as_deref(), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OidcProvider {
    url: Option<String>,
    #[serde(rename = "ClientIDList")]
    client_ids: Vec<String>,
    thumbprint_list: Vec<String>,
    create_date: Stamp,
    tags: wire::Tags,
}

fn oidc_provider(reading: &mut Reading<'_, '_>, provider: OidcProvider) -> Result<(), Broken> {
    let url = provider.url.ok_or_else(|| Broken::missing("Url"))?;
    let issuer = issuer_of(&url);
    let account = account_for(reading, None).ok_or_else(|| {
        Broken::because("the output of get-open-id-connect-provider does not state its account: give --scope account=123456789012")
    })?;
    let mut attributes = Attributes {
        tenant: Some(account.clone()),
        created: provider.create_date.fact(),
        ..Attributes::named(issuer, "aws_oidc_provider")
    }
    .with("client_ids", provider.client_ids)
    .with("thumbprints", provider.thumbprint_list);
    declare(&mut attributes, provider.tags.pairs());
    let arn = format!("arn:aws:iam::{account}:oidc-provider/{issuer}");
    let observation = reading
        .about(names::thing(NodeKind::FederationProvider, &arn), attributes)
        .alias(Alias::lookup(format!("issuer:{issuer}")));
    Ok(reading.say(Some(&account), observation)?)
}

/// An issuer without its scheme, as aliases write it.
fn issuer_of(url: &str) -> &str {
    url.strip_prefix("https://")
        .unwrap_or(url)
        .trim_end_matches('/')
}

/// `get-saml-provider`: the metadata document is kept out (it is large and repeats certificates).
fn saml_provider(reading: &mut Reading<'_, '_>, value: &Value) -> Result<(), Broken> {
    let arn = value
        .get("Arn")
        .and_then(Value::as_str)
        .map(str::to_owned)
        .or_else(|| reading.option("saml_provider").map(str::to_owned))
        .ok_or_else(|| Broken::because("the output of get-saml-provider does not name its provider: give --scope saml_provider=ARN"))?;
    let stamp = |key: &str| -> Stamp {
        value
            .get(key)
            .cloned()
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default()
    };
    let attributes = Attributes {
        created: stamp("CreateDate").fact(),
        expires: stamp("ValidUntil").fact(),
        tenant: names::account_of(&arn).map(str::to_owned),
        ..Attributes::named(iam_objects::last_part(None, &arn), "aws_saml_provider")
    };
    let observation = reading.about(names::thing(NodeKind::FederationProvider, &arn), attributes);
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Provider {
    arn: Option<String>,
    create_date: Stamp,
    valid_until: Stamp,
}

/// One provider of a list, known by its ARN.
pub(super) fn provider(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let provider: Provider = wire::element(bytes)?;
    let arn = provider.arn.ok_or_else(|| Broken::missing("Arn"))?;
    let (subtype, name) = match arn.split_once(":oidc-provider/") {
        Some((_, issuer)) => ("aws_oidc_provider", issuer),
        None => ("aws_saml_provider", iam_objects::last_part(None, &arn)),
    };
    let attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        created: provider.create_date.fact(),
        expires: provider.valid_until.fact(),
        ..Attributes::named(name, subtype)
    };
    let mut observation =
        reading.about(names::thing(NodeKind::FederationProvider, &arn), attributes);
    if subtype == "aws_oidc_provider" {
        observation
            .aliases
            .push(Alias::lookup(format!("issuer:{name}")));
    }
    Ok(reading.say(names::account_of(&arn), observation)?)
}

/// `get-service-last-accessed-details`: which services a user or role reached. The output does not
/// name its subject; `--scope principal=ARN` must.
fn services_last_accessed(reading: &mut Reading<'_, '_>, value: &Value) -> Result<(), Broken> {
    let arn = reading.option("principal").map(str::to_owned).ok_or_else(|| {
        Broken::because("the output of get-service-last-accessed-details does not name its user or role: give --scope principal=ARN")
    })?;
    let services: Vec<ServiceUse> = value
        .get("ServicesLastAccessed")
        .cloned()
        .map(typed_value)
        .transpose()?
        .unwrap_or_default();
    let mut latest: Option<TimeUs> = None;
    let mut used = serde_json::Map::new();
    for service in services.iter().take(iam_objects::MAX_LINKS) {
        let Some(namespace) = &service.service_namespace else {
            continue;
        };
        let time = service.last_authenticated.time();
        latest = latest.max(time);
        used.insert(
            model::text::label(namespace),
            time.map_or(Value::Null, |time| time.to_string().into()),
        );
    }
    let window = reading.observed().plus_days(-400).to_string();
    let attributes = Attributes {
        last_used: Some(latest.map_or(
            Fact::Never {
                window: Some(window),
            },
            Fact::known,
        )),
        ..Attributes::default()
    }
    .with("services_last_used", Value::Object(used));
    let observation = reading.about(names::identity(&arn), attributes);
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ServiceUse {
    service_namespace: Option<String>,
    last_authenticated: Stamp,
}
