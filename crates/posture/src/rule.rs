//! What a rule is: a question about one node with four answers, so that "does not apply", "is fine",
//! "cannot tell" and "is wrong" are never mixed up, and each is counted.

use model::NodeKind;
use model::finding::{Evidence, Severity};

use crate::Case;

/// A control of a framework that a rule's findings touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// The framework's id in `data/frameworks`: `owasp-nhi-2025`, `nist-csf-2.0` …
    pub framework: &'static str,
    /// The control's id, exactly as the framework writes it.
    pub id: &'static str,
    /// Why a finding of this rule touches it, one sentence.
    pub why: &'static str,
}

/// Everything about a rule but its judgement. Documentation is printed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleSpec {
    /// The id: kebab-case, says what is wrong.
    pub id: &'static str,
    /// One line without a full stop.
    pub title: &'static str,
    /// How bad a finding is, unless its firing says otherwise.
    pub severity: Severity,
    /// What it looks at.
    pub kinds: &'static [NodeKind],
    /// What it checks, in Markdown.
    pub what: &'static str,
    /// Why that is bad, in Markdown.
    pub why: &'static str,
    /// When it stays silent although somebody might expect a finding, and what it cannot know.
    pub limits: &'static str,
    /// What to do, in steps.
    pub remedies: &'static [&'static str],
    /// The controls it touches.
    pub controls: &'static [Control],
    /// Ids it had before; a finding under an old id is the same finding.
    pub aliases: &'static [&'static str],
    /// Narrower rules: where this one fires, their findings on the same subject are evidence of it and
    /// not findings of their own, for the cause is one.
    pub covers: &'static [&'static str],
    /// The factors of the risk score that count the same cause, so that a fix shows its effect: `AG1` …
    pub factors: &'static [&'static str],
}

/// What a rule says about one node.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// The node is not of the population: it is not counted.
    NotApplicable,
    /// Looked at and fine.
    Quiet,
    /// It may be wrong; why nobody can tell, and what would make it known.
    Unknown(String),
    /// It is wrong.
    Fires(Firing),
}

/// One finding in the making.
#[derive(Debug, Clone, PartialEq)]
pub struct Firing {
    /// Severity of this finding when it differs from the rule's.
    pub severity: Option<Severity>,
    /// How sure the rule is, 0 to 100.
    pub confidence: u8,
    /// One sentence: what is wrong with this very thing, with its numbers.
    pub summary: String,
    /// Why, each with source, place and time.
    pub evidence: Vec<Evidence>,
    /// What beside the subject's native id makes it this finding and no other; usually nothing.
    pub identity_fields: Vec<String>,
    /// What to do here, as commands; nothing in them is run by us.
    pub commands: Vec<String>,
}

impl Firing {
    /// A firing the rule is sure of.
    pub fn sure(summary: impl Into<String>, evidence: Vec<Evidence>) -> Self {
        Self {
            severity: None,
            confidence: 100,
            summary: summary.into(),
            evidence,
            identity_fields: Vec::new(),
            commands: Vec::new(),
        }
    }

    /// Gives this finding a severity of its own.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Says how sure the rule is when it is not.
    #[must_use]
    pub fn confidence(mut self, confidence: u8) -> Self {
        self.confidence = confidence.min(100);
        self
    }

    /// Adds a command a person may run.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }
}

/// A rule. It reads typed facts and signals, never a provider's attributes, and fires on what was seen,
/// never on what was not looked at.
pub trait Rule: Sync {
    /// What it is.
    fn spec(&self) -> &'static RuleSpec;

    /// Judges one node of the kinds it looks at.
    fn judge(&self, case: &Case<'_>) -> Judgement;
}
