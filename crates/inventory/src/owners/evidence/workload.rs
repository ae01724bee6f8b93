//! What runs as it, or is configured with its credential, has an owner.

use model::EdgeKind;

use super::{Case, EvidenceKind, Gathered};
use crate::owners::people::plain;
use crate::owners::proof::{Proof, name_of, of_edge, of_node};

/// Labels on a workload that name who runs it.
const LABELS: &[&str] = &["team", "squad", "owner", "owning-team", "owner-team"];

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    let estate = case.estate;
    let workloads = case.workloads();
    // What very many things use belongs to none of them.
    let near = if workloads.len() > 5 { 0.5 } else { 1.0 };
    for ix in workloads {
        let name = name_of(estate, ix);
        for edge in estate.out_by(ix, EdgeKind::OwnedBy) {
            if let Some(who) = case.ground.people.candidate(estate, edge.other) {
                let owner = name_of(estate, edge.other);
                let evidence = of_edge(
                    estate,
                    edge,
                    format!("is used by `{name}`, which `{owner}` owns"),
                );
                let key = format!("{name}:{}", owner.to_lowercase());
                found.add(
                    who,
                    Proof::new(EvidenceKind::WorkloadOwner, near, &key, evidence),
                );
            }
        }
        let declared = estate.node(ix).and_then(|node| estate.opt_text(node.owner));
        let labels = estate.tags(ix).filter(|(label, _)| {
            LABELS.contains(&plain(label.rsplit('/').next().unwrap_or(label)).as_str())
        });
        let labels = labels.map(|(_, value)| (value, true));
        for (text, team) in declared.map(|text| (text, false)).into_iter().chain(labels) {
            for (who, fit) in case.ground.people.meant(text, team) {
                let what = format!("is used by `{name}`, which declares the owner `{text}`");
                let key = format!("{name}:{}", plain(text));
                let proof = Proof::new(
                    EvidenceKind::WorkloadOwner,
                    0.9 * near * fit,
                    &key,
                    of_node(estate, ix, what),
                );
                found.add(who, proof);
            }
        }
    }
}
