//! How an estate is put together and frozen.

use std::collections::HashMap;

use model::{EdgeKind, NodeId, Signal, TimeUs};

use crate::adjacency::Adjacency;
use crate::estate::{Edge, Estate, Gap, Said, SourceInfo};
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
    /// The set that a set becomes with one source more.
    grown: HashMap<(u32, u32), u32>,
    gaps: Vec<Gap>,
    details: Vec<(NodeIx, Signal, Text)>,
    tags: Vec<(NodeIx, Text, Text)>,
    said: Vec<(NodeIx, Said)>,
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

    /// Makes room for so many nodes and relations at once, so that a large estate is not copied while
    /// it grows. Room that is not used costs nothing but addresses.
    pub fn expect(&mut self, nodes: usize, edges: usize) {
        self.nodes.reserve_exact(nodes);
        self.edges.reserve_exact(edges);
        self.texts.expect(nodes);
    }

    /// Adds a node that was surely not added before, without remembering it for [`Builder::find`]:
    /// whoever loads a million of them has keys of their own.
    pub fn push(&mut self, node: Node) -> NodeIx {
        let ix = NodeIx(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        ix
    }

    /// A node that was added.
    pub fn get(&self, ix: NodeIx) -> Option<&Node> {
        self.nodes.get(ix.0 as usize)
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
        let set = self.set_of(sources);
        self.change(ix, |node| node.source_set = set);
    }

    /// Says that one source more shows a node.
    pub fn also_shown_by(&mut self, ix: NodeIx, source: u32) {
        let Some(set) = self.get(ix).map(|node| node.source_set) else {
            return;
        };
        let grown = match self.grown.get(&(set, source)) {
            Some(known) => *known,
            None => {
                let mut sources = self
                    .source_sets
                    .get(set as usize)
                    .cloned()
                    .unwrap_or_default();
                sources.push(source);
                sources.sort_unstable();
                sources.dedup();
                let grown = self.set_of(sources);
                self.grown.insert((set, source), grown);
                grown
            }
        };
        self.change(ix, |node| node.source_set = grown);
    }

    fn set_of(&mut self, sources: Vec<u32>) -> u32 {
        let next = u32::try_from(self.source_sets.len()).unwrap_or(0);
        *self.sets.entry(sources).or_insert_with_key(|sources| {
            self.source_sets.push(sources.clone());
            next
        })
    }

    /// Adds something that was not looked at.
    pub fn gap(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// Says what was seen, of a signal that says yes.
    pub fn detail(&mut self, ix: NodeIx, signal: Signal, detail: &str) {
        let text = self.words.intern(&mut self.texts, detail);
        self.details.push((ix, signal, text));
    }

    /// Adds what a person said about a node. The parts are: which fact, what it is, who said so, when
    /// and why.
    pub fn said(&mut self, ix: NodeIx, said: [&str; 4], at: Option<TimeUs>) {
        let [field, value, by, why] = said.map(|text| self.word(Some(text)));
        let said = Said {
            field,
            value,
            by,
            why,
            at,
        };
        self.said.push((ix, said));
    }

    /// Adds a tag.
    pub fn tag(&mut self, ix: NodeIx, name: &str, value: &str) {
        let name = self.words.intern(&mut self.texts, name);
        let value = self.words.intern(&mut self.texts, value);
        self.tags.push((ix, name, value));
    }

    /// Freezes it, to be judged as of `now`. Of equal statements of one source one is kept.
    pub fn freeze(mut self, now: TimeUs) -> Estate {
        drop(std::mem::take(&mut self.words));
        drop(std::mem::take(&mut self.by_id));
        let mut by_id: Vec<NodeIx> = (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX))
            .map(NodeIx)
            .collect();
        let id = |ix: NodeIx| self.nodes.get(ix.0 as usize).map(|node| node.id);
        by_id.sort_unstable_by_key(|ix| id(*ix));
        self.details.sort_by_key(|(ix, signal, _)| (*ix, *signal));
        // Of two details of one signal the one that was added last stands.
        self.details.reverse();
        self.details.dedup_by_key(|(ix, signal, _)| (*ix, *signal));
        self.details.reverse();
        let texts = &self.texts;
        self.tags
            .sort_by(|(ix_a, name_a, value_a), (ix_b, name_b, value_b)| {
                ix_a.cmp(ix_b).then_with(|| {
                    (texts.get(*name_a), texts.get(*value_a))
                        .cmp(&(texts.get(*name_b), texts.get(*value_b)))
                })
            });
        let tag_starts = starts(self.nodes.len(), self.tags.iter().map(|(ix, _, _)| *ix));
        let tags = std::mem::take(&mut self.tags).into_iter();
        let tags = tags.map(|(_, name, value)| (name, value)).collect();
        self.said.sort_by(|(ix_a, a), (ix_b, b)| {
            ix_a.cmp(ix_b)
                .then_with(|| texts.get(a.field).cmp(texts.get(b.field)))
                .then(a.at.cmp(&b.at))
        });
        self.gaps
            .sort_by(|a, b| (a.source, &a.group).cmp(&(b.source, &b.group)));
        let edges = std::mem::take(&mut self.edges);
        let mut out = Adjacency::of_rows(self.nodes.len(), edges.len(), || edges.iter().copied());
        drop(edges);
        out.settle(&self.nodes, &self.texts);
        let mut into = Adjacency::of_rows(self.nodes.len(), out.edges.len(), || out.reversed());
        into.settle(&self.nodes, &self.texts);
        Estate {
            now,
            out,
            into,
            texts: self.texts,
            nodes: self.nodes,
            by_id,
            sources: self.sources,
            source_sets: self.source_sets,
            gaps: self.gaps,
            details: self.details,
            tag_starts,
            tags,
            said: self.said,
        }
    }
}

/// Where the rows of each node begin, from how many each has; one more at the end.
pub(crate) fn starts(nodes: usize, rows: impl Iterator<Item = NodeIx>) -> Vec<u32> {
    let mut starts = vec![0_u32; nodes + 1];
    for ix in rows {
        if let Some(start) = starts.get_mut(ix.0 as usize + 1) {
            *start += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{NodeKind, NodeRef};

    fn node(name: &str) -> Node {
        Node::new(
            0,
            NodeRef::global(NodeKind::Identity, "t", name).id(),
            NodeKind::Identity,
        )
    }

    #[test]
    fn one_statement_of_one_source_is_one_relation() {
        let mut builder = Builder::new();
        let (a, b) = (builder.push(node("a")), builder.push(node("b")));
        let (here, there) = (builder.name("here"), builder.name("there"));
        let role = builder.word(Some("{\"role\":\"backup\"}"));
        for (source, place, attributes) in [
            (0, there, Text::NONE),
            (0, here, Text::NONE),
            (1, here, Text::NONE),
            (0, here, role),
        ] {
            builder.edge(a, EdgeKind::OwnedBy, b, source, place, attributes);
        }
        let estate = builder.freeze(TimeUs::EPOCH);
        let places: Vec<&str> = estate
            .out(a)
            .iter()
            .map(|edge| estate.text(edge.place))
            .collect();
        assert_eq!(places, ["here", "here", "here"]);
        assert_eq!(Estate::into(&estate, b).len(), 3);
        assert_eq!(estate.find(node("b").id), Some(b));
        assert_eq!(estate.find(node("c").id), None);
    }

    #[test]
    fn sets_of_sources_grow_one_by_one() {
        let mut builder = Builder::new();
        let info = |name: &str| SourceInfo {
            connector: name.to_owned(),
            scope: String::new(),
            last_observed: None,
            authoritative: false,
        };
        let (one, two) = (builder.source(info("one")), builder.source(info("two")));
        let (a, b) = (builder.push(node("a")), builder.push(node("b")));
        for (ix, source) in [(a, two), (b, one), (a, one), (b, two), (a, one)] {
            builder.also_shown_by(ix, source);
        }
        let estate = builder.freeze(TimeUs::EPOCH);
        let sets = [a, b].map(|ix| estate.node(ix).unwrap().source_set);
        assert_eq!(sets[0], sets[1], "the same sources are the same set");
        assert_eq!(estate.sources_of(a).count(), 2);
    }

    #[test]
    fn the_newest_word_of_a_person_stands() {
        let mut builder = Builder::new();
        let a = builder.push(node("a"));
        let day = |n| Some(TimeUs::EPOCH.plus_days(n));
        builder.said(a, ["purpose", "new", "ann", ""], day(2));
        builder.said(a, ["purpose", "old", "bob", "moved"], day(1));
        let estate = builder.freeze(TimeUs::EPOCH);
        let said = estate.said(a, "purpose").unwrap();
        assert_eq!(
            (estate.text(said.value), estate.text(said.by)),
            ("new", "ann")
        );
        assert!(estate.said(a, "environment").is_none());
    }
}
