//! What is said about a node. Shared meaning has a typed field; a provider's own words go to
//! `extra`. A field left `None` means the source says nothing about it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fact::Fact;
use crate::signal::{Answer, Signal};
use crate::time::TimeUs;
use crate::words::closed_words;

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
    /// What form a credential has, in words that are the same for every provider.
    CredentialType {
        /// A key or token a provider issues for programs, without an end of its own.
        ApiKey = "api_key",
        /// The key pair or key id and secret of a cloud account.
        AccessKey = "access_key",
        /// A password or passphrase.
        Password = "password",
        /// The secret of an application or client.
        ClientSecret = "client_secret",
        /// An X.509 certificate.
        Certificate = "certificate",
        /// A private key in a file or store.
        PrivateKey = "private_key",
        /// An SSH key pair or a key that may log in.
        SshKey = "ssh_key",
        /// An SSH certificate.
        SshCertificate = "ssh_certificate",
        /// A token that proves its bearer for a while.
        AccessToken = "access_token",
        /// A token that mints access tokens.
        RefreshToken = "refresh_token",
        /// A consent that lets an application act for people or itself.
        Grant = "grant",
        /// A trust that takes another issuer's token in place of a secret.
        Federation = "federation",
        /// A second factor.
        SecondFactor = "second_factor",
        /// A symmetric key.
        SymmetricKey = "symmetric_key",
        /// A secret value whose form could not be told.
        Secret = "secret",
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
    /// What it is for, as the source declares it (tag, annotation, description field).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_purpose: Option<String>,
    /// The application or system it belongs to, as the source declares it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_application: Option<String>,
    /// Why it was granted and by whom it was approved: ticket, commit or words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_justification: Option<String>,
    /// How sensitive what it holds is, as the source labels it; not a verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub declared_sensitivity: Option<String>,
    /// The form of a credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_type: Option<CredentialType>,
    /// How often it is used when all is well, in days, as a schedule or a person states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cadence_days: Option<u32>,
    /// What the source recognised that matters to a judgement.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub signals: BTreeMap<Signal, Answer>,
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

    /// Adds an answer to a question that judgements ask.
    #[must_use]
    pub fn signal(mut self, signal: Signal, answer: Answer) -> Self {
        self.signals.insert(signal, answer);
        self
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
            &mut self.declared_purpose,
            &mut self.declared_application,
            &mut self.declared_justification,
            &mut self.declared_sensitivity,
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
