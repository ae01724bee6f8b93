//! Relations by the node they start at, in one piece of memory.

use crate::build::starts;
use crate::estate::Edge;
use crate::{Node, NodeIx, Texts};

/// Compressed sparse rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Adjacency {
    starts: Vec<u32>,
    pub(crate) edges: Vec<Edge>,
}

impl Adjacency {
    /// Lays edges out by their start, in any order within a row. `edges` is walked twice, so that no
    /// second copy of millions of them is needed to sort them.
    pub(crate) fn of_rows<I: Iterator<Item = (NodeIx, Edge)>>(
        nodes: usize,
        count: usize,
        edges: impl Fn() -> I,
    ) -> Self {
        let starts = starts(nodes, edges().map(|(from, _)| from));
        let mut next = starts.clone();
        let mut rows = Vec::with_capacity(count);
        if let Some((_, any)) = edges().next() {
            rows.resize(count, any);
        }
        for (from, edge) in edges() {
            if let Some(at) = next.get_mut(from.0 as usize) {
                if let Some(place) = rows.get_mut(*at as usize) {
                    *place = edge;
                }
                *at += 1;
            }
        }
        Self {
            starts,
            edges: rows,
        }
    }

    /// Sorts each row by kind and by the other end's stable id, so that the order of loading is not
    /// seen, and keeps one of equal statements of one source.
    pub(crate) fn settle(&mut self, nodes: &[Node], texts: &Texts) {
        let id = |ix: NodeIx| nodes.get(ix.0 as usize).map(|node| node.id);
        let mut kept = 0_usize;
        let mut start = 0_usize;
        for at in 1..self.starts.len() {
            let end = self.starts.get(at).map_or(start, |end| *end as usize);
            let row = self.edges.get_mut(start..end).unwrap_or_default();
            row.sort_unstable_by(|a, b| {
                let by_id = || {
                    if a.other == b.other {
                        std::cmp::Ordering::Equal
                    } else {
                        id(a.other).cmp(&id(b.other))
                    }
                };
                a.kind
                    .cmp(&b.kind)
                    .then_with(by_id)
                    .then_with(|| a.source.cmp(&b.source))
                    .then_with(|| texts.get(a.attributes).cmp(texts.get(b.attributes)))
                    .then_with(|| texts.get(a.place).cmp(texts.get(b.place)))
            });
            let row_start = kept;
            for from in start..end {
                let Some(edge) = self.edges.get(from).copied() else {
                    break;
                };
                let before = kept.checked_sub(1).filter(|at| *at >= row_start);
                let twice = before.and_then(|at| self.edges.get(at)).is_some_and(|one| {
                    (one.kind, one.other, one.source) == (edge.kind, edge.other, edge.source)
                        && texts.get(one.attributes) == texts.get(edge.attributes)
                });
                if !twice && let Some(place) = self.edges.get_mut(kept) {
                    *place = edge;
                    kept += 1;
                }
            }
            start = end;
            if let (Some(place), Ok(kept)) = (self.starts.get_mut(at), u32::try_from(kept)) {
                *place = kept;
            }
        }
        self.edges.truncate(kept);
    }

    /// Every edge from its other end.
    pub(crate) fn reversed(&self) -> impl Iterator<Item = (NodeIx, Edge)> + '_ {
        let rows = (0_u32..).zip(self.starts.windows(2));
        rows.flat_map(move |(from, bounds)| {
            let row = match bounds {
                [start, end] => self.edges.get(*start as usize..*end as usize),
                _ => None,
            };
            row.unwrap_or_default().iter().map(move |edge| {
                let back = Edge {
                    other: NodeIx(from),
                    ..*edge
                };
                (edge.other, back)
            })
        })
    }

    /// The row of a node.
    pub(crate) fn of(&self, node: NodeIx) -> &[Edge] {
        let index = node.0 as usize;
        let bound = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        self.edges
            .get(bound(index)..bound(index + 1))
            .unwrap_or_default()
    }
}
