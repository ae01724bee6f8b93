//! What serves TLS at the edge of a cluster, tied to the certificates of the Secrets it names:
//! Ingress and the Gateway API.

use model::{Attributes, EdgeKind, NodeKind, Observation, ObservedEdge};
use serde_json::{Value, json};

use super::Reader;
use super::object::{Object, list, text};
use super::pki::keep;
use crate::imports::ReadError;
use crate::tls::endpoint_node;

/// Entries read of one list; the Gateway API allows 64 listeners, real ingresses hold a few.
const MAX_ENTRIES: usize = 512;

/// What serves, until the certificates of its Secrets are known.
pub(super) struct Serving {
    observation: Observation,
    in_cluster: bool,
    served: Vec<Served>,
}

/// A Secret that is served.
struct Served {
    /// The native id of the Secret.
    secret: String,
    hosts: Vec<String>,
    /// Where the object itself says on which port.
    port: Option<u64>,
}

impl Reader<'_, '_> {
    pub(super) fn ingress(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.named(NodeKind::Resource, object);
        let mut observation = self.about(object, node, "k8s_ingress");
        let mut served = Vec::new();
        let mut names = Vec::new();
        for entry in list(object.value, "/spec/tls").iter().take(MAX_ENTRIES) {
            if let Some(name) = text(entry, "/secretName") {
                names.push(name);
                served.push(Served {
                    secret: self.names.secret(object.namespace, name).native_id,
                    hosts: labels(list(entry, "/hosts").iter().filter_map(Value::as_str)),
                    port: None,
                });
            }
        }
        let rules = list(object.value, "/spec/rules").iter();
        let hosts = labels(rules.filter_map(|rule| text(rule, "/host")));
        observation.attributes = observation
            .attributes
            .with("hosts", hosts)
            .with("tls_secrets", names);
        keep(
            &mut observation,
            object.value,
            "/spec/ingressClassName",
            "class",
        );
        self.hold(object, observation, served)
    }

    /// A Gateway or a set of listeners that is attached to one.
    pub(super) fn gateway(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.named(NodeKind::Resource, object);
        let subtype = super::collapse::subtype(object.kind);
        let mut observation = self.about(object, node, &subtype);
        let mut served = Vec::new();
        let mut shown = Vec::new();
        for listener in list(object.value, "/spec/listeners")
            .iter()
            .take(MAX_ENTRIES)
        {
            let port = listener.get("port").and_then(Value::as_u64);
            let host = text(listener, "/hostname").map(model::text::label);
            let mode = text(listener, "/tls/mode").unwrap_or("Terminate");
            let secrets: Vec<String> = list(listener, "/tls/certificateRefs")
                .iter()
                .take(MAX_ENTRIES)
                // A reference names a Secret unless it says otherwise.
                .filter(|reference| {
                    text(reference, "/kind").is_none_or(|kind| kind == "Secret")
                        && text(reference, "/group").unwrap_or_default().is_empty()
                })
                .filter_map(|reference| {
                    let namespace = text(reference, "/namespace").unwrap_or(object.namespace);
                    Some(
                        self.names
                            .secret(namespace, text(reference, "/name")?)
                            .native_id,
                    )
                })
                .collect();
            shown.push(json!({
                "name": text(listener, "/name").map(model::text::label),
                "protocol": text(listener, "/protocol").map(model::text::label),
                "host": host.clone(),
                "port": port,
                "tls_mode": listener.get("tls").map(|_| model::text::label(mode)),
                "tls_secrets": secrets.clone(),
            }));
            served.extend(secrets.into_iter().map(|secret| Served {
                secret,
                hosts: host.iter().cloned().collect(),
                port,
            }));
        }
        observation.attributes = observation.attributes.with("listeners", shown);
        for (pointer, key) in [
            ("/spec/gatewayClassName", "class"),
            ("/spec/parentRef", "parent"),
            ("/status/addresses", "addresses"),
        ] {
            keep(&mut observation, object.value, pointer, key);
        }
        self.hold(object, observation, served)
    }

    /// Kept until the end, because the certificates may come after it.
    fn hold(
        &mut self,
        object: &Object<'_>,
        observation: Observation,
        served: Vec<Served>,
    ) -> Result<(), ReadError> {
        if self.serving.len() >= super::MAX_JOINED {
            self.tell_serving()?;
        }
        self.serving.push(Serving {
            observation,
            in_cluster: object.in_cluster(),
            served,
        });
        Ok(())
    }

    pub(super) fn tell_serving(&mut self) -> Result<(), ReadError> {
        for serving in std::mem::take(&mut self.serving) {
            let mut observation = serving.observation;
            let mut endpoints = Vec::new();
            for served in serving.served {
                let Some(certificate) = self.tls_certificates.get(&served.secret) else {
                    continue;
                };
                let edge = ObservedEdge::to(EdgeKind::Presents, certificate.clone())
                    .with("secret", served.secret.as_str());
                if let Some(port) = served.port {
                    let named = served.hosts.iter().filter(|host| !host.starts_with('*'));
                    endpoints.extend(named.map(|host| (format!("{host}:{port}"), edge.clone())));
                }
                observation.edges.push(edge.with("hosts", served.hosts));
            }
            let source = if serving.in_cluster {
                self.cluster.clone()
            } else {
                self.manifests.clone()
            };
            for (name, edge) in endpoints {
                let manager = observation.node.clone();
                let attributes = Attributes::named(name.as_str(), "tls_endpoint");
                let endpoint = Observation::new(endpoint_node(&name), self.at, attributes)
                    .edge(edge)
                    .edge(ObservedEdge::to(EdgeKind::ManagedBy, manager));
                self.cx.observe(&source, endpoint)?;
            }
            self.cx.observe(&source, observation)?;
        }
        Ok(())
    }
}

fn labels<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<String> {
    texts.take(MAX_ENTRIES).map(model::text::label).collect()
}
