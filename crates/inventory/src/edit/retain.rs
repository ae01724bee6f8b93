//! Retention: history older than an age is forgotten, what is in force stays.

use model::TimeUs;
use store::{Db, Tx};

use super::Edit;
use crate::InventoryError;
use crate::run::RunStart;

/// What retention deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Retained {
    /// Runs whose details were forgotten; the runs themselves stay listed.
    pub runs: u64,
    /// Versions, sightings, edges, tags and memberships that had ended before.
    pub rows: u64,
}

/// Forgets what ended before `before`. As-of reads reach back to that time and no further.
///
/// # Errors
/// The database fails.
pub async fn retain(
    db: &Db,
    start: &RunStart,
    before: TimeUs,
    now: TimeUs,
) -> Result<Retained, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let rows = edit
        .tx
        .query(
            "SELECT COALESCE(MAX(seq), 0) FROM run WHERE committed_us < $1 AND seq IS NOT NULL",
            vec![before.into()],
        )
        .await?;
    let oldest_kept = rows.first().map_or(Ok(0), |row| row.get_i64(0))?;
    let retained = forget(&mut edit.tx, oldest_kept).await?;
    edit.commit().await?;
    Ok(retained)
}

/// Deletes what was over when run `seq` committed: no reader at `seq` or later can see it.
async fn forget(tx: &mut Tx, seq: i64) -> Result<Retained, InventoryError> {
    let mut retained = Retained::default();
    for table in ["node_version", "sighting", "edge", "tag", "member"] {
        let sql = format!("DELETE FROM {table} WHERE to_run IS NOT NULL AND to_run <= $1");
        retained.rows += tx.exec(&sql, vec![seq.into()]).await?;
    }
    for table in ["coverage", "run_count"] {
        let sql =
            format!("DELETE FROM {table} WHERE run < $1 AND run < (SELECT MAX(run) FROM {table})");
        tx.exec(&sql, vec![seq.into()]).await?;
    }
    tx.exec("UPDATE setting SET value = $1 WHERE name = 'history_from_seq' AND CAST(value AS BIGINT) < $2", vec![seq.to_string().into(), seq.into()]).await?;
    tx.exec(
        "INSERT INTO setting (name, value) VALUES ('history_from_seq', $1) ON CONFLICT (name) DO NOTHING",
        vec![seq.to_string().into()],
    )
    .await?;
    let rows = tx
        .query(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM run WHERE seq < $1",
            vec![seq.into()],
        )
        .await?;
    retained.runs = rows
        .first()
        .map_or(Ok(0), |row| row.get_i64(0))?
        .unsigned_abs();
    Ok(retained)
}
