//! Certificates, keys and secrets as observations: the one way every source says them, so that a
//! certificate in a file, in a key store and on an endpoint is one record with all its places.
//!
//! Nothing here holds a secret value: callers fingerprint it first and pass the fingerprint.

mod application;
mod certificate;
mod key;
mod secret;

use formats::strength::{Strength, Verdict};
use model::{Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};
use serde_json::{Value, json};

pub use application::client_secret;
pub use certificate::{
    IssuerBasis, certificate, certificate_node, certificates, signed_by, trust_store_summary,
};
pub use key::{private_key, public_key, public_key_node, ssh_certificate, ssh_public_key};
pub use secret::{Made, found_in, jwt, secret, unrecognised_secret};

/// A file as a place. `partition` is the host id, or the scope of the import for files inside an
/// imported folder or archive.
pub fn file(partition: &str, path: &str) -> NodeRef {
    NodeRef::within(
        NodeKind::Resource,
        "file",
        partition.to_owned(),
        path.to_owned(),
    )
}

/// Says that a credential lies in a file; `line` counts from 1.
#[must_use]
pub fn stored_in_file(
    observation: Observation,
    file: &NodeRef,
    line: Option<usize>,
) -> Observation {
    let place = file.native_id.clone();
    let mut edge = ObservedEdge::to(EdgeKind::StoredIn, file.clone());
    if let Some(line) = line {
        edge = edge.with("line", line);
    }
    observation.edge(edge).at(place)
}

fn put_strength(attributes: &mut Attributes, strength: &Strength) {
    attributes
        .extra
        .insert("strength".to_owned(), word(&strength.verdict));
    if strength.verdict == Verdict::Weak {
        attributes.extra.insert(
            "weak".to_owned(),
            json!([{ "reason": strength.reason, "source": strength.source }]),
        );
    }
}

fn put(attributes: &mut Attributes, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        attributes.extra.insert(key.to_owned(), value.into());
    }
}

fn put_list(attributes: &mut Attributes, key: &str, values: &[String]) {
    /// Real certificates name one to four URLs.
    const MAX_URLS: usize = 16;
    if !values.is_empty() {
        let kept: Vec<&str> = values.iter().take(MAX_URLS).map(String::as_str).collect();
        attributes.extra.insert(key.to_owned(), kept.into());
    }
}

/// The `snake_case` word of a closed list of `formats`.
fn word(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}
