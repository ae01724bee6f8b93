//! Things that run: one way to say a unit, job or process with its account and its secrets.

use model::{Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};

use super::read::out::Builder;
use super::read::secret::{SecretHint, secret};
use super::read::words::{Cut, CutSecret};

/// A workload of this machine.
pub(super) fn node(partition: &str, native_id: String) -> NodeRef {
    NodeRef::within(NodeKind::Workload, "host", partition.to_owned(), native_id)
}

/// A workload that runs as an account.
pub(super) fn observation(
    builder: &mut Builder<'_>,
    node: NodeRef,
    attributes: Attributes,
    account: Option<(&str, &'static str)>,
) -> Observation {
    let cx = builder.cx;
    let mut observation = Observation::new(node, cx.observed, attributes);
    if cx.on_host {
        observation = observation.edge(ObservedEdge::to(
            EdgeKind::RunsOn,
            NodeRef::global(NodeKind::Host, "host", cx.partition.to_owned()),
        ));
        if let Some((account, basis)) = account {
            builder.out.users.insert(account.to_owned());
            observation = observation.edge(
                ObservedEdge::to(EdgeKind::RunsAs, cx.local_user(account)).with("basis", basis),
            );
        }
    }
    observation
}

/// The secrets cut out of a workload's command or settings, as credentials it uses.
pub(super) fn secrets(
    builder: &mut Builder<'_>,
    workload: &NodeRef,
    cut: Cut,
    line: Option<usize>,
) {
    for CutSecret { name, value } in cut.secrets {
        let hint = SecretHint {
            field: &name,
            password: is_password(&name),
            ..SecretHint::default()
        };
        let credential = secret(&builder.cx, &value, hint).edge(
            ObservedEdge::to(EdgeKind::UsedBy, workload.clone()).with("field", name.as_str()),
        );
        builder.stored(credential, line);
    }
}

/// True for names of passwords, which two accounts may share.
pub(super) fn is_password(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.contains("pass") || lower.ends_with("pwd")
}
