//! How an estate is put together and frozen.

use std::collections::{BTreeMap, HashMap};

use model::{EdgeKind, NodeId, Signal, TimeUs};

use crate::estate::{Adjacency, Edge, Estate, Gap, SourceInfo};
use crate::text::Interner;
use crate::{Node, NodeIx, Text, Texts};

/// Takes nodes and relations in any order and freezes them. What it gives out never depends on the
/// order in which relations came.
#[derive(Debug, Default)]
pub struct Builder {
    texts: Texts,
    words: Interner,
    nodes: Vec<Node>,
    by_id: HashMap<NodeId, NodeIx>,
    edges: Vec<(NodeIx, Edge)>,
    sources: Vec<SourceInfo>,
    sets: HashMap<Vec<u32>, u32>,
    source_sets: Vec<Vec<u32>>,
    gaps: Vec<Gap>,
    details: HashMap<(NodeIx, Signal), Text>,
    tags: BTreeMap<NodeIx, Vec<(Text, Text)>>,
}

impl Builder {
    /// Starts with nothing.
    pub fn new() -> Self {
        Self {
            source_sets: vec![Vec::new()],
            ..Self::default()
        }
    }

    /// Keeps a word that repeats: a tenant, subtype, owner. Empty gives no text.
    pub fn word(&mut self, word: Option<&str>) -> Text {
        match word {
            Some(word) if !word.is_empty() => self.words.intern(&mut self.texts, word),
            _ => Text::NONE,
        }
    }

    /// Keeps a text that seldom repeats: a name.
    pub fn name(&mut self, name: &str) -> Text {
        self.texts.push(name)
    }

    /// Adds a node. A second one with the same id is the first one.
    pub fn node(&mut self, node: Node) -> NodeIx {
        if let Some(known) = self.by_id.get(&node.id) {
            return *known;
        }
        let ix = NodeIx(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.by_id.insert(node.id, ix);
        self.nodes.push(node);
        ix
    }

    /// Changes a node that was added.
    pub fn change(&mut self, ix: NodeIx, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(ix.0 as usize) {
            change(node);
        }
    }

    /// Finds a node that was added.
    pub fn find(&self, id: NodeId) -> Option<NodeIx> {
        self.by_id.get(&id).copied()
    }

    /// Adds a relation.
    pub fn edge(
        &mut self,
        from: NodeIx,
        kind: EdgeKind,
        to: NodeIx,
        source: u32,
        place: Text,
        attributes: Text,
    ) {
        self.edges.push((
            from,
            Edge {
                kind,
                other: to,
                source,
                place,
                attributes,
            },
        ));
    }

    /// Adds a source and says its index.
    pub fn source(&mut self, source: SourceInfo) -> u32 {
        self.sources.push(source);
        u32::try_from(self.sources.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Says which sources show a node.
    pub fn shown_by(&mut self, ix: NodeIx, mut sources: Vec<u32>) {
        sources.sort_unstable();
        sources.dedup();
        let next = u32::try_from(self.source_sets.len()).unwrap_or(0);
        let set = *self.sets.entry(sources).or_insert_with_key(|sources| {
            self.source_sets.push(sources.clone());
            next
        });
        self.change(ix, |node| node.source_set = set);
    }

    /// Adds something that was not looked at.
    pub fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Says what was seen, of a signal that says yes.
    pub fn detail(&mut self, ix: NodeIx, signal: Signal, detail: &str) {
        let text = self.words.intern(&mut self.texts, detail);
        self.details.insert((ix, signal), text);
    }

    /// Adds a tag.
    pub fn tag(&mut self, ix: NodeIx, name: &str, value: &str) {
        let name = self.words.intern(&mut self.texts, name);
        let value = self.words.intern(&mut self.texts, value);
        self.tags.entry(ix).or_default().push((name, value));
    }

    /// Freezes it, to be judged as of `now`.
    pub fn freeze(mut self, now: TimeUs) -> Estate {
        let count = self.nodes.len();
        for tags in self.tags.values_mut() {
            tags.sort_by(|a, b| {
                (self.texts.get(a.0), self.texts.get(a.1))
                    .cmp(&(self.texts.get(b.0), self.texts.get(b.1)))
            });
        }
        let reversed = self
            .edges
            .iter()
            .map(|(from, edge)| {
                (
                    edge.other,
                    Edge {
                        other: *from,
                        ..*edge
                    },
                )
            })
            .collect();
        let ids: Vec<NodeId> = self.nodes.iter().map(|node| node.id).collect();
        Estate {
            now,
            out: adjacency(count, &ids, self.edges, &self.texts),
            into: adjacency(count, &ids, reversed, &self.texts),
            texts: self.texts,
            nodes: self.nodes,
            by_id: self.by_id,
            sources: self.sources,
            source_sets: self.source_sets,
            gaps: self.gaps,
            details: self.details,
            tags: self.tags,
        }
    }
}

/// Rows sorted by kind and by the other end's stable id, so that the order of loading is not seen.
fn adjacency(
    count: usize,
    ids: &[NodeId],
    mut edges: Vec<(NodeIx, Edge)>,
    texts: &Texts,
) -> Adjacency {
    let id = |ix: NodeIx| ids.get(ix.0 as usize);
    edges.sort_unstable_by(|(from_a, a), (from_b, b)| {
        from_a
            .cmp(from_b)
            .then_with(|| a.kind.cmp(&b.kind))
            .then_with(|| id(a.other).cmp(&id(b.other)))
            .then_with(|| a.source.cmp(&b.source))
            .then_with(|| texts.get(a.place).cmp(texts.get(b.place)))
            .then_with(|| texts.get(a.attributes).cmp(texts.get(b.attributes)))
    });
    let mut starts = vec![0_u32; count + 1];
    for (from, _) in &edges {
        if let Some(start) = starts.get_mut(from.0 as usize + 1) {
            *start += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    Adjacency {
        starts,
        edges: edges.into_iter().map(|(_, edge)| edge).collect(),
    }
}
