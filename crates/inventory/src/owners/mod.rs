//! Who is likely to answer for an identity: candidates ranked by evidence, each with a confidence that
//! means what it says. A proposal is a guess and is never stated as an owner; a person accepts or
//! rejects it. Pure over a [`graph::Estate`]; only [`decide`] writes.
//!
//! The way of a proposal: [`evidence::KINDS`] gather proofs for persons and teams; proofs of leavers go
//! to their manager and team; shared creators stand back when there is better; `features` turns the
//! proofs into numbers; [`Model`] turns the numbers into a confidence.

mod code_paths;
mod confidence;
mod coverage;
pub mod decide;
pub mod evidence;
mod features;
pub mod generate;
mod isotonic;
mod leavers;
pub mod measure;
mod people;
mod proof;
mod propose;
mod reconcile;
mod shared;
#[cfg(test)]
mod tests;
mod weights;

use graph::{Estate, NodeIx};
use model::{Class, NodeKind};

pub use confidence::{Model, WeightRow};
pub use coverage::{Overdue, Ownership, TeamOwnership, overdue, ownership};
pub use features::{Example, FEATURES};
pub use isotonic::Isotonic;
pub use leavers::{Leaver, Left, NodeName, leavers};
pub use people::has_left;
pub use proof::{Demoted, Proof};
pub use propose::{Candidate, Known, Proposal, Proposer};
pub use reconcile::{Matched, Reconciliation, SheetRow, reconcile};

/// True for what needs an owner: an identity that is there, may be used and is no person's own.
pub fn is_governed(estate: &Estate, ix: NodeIx) -> bool {
    estate.node(ix).is_some_and(|node| {
        node.kind == NodeKind::Identity
            && !node.referenced
            && node.may_be_active()
            && node.class != Some(Class::Human)
    })
}
