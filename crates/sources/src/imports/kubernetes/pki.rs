//! Certificates and what hands them out: signing requests, cert-manager, external secrets,
//! and the trust that webhooks and API services write down.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use formats::{pem, x509};
use model::{Alias, Class, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};
use serde_json::{Value, json};

use super::Reader;
use super::object::{Object, list, text};
use crate::imports::ReadError;
use crate::material;

/// Entries read of one list; real objects hold a few.
const MAX_ENTRIES: usize = 512;

/// Certificates read of one bundle; a bundle of all public roots holds about 150.
const MAX_BUNDLE: usize = 512;

impl Reader<'_, '_> {
    /// An object under its kind and name, in its namespace where it has one.
    pub(super) fn named(&self, kind: NodeKind, object: &Object<'_>) -> NodeRef {
        self.names
            .object(kind, object.kind, object.namespace, object.name)
    }

    /// A request is news only for the certificate that came of it.
    pub(super) fn signing_request(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let Some(encoded) = object
            .text("/status/certificate")
            .filter(|text| !text.is_empty())
        else {
            return Ok(());
        };
        let certificates = match Self::bundle(encoded) {
            Ok(certificates) => certificates,
            Err(reason) => return self.gap(object.place(), reason),
        };
        let signer = object.text("/spec/signerName").unwrap_or_default();
        let Some(leaf) = certificates.first() else {
            return Ok(());
        };
        let mut observation = material::certificate(leaf, self.at);
        observation.attributes = observation
            .attributes
            .with("signer", model::text::label(signer))
            .with("signing_request", model::text::label(object.name));
        if let Some(requestor) = object.text("/spec/username") {
            let user = self.names.user(requestor);
            observation = observation.edge(ObservedEdge::to(EdgeKind::CreatedBy, user));
        }
        // The client signers of the API server make the common name a user of the cluster.
        if signer.starts_with("kubernetes.io/kube-apiserver-client")
            && let Some(name) = &leaf.subject_cn
        {
            let user = self.names.user(name);
            observation = observation.edge(ObservedEdge::to(EdgeKind::Authenticates, user));
        }
        self.observe(object, observation.at(object.place()))
    }

    /// Base64 of PEM, as the API writes certificates.
    fn bundle(encoded: &str) -> Result<Vec<x509::Certificate>, &'static str> {
        let packed: Vec<u8> = encoded
            .bytes()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let bytes = STANDARD
            .decode(packed)
            .map_err(|_| "the certificates are not base64")?;
        let scan = pem::scan(&bytes);
        let certificates: Vec<_> = scan
            .blocks
            .iter()
            .filter(|block| block.is_certificate())
            .take(MAX_BUNDLE)
            .filter_map(|block| x509::parse_der(block.data.expose()).ok())
            .collect();
        if certificates.is_empty() {
            return Err("no certificate can be read in it");
        }
        Ok(certificates)
    }

    /// cert-manager's order for a certificate: it renews what lies in the Secret.
    pub(super) fn managed_certificate(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.named(NodeKind::Workload, object);
        let mut observation = self.about(object, node, "k8s_cert_manager_certificate");
        if let Some(secret) = object.text("/spec/secretName") {
            let secret = self.names.secret(object.namespace, secret);
            observation = observation.edge(ObservedEdge::to(EdgeKind::Rotates, secret));
        }
        observation.attributes.class = Some(Class::Machine);
        keep_all(
            &mut observation,
            object.value,
            &[
                ("/spec/dnsNames", "dns_names"),
                ("/spec/issuerRef", "issuer_ref"),
                ("/spec/duration", "duration"),
                ("/spec/renewBefore", "renew_before"),
                ("/status/notAfter", "not_after"),
                ("/status/renewalTime", "renewal_time"),
                ("/status/conditions", "conditions"),
            ],
        );
        self.observe(object, observation)
    }

    pub(super) fn issuer(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.named(NodeKind::FederationProvider, object);
        let mut observation = self.about(object, node, "k8s_cert_manager_issuer");
        let forms: Vec<&str> = object
            .map("/spec")
            .map(|(key, _)| key)
            .filter(|key| matches!(*key, "acme" | "ca" | "vault" | "selfSigned" | "venafi"))
            .collect();
        observation.attributes = observation.attributes.with("forms", forms);
        keep_all(
            &mut observation,
            object.value,
            &[
                ("/spec/acme/server", "acme_server"),
                ("/spec/acme/email", "acme_email"),
                ("/spec/acme/privateKeySecretRef/name", "account_key_secret"),
                ("/spec/ca/secretName", "ca_secret"),
                ("/spec/vault/server", "vault_server"),
                ("/spec/vault/path", "vault_path"),
            ],
        );
        self.observe(object, observation)
    }

    /// An order to copy secrets from a store outside: it rotates the Secret it writes.
    pub(super) fn external_secret(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.named(NodeKind::Workload, object);
        let mut observation = self.about(object, node, &super::collapse::subtype(object.kind));
        let target = object.text("/spec/target/name").unwrap_or(object.name);
        if object.namespaced() {
            let secret = self.names.secret(object.namespace, target);
            observation = observation.edge(ObservedEdge::to(EdgeKind::Rotates, secret));
        }
        let remote: Vec<Value> = list(object.value, "/spec/data")
            .iter()
            .map(|entry| (entry, "/remoteRef/key"))
            .chain(
                list(object.value, "/spec/dataFrom")
                    .iter()
                    .map(|entry| (entry, "/extract/key")),
            )
            .filter_map(|(entry, pointer)| text(entry, pointer))
            .take(MAX_ENTRIES)
            .map(|key| json!(model::text::label(key)))
            .collect();
        observation.attributes = observation.attributes.with("remote_keys", remote);
        keep_all(
            &mut observation,
            object.value,
            &[
                ("/spec/secretStoreRef", "store"),
                ("/spec/refreshInterval", "refresh_interval"),
                ("/status/refreshTime", "refreshed"),
            ],
        );
        self.observe(object, observation)
    }

    /// A store outside, and how the cluster signs in to it.
    pub(super) fn secret_store(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let node = self.named(NodeKind::Workload, object);
        let mut observation = self.about(object, node, &super::collapse::subtype(object.kind));
        let provider = object.map("/spec/provider").next();
        if let Some((name, settings)) = provider {
            observation.attributes = observation
                .attributes
                .with("provider", model::text::label(name));
            keep_all(
                &mut observation,
                settings,
                &[
                    ("/server", "server"),
                    ("/region", "region"),
                    ("/vaultUrl", "vault_url"),
                    ("/projectID", "project"),
                    ("/path", "path"),
                ],
            );
            let mut accounts = Vec::new();
            let mut secrets = Vec::new();
            references(settings, 0, &mut accounts, &mut secrets);
            for (namespace, account) in accounts {
                let namespace = namespace.unwrap_or(object.namespace);
                let account = self.names.service_account(namespace, account);
                observation = observation.edge(ObservedEdge::to(EdgeKind::RunsAs, account));
            }
            for (namespace, secret) in secrets {
                let secret = self
                    .names
                    .secret(namespace.unwrap_or(object.namespace), secret);
                observation = observation.edge(
                    ObservedEdge::from(EdgeKind::UsedBy, secret).with("basis", "store_sign_in"),
                );
            }
        }
        self.observe(object, observation)
    }

    /// Webhooks and API services: the certificates by which the API server knows them.
    pub(super) fn trusting_resource(&mut self, object: &Object<'_>) -> Result<(), ReadError> {
        let clients: Vec<&Value> = match object.kind {
            "APIService" => object.value.pointer("/spec").into_iter().collect(),
            "CustomResourceDefinition" => object
                .value
                .pointer("/spec/conversion/webhook/clientConfig")
                .into_iter()
                .collect(),
            _ => list(object.value, "/webhooks")
                .iter()
                .filter_map(|hook| hook.get("clientConfig"))
                .take(MAX_ENTRIES)
                .collect(),
        };
        let services: Vec<String> = clients
            .iter()
            .filter_map(|client| match text(client, "/url") {
                Some(url) => Some(model::text::label(url)),
                None => Some(format!(
                    "{}/{}",
                    text(client, "/service/namespace")?,
                    text(client, "/service/name")?
                )),
            })
            .collect();
        // Built-in API services and definitions without a webhook call nobody.
        if services.is_empty() {
            return Ok(());
        }
        let node = self.named(NodeKind::Resource, object);
        let mut observation = self.about(object, node, &super::collapse::subtype(object.kind));
        observation.attributes = observation.attributes.with("calls", services);
        if object.value.pointer("/spec/insecureSkipTLSVerify") == Some(&Value::Bool(true)) {
            observation.attributes = observation
                .attributes
                .with("insecure_skip_tls_verify", true);
        }
        let mut trusted: Vec<NodeRef> = Vec::new();
        for encoded in clients
            .iter()
            .filter_map(|client| text(client, "/caBundle"))
            .filter(|text| !text.is_empty())
        {
            match Self::bundle(encoded) {
                Ok(certificates) => {
                    for certificate in material::certificates(&certificates, self.at) {
                        let node = certificate.node.clone();
                        if !trusted.contains(&node) {
                            trusted.push(node);
                            self.observe(object, certificate.at(object.place()))?;
                        }
                    }
                }
                Err(reason) => self.gap(format!("{} caBundle", object.place()), reason)?,
            }
        }
        for certificate in trusted {
            observation = observation.edge(ObservedEdge::to(EdgeKind::Trusts, certificate));
        }
        observation = observation.alias(Alias::lookup(format!("k8s:{}", object.name)));
        self.observe(object, observation)
    }
}

/// Copies values of bounded size into the provider's own words.
fn keep_all(observation: &mut Observation, value: &Value, pairs: &[(&str, &str)]) {
    for (pointer, key) in pairs {
        keep(observation, value, pointer, key);
    }
}

pub(super) fn keep(observation: &mut Observation, value: &Value, pointer: &str, key: &str) {
    const MAX_BYTES: usize = 16 << 10;
    if let Some(found) = value.pointer(pointer)
        && found.to_string().len() <= MAX_BYTES
    {
        observation
            .attributes
            .extra
            .insert(key.to_owned(), found.clone());
    }
}

type Reference<'a> = (Option<&'a str>, &'a str);

/// Finds the service accounts and Secrets named anywhere in a store's settings; each provider
/// nests them in its own way.
fn references<'a>(
    value: &'a Value,
    depth: usize,
    accounts: &mut Vec<Reference<'a>>,
    secrets: &mut Vec<Reference<'a>>,
) {
    const MAX_DEPTH: usize = 8;
    let Some(map) = value.as_object().filter(|_| depth < MAX_DEPTH) else {
        return;
    };
    for (key, inner) in map.iter().take(MAX_ENTRIES) {
        let key = key.to_lowercase();
        match text(inner, "/name") {
            Some(name) if key == "serviceaccountref" => {
                accounts.push((text(inner, "/namespace"), name));
            }
            Some(name)
                if key.ends_with("secretref")
                    || key.ends_with("tokensecretref")
                    || key.contains("accesskey")
                    || key == "clientid"
                    || key == "clientsecret" =>
            {
                secrets.push((text(inner, "/namespace"), name));
            }
            _ => references(inner, depth + 1, accounts, secrets),
        }
    }
}
