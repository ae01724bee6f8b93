//! What was judged, kept beside what was seen: verdicts and findings of an assessment, and what people
//! decided about them. An assessment is a run of its own.

mod decide;
mod findings;
mod groups;
mod read;
mod write;

use model::TimeUs;
use model::finding::Severity;

pub use decide::{Decision, OwnerDecision, decide, decide_owner, owner_decisions};
pub use findings::{FINDING_SCHEMA, FindingFilter, FindingRow, finding, findings};
pub use groups::{OpenGroup, open_groups};
pub use read::{
    AssessmentRow, History, VerdictRow, assessments, history, last_assessment, next_change,
    rule_counts, verdict, verdicts,
};
pub use write::{Assessed, Writer};

/// The verdict on one record, as kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Where it runs or is used; `ambiguous` when the evidence contradicts itself.
    pub environment: Option<String>,
    /// Whether it can do what an administrator can.
    pub privileged: Option<bool>,
    /// Whether an outside company issues or holds it.
    pub third_party: Option<bool>,
    /// Whether the defenders depend on it.
    pub security_critical: Option<bool>,
    /// Whether it is still needed.
    pub still_needed: Option<bool>,
    /// How sensitive what it holds or reaches is.
    pub sensitivity: Option<String>,
    /// The application it belongs to.
    pub application: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// How far it has an owner.
    pub owner_state: String,
    /// The name of who is asked about it.
    pub owner: Option<String>,
    /// `in_use` or `dormant`.
    pub dormancy: Option<String>,
    /// The risk score, of what is scored.
    pub score: Option<ScoreColumns>,
    /// When time alone may change the verdict.
    pub next_change: Option<TimeUs>,
    /// When it is to be reviewed next.
    pub next_review: Option<TimeUs>,
}

/// A risk score as kept; the vector gives all of it back.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreColumns {
    /// The risk, 0 to 100.
    pub r: f64,
    /// The least it can be.
    pub lo: f64,
    /// The most it can be.
    pub hi: f64,
    /// How much of the evidence is there, 0 to 100.
    pub c: f64,
    /// By this lists are ranked: the risk, and 100 more where it stands before all others.
    pub rank: f64,
    /// low, medium, high, critical.
    pub band: String,
    /// The score as text.
    pub vector: String,
}

/// A finding on its way into the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its key.
    pub key: String,
    /// The rule.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// True when it stands before all others of its severity.
    pub first: bool,
    /// How sure the rule is.
    pub confidence: u8,
    /// What is wrong, one sentence.
    pub summary: String,
    /// Who is asked.
    pub assignee: Option<String>,
    /// Until when an exception of the policy file holds.
    pub excepted_until: Option<TimeUs>,
    /// Evidence, commands, what it covers and what identifies it, as JSON without secrets.
    pub body: String,
}

/// Everything judged about one record.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedNode {
    /// Its row key.
    pub key: i64,
    /// The verdict; `None` for records of which only findings are kept.
    pub verdict: Option<Verdict>,
    /// What is wrong with it.
    pub findings: Vec<Found>,
}
