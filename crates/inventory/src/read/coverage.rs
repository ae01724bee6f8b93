//! What was looked at and what was not.

use model::TimeUs;
use store::Row;

use super::Reader;
use crate::InventoryError;
use crate::run::in_list;

/// How many statements are read at once.
const MAX_ROWS: i64 = 20_000;

/// One statement of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CoverageRow {
    /// The run that made it.
    pub run: i64,
    /// When that run committed.
    pub at: Option<TimeUs>,
    /// The kind of source.
    pub connector: String,
    /// What the source speaks about.
    pub scope: String,
    /// The kind of record it concerns; null for all.
    pub kind: Option<String>,
    /// The group of attributes.
    pub group: String,
    /// Where.
    pub place: String,
    /// How far it got.
    pub state: String,
    /// Why it is not complete.
    pub reason: String,
    /// How far behind the source's data may be.
    pub lag_us: Option<i64>,
    /// How often it was said.
    pub occurrences: i64,
}

const COLUMNS: &str = "k.run, r.committed_us, c.connector, c.scope, k.kind, k.attribute_group, k.place, k.state, \
     k.reason, k.lag_us, k.occurrences";

/// What each source said when it was last read.
///
/// # Errors
/// The database cannot be read.
pub async fn coverage(reader: &Reader) -> Result<Vec<CoverageRow>, InventoryError> {
    let seq = reader.at().seq;
    let sql = format!(
        "SELECT {COLUMNS} FROM coverage k JOIN source c ON c.source_key = k.source_key \
         LEFT JOIN run r ON r.seq = k.run \
         WHERE k.run = (SELECT MAX(l.run) FROM coverage l WHERE l.source_key = k.source_key AND l.run <= {seq}) \
         AND c.removed_us IS NULL ORDER BY c.connector, c.scope, k.number LIMIT {MAX_ROWS}"
    );
    rows(&reader.rows(&sql, Vec::new()).await?)
}

/// What one run said.
///
/// # Errors
/// The database cannot be read.
pub async fn coverage_of_run(
    reader: &Reader,
    seq: i64,
) -> Result<Vec<CoverageRow>, InventoryError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM coverage k JOIN source c ON c.source_key = k.source_key \
         LEFT JOIN run r ON r.seq = k.run WHERE k.run = $1 ORDER BY c.connector, c.scope, k.number LIMIT {MAX_ROWS}"
    );
    rows(&reader.rows(&sql, vec![seq.into()]).await?)
}

/// What could not be read when each source was last read.
///
/// # Errors
/// The database cannot be read.
pub async fn shortfalls(reader: &Reader) -> Result<Vec<CoverageRow>, InventoryError> {
    let mut all = coverage(reader).await?;
    all.retain(|row| {
        model::CoverageState::parse(&row.state).is_some_and(model::CoverageState::is_shortfall)
    });
    Ok(all)
}

/// What could not be read when these sources were last read, at most `limit` statements.
///
/// # Errors
/// The database cannot be read.
pub async fn shortfalls_of(
    reader: &Reader,
    source_keys: &[i64],
    limit: usize,
) -> Result<Vec<CoverageRow>, InventoryError> {
    if source_keys.is_empty() {
        return Ok(Vec::new());
    }
    let seq = reader.at().seq;
    let (list, values) = in_list(source_keys, 1);
    let sql = format!(
        "SELECT {COLUMNS} FROM coverage k JOIN source c ON c.source_key = k.source_key \
         LEFT JOIN run r ON r.seq = k.run \
         WHERE k.source_key IN {list} AND k.run = c.last_run AND k.run <= {seq} \
         AND k.state IN ('denied', 'truncated', 'failed') ORDER BY c.connector, c.scope, k.number LIMIT {limit}"
    );
    rows(&reader.rows(&sql, values).await?)
}

fn rows(rows: &[Row]) -> Result<Vec<CoverageRow>, InventoryError> {
    rows.iter()
        .map(|row| {
            let text = |index| row.text(index).map(str::to_owned);
            Ok(CoverageRow {
                run: row.get_i64(0)?,
                at: row.opt_time(1)?,
                connector: text(2)?,
                scope: text(3)?,
                kind: row.opt_text(4)?.map(str::to_owned),
                group: text(5)?,
                place: text(6)?,
                state: text(7)?,
                reason: text(8)?,
                lag_us: row.opt_i64(9)?,
                occurrences: row.get_i64(10)?,
            })
        })
        .collect()
}
