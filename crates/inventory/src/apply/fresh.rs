//! Nodes this run adds: no look at the database is needed.

use std::collections::BTreeMap;

use model::{NodeId, NodeRef};
use store::Cell;

use super::rows::{self, NodeRow, State};
use super::{Said, Work};
use crate::apply::keys::Keys;
use crate::apply::sources::{Known, Sources};
use crate::columns::{self, Columns, Weighted};
use crate::spool::Record;

/// Writes a node that was never seen before, with all that was said about it, and, when it stands
/// for others, with what was said about those (`others`). A node another stands for has no version
/// of its own.
pub(crate) fn write(
    work: &mut Work,
    sources: &Sources,
    keys: &Keys,
    (node_key, id): (i64, NodeId),
    said: &[Said],
    others: &[Said],
) {
    let Some(Said { record: first, .. }) = said.first() else {
        return;
    };
    let node = NodeRow {
        key: node_key,
        kind: first.kind.name(),
        provider: &first.provider,
        native_id: &first.native_id,
    };
    node_row(work, node, &first.partition, id);
    for one in said {
        let Some(source) = sources.get(one.record.source) else {
            continue;
        };
        for (edge, place) in &one.edges {
            let Some(other) = keys.get(NodeId::from_bytes(edge.other)) else {
                continue;
            };
            work.batches.edge(
                work.seq,
                node_key,
                other.key,
                source.key,
                edge,
                place.as_deref(),
            );
            work.applied.edges_added += 1;
        }
        *work.shown.entry(source.key).or_insert(0) += 1;
        work.batches
            .sighting(work.seq, node_key, source.key, &one.record);
    }
    aliases(work, node_key, said);
    if let Some(root) = work.united.root(node_key) {
        work.batches.member(work.seq, node_key, root, "alias");
    }
    match (said, others) {
        // Nearly every record: what its only source says is what stands.
        ([Said { record, .. }], []) => {
            let tags = record.tags.iter().map(|(name, value)| (name, value));
            finish(work, node, &record.columns, tags.collect());
        }
        _ => {
            let mut merging = Merging::default();
            for one in said.iter().chain(others) {
                if let Some(source) = sources.get(one.record.source) {
                    merging.add(source, &one.record);
                }
            }
            columns::sort(&mut merging.columns);
            let merged = columns::merge(&merging.columns);
            let tags = rows::merge_tags(merging.tags);
            finish(work, node, &merged, tags.iter().collect());
        }
    }
    work.applied.nodes_added += 1;
}

fn aliases(work: &mut Work, node_key: i64, said: &[Said]) {
    if let [one] = said {
        return rows::alias_rows(work, node_key, &one.record.aliases, &|_| false);
    }
    let mut all: Vec<(String, bool)> = said
        .iter()
        .flat_map(|one| one.record.aliases.iter().cloned())
        .collect();
    all.sort();
    all.dedup();
    rows::alias_rows(work, node_key, &all, &|_| false);
}

/// What all sources say, on its way to one version.
#[derive(Default)]
struct Merging {
    columns: Vec<Weighted<Columns>>,
    tags: Vec<Weighted<Vec<(String, String)>>>,
}

impl Merging {
    /// Adds what one source says.
    fn add(&mut self, source: &Known, record: &Record) {
        let (rank, observed_us, label) = (source.rank, record.observed_us, &source.label);
        let describes = columns::describes(record.columns.name.as_deref(), &record.native_id);
        if !record.tags.is_empty() {
            self.tags.push(Weighted {
                rank,
                describes,
                observed_us,
                source: label.clone(),
                said: record.tags.clone(),
            });
        }
        self.columns.push(Weighted {
            rank,
            describes,
            observed_us,
            source: label.clone(),
            said: record.columns.clone(),
        });
    }
}

fn finish(work: &mut Work, node: NodeRow<'_>, merged: &Columns, tags: BTreeMap<&String, &String>) {
    let name = merged.name.as_deref().unwrap_or(node.native_id);
    for term in rows::search_terms(node.kind, node.provider, name) {
        work.batches.term.push((term, node.key));
    }
    for (name, value) in tags {
        work.batches.tag.push([
            node.key.into(),
            name.into(),
            value.into(),
            work.seq.into(),
            Cell::Int(None),
        ]);
    }
    if work.united.root(node.key).is_none() {
        version(work, node, merged, State::default());
    }
}

/// Writes a node that was never observed and is only named by an edge.
pub(crate) fn write_mentioned(work: &mut Work, node_key: i64, node: &NodeRef) {
    let row = NodeRow {
        key: node_key,
        kind: node.kind.name(),
        provider: &node.provider,
        native_id: &node.native_id,
    };
    node_row(work, row, &node.partition, node.id());
    let state = State {
        referenced_us: Some(work.now.as_micros()),
        retired_us: None,
    };
    version(work, row, &Columns::default(), state);
}

fn version(work: &mut Work, node: NodeRow<'_>, columns: &Columns, state: State) {
    if let Some(counted) = &mut work.counted {
        counted.add(node, columns, state);
    }
    let signals = columns.signals.column();
    let row = rows::version_row(work.seq, node, columns, signals.as_deref(), state);
    work.batches.version.push(row);
}

fn node_row(work: &mut Work, node: NodeRow<'_>, partition: &str, id: NodeId) {
    work.batches.node.push([
        node.key.into(),
        (&id.to_string()).into(),
        node.kind.into(),
        node.provider.into(),
        partition.into(),
        node.native_id.into(),
        work.seq.into(),
    ]);
}
