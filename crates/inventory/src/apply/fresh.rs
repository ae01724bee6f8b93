//! Nodes this run adds: no look at the database is needed.

use model::{NodeId, NodeRef};
use store::Value;

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
    said: Vec<Said>,
    others: Vec<Said>,
) {
    let Some(first) = said.first() else {
        return;
    };
    let node = NodeRow {
        key: node_key,
        kind: first.record.kind.name().to_owned(),
        provider: first.record.provider.clone(),
        native_id: first.record.native_id.clone(),
    };
    node_row(work, &node, &first.record.partition, id);
    let mut merging = Merging::default();
    let mut aliases = Vec::new();
    for mut one in said {
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
        aliases.append(&mut one.record.aliases);
        *work.shown.entry(source.key).or_insert(0) += 1;
        work.batches
            .sighting(work.seq, node_key, source.key, &mut one.record);
        merging.add(source, one.record);
    }
    aliases.sort();
    aliases.dedup();
    rows::alias_rows(work, node_key, &aliases, &|_| false);
    for one in others {
        if let Some(source) = sources.get(one.record.source) {
            merging.add(source, one.record);
        }
    }
    if let Some(root) = work.united.root(node_key) {
        work.batches.member(work.seq, node_key, root, "alias");
    }
    finish(work, &node, merging);
    work.applied.nodes_added += 1;
}

/// What all sources say, on its way to one version.
#[derive(Default)]
struct Merging {
    columns: Vec<Weighted<Columns>>,
    tags: Vec<Weighted<Vec<(String, String)>>>,
}

impl Merging {
    /// Adds what one source says.
    fn add(&mut self, source: &Known, record: Record) {
        let (rank, observed_us, label) = (source.rank, record.observed_us, source.label.clone());
        let describes = columns::describes(record.columns.name.as_deref(), &record.native_id);
        if !record.tags.is_empty() {
            self.tags.push(Weighted {
                rank,
                describes,
                observed_us,
                source: label.clone(),
                said: record.tags,
            });
        }
        self.columns.push(Weighted {
            rank,
            describes,
            observed_us,
            source: label,
            said: record.columns,
        });
    }
}

fn finish(work: &mut Work, node: &NodeRow, mut merging: Merging) {
    columns::sort(&mut merging.columns);
    let merged = columns::merge(&merging.columns);
    let name = merged.name.as_deref().unwrap_or(&node.native_id);
    for term in rows::search_terms(&node.kind, &node.provider, name) {
        work.batches.term.push(vec![term.into(), node.key.into()]);
    }
    for (name, value) in rows::merge_tags(merging.tags) {
        work.batches.tag.push(vec![
            node.key.into(),
            name.into(),
            value.into(),
            work.seq.into(),
            Value::Int(None),
        ]);
    }
    if work.united.root(node.key).is_none() {
        version(work, node, &merged, State::default());
    }
}

/// Writes a node that was never observed and is only named by an edge.
pub(crate) fn write_mentioned(work: &mut Work, node_key: i64, node: &NodeRef) {
    let row = NodeRow {
        key: node_key,
        kind: node.kind.name().to_owned(),
        provider: node.provider.clone().into_owned(),
        native_id: node.native_id.clone(),
    };
    node_row(work, &row, &node.partition, node.id());
    let state = State {
        referenced_us: Some(work.now.as_micros()),
        retired_us: None,
    };
    version(work, &row, &Columns::default(), state);
}

fn version(work: &mut Work, node: &NodeRow, columns: &Columns, state: State) {
    if let Some(counted) = &mut work.counted {
        counted.add(node, columns, state);
    }
    work.batches
        .version
        .push(rows::version_row(work.seq, node, columns, state));
}

fn node_row(work: &mut Work, node: &NodeRow, partition: &str, id: NodeId) {
    work.batches.node.push(vec![
        node.key.into(),
        id.to_string().into(),
        node.kind.as_str().into(),
        node.provider.as_str().into(),
        partition.into(),
        node.native_id.as_str().into(),
        work.seq.into(),
    ]);
}
