//! Somebody vouches for it in the directory.

use model::EdgeKind;

use super::{Case, EvidenceKind, Gathered};
use crate::owners::proof::{Proof, name_of, of_edge};

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    for edge in case.out(EdgeKind::SponsoredBy) {
        if let Some(who) = case.ground.people.candidate(case.estate, edge.other) {
            let name = name_of(case.estate, edge.other);
            let what = format!("is sponsored by `{name}`");
            let evidence = of_edge(case.estate, edge, what);
            found.add(
                who,
                Proof::new(EvidenceKind::Sponsor, 1.0, &name.to_lowercase(), evidence),
            );
        }
    }
}
