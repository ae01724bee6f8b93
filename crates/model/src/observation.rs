//! What sources say: observations about nodes, and the sink that takes them.

use serde::{Deserialize, Serialize};

use crate::attributes::{Attributes, Extra};
use crate::coverage::Coverage;
use crate::ids::NodeRef;
use crate::kinds::EdgeKind;
use crate::time::TimeUs;

/// Which source speaks, and about which scope. Two exports of one account are one source: a newer
/// one updates what the older said, an older one imported later never does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceRef {
    /// The kind of source, for example `aws.credential_report` or `host`. A key of the catalogue.
    pub connector: String,
    /// The account, tenant, cluster, host or domain it speaks about.
    pub scope: String,
    /// True when the scope was named after the file because the file does not say it.
    pub provisional: bool,
}

impl SourceRef {
    /// A source whose scope the data itself states.
    pub fn new(connector: impl Into<String>, scope: impl Into<String>) -> Self {
        Self {
            connector: connector.into(),
            scope: crate::text::label(&scope.into()),
            provisional: false,
        }
    }
}

/// How an alias may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AliasRole {
    /// Two nodes of one kind that share it are one thing and are merged (an access key id, an AD
    /// SID, an Entra application id).
    Same,
    /// Many may share it; it finds and relates, never merges (a key's SPKI hash on its
    /// certificates, an e-mail address, a display name).
    Lookup,
}

/// Another name of a node, by which people and other sources find it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Alias {
    /// Namespace and value, for example `aws:access_key:AKIA…`, `sha256:…`, `spki:sha256:…`,
    /// `ssh:SHA256:…`, `fp1:…`, `entra:app_id:…`, `email:…`.
    pub text: String,
    /// Whether sharing it means being one thing.
    pub role: AliasRole,
}

impl Alias {
    /// An alias that identifies.
    pub fn same(text: impl Into<String>) -> Self {
        Self {
            text: crate::text::label(&text.into()),
            role: AliasRole::Same,
        }
    }

    /// An alias that only finds.
    pub fn lookup(text: impl Into<String>) -> Self {
        Self {
            text: crate::text::label(&text.into()),
            role: AliasRole::Lookup,
        }
    }
}

/// A relation the source states, from the observed node to another or, with `reversed`, from the
/// other node to the observed one. The other end need not have been observed (yet).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservedEdge {
    /// The kind of relation.
    pub kind: EdgeKind,
    /// The other end.
    pub to: NodeRef,
    /// True when the edge runs from `to` to the observed node.
    #[serde(default)]
    pub reversed: bool,
    /// What the source says about the relation: the statement, binding, line or scope.
    #[serde(default)]
    pub attributes: Extra,
}

impl ObservedEdge {
    /// An edge from the observed node.
    pub fn to(kind: EdgeKind, to: NodeRef) -> Self {
        Self {
            kind,
            to,
            reversed: false,
            attributes: Extra::new(),
        }
    }

    /// An edge to the observed node.
    pub fn from(kind: EdgeKind, from: NodeRef) -> Self {
        Self {
            kind,
            to: from,
            reversed: true,
            attributes: Extra::new(),
        }
    }

    /// Adds a word about the relation.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.attributes.insert(key.to_owned(), value.into());
        self
    }
}

/// What one source says about one node at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The node spoken about.
    pub node: NodeRef,
    /// When the source says this was true: its own time, not the time of import.
    pub observed: TimeUs,
    /// What is said.
    pub attributes: Attributes,
    /// Its other names.
    pub aliases: Vec<Alias>,
    /// Its relations.
    pub edges: Vec<ObservedEdge>,
    /// Where in the source it was seen: a path, a `host:port`, an object name. Lets a partial
    /// reading retire only what it looked at.
    pub place: Option<String>,
}

impl Observation {
    /// Starts an observation with nothing but a name for the thing.
    pub fn new(node: NodeRef, observed: TimeUs, attributes: Attributes) -> Self {
        Self {
            node,
            observed,
            attributes,
            aliases: Vec::new(),
            edges: Vec::new(),
            place: None,
        }
    }

    /// Adds another name.
    #[must_use]
    pub fn alias(mut self, alias: Alias) -> Self {
        self.aliases.push(alias);
        self
    }

    /// Adds a relation.
    #[must_use]
    pub fn edge(mut self, edge: ObservedEdge) -> Self {
        self.edges.push(edge);
        self
    }

    /// Says where it was seen.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(crate::text::label(&place.into()));
        self
    }
}

/// The receiver has gone or refuses more; the source should stop at once and return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the receiver of observations is closed")]
pub struct SinkClosed;

/// Takes what a source says. Order does not matter; saying a thing twice does no harm.
pub trait Sink {
    /// Takes one observation of `source`.
    ///
    /// # Errors
    /// [`SinkClosed`] when nothing more is wanted; the source stops.
    fn observe(&mut self, source: &SourceRef, observation: Observation) -> Result<(), SinkClosed>;

    /// Takes one statement about what was and was not looked at.
    ///
    /// # Errors
    /// [`SinkClosed`] when nothing more is wanted; the source stops.
    fn cover(&mut self, coverage: Coverage) -> Result<(), SinkClosed>;
}

/// A sink that keeps everything, for tests and small jobs.
#[derive(Debug, Default)]
pub struct Collected {
    /// What was observed, in order.
    pub observations: Vec<(SourceRef, Observation)>,
    /// What was covered, in order.
    pub coverage: Vec<Coverage>,
}

impl Sink for Collected {
    fn observe(&mut self, source: &SourceRef, observation: Observation) -> Result<(), SinkClosed> {
        self.observations.push((source.clone(), observation));
        Ok(())
    }

    fn cover(&mut self, coverage: Coverage) -> Result<(), SinkClosed> {
        self.coverage.push(coverage);
        Ok(())
    }
}
