//! How the objects of a cluster are named; see docs/naming.md.

use model::{NodeKind, NodeRef};

/// Names within one cluster.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) cluster: String,
}

impl Names {
    pub(super) fn new(cluster: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
        }
    }

    pub(super) fn node(&self, kind: NodeKind, native_id: impl Into<String>) -> NodeRef {
        NodeRef::within(kind, "kubernetes", self.cluster.clone(), native_id)
    }

    pub(super) fn cluster(&self) -> NodeRef {
        self.node(NodeKind::Account, "cluster")
    }

    pub(super) fn namespace(&self, name: &str) -> NodeRef {
        self.node(NodeKind::Account, format!("namespace:{name}"))
    }

    pub(super) fn service_account(&self, namespace: &str, name: &str) -> NodeRef {
        self.node(
            NodeKind::Identity,
            format!("system:serviceaccount:{namespace}:{name}"),
        )
    }

    /// A user as a binding or a certificate names it; a service account may be named as one.
    pub(super) fn user(&self, name: &str) -> NodeRef {
        if name.starts_with("system:serviceaccount:") {
            return self.node(NodeKind::Identity, name);
        }
        self.node(NodeKind::Identity, format!("user:{name}"))
    }

    pub(super) fn group(&self, name: &str) -> NodeRef {
        self.node(NodeKind::Group, format!("group:{name}"))
    }

    pub(super) fn role(&self, namespace: &str, name: &str) -> NodeRef {
        self.node(NodeKind::Role, format!("role:{namespace}/{name}"))
    }

    pub(super) fn cluster_role(&self, name: &str) -> NodeRef {
        self.node(NodeKind::Role, format!("clusterrole:{name}"))
    }

    pub(super) fn secret(&self, namespace: &str, name: &str) -> NodeRef {
        self.node(
            NodeKind::SecretContainer,
            format!("secret:{namespace}/{name}"),
        )
    }

    /// Anything else by its kind in lower case.
    pub(super) fn object(
        &self,
        node: NodeKind,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> NodeRef {
        let kind = kind.to_lowercase();
        if namespace.is_empty() {
            self.node(node, format!("{kind}:{name}"))
        } else {
            self.node(node, format!("{kind}:{namespace}/{name}"))
        }
    }
}
