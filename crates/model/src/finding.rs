//! What is wrong with something, and on what evidence. Rules that produce findings are a station
//! of their own; this is the word they speak.

use serde::{Deserialize, Serialize};

use crate::ids::NodeRef;
use crate::time::TimeUs;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Fix when passing by.
    Low,
    /// Plan it.
    Medium,
    /// Do it soon.
    High,
    /// Do it now.
    Critical,
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

/// Something wrong with one subject. Its key comes from the rule and the identity fields alone
/// (native ids, never our own), so it is the same finding next week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// What it is about.
    pub subject: NodeRef,
    /// How bad it is.
    pub severity: Severity,
    /// How sure the rule is, 0 to 100; never mixed into the severity.
    pub confidence: u8,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// The native values that make it this finding and no other.
    pub identity_fields: Vec<String>,
    /// What to do, as text.
    pub remedies: Vec<String>,
}

impl Finding {
    /// The key: the rule and SHA-256 over the length-prefixed identity fields, 32 hex digits.
    pub fn key(&self) -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for field in &self.identity_fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        let digest = hex::encode(hash.finalize());
        format!(
            "{}:{}",
            self.rule,
            digest.chars().take(32).collect::<String>()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::NodeKind;

    #[test]
    fn key_ignores_evidence_and_severity() {
        let mut finding = Finding {
            rule: "expired-certificate".into(),
            subject: NodeRef::certificate("ab"),
            severity: Severity::High,
            confidence: 90,
            evidence: vec![],
            identity_fields: vec!["x509:sha256:ab".into()],
            remedies: vec![],
        };
        let before = finding.key();
        finding.severity = Severity::Low;
        finding.subject = NodeRef::global(NodeKind::Credential, "x", "y");
        assert_eq!(finding.key(), before);
        finding.identity_fields.push("z".into());
        assert_ne!(finding.key(), before);
    }
}
