//! Runs: one reading of sources, or one edit by hand. A run is written down when it starts, so an
//! interrupted one is seen; it gets its sequence number when it commits.

use model::TimeUs;
use store::{Db, StoreError, Tx, Value};

/// What kind of run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// This machine or the network was read.
    Scan,
    /// Files were read.
    Import,
    /// A person changed something.
    Edit,
    /// The database was tended: retention, purge, erasure.
    Maintenance,
}

impl RunKind {
    /// The word used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Import => "import",
            Self::Edit => "edit",
            Self::Maintenance => "maintenance",
        }
    }
}

/// What is known of a run when it starts.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// A ULID.
    pub id: String,
    /// What kind of run it is.
    pub kind: RunKind,
    /// What it does, in words: the command without secrets.
    pub title: String,
    /// Who started it.
    pub actor: String,
    /// When.
    pub started: TimeUs,
    /// The process that does it, to tell running from interrupted.
    pub process_id: i64,
}

/// Writes down that a run starts and gives its key.
///
/// # Errors
/// The database refuses or fails.
pub async fn begin(db: &Db, start: &RunStart) -> Result<i64, StoreError> {
    let mut tx = db.write().await?;
    let key = insert(&mut tx, start).await?;
    tx.commit().await?;
    Ok(key)
}

/// Runs that began and neither committed nor failed, with the process that does them. One whose
/// process is gone was interrupted: nothing of it was kept.
///
/// # Errors
/// The database cannot be read.
pub async fn running(db: &Db) -> Result<Vec<(i64, Option<i64>)>, StoreError> {
    let sql = "SELECT run_key, process_id FROM run WHERE state = 'running' ORDER BY run_key";
    let rows = db.read(sql, Vec::new()).await?;
    rows.iter()
        .map(|row| Ok((row.get_i64(0)?, row.opt_i64(1)?)))
        .collect()
}

/// True while no run was ever begun.
///
/// # Errors
/// The database cannot be read.
pub async fn is_untouched(db: &Db) -> Result<bool, StoreError> {
    Ok(db
        .read_one("SELECT 1 FROM run LIMIT 1", Vec::new())
        .await?
        .is_none())
}

pub(crate) async fn insert(tx: &mut Tx, start: &RunStart) -> Result<i64, StoreError> {
    let key = next_key(tx, "run", "run_key").await?;
    tx.exec(
        "INSERT INTO run (run_key, id, seq, kind, title, actor, state, process_id, started_us, committed_us, \
         incomplete_us, observations, nodes_added, nodes_changed, nodes_retired, edges_added, edges_ended, \
         older_ignored, detail) \
         VALUES ($1, $2, NULL, $3, $4, $5, 'running', $6, $7, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, '{}')",
        vec![
            key.into(),
            start.id.as_str().into(),
            start.kind.name().into(),
            start.title.as_str().into(),
            start.actor.as_str().into(),
            start.process_id.into(),
            start.started.into(),
        ],
    )
    .await?;
    Ok(key)
}

/// Writes down that a run failed, and why. What it read is not kept.
///
/// # Errors
/// The database refuses or fails.
pub async fn fail(db: &Db, run_key: i64, now: TimeUs, why: &str) -> Result<(), StoreError> {
    let detail = serde_json::json!({ "error": model::text::label(why) }).to_string();
    let mut tx = db.write().await?;
    tx.exec(
        "UPDATE run SET state = 'failed', committed_us = $2, detail = $3 WHERE run_key = $1 AND state = 'running'",
        vec![run_key.into(), now.into(), detail.into()],
    )
    .await?;
    tx.commit().await
}

/// The next free key of a table. Only called under the write lock.
pub(crate) async fn next_key(tx: &mut Tx, table: &str, column: &str) -> Result<i64, StoreError> {
    let rows = tx
        .query(
            &format!("SELECT COALESCE(MAX({column}), 0) + 1 FROM {table}"),
            Vec::new(),
        )
        .await?;
    rows.first().map_or(Ok(1), |row| row.get_i64(0))
}

/// The sequence number this transaction will commit under. Only called under the write lock.
pub(crate) async fn next_seq(tx: &mut Tx) -> Result<i64, StoreError> {
    let rows = tx
        .query("SELECT COALESCE(MAX(seq), 0) + 1 FROM run", Vec::new())
        .await?;
    rows.first().map_or(Ok(1), |row| row.get_i64(0))
}

/// `($1, $2, …)` for a list of keys, with the values.
pub(crate) fn in_list<V: Into<Value> + Clone>(values: &[V], first: usize) -> (String, Vec<Value>) {
    let marks: Vec<String> = (first..first + values.len())
        .map(|n| format!("${n}"))
        .collect();
    (
        format!("({})", marks.join(", ")),
        values.iter().cloned().map(Into::into).collect(),
    )
}
