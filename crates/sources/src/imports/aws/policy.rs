//! Policy documents: kept whole, and read only for whom they plainly trust. What they allow in
//! effect is for the access engine.

use std::collections::BTreeMap;

use model::{Alias, Attributes, Class, EdgeKind, NodeKind, NodeRef, ObservedEdge, Status};
use serde_json::Value;

use super::names;
use crate::imports::ReadError;
use crate::imports::reading::Reading;

/// Principals read from one document. AWS documents end at 20 kB (resource policies) or less.
const MAX_PRINCIPALS: usize = 10_000;
/// Statements kept on one edge.
const MAX_STATEMENTS_PER_EDGE: usize = 64;

/// A policy document as an object, from an object or from text, URL-encoded or not.
///
/// # Errors
/// The text is no JSON; the words say so without quoting it.
pub(crate) fn document(value: &Value) -> Result<Value, String> {
    match value {
        Value::Object(_) | Value::Array(_) => Ok(value.clone()),
        Value::String(text) => {
            let plain = if text.trim_start().starts_with('%') {
                percent_decoded(text)
            } else {
                text.clone()
            };
            serde_json::from_str::<Value>(&plain)
                .ok()
                .filter(Value::is_object)
                .ok_or_else(|| "the policy document is not JSON".to_owned())
        }
        _ => Err("the policy document is neither an object nor text".to_owned()),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let pair = (byte == b'%').then(|| {
            let mut ahead = bytes.clone();
            let high = hex_digit(ahead.next()?)?;
            let low = hex_digit(ahead.next()?)?;
            bytes = ahead;
            Some(high * 16 + low)
        });
        out.push(pair.flatten().unwrap_or(byte));
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// One principal that a document lets in.
#[derive(Debug)]
pub(crate) struct Trusted {
    /// Who.
    pub(crate) node: NodeRef,
    /// What describes a principal that no export lists, such as a service.
    pub(crate) describe: Option<Attributes>,
    /// Its other names.
    pub(crate) aliases: Vec<Alias>,
    /// The statements that let it in, each without its principals.
    pub(crate) statements: Vec<Value>,
}

/// Whom the `Allow` statements of a document name. `NotPrincipal` names nobody: it stays in the
/// document.
pub(crate) fn trusted(document: &Value) -> Vec<Trusted> {
    let mut found: BTreeMap<NodeRef, Trusted> = BTreeMap::new();
    for statement in one_or_many(document.get("Statement")) {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            continue;
        }
        let words = without_principals(statement);
        for (kind, text) in principals(statement.get("Principal")) {
            if found.len() >= MAX_PRINCIPALS {
                break;
            }
            let trusted = principal(kind, text);
            let entry = found.entry(trusted.node.clone()).or_insert(trusted);
            if entry.statements.len() < MAX_STATEMENTS_PER_EDGE {
                entry.statements.push(words.clone());
            }
        }
    }
    found.into_values().collect()
}

/// Adds the `trusts` edges of a document, and describes the principals that nobody else lists.
///
/// # Errors
/// Nobody wants more.
pub(crate) fn add_trust(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    edges: &mut Vec<ObservedEdge>,
    document: &Value,
) -> Result<(), ReadError> {
    for trusted in trusted(document) {
        if let Some(attributes) = trusted.describe {
            reading.mention(scope, trusted.node.clone(), attributes, trusted.aliases)?;
        }
        edges.push(
            ObservedEdge::to(EdgeKind::Trusts, trusted.node)
                .with("statements", Value::Array(trusted.statements)),
        );
    }
    Ok(())
}

fn without_principals(statement: &Value) -> Value {
    let mut words = statement.clone();
    if let Some(map) = words.as_object_mut() {
        map.remove("Principal");
        map.remove("Effect");
    }
    words
}

fn one_or_many(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

fn principals(value: Option<&Value>) -> Vec<(&str, &str)> {
    match value {
        Some(Value::String(text)) => vec![("AWS", text)],
        Some(Value::Object(map)) => map
            .iter()
            .flat_map(|(kind, value)| {
                one_or_many(Some(value))
                    .iter()
                    .filter_map(|text| Some((kind.as_str(), text.as_str()?)))
            })
            .take(MAX_PRINCIPALS)
            .collect(),
        _ => Vec::new(),
    }
}

/// The node a principal element names.
pub(crate) fn principal(kind: &str, text: &str) -> Trusted {
    match kind {
        "Service" => described(
            NodeKind::Identity,
            text,
            "aws_service_principal",
            Some(Class::External),
        ),
        "Federated" if text.starts_with("arn:") => {
            plain(names::thing(NodeKind::FederationProvider, text))
        }
        "Federated" => described(
            NodeKind::FederationProvider,
            text,
            "aws_web_identity_provider",
            None,
        ),
        "CanonicalUser" => described(
            NodeKind::Identity,
            text,
            "aws_canonical_user",
            Some(Class::External),
        ),
        _ => aws_principal(text),
    }
}

fn aws_principal(text: &str) -> Trusted {
    if text == "*" {
        let mut any = described(NodeKind::Group, text, "aws_any_principal", None);
        if let Some(attributes) = any.describe.as_mut() {
            attributes.name = Some("anyone (*)".to_owned());
        }
        return any;
    }
    if names::is_account_id(text) {
        return plain(names::account(text));
    }
    let Some(arn) = names::Arn::parse(text) else {
        // IAM shows the unique id of a principal that was deleted.
        let mut gone = described(NodeKind::Identity, text, "aws_deleted_principal", None);
        if let Some(attributes) = gone.describe.as_mut() {
            attributes.status = Some(Status::Deleted);
        }
        gone.aliases.push(Alias::lookup(format!("aws:id:{text}")));
        return gone;
    };
    match (arn.service, arn.account_id()) {
        ("iam", Some(account)) if arn.resource == "root" => plain(names::account(account)),
        ("sts", Some(account)) => match arn.resource.split('/').collect::<Vec<_>>().as_slice() {
            // A role session is the role; its ARN leaves out the role's path.
            ["assumed-role", role, ..] => {
                let (node, alias) = names::by_name(account, "role", role);
                Trusted {
                    node,
                    describe: Some(Attributes::named(*role, "aws_iam_role")),
                    aliases: vec![alias],
                    statements: Vec::new(),
                }
            }
            _ => described(NodeKind::Identity, text, "aws_sts_session", None),
        },
        _ => plain(names::identity(text)),
    }
}

fn plain(node: NodeRef) -> Trusted {
    Trusted {
        node,
        describe: None,
        aliases: Vec::new(),
        statements: Vec::new(),
    }
}

fn described(kind: NodeKind, text: &str, subtype: &str, class: Option<Class>) -> Trusted {
    Trusted {
        describe: Some(Attributes {
            class,
            ..Attributes::named(text, subtype)
        }),
        ..plain(names::thing(kind, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_in_every_dress() {
        let want = json!({"Version": "2012-10-17", "Statement": []});
        let plain = want.to_string();
        let encoded = plain.bytes().fold(String::new(), |mut text, byte| {
            text.push('%');
            text.push_str(&hex::encode_upper([byte]));
            text
        });
        for value in [want.clone(), json!(plain), json!(encoded)] {
            assert_eq!(document(&value), Ok(want.clone()));
        }
        assert!(document(&json!("CANARY")).is_err_and(|why| !why.contains("CANARY")));
        assert_eq!(percent_decoded("%7B%é%4"), "{%é%4");
    }

    #[test]
    fn every_kind_of_principal() {
        let document = json!({"Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
                "AWS": ["999999999999", "arn:aws:iam::999999999999:root", "arn:aws:iam::1:user/a",
                        "arn:aws:sts::123456789012:assumed-role/app/i-1", "AROAEXAMPLEGONE"],
                "Service": "ec2.amazonaws.com",
                "Federated": ["arn:aws:iam::123456789012:saml-provider/corp", "accounts.google.com"]},
             "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
            {"Effect": "Allow", "Action": "sts:TagSession", "Principal": "*"},
            {"Effect": "Deny", "Action": "*", "Principal": {"AWS": "888888888888"}},
            {"Effect": "Allow", "Action": "*", "NotPrincipal": {"AWS": "777777777777"}},
        ]});
        let found: Vec<String> = trusted(&document)
            .iter()
            .map(|trusted| {
                format!(
                    "{} {} {}",
                    trusted.node.kind,
                    trusted.node.native_id,
                    trusted.statements.len()
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "account 999999999999 2",
                "identity AROAEXAMPLEGONE 1",
                "identity arn:aws:iam::123456789012:role/app 1",
                "identity arn:aws:iam::1:user/a 1",
                "identity ec2.amazonaws.com 1",
                "group * 1",
                "federation_provider accounts.google.com 1",
                "federation_provider arn:aws:iam::123456789012:saml-provider/corp 1",
            ]
        );
    }
}
