//! Tending the database: schema, backup, restore, check, compaction.

use std::path::Path;

use crate::{Error, Installation};

/// The tables of the inventory in the order in which they depend on each other.
pub const TABLES: &[&str] = &[
    "setting",
    "run",
    "source",
    "coverage",
    "node",
    "node_version",
    "sighting",
    "edge",
    "alias",
    "tag",
    "search_term",
    "member",
    "apart",
    "run_count",
];

/// The schema version in force, after bringing it up to date on opening.
///
/// # Errors
/// The database fails.
pub async fn schema_version(installation: &Installation) -> Result<i64, Error> {
    Ok(installation.db.schema_version().await?)
}

/// Looks for damage and contradictions; gives one line for each. An empty list is a healthy database.
///
/// # Errors
/// The database cannot be read at all.
pub async fn check(installation: &Installation) -> Result<Vec<String>, Error> {
    let mut problems = installation.db.check(TABLES).await?;
    for (what, sql) in RULES {
        let rows = installation.db.read(sql, Vec::new()).await?;
        let count = rows.first().map_or(Ok(0), |row| row.get_i64(0))?;
        if count > 0 {
            problems.push(format!("{count} {what}"));
        }
    }
    Ok(problems)
}

/// What must hold between the tables, as counts of violations.
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

/// Gives space back and renews the planner's statistics.
///
/// # Errors
/// The database fails, or the disk has no room for the copy that compaction makes.
pub async fn compact(installation: &Installation) -> Result<(), Error> {
    Ok(installation.db.compact().await?)
}

/// Refuses to overwrite a file that is there.
pub(crate) fn must_be_new(file: &Path) -> Result<(), Error> {
    if file.exists() {
        return Err(Error::usage(format!("`{}` exists already", file.display()))
            .hint("name a file that does not"));
    }
    Ok(())
}
