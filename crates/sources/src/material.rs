//! Certificates, keys and secrets as observations: the one way every source says them, so that a
//! certificate in a file, in a key store and on an endpoint is one record with all its places.
//!
//! Nothing here holds a secret value: callers fingerprint it first and pass the fingerprint.

use formats::private_key::{KeyForm, PrivateKey};
use formats::public_key::PublicKey;
use formats::ssh::{CertificateKind, SshCertificate, SshKey};
use formats::strength::{Strength, Verdict};
use formats::x509::{Certificate, San};
use model::{
    Alias, Attributes, EdgeKind, Fact, Fingerprint, NodeKind, NodeRef, Observation, ObservedEdge,
    TimeUs,
};
use serde_json::{Value, json};

/// The most names of one certificate kept in its attributes; the count of all stands beside them.
const MAX_SANS: usize = 256;
/// The most DNS names of one certificate by which it can be found.
const MAX_NAME_ALIASES: usize = 64;

/// A certificate with everything it says. Its `signed_by` edge is for whoever knows the issuer's
/// certificate: see [`certificates`] and [`signed_by`].
pub fn certificate(certificate: &Certificate, observed: TimeUs) -> Observation {
    let mut attributes = Attributes {
        created: Some(Fact::known(certificate.not_before)),
        expires: Some(expiry(certificate.not_after)),
        ..Attributes::named(certificate_name(certificate), "x509_certificate")
    }
    .with("subject", certificate.subject.as_str())
    .with("issuer", certificate.issuer.as_str())
    .with("serial", certificate.serial.as_str())
    .with("sans", sans(certificate))
    .with("key_algorithm", certificate.key_algorithm.name())
    .with(
        "signature_algorithm",
        certificate.signature_algorithm.as_str(),
    )
    .with("is_ca", certificate.is_ca)
    .with("self_signed", certificate.self_signed)
    .with("ekus", certificate.ekus.clone())
    .with("key_usage", certificate.key_usage.clone())
    .with("purpose", purposes(certificate))
    .with("spki_sha256", certificate.spki_sha256.as_str());
    if certificate.sans.len() > MAX_SANS {
        attributes = attributes.with("sans_total", certificate.sans.len());
    }
    put(&mut attributes, "bits", certificate.key_bits);
    put(&mut attributes, "curve", certificate.key_curve);
    put(&mut attributes, "path_len", certificate.path_len);
    put(
        &mut attributes,
        "spiffe_id",
        certificate.spiffe_id.as_deref(),
    );
    put_list(&mut attributes, "crl_urls", &certificate.crl_urls);
    put_list(&mut attributes, "ocsp_urls", &certificate.ocsp_urls);
    put_list(&mut attributes, "issuer_urls", &certificate.issuer_urls);
    if !certificate.problems.is_empty() {
        attributes = attributes.with("problems", certificate.problems.clone());
    }
    put_strength(&mut attributes, &certificate.strength);

    let mut observation =
        Observation::new(certificate_node(certificate), observed, attributes)
            .alias(Alias::lookup(format!("sha256:{}", certificate.sha256)))
            .alias(Alias::lookup(format!("sha1:{}", certificate.sha1)))
            .alias(Alias::lookup(format!("serial:{}", certificate.serial)));
    if !certificate.spki_sha256.is_empty() {
        observation = observation.alias(Alias::lookup(format!(
            "spki:sha256:{}",
            certificate.spki_sha256
        )));
    }
    for san in certificate.sans.iter().take(MAX_NAME_ALIASES) {
        if let San::Dns(name) = san {
            observation =
                observation.alias(Alias::lookup(format!("dns:{}", name.to_lowercase())));
        }
    }
    if let Some(id) = &certificate.spiffe_id {
        observation = observation.alias(Alias::lookup(id.as_str()));
    }
    observation
}

/// The name every source gives this certificate.
pub fn certificate_node(certificate: &Certificate) -> NodeRef {
    NodeRef::certificate(&certificate.sha256)
}

/// Certificates that lie together (a bundle, a key store, a chain), each joined to its issuer
/// where the issuer is among them.
pub fn certificates(together: &[Certificate], observed: TimeUs) -> Vec<Observation> {
    together
        .iter()
        .map(|one| {
            let observation = certificate(one, observed);
            match issuer_among(one, together) {
                Some((issuer, basis)) => observation.edge(signed_by(issuer, basis)),
                None => observation,
            }
        })
        .collect()
}

/// How an issuer was told; stands on the edge as `basis`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerBasis {
    /// The issuer's key verifies the signature.
    Signature,
    /// Name and key identifier agree.
    KeyIdentifier,
    /// The name agrees and no other certificate at hand has it.
    Name,
}

impl IssuerBasis {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::KeyIdentifier => "key_identifier",
            Self::Name => "name",
        }
    }
}

/// The edge from a certificate to the certificate of its issuer.
pub fn signed_by(issuer: &Certificate, basis: IssuerBasis) -> ObservedEdge {
    ObservedEdge::to(EdgeKind::SignedBy, certificate_node(issuer)).with("basis", basis.name())
}

/// Finds the issuer's certificate by name and key identifier; by name alone only when no other
/// certificate has that name. A self-signed certificate has no other issuer.
fn issuer_among<'a>(
    child: &Certificate,
    candidates: &'a [Certificate],
) -> Option<(&'a Certificate, IssuerBasis)> {
    if child.self_signed {
        return None;
    }
    let agree = |one: &Certificate| match (&child.aki, &one.ski) {
        (Some(aki), Some(ski)) => aki == ski,
        _ => true,
    };
    let mut named = candidates.iter().filter(|one| {
        one.subject == child.issuer && one.sha256 != child.sha256 && agree(one)
    });
    let first = named.next()?;
    if child.aki.is_some() && first.ski == child.aki {
        return Some((first, IssuerBasis::KeyIdentifier));
    }
    named
        .all(|other| other.sha256 == first.sha256)
        .then_some((first, IssuerBasis::Name))
}

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
        key.algorithm.map(formats::public_key::KeyAlgorithm::name),
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
    let observation = Observation::new(node, observed, attributes)
        .alias(Alias::lookup(fingerprint.as_str()));
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
        (None, Some(print)) => {
            NodeRef::global(NodeKind::Credential, "key", format!("ssh:{print}"))
        }
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

/// A trust store: its certificates are counted, not turned into one record each, because the
/// public roots of an operating system are nobody's machine identity.
pub fn trust_store_summary(
    store: NodeRef,
    name: &str,
    certificates: &[Certificate],
    now: TimeUs,
    observed: TimeUs,
) -> Observation {
    let count = |fits: &dyn Fn(&Certificate) -> bool| certificates.iter().filter(|one| fits(one)).count();
    let next = certificates
        .iter()
        .map(|one| one.not_after)
        .filter(|end| *end > now)
        .min();
    let mut attributes = Attributes::named(name, "trust_store")
        .with("certificates", certificates.len())
        .with("expired", count(&|one| one.not_after <= now))
        .with("not_ca", count(&|one| !one.is_ca))
        .with(
            "weak",
            count(&|one| one.strength.verdict == Verdict::Weak),
        );
    put(
        &mut attributes,
        "next_expiry",
        next.map(|end| end.to_string()),
    );
    Observation::new(store, observed, attributes)
}

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
pub fn stored_in_file(observation: Observation, file: &NodeRef, line: Option<usize>) -> Observation {
    let mut edge = ObservedEdge::to(EdgeKind::StoredIn, file.clone());
    let mut place = file.native_id.clone();
    if let Some(line) = line {
        edge = edge.with("line", line);
        place = format!("{place}:line {line}");
    }
    observation.edge(edge).at(place)
}

/// The end of validity. RFC 5280 4.1.2.5 writes "no well-defined expiration" as the last second of
/// the year 9999, which our calendar holds one day short of.
fn expiry(not_after: TimeUs) -> Fact<TimeUs> {
    const YEAR_9999_S: i64 = 253_370_764_800;
    if not_after >= TimeUs::from_seconds(YEAR_9999_S) {
        Fact::never()
    } else {
        Fact::known(not_after)
    }
}

/// What people know a certificate by: its common name, else its first name, else its subject.
fn certificate_name(certificate: &Certificate) -> String {
    let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
    certificate
        .subject_cn
        .as_ref()
        .and_then(filled)
        .or_else(|| certificate.spiffe_id.clone())
        .or_else(|| certificate.sans.first().map(san_text))
        .or_else(|| filled(&certificate.subject))
        .unwrap_or_else(|| format!("certificate {}", certificate.serial))
}

fn sans(certificate: &Certificate) -> Vec<String> {
    certificate
        .sans
        .iter()
        .take(MAX_SANS)
        .map(san_text)
        .collect()
}

/// `dns:…`, `ip:…`, `uri:…`, `email:…`; other forms carry their own prefix.
fn san_text(san: &San) -> String {
    match san {
        San::Dns(name) => format!("dns:{name}"),
        San::Ip(address) => format!("ip:{address}"),
        San::Uri(uri) => format!("uri:{uri}"),
        San::Email(address) => format!("email:{address}"),
        San::Other(text) => text.clone(),
    }
}

fn purposes(certificate: &Certificate) -> Vec<&'static str> {
    certificate
        .purposes
        .iter()
        .map(|purpose| purpose.name())
        .collect()
}

fn put_public_key(attributes: &mut Attributes, key: &PublicKey) {
    put(attributes, "key_algorithm", Some(key.algorithm.name()));
    put(attributes, "bits", key.bits);
    put(attributes, "curve", key.curve);
    put_strength(attributes, &key.strength);
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
