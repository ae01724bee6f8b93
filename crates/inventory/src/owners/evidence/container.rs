//! Its account, namespace, application or organisational unit has an owner.

use graph::NodeIx;
use model::labels::OwnerRole;
use model::{EdgeKind, NodeKind};

use super::{Case, EvidenceKind, Gathered, role_of};
use crate::owners::people::plain;
use crate::owners::proof::{Proof, name_of, of_edge, of_node};

pub(super) fn gather(case: &Case<'_>, found: &mut Gathered) {
    for (ix, near) in case.containers() {
        // An organisation or a whole account says less than the application.
        let kind = case.estate.node(ix).map(|node| node.kind);
        let close = match kind {
            Some(NodeKind::Application) => 1.0,
            Some(NodeKind::Account) => 0.7,
            _ => 0.4,
        };
        owners(
            case,
            ix,
            near * close,
            kind == Some(NodeKind::Application),
            found,
        );
    }
}

fn owners(case: &Case<'_>, ix: NodeIx, near: f64, application: bool, found: &mut Gathered) {
    let estate = case.estate;
    let name = name_of(estate, ix);
    for edge in estate.out_by(ix, EdgeKind::OwnedBy) {
        let Some(who) = case.ground.people.candidate(estate, edge.other) else {
            continue;
        };
        let owner = name_of(estate, edge.other);
        let is_person = !estate
            .node(edge.other)
            .is_some_and(|node| matches!(node.kind, NodeKind::Team | NodeKind::Group));
        // Whoever a register lists as the owner of an application decides about it.
        let role =
            role_of(estate, edge).or((application && is_person).then_some(OwnerRole::Business));
        let evidence = of_edge(
            estate,
            edge,
            format!("belongs to `{name}`, which `{owner}` owns"),
        );
        let key = format!("{name}:{}", owner.to_lowercase());
        let proof = Proof::new(EvidenceKind::ContainerOwner, near, &key, evidence);
        found.add(who, proof.in_role(role));
    }
    if let Some(text) = estate.node(ix).and_then(|node| estate.opt_text(node.owner)) {
        for (who, fit) in case.ground.people.meant(text, false) {
            let what = format!("belongs to `{name}`, which declares the owner `{text}`");
            let key = format!("{name}:{}", plain(text));
            let proof = Proof::new(
                EvidenceKind::ContainerOwner,
                near * fit * 0.8,
                &key,
                of_node(estate, ix, what),
            );
            found.add(who, proof);
        }
    }
}
