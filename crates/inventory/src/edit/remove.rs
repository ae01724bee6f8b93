//! Removing a source, and merging a provisional scope into the real one.

use std::collections::BTreeSet;

use model::{NodeId, NodeKind, NodeRef, TimeUs};
use store::{Db, Tx};

use super::Edit;
use crate::InventoryError;
use crate::apply::{Applied, groups, retire};
use crate::run::{RunStart, in_list};

/// Ends everything a source said. With `purge` its sightings, edges and coverage are deleted, also
/// from history, and records that no other source ever spoke of go with them.
///
/// # Errors
/// There is no such source, or the database fails.
pub async fn remove_source(
    db: &Db,
    start: &RunStart,
    connector: &str,
    scope: &str,
    purge: bool,
    now: TimeUs,
) -> Result<Applied, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let source = source_key(&mut edit.tx, connector, scope).await?;
    let rows = edit
        .tx
        .query(
            "SELECT DISTINCT node_key FROM sighting WHERE source_key = $1",
            vec![source.into()],
        )
        .await?;
    let mut nodes = Vec::with_capacity(rows.len());
    for row in rows {
        nodes.push(row.get_i64(0)?);
    }
    retire::end_edges_of(&mut edit.tx, &mut edit.work, source, &nodes).await?;
    edit.work.touched.extend(&nodes);
    if purge {
        purge_source(&mut edit.tx, source).await?;
        let gone = drop_unspoken(&mut edit.tx, &nodes).await?;
        edit.work.touched.retain(|key| !gone.contains(key));
        edit.work.applied.nodes_retired += gone.len() as u64;
    } else {
        edit.tx
            .exec(
                "UPDATE sighting SET to_run = $2 WHERE source_key = $1 AND to_run IS NULL",
                vec![source.into(), edit.work.seq.into()],
            )
            .await?;
        edit.tx
            .exec(
                "UPDATE source SET removed_us = $2 WHERE source_key = $1",
                vec![source.into(), now.into()],
            )
            .await?;
    }
    edit.commit().await
}

async fn source_key(tx: &mut Tx, connector: &str, scope: &str) -> Result<i64, InventoryError> {
    let rows = tx
        .query(
            "SELECT source_key FROM source WHERE connector = $1 AND scope = $2",
            vec![connector.into(), scope.into()],
        )
        .await?;
    match rows.first() {
        Some(row) => Ok(row.get_i64(0)?),
        None => Err(InventoryError::NotFound(format!(
            "there is no source `{connector}` with scope `{scope}`; `countersign source ls` lists them"
        ))),
    }
}

async fn purge_source(tx: &mut Tx, source: i64) -> Result<(), InventoryError> {
    for table in ["sighting", "edge", "coverage", "source"] {
        tx.exec(
            &format!("DELETE FROM {table} WHERE source_key = $1"),
            vec![source.into()],
        )
        .await?;
    }
    Ok(())
}

/// Deletes nodes that no source ever spoke of and no edge names.
async fn drop_unspoken(tx: &mut Tx, nodes: &[i64]) -> Result<BTreeSet<i64>, InventoryError> {
    let mut gone = BTreeSet::new();
    for chunk in nodes.chunks(400) {
        let (list, values) = in_list(chunk, 1);
        let sql = format!(
            "SELECT n.node_key FROM node n WHERE n.node_key IN {list} \
             AND NOT EXISTS (SELECT 1 FROM sighting s WHERE s.node_key = n.node_key) \
             AND NOT EXISTS (SELECT 1 FROM edge e WHERE e.other_key = n.node_key) \
             AND NOT EXISTS (SELECT 1 FROM edge e WHERE e.by_key = n.node_key)"
        );
        for row in tx.query(&sql, values).await? {
            gone.insert(row.get_i64(0)?);
        }
    }
    let keys: Vec<i64> = gone.iter().copied().collect();
    for chunk in keys.chunks(400) {
        let (list, values) = in_list(chunk, 1);
        for table in [
            "node_version",
            "alias",
            "tag",
            "search_term",
            "member",
            "node",
        ] {
            tx.exec(
                &format!("DELETE FROM {table} WHERE node_key IN {list}"),
                values.clone(),
            )
            .await?;
        }
    }
    Ok(gone)
}

/// Says that a scope named after a file is really `into`: every record of the provisional scope is
/// joined with the record of the same native id in the real one.
///
/// # Errors
/// The scope is unknown, or the database fails.
pub async fn merge_scope(
    db: &Db,
    start: &RunStart,
    from: &str,
    into: &str,
    now: TimeUs,
) -> Result<Applied, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let known = edit
        .tx
        .query("SELECT 1 FROM source WHERE scope = $1", vec![from.into()])
        .await?;
    if known.is_empty() {
        return Err(InventoryError::NotFound(format!(
            "there is no scope `{from}`; `countersign source ls` lists them"
        )));
    }
    let rows = edit
        .tx
        .query(
            "SELECT node_key, kind, provider, native_id FROM node WHERE partition_name = $1",
            vec![from.into()],
        )
        .await?;
    let mut pairs = BTreeSet::new();
    for row in rows {
        let Some(kind) = NodeKind::parse(row.text(1)?) else {
            continue;
        };
        let real = NodeRef::within(kind, row.text(2)?.to_owned(), into.to_owned(), row.text(3)?);
        if let Some(other) = node_key(&mut edit.tx, real.id()).await? {
            pairs.insert((other, row.get_i64(0)?));
        }
    }
    groups::unite(&mut edit.tx, &mut edit.work, pairs, "scope").await?;
    edit.tx
        .exec(
            "UPDATE source SET provisional_us = NULL WHERE scope = $1",
            vec![from.into()],
        )
        .await?;
    edit.commit().await
}

async fn node_key(tx: &mut Tx, id: NodeId) -> Result<Option<i64>, InventoryError> {
    let rows = tx
        .query(
            "SELECT node_key FROM node WHERE id = $1",
            vec![id.to_string().into()],
        )
        .await?;
    Ok(rows.first().map(|row| row.get_i64(0)).transpose()?)
}
