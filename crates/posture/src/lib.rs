//! Judgement: an estate and a policy go in, findings and scores come out. Pure: the same input gives the
//! same bytes, and the clock is part of the input.

pub mod case;
pub mod dormancy;
pub mod factors;
pub mod judge;
pub mod plan;
pub mod policy;
mod questions;
pub mod rule;
pub mod rules;
pub mod score;

pub use case::{Case, Clockwork};
pub use dormancy::{Dormancy, Idle, Rhythm};
pub use judge::{Judge, Judged, RuleCount};
pub use policy::Policy;
pub use rule::{Control, Firing, Judgement, Rule, RuleSpec};
