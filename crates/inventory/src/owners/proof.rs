//! One reason to think that somebody answers for a thing.

use graph::{Edge, Estate, NodeIx, SourceInfo};
use model::finding::Evidence;
use model::labels::OwnerRole;
use model::{NodeId, NodeKind};
use serde::Serialize;

use super::evidence::EvidenceKind;

/// Who is meant: a record, or a person or team that is only named so far.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// A record of the estate.
    Record(NodeIx),
    /// A person by e-mail or a team by name, of whom there is no record yet.
    Named(NodeKind, String),
}

/// One reason to think that a candidate answers for a thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proof {
    /// The sort of evidence.
    pub kind: EvidenceKind,
    /// The same for the same evidence next week: a rejection stands until there is another.
    pub key: String,
    /// What was seen and where.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// How well it fits, 0 to 1: an exact e-mail is 1, a name that fits two people less.
    pub strength: f64,
    /// How much it adds to the log-odds of the proposal. Of several of one kind the strongest counts.
    pub weight: f64,
    /// What the candidate would do, when the evidence says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<OwnerRole>,
    /// True when it speaks about a member or predecessor of the candidate.
    pub derived: bool,
}

/// Somebody with evidence who is not proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Demoted {
    /// The record, when there is one.
    pub id: Option<NodeId>,
    /// The name.
    pub name: String,
    /// Why not.
    pub reason: String,
}

impl Proof {
    /// A proof whose weight is not known yet.
    pub(super) fn new(kind: EvidenceKind, strength: f64, key: &str, evidence: Evidence) -> Self {
        Self {
            kind,
            key: format!("{}:{key}", kind.name()),
            evidence,
            strength: strength.clamp(0.0, 1.0),
            weight: 0.0,
            role: None,
            derived: false,
        }
    }

    /// As said of what the candidate would do.
    pub(super) fn in_role(mut self, role: Option<OwnerRole>) -> Self {
        self.role = role;
        self
    }

    /// The same about somebody else, who stands in for the one it speaks of.
    pub(super) fn passed_on(&self, kind: EvidenceKind, factor: f64, how: &str) -> Self {
        let mut passed = self.clone();
        passed.kind = kind;
        passed.strength *= factor;
        passed.derived = true;
        passed.evidence.what = format!("{how}: {}", self.evidence.what);
        passed
    }
}

/// Evidence that a relation gives.
pub(super) fn of_edge(estate: &Estate, edge: &Edge, what: String) -> Evidence {
    let source = estate.sources().get(edge.source as usize);
    Evidence {
        what,
        source: source.map_or_else(|| "no source".to_owned(), SourceInfo::label),
        place: estate.opt_text(edge.place).map(str::to_owned),
        observed: source.and_then(|source| source.last_observed),
    }
}

/// Evidence that the sources of a node give.
pub(super) fn of_node(estate: &Estate, ix: NodeIx, what: String) -> Evidence {
    let labels: Vec<String> = estate
        .sources_of(ix)
        .take(3)
        .map(SourceInfo::label)
        .collect();
    Evidence {
        what,
        source: match labels.as_slice() {
            [] => "relations of other records".to_owned(),
            [one] => one.clone(),
            several => format!("one of {}", several.join(", ")),
        },
        place: None,
        observed: estate
            .sources_of(ix)
            .filter_map(|source| source.last_observed)
            .max(),
    }
}

/// The name of a node, else its native id.
pub(super) fn name_of(estate: &Estate, ix: NodeIx) -> &str {
    estate.node(ix).map_or("", |node| {
        estate
            .opt_text(node.name)
            .unwrap_or_else(|| estate.text(node.native_id))
    })
}
