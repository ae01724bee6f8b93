//! Kubernetes objects as `kubectl get -o json|yaml` or the API writes them: lists, single objects,
//! streams and multi-document YAML.
//!
//! Objects that carry a `uid` come from a cluster; objects without are manifests, which say what
//! somebody wants and prove nothing about a cluster. Each goes to a source of its own.

mod collapse;
mod identity;
mod names;
mod object;
mod pki;
mod rbac;
mod secret;
mod serving;
mod token;
mod workload;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Attributes, Coverage, CoverageState, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge,
    SourceRef, TimeUs,
};
use serde_json::Value;

use super::document::Document;
use super::{Format, ImportContext, JsonElement, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Permission, Step};

use collapse::Templates;
use names::Names;
use object::Object;

/// Objects read from a cluster.
pub const SPEC: ConnectorSpec = ConnectorSpec {
    id: "kubernetes.objects",
    title: "Kubernetes objects",
    step: Step::Cloud,
    kinds: KINDS,
    authoritative: true,
    adds: "Service accounts, their bindings and legacy tokens, Secrets with what lies in them, and the workloads that use both.",
    cannot_see: &[
        "Whether a token or Secret was used: that stands in the API server's audit log.",
        "Tokens issued by TokenRequest: they are never stored.",
        "Users and groups of the cluster's identity provider, unless a binding names them.",
        "Secrets that workloads read from a vault or a CSI driver by themselves.",
        "Values inside Helm release Secrets.",
    ],
    obtain: "kubectl get namespaces,nodes,serviceaccounts,secrets,configmaps,pods,deployments,statefulsets,daemonsets,replicasets,jobs,cronjobs,roles,rolebindings,clusterroles,clusterrolebindings,ingresses,certificatesigningrequests,validatingwebhookconfigurations,mutatingwebhookconfigurations,apiservices,customresourcedefinitions -A -o json",
    permissions: &[
        Permission {
            action: "get, list on the listed resources in all namespaces",
            why: "reads the objects",
            without_it: "",
        },
        Permission {
            action: "get, list secrets",
            why: "finds legacy tokens, certificates, keys and registry credentials; values are fingerprinted and dropped",
            without_it: "legacy tokens and everything stored in Secrets stays unknown",
        },
    ],
    doc: include_str!("doc.md"),
};

/// Objects written for a cluster that were not read from one.
pub const MANIFESTS: ConnectorSpec = ConnectorSpec {
    id: "kubernetes.manifests",
    title: "Kubernetes manifests",
    authoritative: false,
    adds: "What is meant to run in a cluster, before or without access to it.",
    cannot_see: &[
        "Whether the objects exist in any cluster, and everything a cluster adds to them.",
    ],
    obtain: "a folder of manifests, or `helm template`, `kustomize build`",
    permissions: &[],
    ..SPEC
};

const KINDS: &[NodeKind] = &[
    NodeKind::Account,
    NodeKind::Identity,
    NodeKind::Group,
    NodeKind::Role,
    NodeKind::Credential,
    NodeKind::SecretContainer,
    NodeKind::Workload,
    NodeKind::Host,
];

/// Kinds named in the statement about objects that are not read.
const MAX_UNREAD_KINDS: usize = 64;

/// Certificates of TLS Secrets and what serves them, held to be joined at the end.
const MAX_JOINED: usize = 100_000;

/// The format.
#[derive(Debug)]
pub struct KubernetesObjects;

impl Format for KubernetesObjects {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        match &probe.shape {
            Shape::Json { .. } | Shape::Yaml { .. } if is_encryption(probe.head) => Match::Sure,
            Shape::Json { keys } => detect_json(keys),
            Shape::Yaml { keys } => detect_yaml(keys),
            // A key or certificate in a Secret's `stringData` makes the text look like PEM.
            Shape::Pem if looks_like_yaml_object(probe.head) => Match::Sure,
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let (json, list) = match document.probe().shape {
            Shape::Json { keys } => (true, keys.contains("items")),
            _ => (false, false),
        };
        let mut reader = Reader::new(document, cx);
        let result = if json {
            read_json(document, &mut reader, list)
        } else {
            yaml::read(document, &mut reader)
        };
        // What was read before an error is complete in itself, so it is told either way.
        reader.finish(result.is_ok())?;
        result
    }
}

/// How an API server encrypts what it stores: an object without `metadata`.
fn is_encryption(head: &[u8]) -> bool {
    let has = |text: &[u8]| head.windows(text.len()).any(|bytes| bytes == text);
    has(b"EncryptionConfiguration") && has(b"apiserver.config.k8s.io/")
}

/// A kubeconfig is of the same family and another format.
fn is_kubeconfig(keys: &BTreeSet<String>) -> bool {
    keys.contains("clusters") && keys.contains("contexts")
}

fn detect_json(keys: &BTreeSet<String>) -> Match {
    let has = |path: &str| keys.contains(path);
    if is_kubeconfig(keys) {
        return Match::No;
    }
    let object = has("apiVersion") && has("kind") && (has("metadata") || has("items"));
    if object || (has("[].apiVersion") && has("[].kind")) || has("items.[].apiVersion") {
        return Match::Sure;
    }
    // Keys are sorted, so a large `data` pushes `kind` out of what is looked at.
    if has("apiVersion") && (has("data") || has("binaryData")) {
        return Match::Maybe;
    }
    Match::No
}

fn detect_yaml(keys: &BTreeSet<String>) -> Match {
    let has = |key: &str| keys.contains(key);
    if !has("apiVersion") || is_kubeconfig(keys) {
        return Match::No;
    }
    if (has("kind") && has("metadata")) || has("items") {
        return Match::Sure;
    }
    if has("data") || has("binaryData") {
        return Match::Maybe;
    }
    Match::No
}

fn looks_like_yaml_object(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let starts = |key: &str| text.lines().any(|line| line.starts_with(key));
    // `kubectl get -o yaml` writes the kind of a list after its items, far beyond the head.
    starts("apiVersion:") && (starts("items:") || (starts("kind:") && starts("metadata:")))
}

/// `list` is true when the first object is a list, whose items are then read one by one.
fn read_json(
    document: &mut Document<'_>,
    reader: &mut Reader<'_, '_>,
    list: bool,
) -> Result<(), ReadError> {
    if !list {
        return document.json_documents(&mut |element| reader.json(element));
    }
    let mut item_kind = None;
    document.json_elements(&mut |element| match element {
        JsonElement::Value {
            key: "items" | "",
            in_array: true,
            ..
        }
        | JsonElement::Skipped { .. } => reader.json_of_kind(element, item_kind.as_deref()),
        JsonElement::Value {
            key: "kind", bytes, ..
        } => {
            // `kubectl get --raw` leaves the kind out of the items and says it once: `PodList`.
            item_kind = serde_json::from_slice::<String>(bytes)
                .ok()
                .and_then(|kind| kind.strip_suffix("List").map(str::to_owned))
                .filter(|kind| !kind.is_empty());
            Ok(())
        }
        JsonElement::Value {
            key: "apiVersion" | "metadata" | "items" | "",
            ..
        } => Ok(()),
        JsonElement::Value { offset, .. } => reader.gap(
            format!("byte {offset}"),
            "an object beside a list in one file; put each into a file of its own",
        ),
    })
}

/// Reads objects and says what they mean.
struct Reader<'c, 'i> {
    cx: &'c mut ImportContext<'i>,
    cluster: SourceRef,
    manifests: SourceRef,
    names: Names,
    at: TimeUs,
    document: String,
    templates: Templates,
    tls_certificates: BTreeMap<String, NodeRef>,
    serving: Vec<serving::Serving>,
    unused_tokens: token::UnusedTokens,
    unread: BTreeSet<String>,
    helm_releases: u64,
    from_cluster: bool,
    from_manifests: bool,
}

impl<'c, 'i> Reader<'c, 'i> {
    fn new(document: &Document<'_>, cx: &'c mut ImportContext<'i>) -> Self {
        let cluster = cx.source_or_file(&SPEC, "cluster", document);
        let manifests = cx.source_or_file(&MANIFESTS, "cluster", document);
        Self {
            names: Names::new(&cluster.scope),
            at: cx.observed_at(None, document),
            document: document.name().to_owned(),
            cluster,
            manifests,
            cx,
            templates: Templates::default(),
            tls_certificates: BTreeMap::new(),
            serving: Vec::new(),
            unused_tokens: token::UnusedTokens::default(),
            unread: BTreeSet::new(),
            helm_releases: 0,
            from_cluster: false,
            from_manifests: false,
        }
    }

    fn json(&mut self, element: JsonElement<'_>) -> Result<(), ReadError> {
        self.json_of_kind(element, None)
    }

    fn json_of_kind(
        &mut self,
        element: JsonElement<'_>,
        kind: Option<&str>,
    ) -> Result<(), ReadError> {
        match element {
            JsonElement::Value { bytes, offset, .. } => {
                // The error of the library may quote a value, so only its place is told.
                match serde_json::from_slice::<Value>(bytes) {
                    Ok(value) => self.value(&value, kind, &format!("byte {offset}")),
                    Err(error) => {
                        let reason = format!(
                            "not JSON: broken at line {} column {} of the element",
                            error.line(),
                            error.column()
                        );
                        self.gap(format!("byte {offset}"), reason)
                    }
                }
            }
            JsonElement::Skipped { offset, reason, .. } => {
                self.gap(format!("byte {offset}"), reason)
            }
        }
    }

    /// One JSON or YAML value: an object, or a list of some.
    fn value(&mut self, value: &Value, kind: Option<&str>, place: &str) -> Result<(), ReadError> {
        let Some(items) = value.get("items").and_then(Value::as_array) else {
            return self.object(value, kind, place);
        };
        let item_kind = value
            .get("kind")
            .and_then(Value::as_str)
            .and_then(|kind| kind.strip_suffix("List"))
            .filter(|kind| !kind.is_empty());
        for (index, item) in items.iter().enumerate() {
            self.object(item, item_kind, &format!("{place} item {index}"))?;
        }
        Ok(())
    }

    fn object(&mut self, value: &Value, kind: Option<&str>, place: &str) -> Result<(), ReadError> {
        if value.get("kind").and_then(Value::as_str) == Some("EncryptionConfiguration") {
            return self.encryption(value, place);
        }
        let object = match Object::new(value, kind) {
            Ok(object) => object,
            Err(reason) => return self.gap(place, reason),
        };
        if object.in_cluster() {
            self.from_cluster = true;
        } else {
            self.from_manifests = true;
        }
        match object.kind {
            "ServiceAccount" => self.service_account(&object),
            "Namespace" => self.namespace(&object),
            "Node" => self.node(&object),
            "Secret" => self.secret(&object),
            "ConfigMap" => self.config_map(&object),
            "Role" | "ClusterRole" => self.role(&object),
            "RoleBinding" | "ClusterRoleBinding" => self.binding(&object),
            "Pod"
            | "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "Job"
            | "CronJob"
            | "ReplicationController"
            | "PodTemplate" => self.workload(&object),
            "CertificateSigningRequest" => self.signing_request(&object),
            "Certificate" if object.group == "cert-manager.io" => self.managed_certificate(&object),
            "Issuer" | "ClusterIssuer" if object.group == "cert-manager.io" => self.issuer(&object),
            "ExternalSecret" | "ClusterExternalSecret" => self.external_secret(&object),
            "SecretStore" | "ClusterSecretStore" => self.secret_store(&object),
            "Ingress" => self.ingress(&object),
            "Gateway" | "ListenerSet" | "XListenerSet"
                if object.group.starts_with("gateway.networking.") =>
            {
                self.gateway(&object)
            }
            "MutatingWebhookConfiguration"
            | "ValidatingWebhookConfiguration"
            | "APIService"
            | "CustomResourceDefinition" => self.trusting_resource(&object),
            other => {
                if self.unread.len() < MAX_UNREAD_KINDS {
                    self.unread.insert(other.to_owned());
                }
                Ok(())
            }
        }
    }

    /// The source that speaks about an object.
    fn source(&self, object: &Object<'_>) -> SourceRef {
        if object.in_cluster() {
            self.cluster.clone()
        } else {
            self.manifests.clone()
        }
    }

    fn observe(&mut self, object: &Object<'_>, observation: Observation) -> Result<(), ReadError> {
        let source = self.source(object);
        self.cx.observe(&source, observation)
    }

    fn gap(
        &mut self,
        place: impl std::fmt::Display,
        reason: impl Into<String>,
    ) -> Result<(), ReadError> {
        let place = format!("{}:{place}", self.document);
        self.cx.gap(&self.cluster.clone(), place, reason)
    }

    fn not_read(&mut self, reason: String) -> Result<(), ReadError> {
        Ok(self.cx.sink.cover(Coverage::gap(
            &self.cluster,
            CoverageState::NotAttempted,
            self.document.as_str(),
            reason,
        ))?)
    }

    /// Tells what could only be known at the end; only a document read whole says how complete it is.
    fn finish(&mut self, whole: bool) -> Result<(), ReadError> {
        self.tell_templates()?;
        self.tell_serving()?;
        self.tell_unused_tokens()?;
        if self.helm_releases > 0 {
            let count = self.helm_releases;
            self.not_read(format!(
                "{count} Helm release Secrets were not looked into; their values may hold secrets"
            ))?;
        }
        if !self.unread.is_empty() {
            let kinds: Vec<&str> = self.unread.iter().map(String::as_str).collect();
            let reason = format!("objects of these kinds are not read: {}", kinds.join(", "));
            self.not_read(reason)?;
        }
        if self.from_cluster {
            let (source, name) = (self.cluster.clone(), self.cluster.scope.clone());
            let attributes = Attributes::named(name, "k8s_cluster");
            let cluster = Observation::new(self.names.cluster(), self.at, attributes);
            self.cx.observe(&source, cluster)?;
            if whole {
                let document = self.document.clone();
                self.cx.covered(&source, KINDS, "inventory", &document)?;
            }
        }
        if self.from_manifests && whole {
            let (source, document) = (self.manifests.clone(), self.document.clone());
            self.cx.covered(&source, KINDS, "inventory", &document)?;
        }
        Ok(())
    }

    /// An observation of an object with what its metadata says.
    fn about(&self, object: &Object<'_>, node: NodeRef, subtype: &str) -> Observation {
        let mut observation =
            Observation::new(node, self.at, object.attributes(subtype, &self.names));
        if let Some(uid) = object.uid {
            observation = observation.alias(model::Alias::lookup(format!("k8s:uid:{uid}")));
        }
        if object.namespaced() {
            let namespace = self.names.namespace(object.namespace);
            observation = observation.edge(ObservedEdge::from(EdgeKind::Contains, namespace));
        }
        observation
    }
}

#[cfg(test)]
mod tests;
