//! What an endpoint showed, as observations.

use model::{Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs};
use serde_json::{Value, json};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use super::chain::{Chain, Trust};
use super::probe::Served;
use super::target::Endpoint;
use crate::material::{self, IssuerBasis};

/// The node of an endpoint: `host:port`, as every source names it.
pub fn endpoint_node(name: &str) -> NodeRef {
    NodeRef::global(NodeKind::Resource, "endpoint", name)
}

/// The endpoint and each certificate it served, once.
pub(super) fn observations(
    endpoint: &Endpoint,
    served: &Served,
    chain: &Chain,
    now: TimeUs,
) -> Vec<Observation> {
    let name = endpoint.name();
    let mut all = vec![endpoint_observation(endpoint, served, chain, now)];
    let mut said = std::collections::BTreeSet::new();
    for (position, certificate) in chain.served.iter().enumerate() {
        let Some(certificate) = certificate else {
            continue;
        };
        if !said.insert(certificate.sha256.as_str()) {
            continue;
        }
        let mut observation = material::certificate(certificate, now).at(name.as_str());
        if let Some(edge) = issuer_edge(position, chain) {
            observation = observation.edge(edge);
        }
        all.push(observation);
    }
    all
}

/// The edge to the issuer of the certificate at this position of the chain as served.
fn issuer_edge(position: usize, chain: &Chain) -> Option<ObservedEdge> {
    let step = chain.path.iter().position(|at| *at == position)?;
    let basis = |verified: bool| {
        if verified {
            IssuerBasis::Signature
        } else {
            IssuerBasis::Name
        }
    };
    match chain.path.get(step + 1) {
        Some(issuer) => {
            let issuer = chain.served.get(*issuer)?.as_ref()?;
            let verified = chain.verified.get(step).copied().unwrap_or_default();
            Some(material::signed_by(issuer, basis(verified)))
        }
        None => {
            let verified = matches!(chain.trust, Trust::Trusted { verified: true, .. });
            Some(material::signed_by(chain.anchor.as_ref()?, basis(verified)))
        }
    }
}

fn endpoint_observation(
    endpoint: &Endpoint,
    served: &Served,
    chain: &Chain,
    now: TimeUs,
) -> Observation {
    let name = endpoint.name();
    let mut attributes = Attributes::named(name.as_str(), "tls_endpoint")
        .with("host", endpoint.host.as_str())
        .with("port", endpoint.port)
        .with("address", served.address.ip().to_string())
        .with("protocol", endpoint.protocol.name())
        .with("client_certificate", word(&served.client_certificate))
        .with("ocsp_stapled", served.seen.ocsp_stapled)
        .with("trust", word(&chain.trust))
        .with("chain_faults", word(&chain.faults))
        .with(
            "served_chain",
            chain
                .served
                .iter()
                .map(|one| {
                    one.as_ref().map_or(Value::Null, |one| {
                        json!(format!("x509:sha256:{}", one.sha256))
                    })
                })
                .collect::<Vec<_>>(),
        );
    let extra = &mut attributes.extra;
    let mut put = |key: &str, value: Option<&String>| {
        if let Some(value) = value {
            extra.insert(key.to_owned(), json!(value));
        }
    };
    put("tls_version", served.version.as_ref());
    put("cipher_suite", served.cipher_suite.as_ref());
    put("handshake_unfinished", served.unfinished.as_ref());
    match &served.seen.possession {
        Some(Ok(())) => attributes = attributes.with("key_possession", "proven"),
        Some(Err(why)) => {
            attributes = attributes
                .with("key_possession", "not_checked")
                .with("key_possession_reason", why.as_str());
        }
        None => {}
    }
    if served.seen.chain_cut > 0 {
        attributes = attributes.with("chain_certificates_dropped", served.seen.chain_cut);
    }
    if let Some(names) = &served.seen.client_authorities {
        attributes = attributes.with(
            "client_certificate_authorities",
            names.iter().map(|der| name_text(der)).collect::<Vec<_>>(),
        );
    }
    let observation = Observation::new(endpoint_node(&name), now, attributes).at(name.as_str());
    match chain.leaf() {
        Some(leaf) => observation.edge(
            ObservedEdge::to(EdgeKind::Presents, material::certificate_node(leaf))
                .with("protocol", endpoint.protocol.name()),
        ),
        None => observation,
    }
}

/// A distinguished name as text; bytes that are none stay visible as hex.
fn name_text(der: &[u8]) -> String {
    match X509Name::from_der(der) {
        Ok((_, name)) => model::text::label(&name.to_string()),
        Err(_) => model::text::bounded(&format!("hex:{}", hex::encode(der)), 128),
    }
}

fn word(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
