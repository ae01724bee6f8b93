//! A tag, annotation or attribute of the record names an owner.

use model::labels::OwnerRole;

use super::{Case, EvidenceKind, Gathered};
use crate::owners::people::plain;
use crate::owners::proof::{Proof, of_node};

/// Tags whose owner pays for it or decides whether it is needed.
const BUSINESS: &[&str] = &[
    "business-owner",
    "product-owner",
    "cost-owner",
    "budget-owner",
    "data-owner",
];

/// Tags that name somebody who answers.
const OWNER: &[&str] = &[
    "owner",
    "owner-email",
    "owned-by",
    "technical-owner",
    "contact",
    "responsible",
    "maintainer",
    "managed-by-email",
];

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    let Some(node) = case.estate.node(case.ix) else {
        return;
    };
    let mut said: Vec<(&str, Option<OwnerRole>)> = Vec::new();
    for (name, value) in case.estate.tags(case.ix) {
        let name = plain(name.rsplit('/').next().unwrap_or(name));
        if BUSINESS.contains(&name.as_str()) {
            said.push((value, Some(OwnerRole::Business)));
        } else if OWNER.contains(&name.as_str()) {
            said.push((value, None));
        }
    }
    if let Some(owner) = case.estate.opt_text(node.owner)
        && !said.iter().any(|(known, _)| *known == owner)
    {
        said.push((owner, None));
    }
    for (text, role) in said {
        for (who, fit) in case.ground.people.meant(text, false) {
            let what = format!("declares the owner `{text}`");
            let proof = Proof::new(
                EvidenceKind::DeclaredOwner,
                fit,
                &plain(text),
                of_node(case.estate, case.ix, what),
            );
            found.add(who, proof.in_role(role));
        }
    }
}
