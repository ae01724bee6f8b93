//! What is wrong with something, and on what evidence. Rules that produce findings are a station
//! of their own; this is the word they speak.

use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::labels::OwnerRole;
use crate::time::TimeUs;
use crate::words::closed_words;

closed_words! {
    /// How bad it is.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// Fix when passing by.
        Low = "low",
        /// Plan it.
        Medium = "medium",
        /// Do it soon.
        High = "high",
        /// Do it now.
        Critical = "critical",
    }
}

/// One piece of evidence: which source said what, when and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was seen, one sentence without secrets.
    pub what: String,
    /// The source that saw it, `connector` and scope as one text.
    pub source: String,
    /// The place in the source, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The source's own time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<TimeUs>,
}

/// A control of a framework that a finding touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ControlRef {
    /// The framework: `owasp-nhi-2025`, `nist-csf-2.0` …
    pub framework: String,
    /// The control's id, as the framework writes it.
    pub id: String,
}

/// Who is asked to resolve a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    /// The record of the person, team or group.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// As what they are asked.
    pub role: OwnerRole,
}

/// Something wrong with one subject. Its key comes from the rule and the identity fields alone
/// (native ids, never our own), so it is the same finding next week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The record it is about.
    pub subject: NodeId,
    /// What is wrong with this very thing, one sentence.
    pub summary: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is, 0 to 100; never mixed into the severity.
    pub confidence: u8,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// The native values that make it this finding and no other.
    pub identity_fields: Vec<String>,
    /// The controls it touches.
    pub frameworks: Vec<ControlRef>,
    /// What to do, as text.
    pub remedies: Vec<String>,
    /// What to do here, as commands for a person; nothing in them is run by us.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Narrower rules that fired on the same subject for the same cause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// Who is asked to resolve it; nobody when it is unassignable.
    pub assignee: Option<Assignee>,
}

impl Finding {
    /// The key of this finding.
    pub fn key(&self) -> String {
        key(&self.rule, &self.identity_fields)
    }
}

/// The key of a finding of `rule`: the rule and SHA-256 over the length-prefixed identity fields, 32 hex
/// digits.
pub fn key(rule: &str, identity_fields: &[String]) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for field in identity_fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    let digest = hex::encode(hash.finalize());
    format!("{rule}:{}", digest.chars().take(32).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeRef;
    use crate::kinds::NodeKind;

    #[test]
    fn key_ignores_evidence_and_severity() {
        let mut finding = Finding {
            rule: "expired-certificate".into(),
            subject: NodeRef::certificate("ab").id(),
            summary: "it ended".into(),
            severity: Severity::High,
            confidence: 90,
            evidence: vec![],
            identity_fields: vec!["x509:sha256:ab".into()],
            frameworks: vec![],
            remedies: vec![],
            commands: vec![],
            covers: vec![],
            assignee: None,
        };
        let before = finding.key();
        finding.severity = Severity::Low;
        finding.subject = NodeRef::global(NodeKind::Credential, "x", "y").id();
        assert_eq!(finding.key(), before);
        finding.identity_fields.push("z".into());
        assert_ne!(finding.key(), before);
    }
}
