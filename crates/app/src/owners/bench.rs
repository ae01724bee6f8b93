//! How good proposals are, measured on labels a person wrote.

use inventory::owners::measure::{self, Measured};
use model::TimeUs;
use serde::Serialize;

use super::propose::Ground;
use crate::query::views::VERSION;
use crate::{Error, Installation};

/// Precision and recall at each confidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measurement {
    /// The contract's version.
    pub v: u8,
    /// Records with a label.
    pub labelled: usize,
    /// Labels that fit no record, in words.
    pub missing: Vec<String>,
    /// The figures.
    #[serde(flatten)]
    pub measured: Measured,
}

/// Measures the proposals against labels: one JSON object a line, `{"id": …, "owner": …, "team": …}`.
///
/// # Errors
/// A line is no label, or the database cannot be read.
pub async fn bench(
    installation: &Installation,
    labels: &str,
    as_of: Option<TimeUs>,
) -> Result<Measurement, Error> {
    let labels = measure::labels(labels).map_err(|error| {
        Error::failed(error).hint("one JSON object a line: {\"id\": \"…\", \"owner\": \"ann@example.com\", \"team\": \"…\"}")
    })?;
    let reader = crate::query::reader(installation, as_of).await?;
    let now = as_of.unwrap_or_else(|| installation.clock.now());
    let ground = Ground::load(&reader, now).await?;
    let proposer = ground.proposer();
    let (truths, missing) = measure::truths(&proposer, &labels);
    Ok(Measurement {
        v: VERSION,
        labelled: truths.len(),
        missing,
        measured: measure::measure(&proposer, &truths),
    })
}
