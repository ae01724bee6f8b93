//! A label for teams on the record, its namespace or its account names a team.

use super::{Case, EvidenceKind, Gathered};
use crate::owners::people::plain;
use crate::owners::proof::{Proof, name_of, of_node};

/// Labels that name a team, without their namespace.
const TEAM: &[&str] = &[
    "team",
    "squad",
    "owner-team",
    "owning-team",
    "team-name",
    "tribe",
    "crew",
];

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    let own = std::iter::once((case.ix, 1.0));
    let around = case
        .containers()
        .into_iter()
        .map(|(ix, near)| (ix, 0.7 * near));
    for (ix, near) in own.chain(around) {
        for (name, value) in case.estate.tags(ix) {
            let word = plain(name.rsplit('/').next().unwrap_or(name));
            if !TEAM.contains(&word.as_str()) {
                continue;
            }
            let on = if ix == case.ix {
                String::new()
            } else {
                format!(" on `{}`", name_of(case.estate, ix))
            };
            for (who, fit) in case.ground.people.meant(value, true) {
                let what = format!("the label `{name}`{on} says `{value}`");
                let key = format!("{word}={}", plain(value));
                let proof = Proof::new(
                    EvidenceKind::TeamLabel,
                    fit * near,
                    &key,
                    of_node(case.estate, ix, what),
                );
                found.add(who, proof);
            }
        }
    }
}
