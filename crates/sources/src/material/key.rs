//! Private and public keys, and SSH certificates.

use formats::private_key::{KeyForm, PrivateKey};
use formats::public_key::{KeyAlgorithm, PublicKey};
use formats::ssh::{CertificateKind, SshCertificate, SshKey};
use model::{
    Alias, Attributes, EdgeKind, Fingerprint, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs,
};
use serde_json::Value;

use super::{put, put_strength, word};

/// A private key in any file format. `fingerprint` is of the bytes of its block (PEM label line to
/// label line, or the whole binary file), so that a pasted key is found again.
pub fn private_key(key: &PrivateKey, fingerprint: &Fingerprint, observed: TimeUs) -> Observation {
    let subtype = match key.form {
        KeyForm::Openssh | KeyForm::Putty2 | KeyForm::Putty3 => "ssh_private_key",
        _ => "private_key",
    };
    let name = key
        .comment
        .clone()
        .or_else(|| key.ssh_fingerprint.clone())
        .unwrap_or_else(|| subtype.replace('_', " "));
    let mut attributes = Attributes {
        fingerprint: Some(fingerprint.clone()),
        ..Attributes::named(name, subtype)
    }
    .with("form", word(&key.form))
    .with("has_private_part", true)
    .with("encrypted", key.encrypted);
    put(
        &mut attributes,
        "key_algorithm",
        key.algorithm.map(KeyAlgorithm::name),
    );
    put(&mut attributes, "bits", key.bits);
    put(&mut attributes, "curve", key.curve);
    put(&mut attributes, "cipher", key.cipher.as_deref());
    put(&mut attributes, "kdf", key.kdf.as_deref());
    put(&mut attributes, "kdf_rounds", key.kdf_rounds);
    put(
        &mut attributes,
        "public_half_missing",
        key.public_half_missing,
    );
    put(&mut attributes, "comment", key.comment.as_deref());
    if !key.notes.is_empty() {
        attributes = attributes.with("notes", key.notes.clone());
    }
    put_strength(&mut attributes, &key.strength);
    let node = match &key.spki_sha256 {
        Some(spki) => NodeRef::key_material(spki),
        None => NodeRef::secret(fingerprint),
    };
    let observation =
        Observation::new(node, observed, attributes).alias(Alias::lookup(fingerprint.as_str()));
    with_key_aliases(
        observation,
        key.spki_sha256.as_deref(),
        key.ssh_fingerprint.as_deref(),
    )
}

/// The public half of an SSH key: the same node as its private key wherever that lies.
pub fn ssh_public_key(key: &SshKey, observed: TimeUs) -> Observation {
    let public = &key.key;
    let name = key
        .comment
        .clone()
        .or_else(|| public.ssh_fingerprint.clone())
        .unwrap_or_else(|| key.key_type.clone());
    let mut attributes =
        Attributes::named(name, "ssh_public_key").with("key_type", key.key_type.as_str());
    put_public_key(&mut attributes, public);
    put(&mut attributes, "comment", key.comment.as_deref());
    let observation = Observation::new(public_key_node(public), observed, attributes);
    with_key_aliases(
        observation,
        public.spki_sha256.as_deref(),
        public.ssh_fingerprint.as_deref(),
    )
}

/// A bare public key (`PUBLIC KEY` in PEM).
pub fn public_key(key: &PublicKey, observed: TimeUs) -> Observation {
    let name = key
        .ssh_fingerprint
        .clone()
        .unwrap_or_else(|| key.algorithm.name().to_owned());
    let mut attributes = Attributes::named(name, "public_key");
    put_public_key(&mut attributes, key);
    let observation = Observation::new(public_key_node(key), observed, attributes);
    with_key_aliases(
        observation,
        key.spki_sha256.as_deref(),
        key.ssh_fingerprint.as_deref(),
    )
}

/// The name every source gives this key; security keys (`sk-…`) have no SPKI form and go by their
/// SSH fingerprint.
pub fn public_key_node(key: &PublicKey) -> NodeRef {
    match (&key.spki_sha256, &key.ssh_fingerprint) {
        (Some(spki), _) => NodeRef::key_material(spki),
        (None, Some(print)) => NodeRef::global(NodeKind::Credential, "key", format!("ssh:{print}")),
        (None, None) => NodeRef::global(
            NodeKind::Credential,
            "key",
            format!("unnamed:{}", key.algorithm_name),
        ),
    }
}

/// An SSH certificate. `blob_sha256` is the hex SHA-256 of the base64 field's bytes.
pub fn ssh_certificate(
    certificate: &SshCertificate,
    key: &PublicKey,
    blob_sha256: &str,
    observed: TimeUs,
) -> Observation {
    let kind = match certificate.kind {
        CertificateKind::User => "user",
        CertificateKind::Host => "host",
    };
    let name = if certificate.key_id.is_empty() {
        format!("ssh {kind} certificate {}", certificate.serial)
    } else {
        certificate.key_id.clone()
    };
    let mut attributes = Attributes {
        created: Some(certificate.valid_after.clone()),
        expires: Some(certificate.valid_before.clone()),
        ..Attributes::named(name, "ssh_certificate")
    }
    .with("certificate_kind", kind)
    .with("serial", certificate.serial.to_string())
    .with("key_id", certificate.key_id.as_str())
    .with("principals", certificate.principals.clone())
    .with("any_principal", certificate.principals.is_empty())
    .with("extensions", certificate.extensions.clone())
    .with("ca_fingerprint", certificate.ca_fingerprint.as_str());
    if !certificate.critical_options.is_empty() {
        let options: serde_json::Map<String, Value> = certificate
            .critical_options
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect();
        attributes = attributes.with("critical_options", options);
    }
    put_public_key(&mut attributes, key);
    let node = NodeRef::global(
        NodeKind::Credential,
        "ssh",
        format!("sshcert:{blob_sha256}"),
    );
    let ca = match &certificate.ca_spki_sha256 {
        Some(spki) => NodeRef::key_material(spki),
        None => NodeRef::global(
            NodeKind::Credential,
            "key",
            format!("ssh:{}", certificate.ca_fingerprint),
        ),
    };
    let observation = Observation::new(node, observed, attributes)
        .edge(ObservedEdge::to(EdgeKind::SignedBy, ca).with("basis", "named_in_certificate"));
    with_key_aliases(
        observation,
        key.spki_sha256.as_deref(),
        certificate.key_fingerprint.as_deref(),
    )
}

fn put_public_key(attributes: &mut Attributes, key: &PublicKey) {
    put(attributes, "key_algorithm", Some(key.algorithm.name()));
    put(attributes, "bits", key.bits);
    put(attributes, "curve", key.curve);
    put_strength(attributes, &key.strength);
}

fn with_key_aliases(
    mut observation: Observation,
    spki_sha256: Option<&str>,
    ssh_fingerprint: Option<&str>,
) -> Observation {
    if let Some(spki) = spki_sha256 {
        observation = observation.alias(Alias::lookup(format!("spki:sha256:{spki}")));
    }
    if let Some(print) = ssh_fingerprint {
        observation = observation.alias(Alias::lookup(format!("ssh:{print}")));
    }
    observation
}
