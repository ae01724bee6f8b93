//! What people decide about findings and proposed owners. Each decision is a run, so it is dated and
//! named, and what was decided before stays readable.

use model::TimeUs;
use store::{Db, Value};

use super::findings::{FindingRow, finding};
use crate::InventoryError;
use crate::edit::Edit;
use crate::read::{Reader, When};
use crate::run::RunStart;

/// What a person decides about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// `open`, `acknowledged`, `accepted` or `false_positive`.
    pub state: &'static str,
    /// Until when a risk is accepted.
    pub until: Option<TimeUs>,
    /// Why.
    pub reason: String,
    /// The named roles that agreed to accept a risk.
    pub people: Vec<String>,
}

/// Decides about a finding that is in force and gives it as it then stands.
///
/// # Errors
/// There is no such finding, it is fixed, or the database fails.
pub async fn decide(
    db: &Db,
    start: &RunStart,
    key: &str,
    decision: &Decision,
    now: TimeUs,
) -> Result<FindingRow, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let standing = edit
        .tx
        .query(
            "SELECT 1 FROM finding WHERE key = $1 AND to_run IS NULL",
            vec![key.into()],
        )
        .await?;
    if standing.is_empty() {
        return Err(InventoryError::Refused(format!(
            "there is no finding `{key}` in force; `countersign finding ls` lists them, and one that is fixed needs no decision"
        )));
    }
    let seq = edit.work.seq;
    edit.tx
        .exec(
            "UPDATE finding_decision SET to_run = $2 WHERE key = $1 AND to_run IS NULL",
            vec![key.into(), seq.into()],
        )
        .await?;
    let people = serde_json::to_string(&decision.people).unwrap_or_default();
    edit.tx
        .exec(
            "INSERT INTO finding_decision (key, from_run, to_run, state, until_us, reason, people, actor) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            vec![
                key.into(),
                seq.into(),
                Value::Int(None),
                decision.state.into(),
                decision.until.into(),
                decision.reason.as_str().into(),
                people.into(),
                start.actor.as_str().into(),
            ],
        )
        .await?;
    edit.commit().await?;
    let reader = Reader::open(db, When::Latest).await?;
    finding(&reader, key, now)
        .await?
        .ok_or_else(|| InventoryError::Refused(format!("the finding `{key}` has just gone")))
}

/// What a person said to a proposed owner.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnerDecision {
    /// The record that was proposed an owner.
    pub node_key: i64,
    /// The person or team proposed.
    pub candidate_key: i64,
    /// As what.
    pub role: String,
    /// Accepted or rejected.
    pub accepted: bool,
    /// How sure the proposal was.
    pub confidence: Option<f64>,
    /// On what evidence it was proposed, as JSON.
    pub evidence: String,
    /// Why the person decided so.
    pub reason: String,
    /// Who decided.
    pub actor: String,
    /// The run of the decision.
    pub run: i64,
}

/// Notes what a person said to a proposed owner. Stating an accepted owner is the caller's.
///
/// # Errors
/// The database refuses or fails.
pub async fn decide_owner(
    db: &Db,
    start: &RunStart,
    decision: &OwnerDecision,
    now: TimeUs,
) -> Result<(), InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    edit.tx
        .exec(
            "INSERT INTO owner_decision (node_key, candidate_key, role, from_run, accepted, confidence, evidence, reason, actor) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            vec![
                decision.node_key.into(),
                decision.candidate_key.into(),
                decision.role.as_str().into(),
                edit.work.seq.into(),
                i64::from(decision.accepted).into(),
                Value::Real(decision.confidence),
                decision.evidence.as_str().into(),
                decision.reason.as_str().into(),
                start.actor.as_str().into(),
            ],
        )
        .await?;
    edit.commit().await?;
    Ok(())
}

/// Every decision about proposed owners, oldest first: the truth that proposals are measured by.
///
/// # Errors
/// The database cannot be read.
pub async fn owner_decisions(reader: &Reader) -> Result<Vec<OwnerDecision>, InventoryError> {
    let sql = "SELECT d.node_key, d.candidate_key, d.role, d.accepted, d.confidence, d.evidence, d.reason, d.actor, d.from_run \
               FROM owner_decision d WHERE d.from_run <= $1 ORDER BY d.from_run, d.node_key, d.candidate_key, d.role";
    reader
        .rows(sql, vec![reader.at().seq.into()])
        .await?
        .iter()
        .map(|row| {
            Ok(OwnerDecision {
                node_key: row.get_i64(0)?,
                candidate_key: row.get_i64(1)?,
                role: row.text(2)?.to_owned(),
                accepted: row.get_i64(3)? == 1,
                confidence: row.opt_f64(4)?,
                evidence: row.text(5)?.to_owned(),
                reason: row.text(6)?.to_owned(),
                actor: row.text(7)?.to_owned(),
                run: row.get_i64(8)?,
            })
        })
        .collect()
}
