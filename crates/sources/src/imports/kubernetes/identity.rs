//! Service accounts, namespaces and nodes.

use model::{Alias, Class, EdgeKind, NodeKind, NodeRef, ObservedEdge};
use serde_json::Value;

use super::Reader;
use super::object::{Object, flag, text};
use crate::imports::ReadError;

/// Secrets one service account may name; real ones name a handful.
const MAX_REFERENCES: usize = 256;

impl Reader<'_, '_> {
    pub(super) fn service_account(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.names.service_account(object.namespace, object.name);
        let mut observation = self.about(object, node, "k8s_service_account");
        observation.attributes.class = Some(Class::Machine);
        // The API's own default is true, so only what is written is told.
        if let Some(mounts) = flag(object.value, "/automountServiceAccountToken") {
            observation.attributes = observation
                .attributes
                .with("automount_service_account_token", mounts);
        }
        for (pointer, key) in [
            ("/secrets", "secrets"),
            ("/imagePullSecrets", "image_pull_secrets"),
        ] {
            let names: Vec<&str> = object
                .list(pointer)
                .iter()
                .filter_map(|reference| text(reference, "/name"))
                .take(MAX_REFERENCES)
                .collect();
            for name in &names {
                let secret = self.names.secret(object.namespace, name);
                let edge = ObservedEdge::from(EdgeKind::UsedBy, secret).with("basis", key);
                observation.edges.push(edge);
            }
            if !names.is_empty() {
                observation.attributes = observation.attributes.with(key, names);
            }
        }
        if let Some(arn) = object.annotation("eks.amazonaws.com/role-arn") {
            observation =
                observation.edge(cloud_identity("aws", arn, "eks.amazonaws.com/role-arn"));
        }
        if let Some(email) = object.annotation("iam.gke.io/gcp-service-account") {
            observation = observation.edge(cloud_identity(
                "gcp",
                email,
                "iam.gke.io/gcp-service-account",
            ));
        }
        // Entra names its principals by object id, which the cluster does not know.
        if let Some(client) = object.annotation("azure.workload.identity/client-id") {
            let client = model::text::bounded(client, 128);
            observation = observation.alias(Alias::lookup(format!(
                "entra:app_id:{}",
                client.to_lowercase()
            )));
            observation.attributes = observation.attributes.with("azure_client_id", client);
        }
        if let Some(tenant) = object.annotation("azure.workload.identity/tenant-id") {
            let tenant = model::text::bounded(tenant, 128);
            observation.attributes = observation.attributes.with("azure_tenant_id", tenant);
        }
        self.observe(object, observation)
    }

    /// How the API server encrypts Secrets: the first provider of the first entry that means Secrets is
    /// the one it writes with. The file has no name of its own; it is about the cluster. The keys in it
    /// are not read.
    pub(super) fn encryption(&mut self, value: &Value, place: &str) -> Result<(), ReadError> {
        let entries = super::object::list(value, "/resources");
        let means_secrets = |entry: &&Value| {
            let resources = super::object::list(entry, "/resources");
            let mut names = resources.iter().filter_map(Value::as_str);
            names.any(|name| matches!(name, "secrets" | "*." | "*.*"))
        };
        let provider = entries
            .iter()
            .find(means_secrets)
            .and_then(|entry| super::object::list(entry, "/providers").first())
            .and_then(|provider| provider.as_object()?.keys().next());
        let Some(provider) = provider else {
            return self.gap(
                place,
                "an EncryptionConfiguration that does not mention Secrets",
            );
        };
        let attributes = model::Attributes::named(self.names.cluster.as_str(), "k8s_cluster")
            .with("secrets_encryption", model::text::bounded(provider, 32));
        let cluster = model::Observation::new(self.names.cluster(), self.at, attributes);
        let source = self.cluster.clone();
        self.cx.observe(&source, cluster)
    }

    pub(super) fn namespace(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.names.namespace(object.name);
        let cluster = self.names.cluster();
        let mut observation = self
            .about(object, node, "k8s_namespace")
            .edge(ObservedEdge::from(EdgeKind::Contains, cluster));
        if let Some(phase) = object.text("/status/phase") {
            observation.attributes = observation.attributes.with("phase", phase);
        }
        self.observe(object, observation)
    }

    /// A node is a host, and signs in to the API as a user of its own.
    pub(super) fn node(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let machine = object
            .text("/status/nodeInfo/machineID")
            .filter(|id| !id.is_empty());
        // Until a kubelet has told its machine, the name is one of this cluster: others have a
        // `worker-1` too.
        let node = match machine {
            Some(id) => NodeRef::global(NodeKind::Host, "host", id),
            None => self.names.object(NodeKind::Host, "Node", "", object.name),
        };
        let user = self.names.user(&format!("system:node:{}", object.name));
        let cluster = self.names.cluster();
        let mut observation = self
            .about(object, node, "host")
            .alias(Alias::lookup(format!(
                "hostname:{}",
                object.name.to_lowercase()
            )))
            .edge(ObservedEdge::to(EdgeKind::RunsAs, user.clone()))
            .edge(ObservedEdge::from(EdgeKind::Contains, cluster));
        for (pointer, key) in [
            ("/spec/providerID", "provider_id"),
            ("/status/nodeInfo/osImage", "os_image"),
            ("/status/nodeInfo/kubeletVersion", "kubelet_version"),
        ] {
            if let Some(word) = object.text(pointer).filter(|word| !word.is_empty()) {
                observation.attributes = observation.attributes.with(key, word);
            }
        }
        self.observe(object, observation)?;
        let mut kubelet = model::Observation::new(
            user,
            self.at,
            model::Attributes::named(format!("system:node:{}", object.name), "k8s_user"),
        );
        kubelet.attributes.class = Some(Class::Machine);
        kubelet.attributes.tenant = Some(self.names.cluster.clone());
        self.observe(object, kubelet)
    }
}

/// The identity of a cloud that a service account acts as.
fn cloud_identity(provider: &'static str, native_id: &str, basis: &str) -> ObservedEdge {
    let identity = NodeRef::global(NodeKind::Identity, provider, native_id);
    ObservedEdge::to(EdgeKind::Consumes, identity).with("basis", Value::from(basis))
}
