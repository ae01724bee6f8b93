//! Edits by hand and the tending of the inventory.

use inventory::Applied;
use inventory::RunKind;
use inventory::edit::{self, Erased, Retained};
use model::TimeUs;

use crate::{Error, Installation};

/// Makes two records one. The keys come from a look-up.
///
/// # Errors
/// They are one already or of different kinds, or the database fails.
pub async fn merge(installation: &Installation, a: i64, b: i64) -> Result<Applied, Error> {
    let start = installation.run_start(RunKind::Edit, "identity merge")?;
    Ok(edit::merge(&installation.db, &start, a, b, installation.clock.now()).await?)
}

/// Takes a member out of the record it was merged into.
///
/// # Errors
/// The record is not merged into another, or the database fails.
pub async fn split(installation: &Installation, member: i64) -> Result<Applied, Error> {
    let start = installation.run_start(RunKind::Edit, "identity split")?;
    Ok(edit::split(&installation.db, &start, member, installation.clock.now()).await?)
}

/// Ends everything a source said, or with `purge` forgets it altogether.
///
/// # Errors
/// There is no such source, or the database fails.
pub async fn remove_source(
    installation: &Installation,
    connector: &str,
    scope: &str,
    purge: bool,
) -> Result<Applied, Error> {
    let title = if purge {
        "source remove --purge".to_owned()
    } else {
        format!("source remove {connector} {scope}")
    };
    let start = installation.run_start(RunKind::Maintenance, &title)?;
    Ok(edit::remove_source(
        &installation.db,
        &start,
        connector,
        scope,
        purge,
        installation.clock.now(),
    )
    .await?)
}

/// Says that a provisional scope is really another.
///
/// # Errors
/// The scope is unknown, or the database fails.
pub async fn merge_scope(
    installation: &Installation,
    from: &str,
    into: &str,
) -> Result<Applied, Error> {
    let start =
        installation.run_start(RunKind::Edit, &format!("source merge-scope {from} {into}"))?;
    Ok(edit::merge_scope(
        &installation.db,
        &start,
        from,
        into,
        installation.clock.now(),
    )
    .await?)
}

/// Erases a leaver's personal data; what they owned stays known as owned by one and the same.
///
/// # Errors
/// The record is not a human being, or the database fails.
pub async fn erase_person(installation: &Installation, node_key: i64) -> Result<Erased, Error> {
    let start = installation.run_start(RunKind::Maintenance, "db erase-person")?;
    let ulid = installation.new_ulid()?;
    Ok(edit::erase_person(
        &installation.db,
        &start,
        node_key,
        &ulid,
        installation.clock.now(),
    )
    .await?)
}

/// Forgets history that ended before `before`.
///
/// # Errors
/// The database fails.
pub async fn retain(installation: &Installation, before: TimeUs) -> Result<Retained, Error> {
    let start = installation.run_start(
        RunKind::Maintenance,
        &format!("db retain --before {before}"),
    )?;
    Ok(edit::retain(&installation.db, &start, before, installation.clock.now()).await?)
}
