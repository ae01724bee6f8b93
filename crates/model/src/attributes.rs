//! What is said about a node. Shared meaning has a typed field; a provider's own words go to
//! `extra`. A field left `None` means the source says nothing about it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::time::TimeUs;

macro_rules! closed_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every word of the closed list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in JSON, SQL and filters.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Finds the value by its word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

closed_words! {
    /// Which sort of actor an identity is.
    Class {
        /// A person signs in with it.
        Human = "human",
        /// Software acts with it without a person.
        Machine = "machine",
        /// An AI agent acts with it.
        Agent = "agent",
        /// A physical or virtual device.
        Device = "device",
        /// Belongs to another organisation, or is a legal entity.
        External = "external",
    }
}

closed_words! {
    /// Whether the provider accepts the thing today.
    Status {
        /// In force.
        Enabled = "enabled",
        /// Switched off but kept.
        Disabled = "disabled",
        /// Deleted at the provider and still listed (soft delete, tombstone).
        Deleted = "deleted",
        /// Planned, not yet created (a Terraform plan).
        Planned = "planned",
    }
}

/// Provider words about a node: JSON values by key, keys in `snake_case`.
pub type Extra = BTreeMap<String, serde_json::Value>;

/// What one source says about one node.
///
/// Every field is optional; `None` is "says nothing". Dates and the like are [`Fact`]s, because
/// "never used" and "use is not observable" are answers of their own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// The name people know it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The sort of actor; for identities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// The provider's sort: `aws_iam_user`, `x509_certificate`, `k8s_service_account` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype: Option<String>,
    /// The tenant, account, project, cluster or domain it belongs to, as the provider writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Whether the provider accepts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Free text by people; attacker-writable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Fact<TimeUs>>,
    /// When it stops working by itself; `Never` means it has no expiry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Fact<TimeUs>>,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Fact<TimeUs>>,
    /// When its secret part was last replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_rotated: Option<Fact<TimeUs>>,
    /// Keyed fingerprint of its secret value, when the source read one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<crate::Fingerprint>,
    /// True when the source itself calls it an administrator or the like; not a computed verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_privileged: Option<bool>,
    /// The environment as the source declares it (tag, namespace, file name); not a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_environment: Option<String>,
    /// The owner as the source declares it (tag, annotation, `managedBy`); evidence, not a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_owner: Option<String>,
    /// The outside company behind it, as the source names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor: Option<String>,
    /// How many short-lived instances this template stands for in the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instances: Option<u64>,
    /// Tags and labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// The provider's own words.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extra: Extra,
}

impl Attributes {
    /// Starts with a name and a subtype, which nearly every observation has.
    pub fn named(name: impl Into<String>, subtype: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            subtype: Some(subtype.into()),
            ..Self::default()
        }
    }

    /// Adds one of the provider's own words.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }

    /// Makes every free text safe to store and show (see [`crate::text::label`]). The provider's own
    /// words in `extra` stay as they are, because policies are kept whole: JSON escapes what could
    /// drive a terminal, and faces clean what they show.
    pub fn sanitise(&mut self) {
        let unsafe_text = |text: &String| {
            text.len() > crate::text::MAX_LABEL_BYTES
                || text.chars().any(crate::text::is_unsafe_char)
        };
        if self
            .tags
            .iter()
            .any(|(name, value)| unsafe_text(name) || unsafe_text(value))
        {
            self.tags = std::mem::take(&mut self.tags)
                .into_iter()
                .map(|(name, value)| (crate::text::label(&name), crate::text::label(&value)))
                .collect();
        }
        for text in [
            &mut self.name,
            &mut self.subtype,
            &mut self.tenant,
            &mut self.description,
            &mut self.declared_environment,
            &mut self.declared_owner,
            &mut self.vendor,
        ] {
            if let Some(text) = text.as_mut()
                && (text.len() > crate::text::MAX_LABEL_BYTES
                    || text.chars().any(crate::text::is_unsafe_char))
            {
                *text = crate::text::label(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_cannot_drive_a_terminal() {
        let mut attributes = Attributes::named("a\u{1b}[2J", "b");
        attributes.tags.insert("k\u{7}".into(), "v\u{202e}".into());
        attributes.sanitise();
        assert_eq!(attributes.name.as_deref(), Some("a\u{fffd}[2J"));
        assert_eq!(
            attributes.tags,
            [("k\u{fffd}".to_owned(), "v\u{fffd}".to_owned())].into()
        );
    }

    #[test]
    fn absent_null_and_never_differ() {
        let attributes = Attributes {
            last_used: Some(Fact::never()),
            ..Attributes::named("a", "b")
        }
        .with("note", serde_json::Value::Null);
        let text = serde_json::to_string(&attributes).unwrap();
        insta::assert_snapshot!(text, @r#"{"name":"a","subtype":"b","last_used":{"state":"never"},"extra":{"note":null}}"#);
        assert_eq!(
            serde_json::from_str::<Attributes>(&text).unwrap(),
            attributes
        );
    }
}
