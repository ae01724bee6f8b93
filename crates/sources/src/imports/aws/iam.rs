//! `aws.iam`: what the `list-…` and `get-…` commands of `aws iam` give.

use model::{Alias, Attributes, EdgeKind, Fact, NodeKind, Observation, ObservedEdge, TimeUs};
use serde::Deserialize;
use serde_json::Value;

use super::iam_objects::{self, active};
use super::{SPEC_IAM, names, wire};
use crate::imports::reading::{Broken, Element, Reading, Stamp, declare, id_in_name, typed};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// When AWS began to record the use of access keys, by its documentation.
const KEY_TRACKING_SINCE: &str = "2015-04-22T00:00:00Z";

/// The single commands of IAM.
#[derive(Debug)]
pub struct Iam;

/// Key paths that only IAM's commands have.
const DISTINCT: &[&str] = &[
    "AccessKeyMetadata",
    "AccessKeyLastUsed",
    "ServerCertificateMetadataList",
    "ServerCertificate.ServerCertificateMetadata",
    "SSHPublicKeys",
    "SSHPublicKey.SSHPublicKeyId",
    "ServiceSpecificCredentials",
    "OpenIDConnectProviderList",
    "ThumbprintList",
    "SAMLProviderList",
    "SAMLMetadataDocument",
    "MFADevices",
    "VirtualMFADevices",
    "ServicesLastAccessed",
    "InstanceProfiles",
    "InstanceProfile.InstanceProfileId",
    "Users.[].Arn",
    "Users.[].arn",
    "User.Arn",
    "Roles.[].AssumeRolePolicyDocument",
    "Roles.[].RoleId",
    "Role.RoleId",
    "Groups.[].Arn",
    "Group.GroupId",
    "Certificates.[].CertificateBody",
    "Policies.[].DefaultVersionId",
    "Policy.DefaultVersionId",
    "[].AccessKeyId",
    "[].RoleId",
    "[].ServerCertificateId",
    "[].SSHPublicKeyId",
    "[].ServiceSpecificCredentialId",
    "[].SerialNumber",
    "[].DefaultVersionId",
];

impl Format for Iam {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_IAM
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let bare_user =
            probe.has_keys(&["[].UserId", "[].Arn"]) || probe.has_keys(&["[].GroupId", "[].Arn"]);
        if bare_user || DISTINCT.iter().any(|key| probe.has_key(key)) {
            Match::Sure
        } else if ["Users", "Roles", "AttachedPolicies"]
            .iter()
            .any(|key| probe.has_key(key))
        {
            Match::Maybe
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        // These outputs are one small object whose keys belong together.
        let whole = ["AccessKeyLastUsed", "ThumbprintList", "ServicesLastAccessed", "SAMLMetadataDocument"]
            .iter()
            .any(|key| document.probe().has_key(key));
        let reading = Reading::new(&SPEC_IAM, "account", None, document, cx);
        if whole {
            reading.documents(document, &mut whole_object)
        } else {
            reading.elements(document, &mut element)
        }
    }
}

fn element(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let key = match wire::pascal_key(element.key) {
        key if key.is_empty() => bare_kind(element.bytes)?.to_owned(),
        key => key,
    };
    let bytes = element.bytes;
    match key.as_str() {
        "Users" | "User" => {
            let user: iam_objects::User = wire::element(bytes)?;
            let observation = iam_objects::user(reading, &user)?;
            whole_links(reading, observation, &user.attached_managed_policies, user.permissions_boundary.as_ref())
        }
        "Roles" | "Role" => {
            let role: iam_objects::Role = wire::element(bytes)?;
            let observation = iam_objects::role(reading, &role)?;
            whole_links(reading, observation, &role.attached_managed_policies, role.permissions_boundary.as_ref())
        }
        "Groups" | "Group" => {
            let group: iam_objects::Group = wire::element(bytes)?;
            let observation = iam_objects::group(reading, &group)?;
            whole_links(reading, observation, &group.attached_managed_policies, None)
        }
        "Policies" | "Policy" => iam_objects::managed_policy(reading, &wire::element(bytes)?),
        "InstanceProfiles" | "InstanceProfile" => {
            iam_objects::instance_profile(reading, &wire::element(bytes)?, None)
        }
        "AccessKeyMetadata" => access_key(reading, &wire::element(bytes)?),
        "ServerCertificateMetadataList" | "ServerCertificate" => {
            super::iam_credentials::server_certificate(reading, bytes)
        }
        "SSHPublicKeys" | "SSHPublicKey" => super::iam_credentials::ssh_key(reading, bytes),
        "ServiceSpecificCredentials" => {
            super::iam_credentials::service_credential(reading, bytes)
        }
        "Certificates" => super::iam_credentials::signing_certificate(reading, bytes),
        "MFADevices" | "VirtualMFADevices" => super::iam_credentials::mfa_device(reading, bytes),
        "OpenIDConnectProviderList" | "SAMLProviderList" => provider(reading, bytes),
        "IsTruncated" | "NextToken" => {
            super::paging(reading, &key, bytes);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What an element of a bare array is, by the keys only it has.
fn bare_kind(bytes: &[u8]) -> Result<&'static str, Broken> {
    let value = wire::pascal(typed::<Value>(bytes)?);
    let has = |key: &str| value.get(key).is_some();
    Ok(if has("AccessKeyId") {
        "AccessKeyMetadata"
    } else if has("ServerCertificateId") {
        "ServerCertificateMetadataList"
    } else if has("SSHPublicKeyId") {
        "SSHPublicKeys"
    } else if has("ServiceSpecificCredentialId") {
        "ServiceSpecificCredentials"
    } else if has("SerialNumber") {
        "MFADevices"
    } else if has("DefaultVersionId") {
        "Policies"
    } else if has("RoleId") {
        "Roles"
    } else if has("UserId") {
        "Users"
    } else if has("GroupId") {
        "Groups"
    } else {
        return Err(Broken::because(
            "it is not an object that `aws iam` lists",
        ));
    })
}

fn whole_links(
    reading: &mut Reading<'_, '_>,
    mut observation: Observation,
    attached: &[iam_objects::Attached],
    boundary: Option<&iam_objects::Boundary>,
) -> Result<(), Broken> {
    let scope = observation.attributes.tenant.clone();
    iam_objects::policies(
        reading,
        scope.as_deref(),
        &mut observation,
        attached,
        boundary,
        Vec::new(),
    )?;
    Ok(reading.say(scope.as_deref(), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AccessKey {
    user_name: Option<String>,
    access_key_id: Option<String>,
    status: Option<String>,
    create_date: Stamp,
}

fn access_key(reading: &mut Reading<'_, '_>, key: &AccessKey) -> Result<(), Broken> {
    let id = key
        .access_key_id
        .as_deref()
        .filter(|id| names::is_key_id(id))
        .ok_or_else(|| Broken::missing("AccessKeyId"))?;
    let account = account_for(reading, Some(id));
    let mut observation = key_observation(reading, id, account.as_deref());
    observation.attributes.status = active(key.status.as_deref());
    observation.attributes.created = key.create_date.fact();
    observation.attributes.last_rotated = key.create_date.fact();
    let user = user_by_name(reading, account.as_deref(), key.user_name.as_deref())?;
    if let (Some(user), Some(created)) = (&user, key.create_date.time()) {
        observation
            .aliases
            .push(names::key_slot(&user.native_id, created));
    }
    link_user(&mut observation, user, key.user_name.as_deref());
    Ok(reading.say(account.as_deref(), observation)?)
}

fn key_observation(reading: &Reading<'_, '_>, id: &str, account: Option<&str>) -> Observation {
    let attributes = Attributes {
        tenant: account.map(str::to_owned),
        expires: Some(Fact::<TimeUs>::never()),
        ..Attributes::named(id, "aws_access_key")
    };
    reading.about(names::credential(id), attributes)
}

/// The account in force: the user's word, else what a key id encodes.
pub(crate) fn account_for(reading: &Reading<'_, '_>, key_id: Option<&str>) -> Option<String> {
    reading
        .option("account")
        .map(str::to_owned)
        .or_else(|| formats::token::aws_key_id(key_id?)?.account)
}

/// Names a user of whom only the name is stated; `None` while the account is unknown.
pub(crate) fn user_by_name(
    reading: &mut Reading<'_, '_>,
    account: Option<&str>,
    name: Option<&str>,
) -> Result<Option<model::NodeRef>, ReadError> {
    let (Some(account), Some(name)) = (account, name) else {
        return Ok(None);
    };
    let (node, alias) = names::by_name(account, "user", name);
    let attributes = Attributes {
        tenant: Some(account.to_owned()),
        ..Attributes::named(name, "aws_iam_user")
    };
    reading.mention(Some(account), node.clone(), attributes, vec![alias])?;
    Ok(Some(node))
}

/// Says whose credential it is, by edge or, while the account is unknown, by name.
pub(crate) fn link_user(
    observation: &mut Observation,
    user: Option<model::NodeRef>,
    name: Option<&str>,
) {
    match (user, name) {
        (Some(user), _) => observation
            .edges
            .push(ObservedEdge::to(EdgeKind::Authenticates, user)),
        (None, Some(name)) => {
            observation
                .attributes
                .extra
                .insert("user_name".to_owned(), model::text::label(name).into());
        }
        (None, None) => {}
    }
}

fn whole_object(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let value = wire::pascal(typed::<Value>(element.bytes)?);
    if value.get("AccessKeyLastUsed").is_some() {
        key_last_used(reading, &crate::imports::reading::typed_value(value)?)
    } else if value.get("ThumbprintList").is_some() {
        oidc_provider(reading, crate::imports::reading::typed_value(value)?)
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
    observation.attributes.last_used = Some(used.access_key_last_used.last_used_date.fact().unwrap_or(
        Fact::Never {
            window: Some(KEY_TRACKING_SINCE.to_owned()),
        },
    ));
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
        .about(
            names::thing(NodeKind::FederationProvider, &arn),
            attributes,
        )
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
    let observation = reading.about(
        names::thing(NodeKind::FederationProvider, &arn),
        attributes,
    );
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Provider {
    arn: Option<String>,
    create_date: Stamp,
    valid_until: Stamp,
}

fn provider(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let provider: Provider = wire::element(bytes)?;
    let arn = provider.arn.ok_or_else(|| Broken::missing("Arn"))?;
    let (subtype, name) = match arn.split_once(":oidc-provider/") {
        Some((_, issuer)) => ("aws_oidc_provider", issuer),
        None => (
            "aws_saml_provider",
            iam_objects::last_part(None, &arn),
        ),
    };
    let attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        created: provider.create_date.fact(),
        expires: provider.valid_until.fact(),
        ..Attributes::named(name, subtype)
    };
    let mut observation = reading.about(
        names::thing(NodeKind::FederationProvider, &arn),
        attributes,
    );
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
        .map(crate::imports::reading::typed_value)
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
