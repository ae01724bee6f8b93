//! Merges the sightings of touched records again and writes a new version where something changed.

use std::collections::{BTreeMap, BTreeSet};

use model::Attributes;
use store::{Cell, Tx, Value};

use super::groups::memberships;
use super::rows::{self, NodeRow, State};
use super::{Work, sources};
use crate::InventoryError;
use crate::columns::{self, Columns, Rank, Weighted};
use crate::run::in_list;

/// How many records are computed at once.
const CHUNK: usize = 300;

/// Computes every touched record again. A record that became a member of another loses its own
/// version; the root's version stands for the group.
pub(crate) async fn refresh(tx: &mut Tx, work: &mut Work) -> Result<(), InventoryError> {
    let touched: Vec<i64> = std::mem::take(&mut work.touched).into_iter().collect();
    let mut ends = Ends::default();
    for chunk in touched.chunks(CHUNK) {
        let keys: BTreeSet<i64> = chunk.iter().copied().collect();
        work.batches.flush(tx).await?;
        let member_of = memberships(tx, &keys).await?;
        let roots: BTreeSet<i64> = keys
            .iter()
            .map(|key| member_of.get(key).copied().unwrap_or(*key))
            .collect();
        for member in keys.iter().filter(|key| member_of.contains_key(key)) {
            ends.versions.push(vec![(*member).into(), work.seq.into()]);
        }
        let mut everyone: BTreeMap<i64, i64> = roots.iter().map(|root| (*root, *root)).collect();
        everyone.extend(member_of.iter().filter(|(_, root)| roots.contains(root)));
        let records = read(tx, &everyone).await?;
        for (root, record) in records {
            write(work, &mut ends, root, record);
        }
        ends.write(tx).await?;
        work.batches.flush(tx).await?;
    }
    Ok(())
}

/// Everything current about one record.
#[derive(Default)]
struct Record {
    node: Option<Named>,
    said: Vec<Weighted<Columns>>,
    tagged: Vec<Weighted<Vec<(String, String)>>>,
    had_authoritative: bool,
    /// A source, not a person, once showed it and does not any more.
    had_source: bool,
    has_edges: bool,
    before: Option<Before>,
    tags_before: BTreeMap<String, String>,
}

/// What names a node.
struct Named {
    key: i64,
    kind: String,
    provider: String,
    native_id: String,
}

/// The version in force.
struct Before {
    from_run: i64,
    values: Vec<Value>,
    state: State,
}

async fn read(
    tx: &mut Tx,
    everyone: &BTreeMap<i64, i64>,
) -> Result<BTreeMap<i64, Record>, InventoryError> {
    let mut records: BTreeMap<i64, Record> = BTreeMap::new();
    let members: Vec<i64> = everyone.keys().copied().collect();
    let roots: BTreeSet<i64> = everyone.values().copied().collect();
    for chunk in members.chunks(CHUNK) {
        read_sightings(tx, chunk, everyone, &mut records).await?;
        read_edges(tx, chunk, everyone, &mut records).await?;
    }
    for chunk in roots.into_iter().collect::<Vec<_>>().chunks(CHUNK) {
        read_before(tx, chunk, &mut records).await?;
    }
    Ok(records)
}

async fn read_sightings(
    tx: &mut Tx,
    chunk: &[i64],
    everyone: &BTreeMap<i64, i64>,
    records: &mut BTreeMap<i64, Record>,
) -> Result<(), InventoryError> {
    let (list, values) = in_list(chunk, 1);
    let sql = format!(
        "SELECT s.node_key, s.to_run, s.last_observed_us, s.attributes, c.connector, c.scope, c.authoritative_us, \
         s.sighting_key, n.native_id FROM sighting s JOIN source c ON c.source_key = s.source_key \
         JOIN node n ON n.node_key = s.node_key WHERE s.node_key IN {list}"
    );
    for row in tx.query(&sql, values).await? {
        let Some(root) = everyone.get(&row.get_i64(0)?) else {
            continue;
        };
        let record = records.entry(*root).or_default();
        let rank = sources::rank(row.text(4)?, row.opt_i64(6)?.is_some());
        if row.opt_i64(1)?.is_some() {
            record.had_authoritative |= rank == Rank::Authoritative;
            record.had_source |= rank != Rank::ByHand;
            continue;
        }
        let attributes: Attributes =
            serde_json::from_str(row.text(3)?).map_err(|error| InventoryError::Damaged {
                what: "attributes",
                key: row.get_i64(7).unwrap_or_default(),
                detail: error.to_string(),
            })?;
        let source = format!("{}\u{1f}{}", row.text(4)?, row.text(5)?);
        let observed_us = row.get_i64(2)?;
        let said = Columns::of(&attributes);
        let describes = columns::describes(said.name.as_deref(), row.text(8)?);
        record.said.push(Weighted {
            rank,
            describes,
            observed_us,
            source: source.clone(),
            said,
        });
        let tags = attributes.tags.into_iter().collect();
        record.tagged.push(Weighted {
            rank,
            describes,
            observed_us,
            source,
            said: tags,
        });
    }
    Ok(())
}

/// Notes which records other records' current edges name.
async fn read_edges(
    tx: &mut Tx,
    chunk: &[i64],
    everyone: &BTreeMap<i64, i64>,
    records: &mut BTreeMap<i64, Record>,
) -> Result<(), InventoryError> {
    let (list, values) = in_list(chunk, 1);
    let sql = format!(
        "SELECT n.node_key FROM node n WHERE n.node_key IN {list} AND EXISTS \
         (SELECT 1 FROM edge e WHERE e.other_key = n.node_key AND e.to_run IS NULL)"
    );
    for row in tx.query(&sql, values).await? {
        if let Some(root) = everyone.get(&row.get_i64(0)?) {
            records.entry(*root).or_default().has_edges = true;
        }
    }
    Ok(())
}

async fn read_before(
    tx: &mut Tx,
    chunk: &[i64],
    records: &mut BTreeMap<i64, Record>,
) -> Result<(), InventoryError> {
    let (list, values) = in_list(chunk, 1);
    let sql =
        format!("SELECT node_key, kind, provider, native_id FROM node WHERE node_key IN {list}");
    for row in tx.query(&sql, values.clone()).await? {
        let key = row.get_i64(0)?;
        records.entry(key).or_default().node = Some(Named {
            key,
            kind: row.text(1)?.to_owned(),
            provider: row.text(2)?.to_owned(),
            native_id: row.text(3)?.to_owned(),
        });
    }
    let sql = format!(
        "SELECT {} FROM node_version WHERE to_run IS NULL AND node_key IN {list}",
        rows::VERSION.join(", ")
    );
    for row in tx.query(&sql, values.clone()).await? {
        let from_run = row.get_i64(1)?;
        let state = State {
            referenced_us: row.opt_i64(23)?,
            retired_us: row.opt_i64(24)?,
        };
        let key = row.get_i64(0)?;
        records.entry(key).or_default().before = Some(Before {
            from_run,
            values: row.into_values(),
            state,
        });
    }
    let sql = format!(
        "SELECT node_key, name, value FROM tag WHERE to_run IS NULL AND node_key IN {list}"
    );
    for row in tx.query(&sql, values).await? {
        let record = records.entry(row.get_i64(0)?).or_default();
        record
            .tags_before
            .insert(row.text(1)?.to_owned(), row.text(2)?.to_owned());
    }
    Ok(())
}

fn write(work: &mut Work, ends: &mut Ends, root: i64, mut record: Record) {
    let Some(named) = record.node.take() else {
        return;
    };
    let node = NodeRow {
        key: named.key,
        kind: &named.kind,
        provider: &named.provider,
        native_id: &named.native_id,
    };
    columns::sort(&mut record.said);
    let merged = columns::merge(&record.said);
    let signals = merged.signals.column();
    let state = state(work, &record);
    let row = match &record.before {
        // A retired record keeps its last facts: nobody says anything about it any more.
        Some(before) if is_silent(&record) => with_state(before, work.seq, state),
        _ => rows::version_row(work.seq, node, &merged, signals.as_deref(), state).to_vec(),
    };
    let unchanged = record.before.as_ref().is_some_and(|before| {
        before
            .values
            .iter()
            .map(Cell::from)
            .skip(3)
            .eq(row.iter().copied().skip(3))
    });
    if !unchanged {
        let was_retired = record
            .before
            .as_ref()
            .is_some_and(|before| before.state.retired_us.is_some());
        if state.retired_us.is_some() && !was_retired {
            work.applied.nodes_retired += 1;
        } else if record
            .before
            .as_ref()
            .is_some_and(|before| before.from_run < work.seq)
        {
            work.applied.nodes_changed += 1;
        }
        ends.versions.push(vec![root.into(), work.seq.into()]);
        work.batches.version.push(row);
        let name = merged.name.as_deref().unwrap_or(node.native_id);
        let terms = rows::search_terms(node.kind, node.provider, name).into_iter();
        ends.terms
            .extend(terms.map(|term| vec![term.into(), node.key.into()]));
    }
    tags(work, ends, root, record);
}

/// True when no source shows it any more. What a person said about it does not keep it: who assigned
/// an owner did not say that the thing is there.
fn is_silent(record: &Record) -> bool {
    let by_hand = |said: &Weighted<Columns>| said.rank == Rank::ByHand;
    record.said.is_empty() || (record.had_source && record.said.iter().all(by_hand))
}

/// Retired: the provider itself showed it once and does not any more, or nobody shows it. Named
/// only: no source ever showed it, but an edge names it.
fn state(work: &Work, record: &Record) -> State {
    let now = work.now.as_micros();
    let authoritative = record
        .said
        .iter()
        .any(|said| said.rank == Rank::Authoritative);
    let retired = if record.said.is_empty() {
        record.had_authoritative
            || record
                .before
                .as_ref()
                .is_none_or(|b| b.state.referenced_us.is_none())
            || !record.has_edges
    } else {
        is_silent(record) || (record.had_authoritative && !authoritative)
    };
    let before = record
        .before
        .as_ref()
        .map(|before| before.state)
        .unwrap_or_default();
    State {
        referenced_us: if record.said.is_empty() {
            before.referenced_us
        } else {
            None
        },
        retired_us: retired.then(|| before.retired_us.unwrap_or(now)),
    }
}

fn with_state(before: &Before, seq: i64, state: State) -> Vec<Cell<'_>> {
    let mut values: Vec<Cell<'_>> = before.values.iter().map(Cell::from).collect();
    for (at, value) in [
        (1, Cell::from(seq)),
        (2, Cell::Int(None)),
        (23, state.referenced_us.into()),
        (24, state.retired_us.into()),
    ] {
        if let Some(slot) = values.get_mut(at) {
            *slot = value;
        }
    }
    values
}

/// What ends and what may be there already, written together for a chunk of records.
#[derive(Default)]
struct Ends {
    versions: Vec<Vec<Value>>,
    tags: Vec<Vec<Value>>,
    terms: Vec<Vec<Value>>,
}

impl Ends {
    /// One that began in this very run never existed for a reader.
    async fn write(&mut self, tx: &mut Tx) -> Result<(), InventoryError> {
        let versions = std::mem::take(&mut self.versions);
        let tags = std::mem::take(&mut self.tags);
        for (sql, sets) in [
            (
                "DELETE FROM node_version WHERE node_key = $1 AND from_run = $2",
                versions.clone(),
            ),
            (
                "UPDATE node_version SET to_run = $2 WHERE node_key = $1 AND to_run IS NULL",
                versions,
            ),
            (
                "DELETE FROM tag WHERE node_key = $1 AND name = $2 AND from_run = $3",
                tags.clone(),
            ),
            (
                "UPDATE tag SET to_run = $3 WHERE node_key = $1 AND name = $2 AND to_run IS NULL",
                tags,
            ),
            (
                "INSERT INTO search_term (term, node_key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                std::mem::take(&mut self.terms),
            ),
        ] {
            tx.exec_many(sql, sets).await?;
        }
        Ok(())
    }
}

fn tags(work: &mut Work, ends: &mut Ends, root: i64, record: Record) {
    if record.said.is_empty() {
        return;
    }
    let now = rows::merge_tags(record.tagged);
    for (name, value) in &record.tags_before {
        if now.get(name) != Some(value) {
            ends.tags
                .push(vec![root.into(), name.as_str().into(), work.seq.into()]);
        }
    }
    for (name, value) in now {
        if record.tags_before.get(&name) != Some(&value) {
            work.batches.tag.push([
                root.into(),
                (&name).into(),
                (&value).into(),
                work.seq.into(),
                Cell::Int(None),
            ]);
        }
    }
}
