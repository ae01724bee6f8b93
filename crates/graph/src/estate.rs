//! The frozen graph and the questions it answers.

use model::{CoverageState, EdgeKind, NodeId, NodeKind, Signal, TimeUs};

use crate::adjacency::Adjacency;
use crate::{Node, NodeIx, Text, Texts};

/// One relation, seen from one of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The kind.
    pub kind: EdgeKind,
    /// The other end.
    pub other: NodeIx,
    /// The source that states it: an index into [`Estate::sources`].
    pub source: u32,
    /// Where in the source it stands; no text when unstated.
    pub place: Text,
    /// What the source says about the relation, as JSON; no text for nothing.
    pub attributes: Text,
}

/// A source that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceInfo {
    /// The connector: `aws.credential_report`, `host` …
    pub connector: String,
    /// What it speaks about: an account, cluster, host.
    pub scope: String,
    /// The newest of its own times.
    pub last_observed: Option<TimeUs>,
    /// True when it is the provider's own word.
    pub authoritative: bool,
}

impl SourceInfo {
    /// The source as evidence names it.
    pub fn label(&self) -> String {
        format!("{} {}", self.connector, self.scope)
    }
}

/// Something a source did not look at, or could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The source: an index into [`Estate::sources`].
    pub source: u32,
    /// The kind of node concerned; `None` for all.
    pub kind: Option<NodeKind>,
    /// The group of attributes: `inventory`, `usage` …
    pub group: String,
    /// Where.
    pub place: String,
    /// How far it got.
    pub state: CoverageState,
    /// Why.
    pub reason: String,
}

/// What a person said about a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Which fact: `environment`, `still_needed` …
    pub field: Text,
    /// What it is.
    pub value: Text,
    /// Who said so.
    pub by: Text,
    /// Why.
    pub why: Text,
    /// When.
    pub at: Option<TimeUs>,
}

/// The inventory as of one run.
#[derive(Debug, Clone)]
pub struct Estate {
    pub(crate) now: TimeUs,
    pub(crate) texts: Texts,
    pub(crate) nodes: Vec<Node>,
    /// In the order of ids.
    pub(crate) by_id: Vec<NodeIx>,
    pub(crate) out: Adjacency,
    pub(crate) into: Adjacency,
    pub(crate) sources: Vec<SourceInfo>,
    pub(crate) source_sets: Vec<Vec<u32>>,
    pub(crate) gaps: Vec<Gap>,
    /// In the order of nodes, like all that follows.
    pub(crate) details: Vec<(NodeIx, Signal, Text)>,
    /// Where the tags of each node begin.
    pub(crate) tag_starts: Vec<u32>,
    pub(crate) tags: Vec<(Text, Text)>,
    pub(crate) said: Vec<(NodeIx, Said)>,
}

impl Estate {
    /// The moment that is judged: the clock's, or that of the run asked for.
    pub fn now(&self) -> TimeUs {
        self.now
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True when there is nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node's index, in order.
    pub fn indices(&self) -> impl Iterator<Item = NodeIx> + use<> {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeIx)
    }

    /// A node; `None` for an index of another estate.
    pub fn node(&self, ix: NodeIx) -> Option<&Node> {
        self.nodes.get(ix.0 as usize)
    }

    /// Finds a node by its stable id.
    pub fn find(&self, id: NodeId) -> Option<NodeIx> {
        let at = self
            .by_id
            .binary_search_by_key(&Some(id), |ix| self.node(*ix).map(|node| node.id))
            .ok()?;
        self.by_id.get(at).copied()
    }

    /// The relations that start at a node, by kind and then by the other end.
    pub fn out(&self, ix: NodeIx) -> &[Edge] {
        self.out.of(ix)
    }

    /// The relations that end at a node, by kind and then by the other end.
    pub fn into(&self, ix: NodeIx) -> &[Edge] {
        self.into.of(ix)
    }

    /// The relations of one kind that start at a node.
    pub fn out_by(&self, ix: NodeIx, kind: EdgeKind) -> &[Edge] {
        run_of(self.out(ix), kind)
    }

    /// The relations of one kind that end at a node.
    pub fn into_by(&self, ix: NodeIx, kind: EdgeKind) -> &[Edge] {
        run_of(self.into(ix), kind)
    }

    /// A text; `""` for none.
    pub fn text(&self, text: Text) -> &str {
        self.texts.get(text)
    }

    /// A text, when there is one.
    pub fn opt_text(&self, text: Text) -> Option<&str> {
        self.texts.opt(text)
    }

    /// What was seen, of a signal that says yes.
    pub fn detail(&self, ix: NodeIx, signal: Signal) -> Option<&str> {
        let at = self
            .details
            .binary_search_by_key(&(ix, signal), |(ix, signal, _)| (*ix, *signal))
            .ok()?;
        self.details
            .get(at)
            .map(|(_, _, text)| self.texts.get(*text))
    }

    /// What a person said last about one fact of a node.
    pub fn said(&self, ix: NodeIx, field: &str) -> Option<&Said> {
        let start = self.said.partition_point(|(of, _)| *of < ix);
        self.said
            .get(start..)?
            .iter()
            .take_while(|(of, _)| *of == ix)
            .filter(|(_, said)| self.texts.get(said.field) == field)
            .map(|(_, said)| said)
            .last()
    }

    /// The tags of a node.
    pub fn tags(&self, ix: NodeIx) -> impl Iterator<Item = (&str, &str)> {
        let bound = |at: u32| {
            self.tag_starts
                .get(at as usize)
                .map_or(0, |at| *at as usize)
        };
        self.tags
            .get(bound(ix.0)..bound(ix.0.saturating_add(1)))
            .unwrap_or_default()
            .iter()
            .map(|(name, value)| (self.texts.get(*name), self.texts.get(*value)))
    }

    /// All sources.
    pub fn sources(&self) -> &[SourceInfo] {
        &self.sources
    }

    /// The numbers of the sources that show a node, in [`Estate::sources`].
    pub fn source_numbers(&self, ix: NodeIx) -> &[u32] {
        let node = self.node(ix);
        node.and_then(|node| self.source_sets.get(node.source_set as usize))
            .map_or(&[], Vec::as_slice)
    }

    /// The sources that show a node.
    pub fn sources_of(&self, ix: NodeIx) -> impl Iterator<Item = &SourceInfo> {
        self.node(ix)
            .and_then(|node| self.source_sets.get(node.source_set as usize))
            .into_iter()
            .flatten()
            .filter_map(|source| self.sources.get(*source as usize))
    }

    /// What was not looked at, by source and group.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// What the sources of a node did not look at or could not, for one group of attributes.
    pub fn gaps_of<'a>(&'a self, ix: NodeIx, group: &'a str) -> impl Iterator<Item = &'a Gap> {
        let node = self.node(ix);
        node.and_then(|node| self.source_sets.get(node.source_set as usize))
            .into_iter()
            .flatten()
            .flat_map(move |source| self.gaps_in(*source, group))
            .filter(move |gap| gap.kind.is_none() || gap.kind == node.map(|node| node.kind))
    }

    /// What one source did not look at or could not, for one group of attributes. A scan of a disk
    /// has thousands of gaps, so they are found by halving.
    pub fn gaps_in(&self, source: u32, group: &str) -> &[Gap] {
        let key = (source, group);
        let at = |gap: &Gap| (gap.source, gap.group.as_str()).cmp(&key);
        let start = self.gaps.partition_point(|gap| at(gap).is_lt());
        let end = self.gaps.partition_point(|gap| at(gap).is_le());
        self.gaps.get(start..end).unwrap_or_default()
    }
}

fn run_of(edges: &[Edge], kind: EdgeKind) -> &[Edge] {
    let start = edges.partition_point(|edge| edge.kind < kind);
    let end = edges.partition_point(|edge| edge.kind <= kind);
    edges.get(start..end).unwrap_or_default()
}
