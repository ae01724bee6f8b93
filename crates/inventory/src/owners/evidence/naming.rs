//! A team's or person's name is a whole word of its name.

use super::{Case, EvidenceKind, Gathered};
use crate::owners::people::plain;
use crate::owners::proof::{Proof, name_of, of_node};

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    let name = name_of(case.estate, case.ix);
    let whole = plain(name.rsplit(['/', ':']).next().unwrap_or(name));
    let words: Vec<&str> = whole.split('-').take(16).collect();
    for length in [3, 2, 1] {
        for part in words.windows(length) {
            let word = part.join("-");
            let Some(ix) = case.ground.people.by_word(&word) else {
                continue;
            };
            let meant = name_of(case.estate, ix);
            let evidence = of_node(
                case.estate,
                case.ix,
                format!("`{word}` in its name is the name of `{meant}`"),
            );
            if let Some(who) = case.ground.people.candidate(case.estate, ix) {
                let proof = Proof::new(EvidenceKind::Naming, 1.0, &word, evidence);
                found.add(who, proof);
            }
        }
    }
}
