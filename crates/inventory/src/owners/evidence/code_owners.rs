//! CODEOWNERS names somebody for the file that declares it.

use std::collections::BTreeSet;

use model::EdgeKind;

use super::{Case, EvidenceKind, Gathered};
use crate::owners::code_paths::declaring;
use crate::owners::proof::{Proof, name_of, of_edge};

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    let own = std::iter::once((case.ix, 1.0));
    for (ix, near) in own.chain(case.workloads().into_iter().map(|ix| (ix, 0.7))) {
        let rules: BTreeSet<_> = declaring(case.estate, ix)
            .into_iter()
            .filter_map(|file| Some((case.ground.paths.rule(case.estate, file)?, file)))
            .collect();
        for (rule, file) in rules {
            let pattern = name_of(case.estate, rule);
            // A rule for everything says who looks after the repository, not after this file.
            let wide = if matches!(pattern, "*" | "/" | "**" | "/**") {
                0.4
            } else {
                1.0
            };
            let owners = case.estate.out_by(rule, EdgeKind::OwnedBy);
            let share = if owners.len() > 2 { 0.6 } else { 1.0 };
            for edge in owners {
                let Some(who) = case.ground.people.candidate(case.estate, edge.other) else {
                    continue;
                };
                let name = name_of(case.estate, edge.other);
                let what = format!(
                    "is declared in `{file}`, which CODEOWNERS gives to `{name}` by `{pattern}`"
                );
                let key = format!("{pattern}:{}", name.to_lowercase());
                let evidence = of_edge(case.estate, edge, what);
                found.add(
                    who,
                    Proof::new(
                        EvidenceKind::CodeOwners,
                        near * wide * share,
                        &key,
                        evidence,
                    ),
                );
            }
        }
    }
}
