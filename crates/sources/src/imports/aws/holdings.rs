//! Keys, secrets and certificates that AWS services hold: rotation, last access, expiry.

use model::{Alias, Attributes, EdgeKind, Fact, NodeKind, ObservedEdge, Precision, Status};
use serde::Deserialize;
use serde_json::Value;

use super::{kms, names, wire};
use crate::imports::fields::{Stamp, declare, typed_value};
use crate::imports::reading::{Broken, Reading};

/// Names and users of one certificate.
const MAX_PARTS: usize = 10_000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedKey {
    key_arn: Option<String>,
    key_id: Option<String>,
}

/// A key of `kms list-keys`.
pub(crate) fn listed_key(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let key: ListedKey = wire::element(bytes)?;
    let arn = key.key_arn.ok_or_else(|| Broken::missing("KeyArn"))?;
    let attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        ..Attributes::named(key.key_id.as_deref().unwrap_or(&arn), "aws_kms_key")
    };
    let observation = reading.about(names::thing(NodeKind::Key, &arn), attributes);
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Key {
    arn: Option<String>,
    key_id: Option<String>,
    description: Option<String>,
    creation_date: Stamp,
    deletion_date: Stamp,
    valid_to: Stamp,
    key_state: Option<String>,
    key_manager: Option<String>,
    key_usage: Option<String>,
    key_spec: Option<String>,
    origin: Option<String>,
    multi_region: Option<bool>,
}

/// The metadata of `kms describe-key`.
pub(crate) fn key(reading: &mut Reading<'_, '_>, value: Value) -> Result<(), Broken> {
    let key: Key = typed_value(value)?;
    let arn = key.arn.ok_or_else(|| Broken::missing("Arn"))?;
    let mut attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        description: key.description.filter(|text| !text.is_empty()),
        created: key.creation_date.fact(),
        // Only imported key material ends by itself; a deletion is planned by somebody.
        expires: key.valid_to.fact().or(Some(Fact::never())),
        status: match key.key_state.as_deref() {
            Some("Enabled") => Some(Status::Enabled),
            Some("PendingDeletion") => Some(Status::Deleted),
            Some(_) => Some(Status::Disabled),
            None => None,
        },
        ..Attributes::named(key.key_id.as_deref().unwrap_or(&arn), "aws_kms_key")
    };
    for (word, text) in [
        ("key_state", key.key_state),
        ("key_manager", key.key_manager),
        ("key_usage", key.key_usage),
        ("key_spec", key.key_spec),
        ("origin", key.origin),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    if let Some(many) = key.multi_region {
        attributes = attributes.with("multi_region", many);
    }
    if let Some(time) = key.deletion_date.time() {
        attributes = attributes.with("deletion", time.to_string());
    }
    let observation = reading.about(names::thing(NodeKind::Key, &arn), attributes);
    Ok(reading.say(names::account_of(&arn), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ListedSecret {
    #[serde(rename = "ARN", alias = "Arn")]
    arn: Option<String>,
    name: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    rotation_enabled: Option<bool>,
    #[serde(rename = "RotationLambdaARN")]
    rotation_lambda_arn: Option<String>,
    last_rotated_date: Stamp,
    last_changed_date: Stamp,
    last_accessed_date: Stamp,
    next_rotation_date: Stamp,
    deleted_date: Stamp,
    created_date: Stamp,
    owning_service: Option<String>,
    tags: wire::Tags,
}

/// A secret of `secretsmanager list-secrets`: metadata only, the value is not in the output.
pub(crate) fn secret(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let secret: ListedSecret = wire::element(bytes)?;
    let arn = secret.arn.ok_or_else(|| Broken::missing("ARN"))?;
    let scope = names::account_of(&arn).map(str::to_owned);
    let mut attributes = Attributes {
        tenant: scope.clone(),
        description: secret.description.filter(|text| !text.is_empty()),
        created: secret.created_date.fact(),
        // AWS leaves the field out for a secret that was never retrieved, and rounds to the day.
        last_used: Some(match secret.last_accessed_date.time() {
            Some(day) => Fact::known_to(day, Precision::Day),
            None => secret.last_accessed_date.fact().unwrap_or_else(Fact::never),
        }),
        last_rotated: secret
            .last_changed_date
            .fact()
            .or_else(|| secret.last_rotated_date.fact()),
        status: secret.deleted_date.time().map(|_| Status::Deleted),
        ..Attributes::named(
            secret.name.as_deref().unwrap_or(&arn),
            "aws_secrets_manager_secret",
        )
    };
    if let Some(on) = secret.rotation_enabled {
        attributes = attributes.with("rotation_enabled", on);
    }
    for (word, stamp) in [
        ("last_rotation", &secret.last_rotated_date),
        ("next_rotation", &secret.next_rotation_date),
        ("deleted", &secret.deleted_date),
    ] {
        if let Some(time) = stamp.time() {
            attributes = attributes.with(word, time.to_string());
        }
    }
    if let Some(service) = secret.owning_service {
        attributes = attributes.with("owning_service", model::text::label(&service));
    }
    declare(&mut attributes, secret.tags.pairs());
    let node = names::thing(NodeKind::SecretContainer, &arn);
    let mut observation = reading.about(node, attributes);
    if let Some(function) = secret.rotation_lambda_arn {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Rotates,
            names::thing(NodeKind::Workload, &function),
        ));
    }
    if let Some(key) = secret.kms_key_id {
        kms::protected_by(&mut observation, &arn, &key);
    }
    Ok(reading.say(scope.as_deref(), observation)?)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Certificate {
    certificate_arn: Option<String>,
    domain_name: Option<String>,
    subject_alternative_names: Vec<String>,
    subject_alternative_name_summaries: Vec<String>,
    serial: Option<String>,
    issuer: Option<String>,
    status: Option<String>,
    r#type: Option<String>,
    key_algorithm: Option<String>,
    renewal_eligibility: Option<String>,
    in_use: Option<bool>,
    in_use_by: Vec<String>,
    created_at: Stamp,
    not_after: Stamp,
    not_before: Stamp,
}

/// A certificate of `acm list-certificates`.
pub(crate) fn certificate(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    certificate_said(reading, wire::element(bytes)?)
}

/// A certificate of `acm describe-certificate`.
pub(crate) fn certificate_detail(
    reading: &mut Reading<'_, '_>,
    value: Value,
) -> Result<(), Broken> {
    certificate_said(reading, typed_value(value)?)
}

fn certificate_said(reading: &mut Reading<'_, '_>, certificate: Certificate) -> Result<(), Broken> {
    let arn = certificate
        .certificate_arn
        .ok_or_else(|| Broken::missing("CertificateArn"))?;
    let scope = names::account_of(&arn).map(str::to_owned);
    let mut attributes = Attributes {
        tenant: scope.clone(),
        created: certificate
            .not_before
            .fact()
            .or_else(|| certificate.created_at.fact()),
        // A certificate still waiting for validation has no end yet.
        expires: Some(certificate.not_after.fact().unwrap_or_else(|| {
            Fact::no_data_yet("ACM states no end: the certificate is not issued yet")
        })),
        ..Attributes::named(
            certificate.domain_name.as_deref().unwrap_or(&arn),
            "aws_acm_certificate",
        )
    };
    for (word, text) in [
        ("status", certificate.status),
        ("type", certificate.r#type),
        ("issuer", certificate.issuer),
        ("key_algorithm", certificate.key_algorithm),
        ("renewal_eligibility", certificate.renewal_eligibility),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    if let Some(used) = certificate.in_use {
        attributes = attributes.with("in_use", used);
    }
    let mut domains = certificate.subject_alternative_names;
    domains.extend(certificate.subject_alternative_name_summaries);
    domains.truncate(MAX_PARTS);
    let domains: Vec<String> = domains
        .iter()
        .map(|name| model::text::label(name))
        .collect();
    attributes = attributes.with("domains", domains);
    let mut observation = reading.about(names::credential(arn.as_str()), attributes);
    if let Some(serial) = certificate.serial {
        let serial = serial.replace(':', "").to_lowercase();
        observation
            .aliases
            .push(Alias::lookup(format!("serial:{serial}")));
    }
    for user in certificate.in_use_by.iter().take(MAX_PARTS) {
        observation.edges.push(ObservedEdge::from(
            EdgeKind::Presents,
            names::thing(NodeKind::Resource, user),
        ));
    }
    Ok(reading.say(scope.as_deref(), observation)?)
}
