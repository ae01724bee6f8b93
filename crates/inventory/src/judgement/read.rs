//! Reads verdicts and assessments, as of a run.

use std::collections::{BTreeMap, BTreeSet};

use model::TimeUs;
use store::Row;

use super::{ScoreColumns, Verdict};
use crate::InventoryError;
use crate::read::Reader;
use crate::run::in_list;

/// How many keys one question names.
const ASK: usize = 300;

/// The columns [`verdict_of`] reads, of `verdict w`.
pub(crate) const VERDICT_COLUMNS: &str = "w.node_key, w.environment, w.privileged, w.third_party, w.security_critical, \
     w.still_needed, w.sensitivity, w.application, w.purpose, w.owner_state, w.owner, w.dormancy, w.score_r, w.score_lo, \
     w.score_hi, w.score_c, w.score_rank, w.band, w.vector, w.next_change_us, w.next_review_us, w.from_run";

/// A verdict with the record it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictRow {
    /// The record's row key.
    pub node_key: i64,
    /// What was judged.
    pub verdict: Verdict,
    /// The assessment that first said so.
    pub from_run: i64,
}

fn verdict_of(row: &Row) -> Result<VerdictRow, InventoryError> {
    let opt = |index| row.opt_text(index).map(|text| text.map(str::to_owned));
    let flag = |index| row.opt_i64(index).map(|flag| flag.map(|flag| flag != 0));
    let score = match (row.opt_f64(12)?, row.opt_text(18)?) {
        (Some(r), Some(vector)) => Some(ScoreColumns {
            r,
            lo: row.f64(13)?,
            hi: row.f64(14)?,
            c: row.f64(15)?,
            rank: row.f64(16)?,
            band: row.text(17)?.to_owned(),
            vector: vector.to_owned(),
        }),
        _ => None,
    };
    Ok(VerdictRow {
        node_key: row.get_i64(0)?,
        verdict: Verdict {
            environment: opt(1)?,
            privileged: flag(2)?,
            third_party: flag(3)?,
            security_critical: flag(4)?,
            still_needed: flag(5)?,
            sensitivity: opt(6)?,
            application: opt(7)?,
            purpose: opt(8)?,
            owner_state: row.text(9)?.to_owned(),
            owner: opt(10)?,
            dormancy: opt(11)?,
            score,
            next_change: row.opt_time(19)?,
            next_review: row.opt_time(20)?,
        },
        from_run: row.get_i64(21)?,
    })
}

/// The verdicts on these records.
///
/// # Errors
/// The database cannot be read.
pub async fn verdicts(
    reader: &Reader,
    keys: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, VerdictRow>, InventoryError> {
    let keys: Vec<i64> = keys.iter().copied().collect();
    let mut found = BTreeMap::new();
    for chunk in keys.chunks(ASK) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT {VERDICT_COLUMNS} FROM verdict w WHERE w.node_key IN {list} AND {}",
            reader.visible("w")
        );
        for row in reader.rows(&sql, values).await? {
            let verdict = verdict_of(&row)?;
            found.insert(verdict.node_key, verdict);
        }
    }
    Ok(found)
}

/// The verdict on one record.
///
/// # Errors
/// The database cannot be read.
pub async fn verdict(reader: &Reader, key: i64) -> Result<Option<VerdictRow>, InventoryError> {
    Ok(verdicts(reader, &BTreeSet::from([key])).await?.remove(&key))
}

/// Every verdict on one record up to the moment read, oldest first, with the time of its assessment.
///
/// # Errors
/// The database cannot be read.
pub async fn history(reader: &Reader, key: i64) -> Result<Vec<History>, InventoryError> {
    let sql = format!(
        "SELECT {VERDICT_COLUMNS}, a.judged_us, r.id FROM verdict w JOIN assessment a ON a.run = w.from_run \
         JOIN run r ON r.seq = w.from_run WHERE w.node_key = $1 AND w.from_run <= $2 ORDER BY w.from_run"
    );
    reader
        .rows(&sql, vec![key.into(), reader.at().seq.into()])
        .await?
        .iter()
        .map(|row| {
            Ok(History {
                verdict: verdict_of(row)?,
                judged: row.opt_time(22)?,
                run: row.text(23)?.to_owned(),
            })
        })
        .collect()
}

/// One verdict of a record's past.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// What was judged.
    pub verdict: VerdictRow,
    /// By which clock.
    pub judged: Option<TimeUs>,
    /// The assessment's id.
    pub run: String,
}

/// One assessment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssessmentRow {
    /// The number of its run; 0 while it is not written.
    pub run: i64,
    /// The number of the run it judged.
    pub judged_run: i64,
    /// The clock it judged by.
    pub judged: Option<TimeUs>,
    /// The policy it judged under: SHA-256 of its text.
    pub policy: String,
    /// True when it judged the whole inventory and not only what had changed.
    pub whole: bool,
    /// How many records it judged.
    pub nodes: i64,
    /// Totals, as JSON.
    pub detail: String,
}

/// The assessments up to the moment read, oldest first.
///
/// # Errors
/// The database cannot be read.
pub async fn assessments(reader: &Reader) -> Result<Vec<AssessmentRow>, InventoryError> {
    let sql = "SELECT a.run, a.judged_run, a.judged_us, a.policy, a.whole_us, a.nodes, a.detail FROM assessment a \
               WHERE a.run <= $1 ORDER BY a.run";
    reader
        .rows(sql, vec![reader.at().seq.into()])
        .await?
        .iter()
        .map(assessment_of)
        .collect()
}

/// The newest assessment up to the moment read.
///
/// # Errors
/// The database cannot be read.
pub async fn last_assessment(reader: &Reader) -> Result<Option<AssessmentRow>, InventoryError> {
    let sql = "SELECT a.run, a.judged_run, a.judged_us, a.policy, a.whole_us, a.nodes, a.detail FROM assessment a \
               WHERE a.run <= $1 ORDER BY a.run DESC LIMIT 1";
    let rows = reader.rows(sql, vec![reader.at().seq.into()]).await?;
    rows.first().map(assessment_of).transpose()
}

fn assessment_of(row: &Row) -> Result<AssessmentRow, InventoryError> {
    Ok(AssessmentRow {
        run: row.get_i64(0)?,
        judged_run: row.get_i64(1)?,
        judged: row.opt_time(2)?,
        policy: row.text(3)?.to_owned(),
        whole: row.opt_i64(4)?.is_some(),
        nodes: row.get_i64(5)?,
        detail: row.text(6)?.to_owned(),
    })
}

/// What each rule looked at in an assessment: rule, population, fired, unknown.
///
/// # Errors
/// The database cannot be read.
pub async fn rule_counts(
    reader: &Reader,
    run: i64,
) -> Result<Vec<(String, i64, i64, i64)>, InventoryError> {
    let sql = "SELECT c.rule, c.population, c.fired, c.unknown FROM rule_count c WHERE c.run = $1 ORDER BY c.rule";
    reader
        .rows(sql, vec![run.into()])
        .await?
        .iter()
        .map(|row| {
            Ok((
                row.text(0)?.to_owned(),
                row.get_i64(1)?,
                row.get_i64(2)?,
                row.get_i64(3)?,
            ))
        })
        .collect()
}

/// When time alone may change a verdict next.
///
/// # Errors
/// The database cannot be read.
pub async fn next_change(reader: &Reader) -> Result<Option<TimeUs>, InventoryError> {
    let sql = format!(
        "SELECT MIN(w.next_change_us) FROM verdict w WHERE {} AND w.next_change_us IS NOT NULL",
        reader.visible("w")
    );
    let rows = reader.rows(&sql, Vec::new()).await?;
    Ok(rows.first().map_or(Ok(None), |row| row.opt_time(0))?)
}
