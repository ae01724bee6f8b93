//! Nodes this run adds: no look at the database is needed.

use model::{NodeId, NodeRef};
use store::Value;

use super::rows::{self, NodeRow, State};
use super::{Said, Work};
use crate::apply::keys::Keys;
use crate::apply::sources::Sources;
use crate::columns::{self, Columns, Weighted};

/// Writes a node that was never seen before, with all that was said about it.
pub(crate) fn write(
    work: &mut Work,
    sources: &Sources,
    keys: &Keys,
    node_key: i64,
    id: NodeId,
    said: Vec<Said>,
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
    let mut weighted = Vec::with_capacity(said.len());
    let mut tagged = Vec::with_capacity(said.len());
    let mut aliases = Vec::new();
    for one in said {
        let Some(source) = sources.get(one.record.source) else {
            continue;
        };
        work.batches
            .sighting(work.seq, node_key, source.key, &one.record);
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
        let record = one.record;
        tagged.push(Weighted {
            rank: source.rank,
            observed_us: record.observed_us,
            source: source.label.clone(),
            said: record.tags,
        });
        aliases.extend(record.aliases);
        weighted.push(Weighted {
            rank: source.rank,
            observed_us: record.observed_us,
            source: source.label.clone(),
            said: record.columns,
        });
    }
    columns::sort(&mut weighted);
    let merged = columns::merge(&weighted);
    work.batches.version.push(rows::version_row(
        work.seq,
        &node,
        &merged,
        State::default(),
    ));
    for term in rows::search_terms(merged.name.as_deref().unwrap_or(&node.native_id)) {
        work.batches.term.push(vec![term.into(), node_key.into()]);
    }
    for (name, value) in rows::merge_tags(tagged) {
        work.batches.tag.push(vec![
            node_key.into(),
            name.into(),
            value.into(),
            work.seq.into(),
            Value::Int(None),
        ]);
    }
    aliases.sort();
    aliases.dedup();
    rows::alias_rows(work, node_key, &aliases, &|_| false);
    work.applied.nodes_added += 1;
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
    work.batches.version.push(rows::version_row(
        work.seq,
        &row,
        &Columns::default(),
        state,
    ));
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
