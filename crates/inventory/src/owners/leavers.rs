//! What the people who leave answered for or made, and who may take it over.

use std::collections::BTreeMap;

use graph::NodeIx;
use model::{EdgeKind, TimeUs};
use serde::Serialize;

use super::is_governed;
use super::people::has_left;
use super::proof::name_of;
use super::propose::{Proposal, Proposer};

/// Somebody who leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaver {
    /// The e-mail address, or the name.
    pub email: String,
    /// The last day, when known; without one, gone already.
    pub last_day: Option<TimeUs>,
}

/// What one leaver leaves behind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Left {
    /// As the list names the person.
    pub email: String,
    /// The record; none when nobody of that name is known.
    #[serde(skip)]
    pub person: Option<NodeIx>,
    /// True once the last day has come.
    pub gone: bool,
    /// What they own, with who may take it over.
    pub owned: Vec<(NodeName, Vec<Proposal>)>,
    /// What they created and nobody else is known to own.
    pub created: Vec<(NodeName, Vec<Proposal>)>,
}

/// A record by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeName {
    /// Its stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its index.
    #[serde(skip)]
    pub ix: NodeIx,
}

/// Everything the people of a list owned or created. Proposals never name one of the list.
pub fn leavers(proposer: &Proposer<'_>, list: &[Leaver]) -> Vec<Left> {
    let estate = proposer.estate();
    let now = estate.now();
    let people: Vec<Option<NodeIx>> = list
        .iter()
        .map(|one| proposer.record_meant(&one.email))
        .collect();
    let mut of_person: BTreeMap<NodeIx, usize> = BTreeMap::new();
    let mut found: Vec<Left> = Vec::new();
    for (place, (leaver, person)) in list.iter().zip(&people).enumerate() {
        if let Some(person) = person {
            of_person.entry(*person).or_insert(place);
        }
        found.push(Left {
            email: leaver.email.clone(),
            person: *person,
            gone: leaver.last_day.is_none_or(|day| day <= now),
            owned: Vec::new(),
            created: Vec::new(),
        });
    }
    for ix in estate.indices().filter(|ix| is_governed(estate, *ix)) {
        let ends = |kind| {
            estate
                .out_by(ix, kind)
                .iter()
                .map(|edge| proposer.canonical(edge.other))
        };
        let owners: Vec<NodeIx> = ends(EdgeKind::OwnedBy).collect();
        let owner = owners.iter().find_map(|owner| of_person.get(owner));
        let others = owners
            .iter()
            .any(|owner| !of_person.contains_key(owner) && !has_left(estate, *owner));
        let creator =
            ends(EdgeKind::CreatedBy).find_map(|creator| of_person.get(&creator).copied());
        let (place, owned) = match (owner, creator) {
            (Some(place), _) => (*place, true),
            (None, Some(place)) if !others => (place, false),
            _ => continue,
        };
        let mut proposals = proposer.propose(ix);
        proposals.retain(|one| {
            let candidate = estate.find(one.candidate.id);
            candidate.is_none_or(|ix| !of_person.contains_key(&ix))
        });
        let name = NodeName {
            id: estate
                .node(ix)
                .map(|node| node.id.to_string())
                .unwrap_or_default(),
            name: name_of(estate, ix).to_owned(),
            ix,
        };
        if let Some(left) = found.get_mut(place) {
            let list = if owned {
                &mut left.owned
            } else {
                &mut left.created
            };
            list.push((name, proposals));
        }
    }
    found
}
