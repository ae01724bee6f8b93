//! Keys of KMS: their rotation, whom grants let use them, the names they go by, and what names them.

use model::{Alias, Attributes, Class, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge};
use serde::Deserialize;
use serde_json::Value;

use super::{names, wire};
use crate::imports::fields::{Stamp, typed_value};
use crate::imports::reading::{Broken, Reading};

/// Operations of one grant; KMS knows some twenty.
const MAX_OPERATIONS: usize = 64;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rotation {
    key_id: Option<String>,
    key_rotation_enabled: Option<bool>,
    rotation_period_in_days: Option<u64>,
    next_rotation_date: Stamp,
    on_demand_rotation_start_date: Stamp,
}

/// `kms get-key-rotation-status`.
pub(super) fn rotation_status(reading: &mut Reading<'_, '_>, value: Value) -> Result<(), Broken> {
    let rotation: Rotation = typed_value(value)?;
    let arn = key_arn(reading, rotation.key_id.as_deref())?;
    let mut attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        subtype: Some("aws_kms_key".to_owned()),
        ..Attributes::default()
    };
    if let Some(enabled) = rotation.key_rotation_enabled {
        attributes = attributes.with("rotation_enabled", enabled);
    }
    if let Some(days) = rotation.rotation_period_in_days {
        attributes = attributes.with("rotation_period_days", days);
    }
    for (word, stamp) in [
        ("next_rotation", &rotation.next_rotation_date),
        (
            "on_demand_rotation_started",
            &rotation.on_demand_rotation_start_date,
        ),
    ] {
        if let Some(time) = stamp.time() {
            attributes = attributes.with(word, time.to_string());
        }
    }
    say(reading, &arn, attributes, Vec::new())
}

/// The key that an answer names by ARN, or by an id that the user's `--scope resource=` completes.
fn key_arn(reading: &Reading<'_, '_>, id: Option<&str>) -> Result<String, Broken> {
    let given = reading.option("resource").map(str::to_owned);
    id.filter(|id| names::account_of(id).is_some())
        .map(str::to_owned)
        .or(given)
        .ok_or_else(|| {
            Broken::because(
                "the output does not name the key's ARN: ask with --key-id ARN, or give --scope resource=ARN",
            )
        })
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PastRotation {
    key_id: Option<String>,
    rotation_date: Stamp,
    rotation_type: Option<String>,
}

/// One of `kms list-key-rotations`: the newest is the last rotation.
pub(super) fn past_rotation(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let rotation: PastRotation = wire::element(bytes)?;
    let arn = key_arn(reading, rotation.key_id.as_deref())?;
    let Some(time) = rotation.rotation_date.time() else {
        return Err(Broken::missing("RotationDate"));
    };
    let known = reading.newest(&arn, time);
    let mut attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        last_rotated: Some(Fact::known(known)),
        subtype: Some("aws_kms_key".to_owned()),
        ..Attributes::default()
    };
    if known == time
        && let Some(word) = rotation.rotation_type
    {
        attributes = attributes.with("last_rotation_type", model::text::label(&word));
    }
    say(reading, &arn, attributes, Vec::new())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Grant {
    key_id: Option<String>,
    grant_id: Option<String>,
    name: Option<String>,
    creation_date: Stamp,
    grantee_principal: Option<String>,
    retiring_principal: Option<String>,
    issuing_account: Option<String>,
    operations: Vec<String>,
    constraints: Option<Value>,
}

/// One of `kms list-grants`: the grantee may use the key whatever its own policies say.
pub(super) fn grant(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let grant: Grant = wire::element(bytes)?;
    let arn = key_arn(reading, grant.key_id.as_deref())?;
    let grantee = grant
        .grantee_principal
        .as_deref()
        .ok_or_else(|| Broken::missing("GranteePrincipal"))?;
    let scope = names::account_of(&arn).map(str::to_owned);
    let mut operations = grant.operations;
    operations.truncate(MAX_OPERATIONS);
    let operations: Vec<String> = operations
        .iter()
        .map(|word| model::text::label(word))
        .collect();
    let grantee = principal(reading, scope.as_deref(), grantee)?;
    let mut edge = ObservedEdge::from(EdgeKind::Grants, grantee)
        .with("basis", "kms_grant")
        .with("operations", operations);
    for (word, text) in [
        ("grant_id", &grant.grant_id),
        ("name", &grant.name),
        ("retiring_principal", &grant.retiring_principal),
        ("issuing_account", &grant.issuing_account),
    ] {
        if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
            edge = edge.with(word, model::text::label(text));
        }
    }
    if let Some(constraints) = grant.constraints {
        edge = edge.with("constraints", constraints);
    }
    if let Some(time) = grant.creation_date.time() {
        edge = edge.with("created", time.to_string());
    }
    let attributes = Attributes {
        tenant: scope,
        subtype: Some("aws_kms_key".to_owned()),
        ..Attributes::default()
    };
    say(reading, &arn, attributes, vec![edge])
}

/// An identity by ARN, or a service of AWS by its name.
fn principal(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    text: &str,
) -> Result<NodeRef, Broken> {
    let node = names::identity(text);
    if names::Arn::parse(text).is_none() {
        let attributes = Attributes {
            class: Some(Class::Machine),
            ..Attributes::named(text, "aws_service_principal")
        };
        reading.mention(scope, node.clone(), attributes, Vec::new())?;
    }
    Ok(node)
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct KeyAlias {
    alias_name: Option<String>,
    alias_arn: Option<String>,
    target_key_id: Option<String>,
}

/// One of `kms list-aliases`. Those of AWS itself have no key before they are first used.
pub(super) fn alias(reading: &mut Reading<'_, '_>, bytes: &[u8]) -> Result<(), Broken> {
    let alias: KeyAlias = wire::element(bytes)?;
    let arn = alias.alias_arn.ok_or_else(|| Broken::missing("AliasArn"))?;
    let Some(target) = alias.target_key_id else {
        return Ok(());
    };
    let key = key_beside(&arn, &target)
        .ok_or_else(|| Broken::because("its `TargetKeyId` names no key"))?;
    let mut attributes = Attributes {
        tenant: names::account_of(&arn).map(str::to_owned),
        subtype: Some("aws_kms_key".to_owned()),
        ..Attributes::default()
    };
    if let Some(name) = &alias.alias_name {
        attributes = attributes.with("alias", model::text::label(name));
    }
    let scope = names::account_of(&arn).map(str::to_owned);
    // An alias may be moved to another key, so it finds and never merges.
    let observation = reading.about(key, attributes).alias(Alias::lookup(arn));
    Ok(reading.say(scope.as_deref(), observation)?)
}

fn say(
    reading: &mut Reading<'_, '_>,
    arn: &str,
    attributes: Attributes,
    edges: Vec<ObservedEdge>,
) -> Result<(), Broken> {
    let mut observation = reading.about(names::thing(NodeKind::Key, arn), attributes);
    observation.edges = edges;
    Ok(reading.say(names::account_of(arn), observation)?)
}

/// The key that a resource names: by ARN, or by the id of a key that lies beside it. An alias may
/// be moved, so it names none.
pub(super) fn key_beside(resource: &str, key: &str) -> Option<NodeRef> {
    if let Some(arn) = names::Arn::parse(key) {
        return (arn.service == "kms" && arn.resource.starts_with("key/"))
            .then(|| names::thing(NodeKind::Key, key));
    }
    let at = names::Arn::parse(resource)?;
    let id = key.len() == 36
        && key
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (id || key.starts_with("mrk-")).then(|| {
        let (partition, region, account) = (at.partition, at.region, at.account);
        names::thing(
            NodeKind::Key,
            &format!("arn:{partition}:kms:{region}:{account}:key/{key}"),
        )
    })
}

/// Says that a resource depends on a key: as an edge, or in words where an alias names it.
pub(super) fn protected_by(observation: &mut model::Observation, resource: &str, key: &str) {
    match key_beside(resource, key) {
        Some(key) if EdgeKind::Encrypts.allows(NodeKind::Key, observation.node.kind) => {
            observation
                .edges
                .push(ObservedEdge::from(EdgeKind::Encrypts, key));
        }
        _ => {
            observation
                .attributes
                .extra
                .insert("kms_key".to_owned(), model::text::label(key).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_by_how_they_are_named() {
        let queue = "arn:aws:sqs:eu-west-1:123456789012:jobs";
        let named = |key: &str| key_beside(queue, key).map(|node| node.native_id);
        let id = "b64517b4-39a1-43c6-b205-6a99457ffd03";
        let arn = format!("arn:aws:kms:eu-west-1:123456789012:key/{id}");
        assert_eq!(named(id), Some(arn.clone()));
        assert_eq!(named(&arn), Some(arn));
        assert_eq!(named("alias/aws/sqs"), None);
        assert_eq!(named("arn:aws:kms:eu-west-1:123456789012:alias/x"), None);
    }
}
