//! Verdicts about every node of an estate, small enough to hold for a million of them.

use model::TimeUs;
use model::labels::{Classification, Environment, OwnerState, Sensitivity};

use crate::NodeIx;

/// What a node is for and whose it is, without the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels {
    /// Where it runs or is used, when known.
    pub environment: Option<Environment>,
    /// True when the evidence on the environment contradicts itself.
    pub environment_ambiguous: bool,
    /// How sensitive what it holds or reaches is, when known.
    pub sensitivity: Option<Sensitivity>,
    /// Whether it can do what an administrator can.
    pub privileged: Option<bool>,
    /// Whether an outside company issues or holds it.
    pub third_party: Option<bool>,
    /// Whether the defenders depend on it.
    pub security_critical: Option<bool>,
    /// Whether it is still needed.
    pub still_needed: Option<bool>,
    /// Whether somebody said what it is for.
    pub has_purpose: bool,
    /// Whether it belongs to an application.
    pub has_application: bool,
    /// Whether somebody said why it was granted.
    pub has_justification: bool,
    /// How far it has an owner.
    pub owner: OwnerState,
}

impl Labels {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        environment: None,
        environment_ambiguous: false,
        sensitivity: None,
        privileged: None,
        third_party: None,
        security_critical: None,
        still_needed: None,
        has_purpose: false,
        has_application: false,
        has_justification: false,
        owner: OwnerState::Unknown,
    };

    /// A classification without its evidence.
    pub fn of(whole: &Classification) -> Self {
        Self {
            environment: whole.environment.value().copied(),
            environment_ambiguous: whole.environment.is_ambiguous(),
            sensitivity: whole.sensitivity.value().copied(),
            privileged: whole.privileged.value().copied(),
            third_party: whole.third_party.value().copied(),
            security_critical: whole.security_critical.value().copied(),
            still_needed: whole.still_needed.value().copied(),
            has_purpose: whole.purpose.value().is_some(),
            has_application: whole.application.value().is_some(),
            has_justification: whole.justification.value().is_some(),
            owner: whole.owner_state,
        }
    }
}

/// What a node is for in words and who is asked about it, without the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brief {
    /// The application it belongs to.
    pub application: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The name of the owner who is asked about it.
    pub asked: Option<String>,
    /// When it is to be reviewed next.
    pub next_review: Option<TimeUs>,
}

impl Brief {
    /// A classification without its evidence.
    pub fn of(whole: Classification) -> Self {
        Self {
            application: whole.application.value().cloned(),
            purpose: whole.purpose.value().cloned(),
            asked: whole
                .owners
                .into_iter()
                .filter(|owner| !owner.left)
                .min_by(|a, b| {
                    (a.role.turn(), !a.person, &a.name).cmp(&(b.role.turn(), !b.person, &b.name))
                })
                .map(|owner| owner.name),
            next_review: whole.next_review,
        }
    }
}

/// What judges what things are for and whose they are. The inventory has one; tests have simpler ones.
pub trait Classify: Sync {
    /// The verdicts without their evidence.
    fn labels(&self, ix: NodeIx) -> Labels;

    /// The verdicts with their evidence; dearer, for what is shown.
    fn classification(&self, ix: NodeIx) -> Classification;

    /// The verdicts that are texts or dates, without their evidence: asked of every node.
    fn brief(&self, ix: NodeIx) -> Brief {
        Brief::of(self.classification(ix))
    }
}
