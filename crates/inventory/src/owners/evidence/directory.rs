//! The directory itself lists an owner.

use model::EdgeKind;

use super::{Case, EvidenceKind, Gathered, by_hand, role_of};
use crate::owners::proof::{Proof, name_of, of_edge};

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    for edge in case.out(EdgeKind::OwnedBy) {
        if by_hand(case.estate, edge) {
            continue;
        }
        let name = name_of(case.estate, edge.other);
        let Some(who) = case.ground.people.candidate(case.estate, edge.other) else {
            found.machines.push((
                edge.other,
                format!("`{name}` is listed as owner and is no person or team"),
            ));
            continue;
        };
        let what = format!("lists `{name}` as owner");
        let proof = Proof::new(
            EvidenceKind::DirectoryOwner,
            1.0,
            &name.to_lowercase(),
            of_edge(case.estate, edge, what),
        );
        found.add(who, proof.in_role(role_of(case.estate, edge)));
    }
}
