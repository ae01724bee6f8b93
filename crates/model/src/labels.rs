//! What a thing is for and to whom it belongs, as judged from what the sources say. Every verdict
//! carries its rule and its evidence; what cannot be told is unknown with a reason, and evidence that
//! contradicts itself is ambiguous, never a guess.

use serde::{Deserialize, Serialize};

use crate::finding::Evidence;
use crate::ids::NodeId;
use crate::time::TimeUs;
use crate::words::closed_words;

closed_words! {
    /// Where something runs or is used.
    Environment {
        /// Real customers, real data.
        Production = "production",
        /// A rehearsal: staging, acceptance, test.
        Test = "test",
        /// Where people develop.
        Development = "development",
        /// Pipelines and tooling that act on the others.
        Automation = "automation",
        /// A place to play without consequence.
        Sandbox = "sandbox",
    }
}

closed_words! {
    /// How much harm the loss of some data would do, as people labelled it.
    Sensitivity {
        /// No harm to speak of.
        Low = "low",
        /// Some harm.
        Medium = "medium",
        /// Serious harm.
        High = "high",
        /// Harm that the organisation may not survive.
        Critical = "critical",
    }
}

closed_words! {
    /// How far an identity has someone who answers for it.
    OwnerState {
        /// A person and a team, both present.
        Governed = "governed",
        /// A person without a team.
        PersonOnly = "person_only",
        /// A team without a person.
        TeamOnly = "team_only",
        /// The person who owned it has left.
        OwnerLeft = "owner_left",
        /// Nobody, and the sources that would know were read.
        Unowned = "unowned",
        /// Nobody is known, and a source that would know was not read.
        Unknown = "unknown",
    }
}

closed_words! {
    /// What an owner does.
    OwnerRole {
        /// Decides whether it is still needed and pays for it.
        Business = "business",
        /// Operates it: rotates, watches, retires.
        Technical = "technical",
        /// Stands in for the others.
        Backup = "backup",
        /// Approves access and exceptions.
        Approver = "approver",
    }
}

impl OwnerRole {
    /// The turn in which an owner is asked: first who operates it, then who pays for it, then who
    /// stands in.
    pub const fn turn(self) -> u8 {
        match self {
            Self::Technical => 0,
            Self::Business => 1,
            Self::Backup => 2,
            Self::Approver => 3,
        }
    }
}

closed_words! {
    /// Who said so.
    Basis {
        /// A person, by hand.
        Hand = "hand",
        /// A source or a table somebody imported states it.
        Stated = "stated",
        /// A rule of ours concluded it.
        Rule = "rule",
    }
}

closed_words! {
    /// What a person can say about a record; it stands against every source until it is unsaid.
    SaidFact {
        /// Where it runs or is used: a word of [`Environment`].
        Environment = "environment",
        /// What it is for.
        Purpose = "purpose",
        /// The application or system it belongs to.
        Application = "application",
        /// Why it was granted and who approved it: ticket, commit or words.
        Justification = "justification",
        /// How sensitive what it holds or reaches is: a word of [`Sensitivity`].
        Sensitivity = "sensitivity",
        /// Whether it can do what an administrator can: yes or no.
        Privileged = "privileged",
        /// Whether an outside company issues or holds it: yes or no.
        ThirdParty = "third_party",
        /// Whether the defenders depend on it: yes or no.
        SecurityCritical = "security_critical",
        /// Whether it is still needed: yes or no.
        StillNeeded = "still_needed",
        /// Until when that verdict holds: a date.
        StillNeededUntil = "still_needed_until",
        /// When it is to be reviewed next: a date.
        NextReview = "next_review",
        /// How often it is used when all is well, in days.
        CadenceDays = "cadence_days",
        /// The outside company behind it.
        Vendor = "vendor",
        /// The sort of actor: a word of [`crate::Class`].
        Class = "class",
    }
}

/// One verdict about a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Verdict<T> {
    /// It is so.
    Known {
        /// What it is.
        value: T,
        /// Who said so.
        basis: Basis,
        /// The id of the rule that concluded it; empty when stated.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        rule: String,
        /// Why.
        evidence: Vec<Evidence>,
    },
    /// The evidence contradicts itself.
    Ambiguous {
        /// What it may be, each once.
        candidates: Vec<T>,
        /// Why.
        evidence: Vec<Evidence>,
    },
    /// Nobody can tell.
    Unknown {
        /// Why not, and what would make it known.
        reason: String,
    },
}

impl<T> Verdict<T> {
    /// Nobody can tell.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown {
            reason: reason.into(),
        }
    }

    /// The value, when known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Ambiguous { .. } | Self::Unknown { .. } => None,
        }
    }

    /// True when the evidence contradicts itself.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Ambiguous { .. })
    }

    /// The evidence of what is known or ambiguous.
    pub fn evidence(&self) -> &[Evidence] {
        match self {
            Self::Known { evidence, .. } | Self::Ambiguous { evidence, .. } => evidence,
            Self::Unknown { .. } => &[],
        }
    }
}

/// Someone who answers for a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The record of the person, team, group or account.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// What the owner does.
    pub role: OwnerRole,
    /// True for a person, false for a team or group.
    pub person: bool,
    /// True when the person has left.
    pub left: bool,
    /// Who said so.
    pub basis: Basis,
    /// The source and place that say so.
    pub evidence: Vec<Evidence>,
}

/// Everything judged about what one thing is for and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classification {
    /// Where it runs or is used.
    pub environment: Verdict<Environment>,
    /// What it is for.
    pub purpose: Verdict<String>,
    /// The application or system it belongs to.
    pub application: Verdict<String>,
    /// Why it was granted and who approved it.
    pub justification: Verdict<String>,
    /// How sensitive what it holds or reaches is.
    pub sensitivity: Verdict<Sensitivity>,
    /// Whether it can do what an administrator can. An agent is privileged until a person says
    /// otherwise.
    pub privileged: Verdict<bool>,
    /// Whether an outside company issues or holds it.
    pub third_party: Verdict<bool>,
    /// Whether the defenders depend on it: its changes take longer and need two people.
    pub security_critical: Verdict<bool>,
    /// Whether it is still needed.
    pub still_needed: Verdict<bool>,
    /// When the verdict on need runs out, when a person gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub still_needed_until: Option<TimeUs>,
    /// Who answers for it.
    pub owners: Vec<Owner>,
    /// How far it has an owner.
    pub owner_state: OwnerState,
    /// When it is to be reviewed next, when somebody said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_review: Option<TimeUs>,
}
