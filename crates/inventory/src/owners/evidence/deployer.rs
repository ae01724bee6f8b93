//! The repository it is deployed from has an owner or a main author.

use graph::{Edge, NodeIx};
use model::{EdgeKind, NodeKind};

use super::{Case, EvidenceKind, Gathered, by_hand};
use crate::owners::code_paths::authors_of;
use crate::owners::proof::{Proof, name_of, of_edge};
use crate::owners::shared::why_not_name;

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    let own = std::iter::once((case.ix, 1.0));
    for (ix, near) in own.chain(case.workloads().into_iter().map(|ix| (ix, 0.8))) {
        for edge in case.estate.out_by(ix, EdgeKind::DeployedFrom) {
            if case.is(edge.other, NodeKind::Repo) {
                repository(case, edge.other, near, found);
            }
        }
    }
}

fn repository(case: &Case<'_>, repo: NodeIx, near: f64, found: &mut Gathered) {
    let estate = case.estate;
    let name = name_of(estate, repo);
    let add = |edge: &Edge, fit: f64, how: &str, found: &mut Gathered| {
        let owner = name_of(estate, edge.other);
        let Some(who) = case.ground.people.candidate(estate, edge.other) else {
            return;
        };
        let what = format!("is deployed from `{name}`, {how} `{owner}`");
        let key = format!("{name}:{}", owner.to_lowercase());
        let proof = Proof::new(
            EvidenceKind::Deployer,
            near * fit,
            &key,
            of_edge(estate, edge, what),
        );
        match why_not_name(owner) {
            Some(reason) => found.shared.push((who, proof, reason)),
            None => found.add(who, proof),
        }
    };
    for edge in estate
        .out_by(repo, EdgeKind::OwnedBy)
        .iter()
        .filter(|edge| !by_hand(estate, edge))
    {
        add(edge, 1.0, "which is owned by", found);
    }
    let authors = authors_of(estate, repo);
    let all: u32 = authors.iter().map(|author| author.commits).sum();
    if let Some(first) = authors
        .iter()
        .find(|author| why_not_name(name_of(estate, author.edge.other)).is_none())
    {
        let share = f64::from(first.commits) / f64::from(all.max(1));
        add(&first.edge, 0.6 * share, "most changed by", found);
    }
}
