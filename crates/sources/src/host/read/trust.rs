//! Trust stores: public roots are counted, not listed; what was added locally is listed.

use std::collections::BTreeSet;

use formats::x509::Certificate;
use model::{EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge};
use sha2::{Digest as _, Sha256};

use super::out::Builder;
use crate::material;

/// From how many authorities on a file is a trust store and not somebody's chain. The smallest
/// public bundle has more than a hundred, the longest chains have six.
const MIN_ROOTS: usize = 20;

/// Places where a person or company adds roots of their own; these are listed one by one.
const LOCAL: &[&str] = &[
    "/usr/local/share/ca-certificates/",
    "/etc/pki/ca-trust/source/anchors/",
    "/etc/ca-certificates/trust-source/anchors/",
    "/etc/pki/trust/anchors/",
    "/etc/docker/certs.d/",
];

/// True for a path at which roots are added locally.
pub fn is_local_anchor(path: &str) -> bool {
    LOCAL.iter().any(|place| path.starts_with(place))
}

/// True when certificates that lie together are a store of public roots.
pub(super) fn is_store(certificates: &[Certificate], has_private_key: bool) -> bool {
    if has_private_key || certificates.len() < MIN_ROOTS {
        return false;
    }
    let roots = certificates
        .iter()
        .filter(|one| one.is_ca || one.self_signed)
        .count();
    roots * 10 >= certificates.len() * 9
}

/// Says a trust store as one thing with its counts and a digest over its certificates.
pub(super) fn store(builder: &mut Builder<'_>, certificates: &[Certificate]) {
    let sha256: BTreeSet<String> = certificates.iter().map(|one| one.sha256.clone()).collect();
    builder.out.trust_roots += certificates.len() as u64;
    let observation = summary(
        builder.cx.partition,
        &builder.facts.path,
        certificates,
        &sha256,
        builder.cx.now,
        builder.cx.observed,
    );
    builder.out.trust_root_sha256.extend(sha256);
    builder.push(observation);
}

/// The observation of a trust store at a path: a file, or a directory of files.
pub fn summary(
    partition: &str,
    path: &str,
    certificates: &[Certificate],
    sha256: &BTreeSet<String>,
    now: model::TimeUs,
    observed: model::TimeUs,
) -> Observation {
    let node = NodeRef::within(
        NodeKind::SecretContainer,
        "file",
        partition.to_owned(),
        path.to_owned(),
    );
    let mut digest = Sha256::new();
    for one in sha256 {
        digest.update(one.as_bytes());
        digest.update(b"\n");
    }
    let mut observation = material::trust_store_summary(node, path, certificates, now, observed);
    observation.attributes.extra.insert(
        "certificates_sha256".into(),
        hex::encode(digest.finalize()).into(),
    );
    observation
}

/// A root that was added locally: this machine trusts whatever it signs.
pub fn anchored(builder: &Builder<'_>, mut observation: Observation) -> Observation {
    observation
        .attributes
        .extra
        .insert("local_trust_anchor".into(), true.into());
    if !builder.cx.on_host {
        return observation;
    }
    let host = NodeRef::global(NodeKind::Host, "host", builder.cx.partition.to_owned());
    observation.edge(ObservedEdge::from(EdgeKind::Trusts, host).with("basis", "local_trust_anchor"))
}
