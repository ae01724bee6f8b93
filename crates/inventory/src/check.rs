//! What must hold between the tables.

use store::{Db, StoreError};

/// Looks for contradictions; gives one line for each rule that is broken.
///
/// # Errors
/// The database cannot be read.
pub async fn contradictions(db: &Db) -> Result<Vec<String>, StoreError> {
    let mut problems = Vec::new();
    for (what, sql) in RULES {
        let rows = db.read(sql, Vec::new()).await?;
        let count = rows.first().map_or(Ok(0), |row| row.get_i64(0))?;
        if count > 0 {
            problems.push(format!("{count} {what}"));
        }
    }
    Ok(problems)
}

/// Each rule as a count of its violations.
const RULES: &[(&str, &str)] = &[
    (
        "sightings name no known node",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM sighting s WHERE NOT EXISTS (SELECT 1 FROM node n WHERE n.node_key = s.node_key)",
    ),
    (
        "edges name no known node",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM edge e WHERE NOT EXISTS (SELECT 1 FROM node n WHERE n.node_key = e.by_key) \
         OR NOT EXISTS (SELECT 1 FROM node n WHERE n.node_key = e.other_key)",
    ),
    (
        "records have more than one version in force",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT node_key FROM node_version WHERE to_run IS NULL \
         GROUP BY node_key HAVING COUNT(*) > 1) twice",
    ),
    (
        "records have no version in force and are not merged into another",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM node n WHERE NOT EXISTS \
         (SELECT 1 FROM node_version v WHERE v.node_key = n.node_key AND v.to_run IS NULL) \
         AND NOT EXISTS (SELECT 1 FROM member m WHERE m.node_key = n.node_key AND m.to_run IS NULL)",
    ),
    (
        "rows belong to a run that never committed",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM node_version v WHERE v.from_run > (SELECT COALESCE(MAX(seq), 0) FROM run)",
    ),
    (
        "versions end before they begin",
        "SELECT CAST(COUNT(*) AS BIGINT) FROM node_version WHERE to_run <= from_run",
    ),
];
