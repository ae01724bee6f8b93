//! How far things have owners, by team, and whose review is due.

use std::collections::BTreeMap;

use graph::{Classify, Estate, NodeIx};
use model::labels::{Basis, OwnerState, SaidFact};
use model::{NodeId, TimeUs};
use serde::Serialize;

use super::is_governed;
use super::proof::name_of;
use super::propose::Proposer;

/// How far the things of one team, or of all, have owners.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TeamOwnership {
    /// The team; none for what has no team.
    pub team: Option<String>,
    /// How many things there are.
    pub total: u64,
    /// How many of them are in each state.
    pub states: BTreeMap<OwnerState, u64>,
    /// How sure the stated owners are on average: 1 for what a person said, else by the evidence.
    /// None when nothing is stated.
    pub confidence: Option<f64>,
}

impl TeamOwnership {
    /// The share that has a person and a team.
    pub fn governed(&self) -> f64 {
        let governed = self.states.get(&OwnerState::Governed).copied().unwrap_or(0);
        ratio(governed, self.total)
    }
}

/// Ownership of everything and by team.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Ownership {
    /// All things.
    pub all: TeamOwnership,
    /// By team, largest first; things without a team stand under none.
    pub teams: Vec<TeamOwnership>,
    /// Things without an owner for which somebody is proposed at 0.5 or above.
    pub proposable: u64,
}

#[derive(Default)]
struct Sum {
    of: TeamOwnership,
    confidence: f64,
    stated: u64,
}

/// How far governed identities have owners.
pub fn ownership(proposer: &Proposer<'_>, classify: &dyn Classify) -> Ownership {
    let estate = proposer.estate();
    let mut all = Sum::default();
    let mut teams: BTreeMap<Option<String>, Sum> = BTreeMap::new();
    let mut proposable = 0;
    for ix in estate.indices().filter(|ix| is_governed(estate, *ix)) {
        let judged = classify.classification(ix);
        let mut named: Option<String> = None;
        let mut sure: Vec<f64> = Vec::new();
        for owner in &judged.owners {
            let Some(owner_ix) = estate.find(owner.id) else {
                continue;
            };
            if !owner.person {
                named.get_or_insert_with(|| owner.name.clone());
            } else if named.is_none() {
                let teams = proposer.teams_of(proposer.canonical(owner_ix));
                named = teams.first().map(|team| name_of(estate, *team).to_owned());
            }
            sure.push(match owner.basis {
                Basis::Hand => 1.0,
                Basis::Stated | Basis::Rule => proposer.confidence_in(ix, owner_ix).unwrap_or(0.0),
            });
        }
        if matches!(
            judged.owner_state,
            OwnerState::Unowned | OwnerState::Unknown | OwnerState::OwnerLeft
        ) {
            let best = proposer
                .propose(ix)
                .first()
                .map_or(0.0, |best| best.confidence);
            proposable += u64::from(best >= 0.5);
        }
        for sum in [&mut all, teams.entry(named).or_default()] {
            sum.of.total += 1;
            *sum.of.states.entry(judged.owner_state).or_default() += 1;
            if let Some(most) = sure.iter().copied().reduce(f64::max) {
                sum.confidence += most;
                sum.stated += 1;
            }
        }
    }
    let mut teams: Vec<TeamOwnership> = teams
        .into_iter()
        .map(|(team, sum)| finish(team, sum))
        .collect();
    teams.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.team.cmp(&b.team)));
    Ownership {
        all: finish(None, all),
        teams,
        proposable,
    }
}

fn finish(team: Option<String>, sum: Sum) -> TeamOwnership {
    let stated = u32::try_from(sum.stated).unwrap_or(u32::MAX);
    let confidence = (stated > 0).then(|| sum.confidence / f64::from(stated));
    TeamOwnership {
        team,
        confidence,
        ..sum.of
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    let small = |number| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    if whole == 0 {
        0.0
    } else {
        small(part) / small(whole)
    }
}

/// A record whose review is overdue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overdue {
    /// The record.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// When the review was due.
    pub due: TimeUs,
    /// Days since then.
    pub days: i64,
    /// Its index.
    #[serde(skip)]
    pub ix: NodeIx,
}

/// What was to be reviewed before the estate's moment, longest overdue first.
pub fn overdue(estate: &Estate) -> Vec<Overdue> {
    let mut found: Vec<Overdue> = Vec::new();
    for ix in estate.indices() {
        let said = estate.said(ix, SaidFact::NextReview.name());
        let due = said.and_then(|said| TimeUs::parse(estate.text(said.value)).ok());
        if let (Some(due), Some(node)) = (due, estate.node(ix))
            && due < estate.now()
            && !node.retired
        {
            found.push(Overdue {
                id: node.id,
                name: name_of(estate, ix).to_owned(),
                due,
                days: estate.now().days_since(due),
                ix,
            });
        }
    }
    found.sort_by_key(|one| (one.due, one.id));
    found
}
