//! Every sort of evidence, one file each, in one table.

mod code_owners;
mod container;
mod creator;
mod declared;
mod deployer;
mod directory;
mod git;
mod labels;
mod naming;
mod precedent;
mod sponsor;
mod workload;

use std::collections::BTreeMap;

use graph::{Edge, Estate, NodeIx};
use model::labels::OwnerRole;
use model::{EdgeKind, NodeKind};
use serde::Serialize;

use super::code_paths::CodePaths;
use super::people::People;
use super::proof::{Proof, Who};
use super::shared::Creators;

pub(super) use precedent::Precedents;

/// A sort of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table says what each means")]
pub enum EvidenceKind {
    DeclaredOwner,
    TeamLabel,
    DirectoryOwner,
    Sponsor,
    Creator,
    ContainerCreator,
    Deployer,
    CodeOwners,
    GitLast,
    GitFrequent,
    WorkloadOwner,
    ContainerOwner,
    Naming,
    Precedent,
    Successor,
}

/// What adds the proofs of one kind.
type Gather = fn(&Case<'_>, &mut Gathered);

/// One line of the table of evidence.
#[derive(Debug, Clone, Copy)]
pub struct KindSpec {
    /// The sort.
    pub kind: EvidenceKind,
    /// Its word in JSON and in the table of weights.
    pub name: &'static str,
    /// What it means, one sentence.
    pub meaning: &'static str,
    /// How far it counts beside others when candidates are compared before any learning, 0 to 1.
    prior: f64,
    gather: Option<Gather>,
}

const fn kind(
    kind: EvidenceKind,
    name: &'static str,
    prior: f64,
    gather: Option<Gather>,
    meaning: &'static str,
) -> KindSpec {
    KindSpec {
        kind,
        name,
        meaning,
        prior,
        gather,
    }
}

/// THE table of evidence, in the order of the enum.
pub const KINDS: &[KindSpec] = &[
    kind(
        EvidenceKind::DeclaredOwner,
        "declared_owner",
        0.7,
        Some(declared::gather),
        "A tag, annotation or attribute of the record names an owner.",
    ),
    kind(
        EvidenceKind::TeamLabel,
        "team_label",
        0.7,
        Some(labels::gather),
        "A label for teams on the record, its namespace or its account names a team.",
    ),
    kind(
        EvidenceKind::DirectoryOwner,
        "directory_owner",
        0.8,
        Some(directory::gather),
        "The directory itself lists an owner: Entra owners, AD managedBy.",
    ),
    kind(
        EvidenceKind::Sponsor,
        "sponsor",
        0.7,
        Some(sponsor::gather),
        "Somebody vouches for it in the directory.",
    ),
    kind(
        EvidenceKind::Creator,
        "creator",
        0.5,
        Some(creator::gather),
        "Somebody created it; weak where the creator creates for everybody.",
    ),
    kind(
        EvidenceKind::ContainerCreator,
        "container_creator",
        0.25,
        Some(creator::of_container),
        "Somebody created the account or application it belongs to.",
    ),
    kind(
        EvidenceKind::Deployer,
        "deployer",
        0.6,
        Some(deployer::gather),
        "It, or what runs as it, is deployed from a repository that has an owner or a main author.",
    ),
    kind(
        EvidenceKind::CodeOwners,
        "code_owners",
        0.8,
        Some(code_owners::gather),
        "CODEOWNERS names somebody for the file that declares it.",
    ),
    kind(
        EvidenceKind::GitLast,
        "git_last",
        0.5,
        Some(git::last),
        "The last author of the file that declares it.",
    ),
    kind(
        EvidenceKind::GitFrequent,
        "git_frequent",
        0.6,
        Some(git::frequent),
        "The author of most changes to the file that declares it.",
    ),
    kind(
        EvidenceKind::WorkloadOwner,
        "workload_owner",
        0.6,
        Some(workload::gather),
        "What runs as it, or is configured with its credential, has an owner.",
    ),
    kind(
        EvidenceKind::ContainerOwner,
        "container_owner",
        0.5,
        Some(container::gather),
        "Its account, namespace, application or organisational unit has an owner.",
    ),
    kind(
        EvidenceKind::Naming,
        "naming",
        0.2,
        Some(naming::gather),
        "A team's or person's name is a whole word of its name; never enough alone.",
    ),
    kind(
        EvidenceKind::Precedent,
        "precedent",
        0.7,
        Some(precedent::gather),
        "People gave things of the same account and name prefix to the same owner.",
    ),
    kind(
        EvidenceKind::Successor,
        "successor",
        0.4,
        None,
        "The manager of somebody with evidence who has left.",
    ),
];

impl KindSpec {
    /// Adds the proofs of this kind.
    pub(super) fn gather_into(&self, case: &Case<'_>, found: &mut Gathered) {
        if let Some(gather) = self.gather {
            gather(case, found);
        }
    }
}

impl EvidenceKind {
    /// Its line of the table.
    pub fn spec(self) -> Option<&'static KindSpec> {
        KINDS.iter().find(|spec| spec.kind == self)
    }

    /// Its word.
    pub fn name(self) -> &'static str {
        self.spec().map_or("", |spec| spec.name)
    }

    /// How far it counts before any learning.
    pub(super) fn prior(self) -> f64 {
        self.spec().map_or(0.0, |spec| spec.prior)
    }
}

/// What is found out once for all records.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) people: People,
    pub(super) creators: Creators,
    pub(super) paths: CodePaths,
    pub(super) precedents: Precedents,
}

/// One record that is to have owners.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) estate: &'a Estate,
    pub(super) ground: &'a Ground,
    pub(super) ix: NodeIx,
}

/// What was found for one record.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Proofs by candidate.
    pub(super) by: BTreeMap<Who, Vec<Proof>>,
    /// Proofs of those who create or change for everybody, with why they do not count.
    pub(super) shared: Vec<(Who, Proof, String)>,
    /// Those who are no candidates at all: machines, pipelines.
    pub(super) machines: Vec<(NodeIx, String)>,
}

impl Gathered {
    fn add(&mut self, who: Who, proof: Proof) {
        self.by.entry(who).or_default().push(proof);
    }
}

impl<'a> Case<'a> {
    /// The other ends of relations that start at the record.
    fn out(&self, kind: EdgeKind) -> &'a [Edge] {
        self.estate.out_by(self.ix, kind)
    }

    fn is(&self, ix: NodeIx, kind: NodeKind) -> bool {
        self.estate.node(ix).is_some_and(|node| node.kind == kind)
    }

    /// What it belongs to, nearest first, with the relation that says so and how near it is.
    fn containers(&self) -> Vec<(NodeIx, f64)> {
        let mut found: Vec<(NodeIx, f64)> = Vec::new();
        let mut frontier = vec![self.ix];
        for near in [1.0, 0.6] {
            let mut next = Vec::new();
            for ix in frontier {
                let part_of = self.estate.out_by(ix, EdgeKind::PartOf).iter();
                let inside = self.estate.into_by(ix, EdgeKind::Contains).iter();
                for edge in part_of.chain(inside).take(16) {
                    let kind = self.estate.node(edge.other).map(|node| node.kind);
                    let holds = matches!(
                        kind,
                        Some(
                            NodeKind::Application
                                | NodeKind::Account
                                | NodeKind::Tenant
                                | NodeKind::OrgUnit
                        )
                    );
                    if holds
                        && edge.other != self.ix
                        && !found.iter().any(|(known, _)| *known == edge.other)
                    {
                        found.push((edge.other, near));
                        next.push(edge.other);
                    }
                }
            }
            frontier = next;
        }
        found
    }

    /// The workloads and hosts that run as it or are configured with a credential of it.
    fn workloads(&self) -> Vec<NodeIx> {
        let mut found: Vec<NodeIx> = Vec::new();
        let runs = self
            .estate
            .into_by(self.ix, EdgeKind::RunsAs)
            .iter()
            .map(|edge| edge.other);
        let credentials = self.estate.into_by(self.ix, EdgeKind::Authenticates).iter();
        let holders = credentials
            .take(32)
            .flat_map(|edge| self.estate.out_by(edge.other, EdgeKind::UsedBy));
        for ix in runs.chain(holders.map(|edge| edge.other)).take(64) {
            if (self.is(ix, NodeKind::Workload) || self.is(ix, NodeKind::Host))
                && !found.contains(&ix)
            {
                found.push(ix);
            }
        }
        found
    }
}

/// The role that a relation to an owner states.
fn role_of(estate: &Estate, edge: &Edge) -> Option<OwnerRole> {
    #[derive(serde::Deserialize)]
    struct Role {
        role: Option<String>,
    }
    let text = estate.opt_text(edge.attributes)?;
    let role: Role = serde_json::from_str(text).ok()?;
    OwnerRole::parse(role.role.as_deref()?)
}

/// True for a relation that a person stated by hand.
fn by_hand(estate: &Estate, edge: &Edge) -> bool {
    estate
        .sources()
        .get(edge.source as usize)
        .is_some_and(|source| source.connector == crate::apply::sources::BY_HAND)
}
