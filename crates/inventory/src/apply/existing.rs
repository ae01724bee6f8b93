//! Nodes that are known: what is said now is compared with what the same source said before.

use std::collections::{BTreeMap, BTreeSet};

use model::{EdgeKind, NodeId};
use store::{Row, Tx, Value};

use super::keys::Keys;
use super::sources::Sources;
use super::{Said, Work, combine, rows};
use crate::InventoryError;
use crate::run::in_list;
use crate::spool::Record;

/// A known node with what is said about it in this run.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) key: i64,
    pub(crate) said: Vec<Said>,
}

/// What a source said before.
#[derive(Debug)]
struct Before {
    sighting_key: i64,
    last_observed_us: i64,
    place: Option<String>,
    attributes: String,
}

/// An edge a source stated before.
#[derive(Debug)]
struct EdgeBefore {
    edge_key: i64,
    other_key: i64,
    reversed: i64,
    kind: String,
    place: Option<String>,
    attributes: String,
}

#[derive(Default)]
struct Database {
    sightings: BTreeMap<(i64, i64), Before>,
    edges: BTreeMap<(i64, i64), Vec<EdgeBefore>>,
    aliases: BTreeMap<(i64, String), bool>,
    referenced: BTreeSet<i64>,
}

#[derive(Default)]
struct Changes {
    ended_sightings: Vec<Vec<Value>>,
    ended_edges: Vec<Vec<Value>>,
    now_identifying: Vec<Vec<Value>>,
}

/// Compares a chunk of known nodes with the database and queues the differences.
pub(crate) async fn compare(
    tx: &mut Tx,
    work: &mut Work,
    sources: &Sources,
    keys: &Keys,
    chunk: Vec<Known>,
) -> Result<(), InventoryError> {
    if chunk.is_empty() {
        return Ok(());
    }
    let node_keys: Vec<i64> = chunk.iter().map(|known| known.key).collect();
    let database = read(tx, &node_keys).await?;
    let mut changes = Changes::default();
    for known in chunk {
        let mut aliases = Vec::new();
        for said in known.said {
            let Some(source) = sources.get(said.record.source) else {
                continue;
            };
            aliases.extend(said.record.aliases.iter().cloned());
            one_source(
                work,
                keys,
                &database,
                &mut changes,
                (known.key, source.key),
                said,
            )?;
        }
        names(work, &database, &mut changes, known.key, aliases);
        if database.referenced.contains(&known.key) {
            work.touched.insert(known.key);
        }
    }
    write(tx, work, changes).await
}

fn one_source(
    work: &mut Work,
    keys: &Keys,
    database: &Database,
    changes: &mut Changes,
    (node_key, source_key): (i64, i64),
    mut said: Said,
) -> Result<(), InventoryError> {
    let record = &mut said.record;
    match database.sightings.get(&(node_key, source_key)) {
        None => {
            work.batches
                .sighting(work.seq, node_key, source_key, record);
            work.touched.insert(node_key);
        }
        Some(before) if record.observed_us < before.last_observed_us => {
            work.applied.older_ignored += 1;
            return Ok(());
        }
        Some(before) => {
            if record.observed_us == before.last_observed_us {
                // One export in several files: what was said at that time adds up.
                let older = Record {
                    attributes: before.attributes.clone(),
                    ..record.clone()
                };
                if older.attributes != record.attributes {
                    combine::merge_attributes(record, &older)?;
                }
                if record.place.is_none() {
                    record.place.clone_from(&before.place);
                }
            }
            if record.attributes == before.attributes && record.place == before.place {
                work.batches
                    .confirmed
                    .push([before.sighting_key.into(), record.observed_us.into()]);
                work.batches.note_time(source_key, record.observed_us);
            } else {
                changes
                    .ended_sightings
                    .push(vec![before.sighting_key.into(), work.seq.into()]);
                work.batches
                    .sighting(work.seq, node_key, source_key, record);
                work.touched.insert(node_key);
            }
        }
    }
    *work.shown.entry(source_key).or_insert(0) += 1;
    edges(work, keys, database, changes, (node_key, source_key), &said);
    Ok(())
}

/// Adds edges that are new; ends those that were stated at a place this run speaks of and are not
/// stated there any more.
fn edges(
    work: &mut Work,
    keys: &Keys,
    database: &Database,
    changes: &mut Changes,
    (node_key, source_key): (i64, i64),
    said: &Said,
) {
    let none = Vec::new();
    let before = database.edges.get(&(node_key, source_key)).unwrap_or(&none);
    let mut kept = BTreeSet::new();
    for (edge, place) in &said.edges {
        let Some(other) = keys.get(NodeId::from_bytes(edge.other)) else {
            continue;
        };
        let same = before.iter().find(|was| {
            EdgeKind::parse(&was.kind) == Some(edge.kind)
                && was.other_key == other.key
                && (was.reversed == 1) == edge.reversed
                && was.place == *place
                && was.attributes == edge.attributes
        });
        match same {
            Some(was) => {
                kept.insert(was.edge_key);
                if was.place.is_some() {
                    work.stated_again.push(was.edge_key);
                }
            }
            None => {
                work.batches.edge(
                    work.seq,
                    node_key,
                    other.key,
                    source_key,
                    edge,
                    place.as_deref(),
                );
                work.applied.edges_added += 1;
            }
        }
    }
    for was in before {
        if !kept.contains(&was.edge_key) && said.places.contains(&was.place) {
            changes
                .ended_edges
                .push(vec![was.edge_key.into(), work.seq.into()]);
            work.applied.edges_ended += 1;
        }
    }
}

fn names(
    work: &mut Work,
    database: &Database,
    changes: &mut Changes,
    node_key: i64,
    mut aliases: Vec<(String, bool)>,
) {
    aliases.sort();
    aliases.dedup();
    for (text, identifies) in &aliases {
        if *identifies && database.aliases.get(&(node_key, text.clone())) == Some(&false) {
            changes.now_identifying.push(vec![
                text.as_str().into(),
                node_key.into(),
                work.now.into(),
            ]);
            work.identifying.push((text.clone(), node_key));
        }
    }
    rows::alias_rows(work, node_key, &aliases, &|text| {
        database.aliases.contains_key(&(node_key, text.to_owned()))
    });
}

async fn read(tx: &mut Tx, node_keys: &[i64]) -> Result<Database, InventoryError> {
    let mut database = Database::default();
    let (list, values) = in_list(node_keys, 1);
    let sql = format!(
        "SELECT node_key, source_key, sighting_key, last_observed_us, place, attributes FROM sighting \
         WHERE to_run IS NULL AND node_key IN {list}"
    );
    for row in tx.query(&sql, values.clone()).await? {
        let before = Before {
            sighting_key: row.get_i64(2)?,
            last_observed_us: row.get_i64(3)?,
            place: row.opt_text(4)?.map(str::to_owned),
            attributes: row.text(5)?.to_owned(),
        };
        database
            .sightings
            .insert((row.get_i64(0)?, row.get_i64(1)?), before);
    }
    let sql = format!(
        "SELECT by_key, source_key, edge_key, other_key, reversed, kind, place, attributes FROM edge \
         WHERE to_run IS NULL AND by_key IN {list}"
    );
    for row in tx.query(&sql, values.clone()).await? {
        database
            .edges
            .entry((row.get_i64(0)?, row.get_i64(1)?))
            .or_default()
            .push(edge_before(&row)?);
    }
    let sql =
        format!("SELECT node_key, alias_text, identifies_us FROM alias WHERE node_key IN {list}");
    for row in tx.query(&sql, values.clone()).await? {
        let key = (row.get_i64(0)?, row.text(1)?.to_owned());
        database.aliases.insert(key, row.opt_i64(2)?.is_some());
    }
    let sql = format!(
        "SELECT node_key FROM node_version WHERE to_run IS NULL AND node_key IN {list} \
         AND (referenced_us IS NOT NULL OR retired_us IS NOT NULL)"
    );
    for row in tx.query(&sql, values).await? {
        database.referenced.insert(row.get_i64(0)?);
    }
    Ok(database)
}

fn edge_before(row: &Row) -> Result<EdgeBefore, InventoryError> {
    Ok(EdgeBefore {
        edge_key: row.get_i64(2)?,
        other_key: row.get_i64(3)?,
        reversed: row.get_i64(4)?,
        kind: row.text(5)?.to_owned(),
        place: row.opt_text(6)?.map(str::to_owned),
        attributes: row.text(7)?.to_owned(),
    })
}

/// The table sightings that were confirmed wait in: one statement over all of them is many times
/// faster on a server than one for each.
pub(crate) const CONFIRMED: &str = "confirmed";

/// Gets ready to note what sources say again.
pub(crate) async fn begin(tx: &mut Tx) -> Result<(), InventoryError> {
    let columns = "sighting_key BIGINT PRIMARY KEY, observed_us BIGINT NOT NULL";
    Ok(tx.temp_table(CONFIRMED, columns).await?)
}

/// Notes on every sighting that was stated again unchanged when that was.
pub(crate) async fn confirm(tx: &mut Tx, work: &mut Work) -> Result<(), InventoryError> {
    work.batches.flush(tx).await?;
    let sql = format!(
        "UPDATE sighting SET last_run = $1, last_observed_us = c.observed_us, \
         seen = seen || $2 || CAST(c.observed_us AS TEXT) || ' ' \
         FROM {CONFIRMED} c WHERE sighting.sighting_key = c.sighting_key"
    );
    tx.exec(&sql, vec![work.seq.into(), format!("{}:", work.seq).into()])
        .await?;
    Ok(())
}

async fn write(tx: &mut Tx, work: &mut Work, changes: Changes) -> Result<(), InventoryError> {
    tx.exec_many(
        "UPDATE sighting SET to_run = $2 WHERE sighting_key = $1",
        changes.ended_sightings,
    )
    .await?;
    tx.exec_many(
        "UPDATE edge SET to_run = $2 WHERE edge_key = $1",
        changes.ended_edges,
    )
    .await?;
    tx.exec_many(
        "UPDATE alias SET identifies_us = $3 WHERE alias_text = $1 AND node_key = $2",
        changes.now_identifying,
    )
    .await?;
    work.batches.flush_full(tx).await
}
