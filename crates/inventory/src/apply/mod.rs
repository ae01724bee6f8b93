//! Applies a spool in one transaction: nothing of it is visible before the commit, all of it after.
//!
//! 1. every id spoken of gets a row key, new ones in the order of ids;
//! 2. new nodes are written straight through; known ones are compared with what their source said;
//! 3. records that share an identifying name become one;
//! 4. what complete sources no longer show is retired, unless it lies where nobody could look;
//! 5. the listed facts of every touched record are merged again, and counts are kept.

mod combine;
mod counts;
mod existing;
pub(crate) mod fresh;
pub(crate) mod groups;
mod keys;
pub(crate) mod refresh;
pub(crate) mod retire;
mod rows;
pub(crate) mod sources;
mod united;

use std::collections::{BTreeSet, HashMap};

use model::{NodeId, TimeUs};
use store::{Db, Tx};

use crate::InventoryError;
use crate::run;
use crate::spool::{Entry, Record, Spool};
use keys::Keys;
use rows::Batches;
use sources::Sources;
use united::United;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Applied {
    /// Its number on the axis of time.
    pub seq: i64,
    /// Observations taken.
    pub observations: u64,
    /// Records seen for the first time.
    pub nodes_added: u64,
    /// Records whose listed facts changed.
    pub nodes_changed: u64,
    /// Records retired.
    pub nodes_retired: u64,
    /// Relations stated for the first time.
    pub edges_added: u64,
    /// Relations no longer stated.
    pub edges_ended: u64,
    /// Observations older than what their source had said already.
    pub older_ignored: u64,
    /// Coverage statements that say something could not be read.
    pub shortfalls: u64,
}

/// The state of one application.
pub(crate) struct Work {
    pub(crate) seq: i64,
    pub(crate) now: TimeUs,
    pub(crate) applied: Applied,
    pub(crate) batches: Batches,
    /// Records whose merged facts must be computed again.
    pub(crate) touched: BTreeSet<i64>,
    /// Edges with a place that were stated before and are stated again.
    pub(crate) stated_again: Vec<i64>,
    /// Identifying names stated in this run, with the node that has them.
    pub(crate) identifying: Vec<(String, i64)>,
    /// New records that are one from the start.
    pub(crate) united: United,
    /// Versions written, counted while an empty database is filled; `None` once that does not give
    /// all the counts.
    pub(crate) counted: Option<counts::Counted>,
    /// How many things each source showed in this run.
    pub(crate) shown: HashMap<i64, i64>,
}

impl Work {
    /// Starts with nothing done.
    pub(crate) async fn start(tx: &mut Tx, seq: i64, now: TimeUs) -> Result<Self, InventoryError> {
        Ok(Self {
            seq,
            now,
            applied: Applied {
                seq,
                ..Applied::default()
            },
            batches: Batches::start(tx).await?,
            touched: BTreeSet::new(),
            stated_again: Vec::new(),
            identifying: Vec::new(),
            united: United::default(),
            counted: None,
            shown: HashMap::new(),
        })
    }
}

/// Applies everything in the spool as run `run_key` and commits.
///
/// # Errors
/// The database refuses or fails, or the spool cannot be read back; then nothing is changed.
pub async fn apply(
    db: &Db,
    run_key: i64,
    mut spool: Spool,
    authoritative: &dyn Fn(&str) -> bool,
    now: TimeUs,
) -> Result<Applied, InventoryError> {
    spool.seal()?;
    let mut tx = db.write().await?;
    let seq = run::next_seq(&mut tx).await?;
    let mut work = Work::start(&mut tx, seq, now).await?;
    work.applied.observations = spool.len() as u64;
    let sources = sources::resolve(&mut tx, &mut work, &spool, authoritative).await?;
    let keys = keys::assign(&mut tx, &mut work, &spool).await?;
    work.united = United::find(&spool, &keys);
    if keys.database_was_empty() {
        work.counted = Some(counts::Counted::default());
    } else {
        existing::begin(&mut tx).await?;
    }
    let filled: &[&str] = if keys.database_was_empty() {
        FILLED
    } else {
        &[]
    };
    let indexes = tx.set_indexes_aside(filled).await?;
    nodes(&mut tx, &mut work, &spool, &sources, &keys).await?;
    work.batches.flush(&mut tx).await?;
    tx.build_indexes(indexes).await?;
    if !keys.database_was_empty() {
        existing::confirm(&mut tx, &mut work).await?;
    }
    groups::join(&mut tx, &mut work, keys.database_was_empty()).await?;
    if !keys.database_was_empty() || !work.touched.is_empty() {
        work.counted = None;
    }
    // Nothing can be missing that was never shown.
    if !keys.database_was_empty() {
        retire::missing(&mut tx, &mut work, &spool, &sources).await?;
    }
    refresh::refresh(&mut tx, &mut work).await?;
    sources::write_coverage(&mut tx, &mut work, &spool, &sources).await?;
    work.batches.flush(&mut tx).await?;
    finish(tx, run_key, &work).await
}

/// Numbers the run and commits. Readers see everything from here on.
pub(crate) async fn finish(
    mut tx: Tx,
    run_key: i64,
    work: &Work,
) -> Result<Applied, InventoryError> {
    match &work.counted {
        Some(counted) => counts::write_first(&mut tx, work.seq, counted).await?,
        None => counts::write(&mut tx, work.seq).await?,
    }
    let done = work.applied;
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    tx.exec(
        "UPDATE run SET seq = $2, state = 'committed', committed_us = $3, incomplete_us = $4, observations = $5, \
         nodes_added = $6, nodes_changed = $7, nodes_retired = $8, edges_added = $9, edges_ended = $10, \
         older_ignored = $11 WHERE run_key = $1",
        vec![
            run_key.into(),
            work.seq.into(),
            work.now.into(),
            (done.shortfalls > 0).then_some(work.now).into(),
            count(done.observations).into(),
            count(done.nodes_added).into(),
            count(done.nodes_changed).into(),
            count(done.nodes_retired).into(),
            count(done.edges_added).into(),
            count(done.edges_ended).into(),
            count(done.older_ignored).into(),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(done)
}

/// The indexes in whose order a first import does not write, for which nothing is looked up before
/// the tables are filled.
const FILLED: &[&str] = &[
    "node_by_native_id",
    "node_version_by_name",
    "sighting_by_source",
    "edge_by_other",
    "alias_by_text",
    "tag_by_value",
];

/// How many known nodes are compared with the database at once.
const CHUNK: usize = 400;

async fn nodes(
    tx: &mut Tx,
    work: &mut Work,
    spool: &Spool,
    sources: &Sources,
    keys: &Keys,
) -> Result<(), InventoryError> {
    let mut known: Vec<existing::Known> = Vec::new();
    for entries in spool.entries.chunk_by(|a, b| a.id == b.id) {
        let Some(id) = entries.first().map(|entry| entry.id) else {
            continue;
        };
        let Some(key) = keys.get(id) else { continue };
        let said = said_by_source(spool, entries)?;
        if key.new {
            let others = others(work, spool, key.key, id)?;
            fresh::write(work, sources, keys, (key.key, id), &said, &others);
            work.batches.flush_full(tx).await?;
        } else {
            known.push(existing::Known { key: key.key, said });
            if known.len() >= CHUNK {
                existing::compare(tx, work, sources, keys, std::mem::take(&mut known)).await?;
                work.batches.flush_full(tx).await?;
            }
        }
    }
    existing::compare(tx, work, sources, keys, known).await?;
    for (key, node) in keys.only_mentioned(spool)? {
        fresh::write_mentioned(work, key, &node);
        work.batches.flush_full(tx).await?;
    }
    Ok(())
}

/// What one source says about one node in this run, all its observations taken together.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) record: Record,
    /// Edges with the place at which each was stated.
    pub(crate) edges: Vec<(crate::spool::EdgeRecord, Option<String>)>,
    /// Every place this source saw the node at.
    pub(crate) places: BTreeSet<Option<String>>,
}

/// What is said about the new records that `key` stands for, without itself.
fn others(work: &Work, spool: &Spool, key: i64, id: NodeId) -> Result<Vec<Said>, InventoryError> {
    let mut all = Vec::new();
    for member in work
        .united
        .members(key)
        .iter()
        .filter(|member| **member != id)
    {
        all.extend(said_by_source(spool, spool.entries_of(*member))?);
    }
    Ok(all)
}

fn said_by_source(spool: &Spool, entries: &[Entry]) -> Result<Vec<Said>, InventoryError> {
    let mut all = Vec::new();
    for same_source in entries.chunk_by(|a, b| a.source == b.source) {
        let mut records = Vec::with_capacity(same_source.len());
        for entry in same_source {
            records.push(spool.record(entry.offset, entry.length)?);
        }
        all.extend(combine(records)?);
    }
    Ok(all)
}

/// Takes several observations of one node by one source as one: newer ones win attribute by
/// attribute, edges and names add up. The order in which they came does not matter.
fn combine(mut records: Vec<Record>) -> Result<Option<Said>, InventoryError> {
    records.sort_by(|a, b| {
        (b.observed_us, &a.place, &a.attributes).cmp(&(a.observed_us, &b.place, &b.attributes))
    });
    let mut rest = records.into_iter();
    let Some(mut first) = rest.next() else {
        return Ok(None);
    };
    let mut places = BTreeSet::from([first.place.clone()]);
    let mut edges: Vec<_> = std::mem::take(&mut first.edges)
        .into_iter()
        .map(|edge| (edge, first.place.clone()))
        .collect();
    for older in rest {
        if older.attributes != first.attributes {
            combine::merge_attributes(&mut first, &older)?;
        }
        first.aliases.extend(older.aliases);
        for edge in older.edges {
            edges.push((edge, older.place.clone()));
        }
        places.insert(older.place);
    }
    first.aliases.sort();
    first.aliases.dedup();
    edges.sort_by(|(a, a_place), (b, b_place)| {
        (crate::spool::edge_key(a), a_place).cmp(&(crate::spool::edge_key(b), b_place))
    });
    edges.dedup_by(|(a, a_place), (b, b_place)| {
        crate::spool::edge_key(a) == crate::spool::edge_key(b) && a_place == b_place
    });
    Ok(Some(Said {
        record: first,
        edges,
        places,
    }))
}
