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
    problems.extend(inventory::contradictions(&installation.db).await?);
    Ok(problems)
}

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
