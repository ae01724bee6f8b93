//! X.509 certificates and stores of trusted ones.

use formats::strength::Verdict;
use formats::x509::{Certificate, Purpose, San};
use model::{Alias, Attributes, EdgeKind, Fact, NodeRef, Observation, ObservedEdge, TimeUs};

use super::{put, put_list, put_strength};

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
    if certificate.purposes.contains(&Purpose::Vpn) {
        model::marks::remote_access(&mut attributes, "certificate");
    }
    if certificate.embedded_timestamps {
        attributes = attributes.with("embedded_timestamps", true);
    }
    if !certificate.problems.is_empty() {
        attributes = attributes.with("problems", certificate.problems.clone());
    }
    put_strength(&mut attributes, &certificate.strength);

    let mut observation = Observation::new(certificate_node(certificate), observed, attributes)
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
            observation = observation.alias(Alias::lookup(format!("dns:{}", name.to_lowercase())));
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
    let mut named = candidates
        .iter()
        .filter(|one| one.subject == child.issuer && one.sha256 != child.sha256 && agree(one));
    let first = named.next()?;
    if child.aki.is_some() && first.ski == child.aki {
        return Some((first, IssuerBasis::KeyIdentifier));
    }
    named
        .all(|other| other.sha256 == first.sha256)
        .then_some((first, IssuerBasis::Name))
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
    let count =
        |fits: &dyn Fn(&Certificate) -> bool| certificates.iter().filter(|one| fits(one)).count();
    let next = certificates
        .iter()
        .map(|one| one.not_after)
        .filter(|end| *end > now)
        .min();
    let mut attributes = Attributes::named(name, "trust_store")
        .with("certificates", certificates.len())
        .with("expired", count(&|one| one.not_after <= now))
        .with("not_ca", count(&|one| !one.is_ca))
        .with("weak", count(&|one| one.strength.verdict == Verdict::Weak));
    put(
        &mut attributes,
        "next_expiry",
        next.map(|end| end.to_string()),
    );
    Observation::new(store, observed, attributes)
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
        .or_else(|| certificate.sans.first().map(san_value))
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

/// The name alone.
fn san_value(san: &San) -> String {
    match san {
        San::Dns(text) | San::Ip(text) | San::Uri(text) | San::Email(text) | San::Other(text) => {
            text.clone()
        }
    }
}

fn purposes(certificate: &Certificate) -> Vec<&'static str> {
    certificate
        .purposes
        .iter()
        .map(|purpose| purpose.name())
        .collect()
}
