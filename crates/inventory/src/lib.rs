//! Observations become the inventory: one record per thing, with its sightings, its history and
//! what was not looked at.

mod apply;
mod check;
pub mod classify;
pub mod columns;
pub mod edit;
mod error;
pub mod judgement;
pub mod owners;
pub mod read;
mod run;
mod spool;

pub use apply::{Applied, apply};
pub use check::contradictions;
pub use error::InventoryError;
pub use run::{RunKind, RunStart, begin, fail, is_untouched, running};
pub use spool::Spool;
