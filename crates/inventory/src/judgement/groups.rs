//! What is open, by rule: the shape of a plan, without reading a million findings.

use model::TimeUs;
use store::filter_sql::Binder;

use super::findings::state_sql;
use crate::InventoryError;
use crate::read::Reader;

/// Open findings of one rule and one severity.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenGroup {
    /// The rule.
    pub rule: String,
    /// How bad they are.
    pub severity: String,
    /// How many.
    pub total: i64,
    /// How many of them nobody can be asked about.
    pub unassignable: i64,
    /// The risk of the worst subject.
    pub worst: f64,
}

/// Open and acknowledged findings by rule and severity, the worst group first: by severity, then by
/// the risk of the worst subject, then by how many there are.
///
/// # Errors
/// The database cannot be read.
pub async fn open_groups(reader: &Reader, now: TimeUs) -> Result<Vec<OpenGroup>, InventoryError> {
    let mut binder = Binder::default();
    let seq = binder.bind(reader.at().seq);
    let now = binder.bind(now);
    let state = state_sql(&now, &seq);
    let sql = format!(
        "SELECT f.rule, f.severity, CAST(COUNT(*) AS BIGINT), \
         CAST(SUM(CASE WHEN f.assignee IS NULL THEN 1 ELSE 0 END) AS BIGINT), MAX(f.risk) \
         FROM finding f LEFT JOIN finding_decision d ON d.key = f.key AND {} \
         WHERE {} AND {state} IN ('open', 'acknowledged') \
         GROUP BY f.rule, f.severity, f.severity_rank \
         ORDER BY f.severity_rank DESC, MAX(f.risk) DESC, COUNT(*) DESC, f.rule",
        reader.visible("d"),
        reader.visible("f"),
    );
    reader
        .rows(&sql, binder.into_values())
        .await?
        .iter()
        .map(|row| {
            Ok(OpenGroup {
                rule: row.text(0)?.to_owned(),
                severity: row.text(1)?.to_owned(),
                total: row.get_i64(2)?,
                unassignable: row.get_i64(3)?,
                worst: row.f64(4)?,
            })
        })
        .collect()
}
