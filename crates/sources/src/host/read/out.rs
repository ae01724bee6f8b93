//! What reading one file gives, and the words all readers share.

use std::collections::BTreeSet;

use model::{
    CoverageState, EdgeKind, Fingerprinter, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs,
};

use crate::host::files::FileFacts;

/// The most credentials taken from one file; a bundle of public roots has about 150.
pub const MAX_PER_FILE: usize = 20_000;

/// What the readers of files need to know besides the file.
#[derive(Debug, Clone, Copy)]
pub struct ReadContext<'a> {
    /// Replaces secret values.
    pub fingerprinter: &'a Fingerprinter,
    /// When the file was looked at.
    pub observed: TimeUs,
    /// The current time, to tell what has ended.
    pub now: TimeUs,
    /// The host id, or the scope of an import: where the path is unique.
    pub partition: &'a str,
    /// The local account whose home directory holds the file; `None` for imported files.
    pub user: Option<&'a str>,
    /// That home directory.
    pub home: Option<&'a str>,
    /// True when the file lies on the machine looked at, so that local accounts exist.
    pub on_host: bool,
}

impl ReadContext<'_> {
    /// The node of a local account.
    pub fn local_user(&self, name: &str) -> NodeRef {
        local_user(self.partition, name)
    }

    /// The account whose home holds the file, as a node.
    pub fn user_node(&self) -> Option<NodeRef> {
        self.user.map(|name| self.local_user(name))
    }
}

/// The node of a local account of a host.
pub fn local_user(host_id: &str, name: &str) -> NodeRef {
    NodeRef::within(
        NodeKind::Identity,
        "host",
        host_id.to_owned(),
        format!("user:{name}"),
    )
}

/// Something in a file that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileGap {
    /// How far it got.
    pub state: CoverageState,
    /// Where in the file, `line 3` or `entry …`; empty for the whole file.
    pub place: String,
    /// Why, in words a user can act on.
    pub reason: String,
}

/// What reading one file gave.
#[derive(Debug, Default)]
pub struct Output {
    /// What was observed; the file itself is among it when it holds anything.
    pub observations: Vec<Observation>,
    /// What could not be read in it.
    pub gaps: Vec<FileGap>,
    /// Local accounts that something in the file speaks about.
    pub users: BTreeSet<String>,
    /// Entries of `known_hosts`, counted only.
    pub known_hosts: u64,
    /// Public trust roots, counted only.
    pub trust_roots: u64,
    /// SHA-256 of the certificates counted as trust roots, for comparing stores.
    pub trust_root_sha256: BTreeSet<String>,
}

/// Builds the [`Output`] of one file.
#[derive(Debug)]
pub struct Builder<'a> {
    /// What the readers were given.
    pub cx: ReadContext<'a>,
    /// The file.
    pub facts: &'a FileFacts,
    /// What was found so far.
    pub out: Output,
    stored: usize,
}

impl<'a> Builder<'a> {
    /// Starts with nothing.
    pub fn new(cx: ReadContext<'a>, facts: &'a FileFacts) -> Self {
        Self {
            cx,
            facts,
            out: Output::default(),
            stored: 0,
        }
    }

    /// The node of the file.
    pub fn file_node(&self) -> NodeRef {
        crate::material::file(self.cx.partition, &self.facts.path)
    }

    /// Takes an observation as it is, seen in this file.
    pub fn push(&mut self, observation: Observation) {
        let place = self.facts.path.clone();
        self.out.observations.push(observation.at(place));
    }

    /// Takes a credential that lies in the file: adds where, and who could read it there.
    pub fn stored(&mut self, credential: Observation, line: Option<usize>) {
        let edge = self.stored_edge(line);
        self.stored += 1;
        self.push(credential.edge(edge));
    }

    /// The edge that says where a credential lies, and who could read it there.
    pub fn stored_edge(&self, line: Option<usize>) -> ObservedEdge {
        let mut edge = ObservedEdge::to(EdgeKind::StoredIn, self.file_node());
        if let Some(line) = line {
            edge = edge.with("line", line);
        }
        if let Some(mode) = self.facts.mode {
            edge = edge.with("mode", format!("{mode:04o}"));
        }
        if let Some(uid) = self.facts.uid {
            edge = edge.with("owner_uid", uid);
        }
        if let Some(others) = self.facts.readable_by_others() {
            edge = edge.with("readable_by_others", others);
            if others == "group" && self.facts.own_group {
                edge = edge.with("group_is_own", true);
            }
        }
        edge
    }

    /// Says that the account whose home holds the file is configured to use a credential.
    pub fn used_by_owner(&mut self, credential: Observation) -> Observation {
        match (self.cx.user, self.cx.user_node()) {
            (Some(name), Some(node)) => {
                self.out.users.insert(name.to_owned());
                credential
                    .edge(ObservedEdge::to(EdgeKind::UsedBy, node).with("basis", "home_directory"))
            }
            _ => credential,
        }
    }

    /// Says that a part of the file could not be read.
    pub fn gap(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.gap_as(CoverageState::Failed, place, reason);
    }

    /// Says that a part of the file was not (wholly) read, and in which way.
    pub fn gap_as(
        &mut self,
        state: CoverageState,
        place: impl Into<String>,
        reason: impl Into<String>,
    ) {
        /// More broken places of one file tell a person nothing new.
        const MAX_GAPS: usize = 50;
        if self.out.gaps.len() < MAX_GAPS {
            self.out.gaps.push(FileGap {
                state,
                place: place.into(),
                reason: reason.into(),
            });
        }
    }

    /// True when no more is taken from this file; says so once.
    pub fn is_full(&mut self) -> bool {
        let full = self.out.observations.len() >= MAX_PER_FILE;
        let said = self
            .out
            .gaps
            .iter()
            .any(|gap| gap.state == CoverageState::Truncated && gap.place.is_empty());
        if full && !said {
            self.gap_as(
                CoverageState::Truncated,
                "",
                format!("more than {MAX_PER_FILE} items in one file; the rest was not read"),
            );
        }
        full
    }

    /// Ends the reading: the file itself becomes an observation when it holds a credential.
    pub fn finish(mut self) -> Output {
        if self.stored > 0 {
            let file = file_observation(&self.cx, self.facts);
            self.out.observations.push(file);
        }
        self.out
    }
}

/// The environment a file's place tells. Of an imported folder nobody knows what lies above it.
pub(super) fn environment(cx: &ReadContext<'_>, facts: &FileFacts) -> Option<String> {
    cx.on_host
        .then(|| super::super::test_places::environment(&facts.path))
        .flatten()
        .map(str::to_owned)
}

/// The file itself as a place that holds credentials.
pub fn file_observation(cx: &ReadContext<'_>, facts: &FileFacts) -> Observation {
    let mut attributes = model::Attributes::named(facts.path.clone(), "file");
    attributes.declared_environment = environment(cx, facts);
    if let Some(mode) = facts.mode {
        attributes = attributes.with("mode", format!("{mode:04o}"));
    }
    if let Some(uid) = facts.uid {
        attributes = attributes.with("owner_uid", uid);
    }
    if let Some(others) = facts.readable_by_others() {
        attributes = attributes.with("readable_by_others", others);
    }
    if let Some(modified) = facts.modified {
        attributes = attributes.with("modified", modified.to_string());
    }
    let node = crate::material::file(cx.partition, &facts.path);
    let mut observation = Observation::new(node, cx.observed, attributes).at(facts.path.clone());
    if cx.on_host {
        let host = NodeRef::global(NodeKind::Host, "host", cx.partition.to_owned());
        observation = observation.edge(ObservedEdge::from(EdgeKind::Contains, host));
    }
    observation
}
