//! `aws.iam`: what the `list-…` and `get-…` commands of `aws iam` give.

use model::{Attributes, EdgeKind, Fact, Observation, ObservedEdge, TimeUs};
use serde::Deserialize;
use serde_json::Value;

use super::iam_objects::{self, active};
use super::{SPEC_IAM, iam_answers, names, wire};
use crate::imports::fields::{Stamp, typed};
use crate::imports::reading::{Broken, Element, Reading};
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

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
    "[].DefaultVersionId",
];

impl Format for Iam {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC_IAM
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let bare_user =
            probe.has_keys(&["[].UserId", "[].Arn"]) || probe.has_keys(&["[].GroupId", "[].Arn"]);
        let bare_device = probe.has_keys(&["[].SerialNumber", "[].EnableDate"]);
        if bare_user || bare_device || DISTINCT.iter().any(|key| fits(probe, key)) {
            Match::Sure
        } else if ["Users", "Roles", "AttachedPolicies", "PolicyNames"]
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
        let probe = document.probe();
        // These outputs are one small object whose keys belong together.
        let whole = [
            "AccessKeyLastUsed",
            "ThumbprintList",
            "ServicesLastAccessed",
            "SAMLMetadataDocument",
        ]
        .iter()
        .any(|key| wire::has(&probe, key));
        let reading = Reading::new(&SPEC_IAM, "account", None, document, cx).part_of_scope();
        if whole {
            reading.documents(document, &mut iam_answers::whole_object)
        } else {
            reading.elements(document, &mut element)
        }
    }
}

/// Bare lists are told by the CLI's own case only: `[].roleId` may be anybody's.
fn fits(probe: &Probe<'_>, key: &str) -> bool {
    if key.starts_with("[]") {
        probe.has_key(key)
    } else {
        wire::has(probe, key)
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
            whole_links(
                reading,
                observation,
                &user.attached_managed_policies,
                user.permissions_boundary.as_ref(),
            )
        }
        "Roles" | "Role" => {
            let role: iam_objects::Role = wire::element(bytes)?;
            let observation = iam_objects::role(reading, &role)?;
            whole_links(
                reading,
                observation,
                &role.attached_managed_policies,
                role.permissions_boundary.as_ref(),
            )
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
        "ServiceSpecificCredentials" => super::iam_credentials::service_credential(reading, bytes),
        "Certificates" => super::iam_credentials::signing_certificate(reading, bytes),
        "MFADevices" | "VirtualMFADevices" => super::iam_credentials::mfa_device(reading, bytes),
        "OpenIDConnectProviderList" | "SAMLProviderList" => iam_answers::provider(reading, bytes),
        "AttachedPolicies" | "PolicyNames" => Err(Broken::because(
            "the output does not say whose policies these are; import get-account-authorization-details instead",
        )),
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
        return Err(Broken::because("it is not an object that `aws iam` lists"));
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
            .extend(names::key_slot(&user.native_id, created));
    }
    link_user(&mut observation, user, key.user_name.as_deref());
    Ok(reading.say(account.as_deref(), observation)?)
}

/// What is said of any access key.
pub(super) fn key_observation(
    reading: &Reading<'_, '_>,
    id: &str,
    account: Option<&str>,
) -> Observation {
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
