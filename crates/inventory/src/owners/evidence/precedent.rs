//! What people decided about things of the same account and name prefix.

use std::collections::{BTreeMap, HashMap};

use graph::{Estate, NodeIx};
use model::{EdgeKind, NodeKind};

use super::{Case, EvidenceKind, Gathered, by_hand};
use crate::owners::people::People;
use crate::owners::proof::{Proof, Who, name_of, of_node};

/// A shorter prefix is shared by strangers.
const MIN_PREFIX: usize = 3;

/// Owners that people stated, by account and prefix.
#[derive(Debug, Default)]
pub(in crate::owners) struct Precedents {
    by: HashMap<(String, String), BTreeMap<Who, Vec<NodeIx>>>,
}

impl Precedents {
    pub(in crate::owners) fn of(estate: &Estate, people: &People) -> Self {
        let mut precedents = Self::default();
        for ix in estate.indices() {
            if estate
                .node(ix)
                .is_none_or(|node| node.kind != NodeKind::Identity)
            {
                continue;
            }
            for edge in estate.out_by(ix, EdgeKind::OwnedBy) {
                if by_hand(estate, edge)
                    && let Some(who) = people.candidate(estate, edge.other)
                    && let Some(key) = like(estate, ix)
                {
                    let owned = precedents
                        .by
                        .entry(key)
                        .or_default()
                        .entry(who)
                        .or_default();
                    if owned.len() < 100 && !owned.contains(&ix) {
                        owned.push(ix);
                    }
                }
            }
        }
        precedents
    }
}

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    let alike = like(case.estate, case.ix).and_then(|key| case.ground.precedents.by.get(&key));
    let Some(alike) = alike else { return };
    let count = |owned: &Vec<NodeIx>| owned.iter().filter(|ix| **ix != case.ix).count();
    // Of one form, so that a person and a team are no rivals.
    for (who, owned) in alike {
        let (own, is_team) = (count(owned), is_team(case.estate, who));
        let all: usize = alike
            .iter()
            .filter(|(other, _)| self::is_team(case.estate, other) == is_team)
            .map(|(_, owned)| count(owned))
            .sum();
        let (Some(first), true) = (owned.iter().find(|ix| **ix != case.ix), own > 0) else {
            continue;
        };
        let share = f64::from(u32::try_from(own).unwrap_or(u32::MAX))
            / f64::from(u32::try_from(all).unwrap_or(u32::MAX));
        let what = format!(
            "people gave {own} of {all} things of its account and name prefix to the same owner"
        );
        let key = match who {
            Who::Record(ix) => name_of(case.estate, *ix).to_lowercase(),
            Who::Named(_, name) => name.clone(),
        };
        let proof = Proof::new(
            EvidenceKind::Precedent,
            share * if own > 1 { 1.0 } else { 0.7 },
            &key,
            of_node(case.estate, *first, what),
        );
        found.add(who.clone(), proof);
    }
}

fn is_team(estate: &Estate, who: &Who) -> bool {
    match who {
        Who::Record(ix) => estate
            .node(*ix)
            .is_some_and(|node| matches!(node.kind, NodeKind::Team | NodeKind::Group)),
        Who::Named(kind, _) => *kind == NodeKind::Team,
    }
}

/// Account and prefix: the name up to its last separator.
fn like(estate: &Estate, ix: NodeIx) -> Option<(String, String)> {
    let node = estate.node(ix)?;
    let name = name_of(estate, ix).to_lowercase();
    let name = name.rsplit(['/', ':']).next().unwrap_or(&name);
    let (prefix, _) = name.rsplit_once(['-', '_', '.'])?;
    (prefix.len() >= MIN_PREFIX).then(|| (estate.text(node.tenant).to_owned(), prefix.to_owned()))
}
