//! The JSON of AWS tools: mostly `PascalCase` as the CLI writes it, `camelCase` as some services,
//! AWS Config and other SDKs do. Both are read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::imports::Probe;
use crate::imports::fields::{typed, typed_value};
use crate::imports::reading::Broken;

/// Keys whose values are the user's or a language of their own: their case is theirs.
const VERBATIM: &[&str] = &[
    "PolicyDocument",
    "AssumeRolePolicyDocument",
    "Document",
    "Policy",
    "PolicyText",
    "ResourcePolicy",
    "Content",
    "InlinePolicy",
    "Variables",
    "Attributes",
];

/// Reads an element whatever the case of its keys' first letters.
pub(crate) fn element<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Broken> {
    if first_key_is_lower(bytes) {
        typed_value(pascal(typed(bytes)?))
    } else {
        typed(bytes)
    }
}

/// True when this key path was seen in either case.
pub(crate) fn has(probe: &Probe<'_>, path: &str) -> bool {
    probe.has_key(path) || {
        let camel: Vec<String> = path.split('.').map(camel_key).collect();
        probe.has_key(&camel.join("."))
    }
}

fn camel_key(key: &str) -> String {
    let mut chars = key.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A key with its first letter in upper case.
pub(crate) fn pascal_key(key: &str) -> String {
    let mut chars = key.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// Gives every key of the provider's own structure an upper-case first letter.
pub(crate) fn pascal(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| {
                    let key = pascal_key(&key);
                    let value = if VERBATIM.contains(&key.as_str()) {
                        value
                    } else {
                        pascal(value)
                    };
                    (key, value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(pascal).collect()),
        other => other,
    }
}

fn first_key_is_lower(bytes: &[u8]) -> bool {
    let mut rest = bytes
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace() || **byte == b'{');
    rest.next() == Some(&b'"') && rest.next().is_some_and(u8::is_ascii_lowercase)
}

/// `{"Key": …, "Value": …}`; ECS and others write it in lower case, which [`element`] has levelled.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tag {
    #[serde(rename = "Key", alias = "key", alias = "TagKey")]
    key: Option<String>,
    #[serde(rename = "Value", alias = "value", alias = "TagValue")]
    value: Option<String>,
}

/// Tags as a list or, as some services write them, as a map.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Tags {
    /// A list of pairs.
    List(Vec<Tag>),
    /// A map.
    Map(BTreeMap<String, Option<String>>),
}

impl Default for Tags {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Tags {
    /// The pairs; a tag without value has the empty one.
    pub(crate) fn pairs(self) -> Vec<(String, String)> {
        match self {
            Self::List(list) => list
                .into_iter()
                .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
                .collect(),
            Self::Map(map) => map
                .into_iter()
                .map(|(key, value)| (key, value.unwrap_or_default()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    #[derive(Default)]
    struct User {
        user_name: Option<String>,
        tags: Tags,
        policy_document: Value,
    }

    #[test]
    fn both_cases_read_alike_and_policies_keep_theirs() {
        for text in [
            r#"{"UserName":"a","Tags":[{"Key":"k","Value":"v"}],"PolicyDocument":{"x":1}}"#,
            r#"{"userName":"a","tags":[{"key":"k","value":"v"}],"policyDocument":{"x":1}}"#,
        ] {
            let user: User = element(text.as_bytes()).unwrap();
            assert_eq!(user.user_name.as_deref(), Some("a"));
            assert_eq!(user.tags.pairs(), [("k".to_owned(), "v".to_owned())]);
            assert_eq!(user.policy_document, serde_json::json!({"x": 1}));
        }
    }
}
