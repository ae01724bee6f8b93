//! Who created it, or the account or application it belongs to. Creating is not owning: creators
//! that create for everybody stand back when there is any better evidence.

use graph::NodeIx;
use model::EdgeKind;

use super::{Case, EvidenceKind, Gathered};
use crate::owners::proof::{Proof, name_of, of_edge};

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    created(case, case.ix, EvidenceKind::Creator, 1.0, found);
}

pub(super) fn of_container(case: &Case<'_>, found: &mut Gathered) {
    for (container, near) in case.containers() {
        created(case, container, EvidenceKind::ContainerCreator, near, found);
    }
}

fn created(case: &Case<'_>, thing: NodeIx, kind: EvidenceKind, near: f64, found: &mut Gathered) {
    let estate = case.estate;
    for edge in estate.out_by(thing, EdgeKind::CreatedBy) {
        let name = name_of(estate, edge.other);
        let why_not = case.ground.creators.why_not(estate, edge.other);
        let Some(who) = case.ground.people.candidate(estate, edge.other) else {
            let reason = why_not.unwrap_or_else(|| format!("`{name}` created it and is no person"));
            if thing == case.ix {
                found.machines.push((edge.other, reason));
            }
            continue;
        };
        let what = if thing == case.ix {
            format!("was created by `{name}`")
        } else {
            format!(
                "belongs to `{}`, which `{name}` created",
                name_of(estate, thing)
            )
        };
        let key = format!("{}:{}", name_of(estate, thing), name.to_lowercase());
        let proof = Proof::new(kind, near, &key, of_edge(estate, edge, what));
        match why_not {
            Some(reason) => found.shared.push((who, proof, reason)),
            None => found.add(who, proof),
        }
    }
}
