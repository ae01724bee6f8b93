//! Proofs as numbers.

use std::collections::BTreeMap;

use graph::Estate;
use model::NodeKind;

use super::evidence::{EvidenceKind, Ground, KINDS};
use super::proof::{Proof, Who};

/// What is said about a candidate beside the strongest proof of each kind, with its meaning.
pub const FEATURES: &[(&str, &str)] = &[
    ("bias", "Always one."),
    (
        "several",
        "Two or more kinds of evidence agree; three or more count twice.",
    ),
    (
        "rival_share",
        "How the best rival of the same form compares: 0 none, 0.5 as good, 1 far better.",
    ),
    (
        "team_agrees",
        "Evidence names the team of this person, or a member of this team.",
    ),
    (
        "team_disagrees",
        "Evidence names another team, or members of other teams only.",
    ),
    (
        "shared_creator",
        "The only evidence is that of a creator who creates for everybody.",
    ),
    (
        "old_declared",
        "A declared owner or label on a thing that is years old: tags decay.",
    ),
    (
        "old_creator",
        "A creator of a thing that is years old: people move on.",
    ),
    (
        "only_derived",
        "All evidence speaks about a member or predecessor.",
    ),
    ("unrecorded", "No record of the candidate exists yet."),
];

/// A candidate as numbers with the answer, for training and calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// True for a team or group.
    pub team: bool,
    /// The kinds of evidence in the order of the table, then [`FEATURES`].
    pub values: Vec<f64>,
    /// Whether the candidate is right.
    pub right: bool,
    /// The record: candidates of one record compete.
    pub subject: u32,
}

/// Everything about a record that features compare.
pub(super) struct Compared<'a> {
    pub(super) estate: &'a Estate,
    pub(super) ground: &'a Ground,
    pub(super) by: &'a BTreeMap<Who, Vec<Proof>>,
    /// The thing's age in years, five at most; 0 when unknown.
    pub(super) age: f64,
}

impl Compared<'_> {
    /// The numbers of one candidate.
    pub(super) fn values(&self, who: &Who, proofs: &[Proof], shared: bool) -> Vec<f64> {
        let mut values: Vec<f64> = KINDS
            .iter()
            .map(|spec| strongest(proofs, spec.kind))
            .collect();
        let kinds = values.iter().filter(|value| **value > 0.2).count();
        let team = self.is_team(who);
        let (agrees, disagrees) = self.teams(who, team);
        let declared = strongest(proofs, EvidenceKind::DeclaredOwner)
            .max(strongest(proofs, EvidenceKind::TeamLabel));
        let flag = |set: bool| f64::from(u8::from(set));
        values.extend([
            1.0,
            flag(kinds >= 2) + flag(kinds >= 3),
            self.rival_share(who, proofs, team),
            flag(agrees),
            flag(disagrees),
            flag(shared),
            declared * self.age / 5.0,
            strongest(proofs, EvidenceKind::Creator) * self.age / 5.0,
            flag(proofs.iter().all(|proof| proof.derived)),
            flag(matches!(who, Who::Named(..))),
        ]);
        values
    }

    pub(super) fn is_team(&self, who: &Who) -> bool {
        match who {
            Who::Named(kind, _) => *kind == NodeKind::Team,
            Who::Record(ix) => self
                .estate
                .node(*ix)
                .is_some_and(|node| matches!(node.kind, NodeKind::Team | NodeKind::Group)),
        }
    }

    fn rival_share(&self, who: &Who, proofs: &[Proof], team: bool) -> f64 {
        let own = support(proofs);
        let rival = self
            .by
            .iter()
            .filter(|(other, _)| *other != who && self.is_team(other) == team)
            .map(|(_, proofs)| support(proofs))
            .fold(0.0, f64::max);
        if rival == 0.0 {
            0.0
        } else {
            rival / (own + rival)
        }
    }

    /// Whether direct evidence about teams and members fits the candidate.
    fn teams(&self, who: &Who, team: bool) -> (bool, bool) {
        let mut fits = false;
        let mut others = false;
        for (other, proofs) in self.by {
            if other == who
                || self.is_team(other) == team
                || proofs.iter().all(|proof| proof.derived)
            {
                continue;
            }
            let (member, group) = if team { (other, who) } else { (who, other) };
            let teams = self.ground.people.teams_of(member);
            let Who::Record(group) = group else { continue };
            if teams.contains(group) {
                fits = true;
            } else if !teams.is_empty() {
                others = true;
            }
        }
        (fits, others && !fits)
    }
}

pub(super) fn strongest(proofs: &[Proof], kind: EvidenceKind) -> f64 {
    let of_kind = proofs.iter().filter(|proof| proof.kind == kind);
    of_kind.map(|proof| proof.strength).fold(0.0, f64::max)
}

/// How much speaks for a candidate before any learning.
fn support(proofs: &[Proof]) -> f64 {
    KINDS
        .iter()
        .map(|spec| strongest(proofs, spec.kind) * spec.kind.prior())
        .sum()
}
