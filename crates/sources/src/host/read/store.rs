//! Key stores: PKCS#12 and Java's JKS and JCEKS, as far as they show themselves without a password
//! or with one of the well-known default ones.

use formats::jks::{EntryKind, JavaStore};
use formats::pkcs12::{Opened, Store};
use formats::x509::Certificate;
use model::{Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};

use super::out::Builder;
use super::trust;
use crate::material;

/// Says a Java store with what it holds.
pub(super) fn java(builder: &mut Builder<'_>, store: &JavaStore) {
    let kind = match store.kind {
        formats::jks::JksKind::Jks => "jks_store",
        formats::jks::JksKind::Jceks => "jceks_store",
    };
    let all: Vec<Certificate> = store
        .entries
        .iter()
        .flat_map(|entry| entry.chain.clone())
        .collect();
    let has_key = store
        .entries
        .iter()
        .any(|entry| entry.kind != EntryKind::TrustedCertificate);
    problems(builder, &store.problems);
    if trust::is_store(&all, has_key) {
        return trust::store(builder, &all);
    }
    let mut attributes = Attributes::named(builder.facts.path.clone(), kind)
        .with("entries", store.entries.len())
        .with("default_password", store.default_password.is_some());
    let keys: Vec<&str> = store
        .entries
        .iter()
        .filter(|entry| entry.kind != EntryKind::TrustedCertificate)
        .map(|entry| entry.alias.as_str())
        .collect();
    if !keys.is_empty() {
        attributes = attributes.with("keys", keys);
    }
    container(builder, attributes);
    for entry in &store.entries {
        for (at, observation) in material::certificates(&entry.chain, builder.cx.observed)
            .into_iter()
            .enumerate()
        {
            let with_key = at == 0 && entry.kind == EntryKind::PrivateKey;
            stored(builder, observation, Some(&entry.alias), with_key);
        }
    }
}

/// Says a PKCS#12 store with what it holds.
pub(super) fn pkcs12(builder: &mut Builder<'_>, store: &Store) {
    let all: Vec<Certificate> = store
        .certificates
        .iter()
        .map(|one| one.certificate.clone())
        .collect();
    let has_key = !store.keys.is_empty() || !store.secret_keys.is_empty();
    if trust::is_store(&all, has_key) {
        return trust::store(builder, &all);
    }
    let mut attributes = Attributes::named(builder.facts.path.clone(), "pkcs12_store")
        .with(
            "opened",
            serde_json::to_value(store.opened).unwrap_or_default(),
        )
        .with("default_password", store.default_password.is_some())
        .with("ciphers", store.ciphers.clone());
    if let Some(iterations) = store.mac_iterations {
        attributes = attributes.with("mac_iterations", iterations);
    }
    container(builder, attributes);
    match store.opened {
        // Not a failure of the scan: whoever owns the store may look inside.
        Opened::Protected => closed(builder, "what it holds is not readable without it"),
        Opened::Partly => closed(builder, "its keys are not readable without it"),
        Opened::NoPassword | Opened::DefaultPassword => problems(builder, &store.problems),
    }
    let observations = material::certificates(&all, builder.cx.observed);
    for (observation, one) in observations.into_iter().zip(&store.certificates) {
        stored(builder, observation, one.alias.as_deref(), false);
    }
    for one in &store.keys {
        let Some(spki) = &one.key.spki_sha256 else {
            continue;
        };
        // The key's own bytes are not at hand, so it is named by its public half alone.
        let fingerprint = builder.cx.fingerprinter.fingerprint_bytes(spki.as_bytes());
        let mut observation = material::private_key(&one.key, &fingerprint, builder.cx.observed);
        observation.attributes.fingerprint = None;
        observation
            .aliases
            .retain(|alias| alias.text != fingerprint.as_str());
        let observation = builder.used_by_owner(observation);
        stored(builder, observation, one.alias.as_deref(), true);
    }
}

fn closed(builder: &mut Builder<'_>, what: &str) {
    builder.gap_as(
        model::CoverageState::NotAttempted,
        "",
        format!("a key store with a password of its own; {what}"),
    );
}

fn problems(builder: &mut Builder<'_>, problems: &[&'static str]) {
    for problem in problems {
        builder.gap("", *problem);
    }
}

fn node(builder: &Builder<'_>) -> NodeRef {
    NodeRef::within(
        NodeKind::SecretContainer,
        "file",
        builder.cx.partition.to_owned(),
        builder.facts.path.clone(),
    )
}

/// The store itself, as a container of secrets that is a file of the machine.
fn container(builder: &mut Builder<'_>, mut attributes: Attributes) {
    if let Some(mode) = builder.facts.mode {
        attributes = attributes.with("mode", format!("{mode:04o}"));
    }
    if let Some(others) = builder.facts.readable_by_others() {
        attributes = attributes.with("readable_by_others", others);
    }
    attributes.declared_environment = super::out::environment(&builder.cx, builder.facts);
    let mut observation = Observation::new(node(builder), builder.cx.observed, attributes);
    if builder.cx.on_host {
        let host = NodeRef::global(NodeKind::Host, "host", builder.cx.partition.to_owned());
        observation = observation.edge(ObservedEdge::from(EdgeKind::Contains, host));
    }
    builder.push(observation);
}

fn stored(
    builder: &mut Builder<'_>,
    observation: Observation,
    alias: Option<&str>,
    with_key: bool,
) {
    let mut edge = ObservedEdge::to(EdgeKind::StoredIn, node(builder));
    if let Some(alias) = alias {
        edge = edge.with("alias", alias);
    }
    if with_key {
        edge = edge.with("with_private_key", true);
    }
    for (key, value) in builder.stored_edge(None).attributes {
        edge.attributes.insert(key, value);
    }
    builder.push(observation.edge(edge));
}
