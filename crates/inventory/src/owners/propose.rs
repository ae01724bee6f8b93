//! Candidates for one record, best first.

use std::collections::BTreeSet;

use graph::{Estate, NodeIx};
use model::labels::OwnerRole;
use model::{EdgeKind, NodeId, NodeKind, NodeRef};
use serde::Serialize;

use super::code_paths::CodePaths;
use super::confidence::Model;
use super::decide::Rejected;
use super::evidence::{Case, EvidenceKind, Gathered, Ground, KINDS, Precedents};
use super::features::{Compared, Example, strongest};
use super::people::{People, has_left};
use super::proof::{Demoted, Proof, Who, name_of};
use super::shared::Creators;

/// The most proposals for one record; a longer list helps nobody to choose.
const MOST: usize = 10;

/// A name alone is never more likely than not.
const NAME_ALONE: f64 = 0.5;

/// What is known beside the estate.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// E-mail addresses by row key; see [`super::decide::emails`].
    pub emails: Vec<(i64, String)>,
    /// What people rejected; see [`super::decide::rejected`].
    pub rejected: Vec<Rejected>,
}

/// Somebody who may answer for a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The stable id; that of the record to be when there is none yet.
    pub id: NodeId,
    /// The name.
    pub name: String,
    /// Person, team, group or identity.
    pub kind: NodeKind,
    /// The row key, when there is a record.
    #[serde(skip)]
    pub key: Option<i64>,
    /// How a record of the candidate is to be named, when there is none.
    #[serde(skip)]
    pub reference: Option<NodeRef>,
}

/// One guess at who answers for a thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// Who.
    pub candidate: Candidate,
    /// As what.
    pub role: OwnerRole,
    /// How likely it is right, 0 to 1.
    pub confidence: f64,
    /// Why, strongest first.
    pub evidence: Vec<Proof>,
    /// Who has evidence and is not proposed, and why; the same for every proposal of one record.
    pub demoted: Vec<Demoted>,
}

impl Proposal {
    /// True for a team or group.
    pub fn is_team(&self) -> bool {
        matches!(self.candidate.kind, NodeKind::Team | NodeKind::Group)
    }
}

/// Proposes owners for the records of one estate.
#[derive(Debug)]
pub struct Proposer<'a> {
    estate: &'a Estate,
    model: &'a Model,
    ground: Ground,
    rejected: Vec<Rejected>,
}

/// A candidate with everything that ranks it.
struct Ranked {
    who: Who,
    proofs: Vec<Proof>,
    values: Vec<f64>,
    team: bool,
    /// The score before calibration, and whether none of the same form is higher.
    score: f64,
    is_best: bool,
}

impl<'a> Proposer<'a> {
    /// Looks at everybody and everything once.
    pub fn new(estate: &'a Estate, model: &'a Model, known: &Known) -> Self {
        let people = People::of(estate, &known.emails);
        let precedents = Precedents::of(estate, &people);
        let mut rejected = known.rejected.clone();
        rejected.sort_by_key(|one| one.node_key);
        Self {
            estate,
            model,
            ground: Ground {
                people,
                creators: Creators::of(estate),
                paths: CodePaths::of(estate),
                precedents,
            },
            rejected,
        }
    }

    /// The estate that is looked at.
    pub fn estate(&self) -> &'a Estate {
        self.estate
    }

    /// Guesses at who answers for a record, best first. Whom a person stated already is left out, and
    /// whom a person rejected on the same evidence.
    pub fn propose(&self, ix: NodeIx) -> Vec<Proposal> {
        let (ranked, demoted) = self.ranked(ix);
        let stated = self.stated_by_hand(ix);
        let key = self.estate.node(ix).map_or(0, |node| node.key);
        let mut proposals: Vec<Proposal> = ranked
            .into_iter()
            .filter(|one| !stated.contains(&one.who))
            .map(|one| self.proposal(one, &demoted))
            .filter(|proposal| !self.is_rejected(key, proposal))
            .collect();
        proposals.sort_by(|a, b| {
            b.confidence
                .total_cmp(&a.confidence)
                .then_with(|| a.is_team().cmp(&b.is_team()))
                .then_with(|| a.candidate.id.cmp(&b.candidate.id))
        });
        proposals.truncate(MOST);
        proposals
    }

    /// How likely a stated owner is right by the evidence; `None` when there is no evidence.
    pub fn confidence_in(&self, ix: NodeIx, owner: NodeIx) -> Option<f64> {
        let who = self.ground.people.candidate(self.estate, owner)?;
        let (ranked, _) = self.ranked(ix);
        let found = ranked.into_iter().find(|one| one.who == who)?;
        Some(self.confidence(&found))
    }

    /// Every candidate of a record as numbers; `is_right` answers by the candidate's index.
    pub fn examples(&self, ix: NodeIx, is_right: impl Fn(NodeIx) -> bool) -> Vec<Example> {
        let (ranked, _) = self.ranked(ix);
        let as_example = |one: Ranked| Example {
            team: one.team,
            right: matches!(one.who, Who::Record(ix) if is_right(ix)),
            values: one.values,
            subject: ix.0,
        };
        ranked.into_iter().map(as_example).collect()
    }

    /// The record that stands for a person or team.
    pub fn canonical(&self, ix: NodeIx) -> NodeIx {
        self.ground.people.canonical(ix)
    }

    /// The teams of a person.
    pub(super) fn teams_of(&self, ix: NodeIx) -> Vec<NodeIx> {
        self.ground.people.teams_of(&Who::Record(ix)).to_vec()
    }

    /// Whom a text means, when it is one record.
    pub(super) fn record_meant(&self, text: &str) -> Option<NodeIx> {
        match self.ground.people.meant(text, false).as_slice() {
            [(Who::Record(ix), _)] => Some(*ix),
            _ => None,
        }
    }

    fn ranked(&self, ix: NodeIx) -> (Vec<Ranked>, Vec<Demoted>) {
        let case = Case {
            estate: self.estate,
            ground: &self.ground,
            ix,
        };
        let mut found = Gathered::default();
        for spec in KINDS {
            spec.gather_into(&case, &mut found);
        }
        let mut demoted = Vec::new();
        self.replace_leavers(&mut found, &mut demoted);
        self.derive_teams(&mut found);
        let shared = self.place_shared(&mut found, &mut demoted);
        for (machine, reason) in &found.machines {
            demoted.push(self.demoted(&Who::Record(*machine), reason.clone()));
        }
        demoted.sort_by(|a, b| (&a.name, &a.reason).cmp(&(&b.name, &b.reason)));
        demoted.dedup();
        let now = self.estate.now();
        let node = self.estate.node(ix);
        let days = node
            .and_then(|node| node.created.known())
            .map_or(0, |created| now.days_since(created));
        let age = f64::from(i32::try_from(days.clamp(0, 5 * 365)).unwrap_or(0)) / 365.0;
        let compared = Compared {
            estate: self.estate,
            ground: &self.ground,
            by: &found.by,
            age,
        };
        let one = |(who, proofs): (&Who, &Vec<Proof>)| {
            let (values, team) = (
                compared.values(who, proofs, shared.contains(who)),
                compared.is_team(who),
            );
            Ranked {
                who: who.clone(),
                proofs: proofs.clone(),
                score: self.model.score(team, &values),
                values,
                team,
                is_best: false,
            }
        };
        let mut ranked: Vec<Ranked> = found.by.iter().map(one).collect();
        for team in [false, true] {
            let of_form = ranked.iter().filter(|one| one.team == team);
            let best = of_form.map(|one| one.score).fold(0.0, f64::max);
            for one in ranked.iter_mut().filter(|one| one.team == team) {
                one.is_best = one.score >= best;
            }
        }
        (ranked, demoted)
    }

    /// Who has left is not proposed; the manager and the team are.
    fn replace_leavers(&self, found: &mut Gathered, demoted: &mut Vec<Demoted>) {
        let left: Vec<Who> = found
            .by
            .keys()
            .filter(|who| matches!(who, Who::Record(ix) if has_left(self.estate, *ix)))
            .cloned()
            .collect();
        for who in left {
            let proofs = found.by.remove(&who).unwrap_or_default();
            let Who::Record(ix) = who else { continue };
            let name = name_of(self.estate, ix);
            demoted.push(self.demoted(&who, format!("`{name}` has left")));
            let Some(strongest) = strongest_of(&proofs) else {
                continue;
            };
            let manager = self
                .ground
                .people
                .manager_of(ix)
                .filter(|manager| !has_left(self.estate, *manager));
            if let Some(manager) = manager {
                let how = format!("manager of `{name}`, who has left");
                let proof = strongest.passed_on(EvidenceKind::Successor, 1.0, &how);
                found
                    .by
                    .entry(Who::Record(manager))
                    .or_default()
                    .push(proof);
            }
            for team in self.ground.people.teams_of(&Who::Record(ix)) {
                let how = format!("team of `{name}`, who has left");
                for proof in &proofs {
                    let passed = proof.passed_on(proof.kind, 0.6, &how);
                    found.by.entry(Who::Record(*team)).or_default().push(passed);
                }
            }
        }
        found
            .shared
            .retain(|(who, _, _)| !matches!(who, Who::Record(ix) if has_left(self.estate, *ix)));
    }

    /// What speaks for a person speaks, weaker, for the person's team.
    fn derive_teams(&self, found: &mut Gathered) {
        let mut derived: Vec<(Who, Proof)> = Vec::new();
        for (who, proofs) in &found.by {
            let teams = self.ground.people.teams_of(who);
            let share = match teams.len() {
                0 => continue,
                1 => 0.7,
                2 => 0.4,
                _ => 0.2,
            };
            let Who::Record(ix) = who else { continue };
            let how = format!("team of `{}`", name_of(self.estate, *ix));
            for team in teams {
                for proof in proofs
                    .iter()
                    .filter(|proof| proof.kind != EvidenceKind::Successor)
                {
                    derived.push((Who::Record(*team), proof.passed_on(proof.kind, share, &how)));
                }
            }
        }
        for (who, proof) in derived {
            found.by.entry(who).or_default().push(proof);
        }
    }

    /// Shared creators stand back where anybody else has evidence beyond a name. Gives those that
    /// stay.
    fn place_shared(&self, found: &mut Gathered, demoted: &mut Vec<Demoted>) -> BTreeSet<Who> {
        let better = found
            .by
            .values()
            .flatten()
            .any(|proof| proof.kind != EvidenceKind::Naming);
        let mut stay = BTreeSet::new();
        for (who, proof, reason) in std::mem::take(&mut found.shared) {
            if better {
                demoted.push(self.demoted(&who, reason));
            } else {
                found.by.entry(who.clone()).or_default().push(proof);
                stay.insert(who);
            }
        }
        stay
    }

    fn demoted(&self, who: &Who, reason: String) -> Demoted {
        let candidate = self.candidate(who);
        Demoted {
            id: candidate.key.is_some().then_some(candidate.id),
            name: candidate.name,
            reason,
        }
    }

    fn stated_by_hand(&self, ix: NodeIx) -> BTreeSet<Who> {
        let edges = self.estate.out_by(ix, EdgeKind::OwnedBy).iter();
        edges
            .filter(|edge| {
                let source = self.estate.sources().get(edge.source as usize);
                source.is_some_and(|source| source.connector == crate::apply::sources::BY_HAND)
            })
            .filter_map(|edge| self.ground.people.candidate(self.estate, edge.other))
            .collect()
    }

    fn candidate(&self, who: &Who) -> Candidate {
        match who {
            Who::Record(ix) => match self.estate.node(*ix) {
                Some(node) => Candidate {
                    id: node.id,
                    name: name_of(self.estate, *ix).to_owned(),
                    kind: node.kind,
                    key: Some(node.key),
                    reference: None,
                },
                None => self.candidate(&Who::Named(NodeKind::Person, String::new())),
            },
            Who::Named(kind, name) => {
                let provider = if *kind == NodeKind::Team {
                    "team"
                } else {
                    "person"
                };
                let reference = NodeRef::global(*kind, provider, name.clone());
                Candidate {
                    id: reference.id(),
                    name: name.clone(),
                    kind: *kind,
                    key: None,
                    reference: Some(reference),
                }
            }
        }
    }

    fn confidence(&self, one: &Ranked) -> f64 {
        let confidence = self.model.confidence(one.team, one.score, one.is_best);
        if one
            .proofs
            .iter()
            .all(|proof| proof.kind == EvidenceKind::Naming)
        {
            confidence.min(NAME_ALONE)
        } else {
            confidence
        }
    }

    fn proposal(&self, one: Ranked, demoted: &[Demoted]) -> Proposal {
        let confidence = self.confidence(&one);
        let Ranked {
            who,
            mut proofs,
            team,
            ..
        } = one;
        for spec in KINDS {
            let best = strongest(&proofs, spec.kind);
            let counted = proofs
                .iter_mut()
                .find(|proof| proof.kind == spec.kind && proof.strength >= best);
            if let Some(proof) = counted {
                proof.weight = (self.model.weight(team, spec.name) * best * 1e3).round() / 1e3;
            }
        }
        proofs.sort_by(|a, b| {
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| b.strength.total_cmp(&a.strength))
                .then_with(|| a.key.cmp(&b.key))
        });
        proofs.dedup_by(|b, a| a.key == b.key && a.evidence.what == b.evidence.what);
        Proposal {
            candidate: self.candidate(&who),
            role: role(&proofs),
            confidence,
            evidence: proofs,
            demoted: demoted.to_vec(),
        }
    }

    fn is_rejected(&self, key: i64, proposal: &Proposal) -> bool {
        let start = self.rejected.partition_point(|one| one.node_key < key);
        let of_node = self
            .rejected
            .iter()
            .skip(start)
            .take_while(|one| one.node_key == key);
        of_node
            .filter(|one| one.candidate == proposal.candidate.id)
            .any(|one| {
                proposal
                    .evidence
                    .iter()
                    .all(|proof| one.evidence.contains(&proof.key))
            })
    }
}

fn strongest_of(proofs: &[Proof]) -> Option<&Proof> {
    proofs
        .iter()
        .max_by(|a, b| (a.strength * a.kind.prior()).total_cmp(&(b.strength * b.kind.prior())))
}

/// Technical, unless more of the evidence says otherwise.
fn role(proofs: &[Proof]) -> OwnerRole {
    let weight = |role: Option<OwnerRole>| -> f64 {
        let of_role = proofs.iter().filter(|proof| proof.role == role);
        of_role
            .map(|proof| proof.strength * proof.kind.prior())
            .sum()
    };
    let technical = weight(None) + weight(Some(OwnerRole::Technical));
    [OwnerRole::Business, OwnerRole::Backup, OwnerRole::Approver]
        .into_iter()
        .find(|role| weight(Some(*role)) > technical)
        .unwrap_or(OwnerRole::Technical)
}
