//! `coverage`: what was looked at and what was not, and how much of what has to be known is.

use inventory::read::{self, CoverageRow, FIELDS, FieldMetric, MetricsOf};
use model::TimeUs;
use serde::Serialize;

use super::views::VERSION;
use crate::{Error, Installation};

/// One statement of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerRow {
    /// The contract's version.
    pub v: u8,
    /// The source.
    pub source: String,
    /// The statement.
    #[serde(flatten)]
    pub statement: CoverageRow,
}

/// What every source said when it was last read; only what fell short with `gaps`.
///
/// # Errors
/// The database cannot be read.
pub async fn ledger(
    installation: &Installation,
    gaps: bool,
    as_of: Option<TimeUs>,
) -> Result<Vec<LedgerRow>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let rows = if gaps {
        read::shortfalls(&reader).await?
    } else {
        read::coverage(&reader).await?
    };
    Ok(rows
        .into_iter()
        .map(|statement| LedgerRow {
            v: VERSION,
            source: read::source_label(&statement.connector, &statement.scope),
            statement,
        })
        .collect())
}

/// How often one field is known by one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricRow {
    /// The contract's version.
    pub v: u8,
    /// The source; `all` for all sources together.
    pub source: String,
    /// `identity` or `credential`.
    pub kind: String,
    /// The field.
    pub field: &'static str,
    /// How many records the source shows.
    pub records: i64,
    /// Of how many the field is known or, as a fact, never: in percent, rounded down.
    pub known_percent: i64,
    /// The counts.
    #[serde(flatten)]
    pub counts: FieldMetric,
}

/// How often each field is known, by source.
///
/// # Errors
/// The database cannot be read.
pub async fn metrics(
    installation: &Installation,
    as_of: Option<TimeUs>,
) -> Result<Vec<MetricRow>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let found = read::metrics(&reader, &sources::revocation::is_known).await?;
    Ok(found.iter().flat_map(rows).collect())
}

fn rows(of: &MetricsOf) -> impl Iterator<Item = MetricRow> + '_ {
    FIELDS.iter().map(|field| {
        let counts = of.fields.get(field).cloned().unwrap_or_default();
        MetricRow {
            v: VERSION,
            source: read::source_label(&of.connector, &of.scope),
            kind: of.kind.clone(),
            field,
            records: of.records,
            known_percent: percent(counts.known + counts.never, of.records),
            counts,
        }
    })
}

/// A share in percent, rounded down so that 100 means all.
pub(crate) fn percent(part: i64, whole: i64) -> i64 {
    if whole == 0 { 0 } else { part * 100 / whole }
}
