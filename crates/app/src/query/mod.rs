//! Use cases that only read. Each gives serialisable views; their JSON is a contract, described in
//! `docs/reference/contracts.md`.

pub mod coverage;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod export;
pub mod find;
pub mod findings;
pub mod judged;
pub mod list;
pub mod paste;
pub mod plan;
mod revocation;
pub mod rules;
pub mod runs;
pub mod score;
pub mod show;
pub mod sources;
pub mod summary;
pub mod views;
pub mod who;
pub mod worklist;

pub use find::{Found, Target};
pub use views::{AtView, Candidates, Evidence, FactView, Row};

use inventory::read::{Reader, When};
use model::TimeUs;

use crate::{Error, Installation};

/// Opens the state a question is asked of: now, or what was known at a time.
pub(crate) async fn reader(
    installation: &Installation,
    as_of: Option<TimeUs>,
) -> Result<Reader, Error> {
    let when = as_of.map_or(When::Latest, When::At);
    Ok(Reader::open(&installation.db, when).await?)
}
