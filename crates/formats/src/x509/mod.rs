//! X.509 certificates, and the subject and key of certificate requests.

mod name;
mod purpose;

use model::TimeUs;
use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{DistributionPointName, GeneralName, ParsedExtension};
use x509_parser::prelude::{FromDer, X509Certificate};

pub use purpose::Purpose;

use crate::error::FormatError;
use crate::public_key::{KeyAlgorithm, PublicKey, parse_spki};
use crate::strength::{Strength, Verdict, crypto_strength};
use crate::text::label;

/// The largest certificate read, in bytes.
pub const MAX_CERTIFICATE_BYTES: usize = 4 << 20;
/// The most names or URLs kept from one extension; shared hosting certificates hold some hundreds.
const MAX_NAMES: usize = 10_000;

/// A subject alternative name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum San {
    /// A DNS name, possibly with a wildcard.
    Dns(String),
    /// An IP address.
    Ip(String),
    /// A URI.
    Uri(String),
    /// An e-mail address.
    Email(String),
    /// Any other form, as text.
    Other(String),
}

/// What a certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// SHA-256 of the DER, lower-case hex.
    pub sha256: String,
    /// SHA-1 of the DER, lower-case hex.
    pub sha1: String,
    /// SHA-256 of the SubjectPublicKeyInfo, lower-case hex.
    pub spki_sha256: String,
    /// Subject, RFC 4514.
    pub subject: String,
    /// The subject's common name.
    pub subject_cn: Option<String>,
    /// Organisation names (O=) of the subject; Kubernetes reads them as groups.
    pub subject_organisations: Vec<String>,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Serial number, lower-case hex without leading zeros.
    pub serial: String,
    /// Start of validity.
    pub not_before: TimeUs,
    /// End of validity.
    pub not_after: TimeUs,
    /// Algorithm of the key.
    pub key_algorithm: KeyAlgorithm,
    /// Key size in bits.
    pub key_bits: Option<u32>,
    /// Curve of an EC key.
    pub key_curve: Option<&'static str>,
    /// Signature algorithm, by name where known, else its OID.
    pub signature_algorithm: String,
    /// Subject alternative names.
    pub sans: Vec<San>,
    /// The SPIFFE id, when a URI name is one.
    pub spiffe_id: Option<String>,
    /// True when basic constraints say so.
    pub is_ca: bool,
    /// How many CAs may follow.
    pub path_len: Option<u32>,
    /// Issuer equals subject and the key identifiers do not disagree. The signature is not checked.
    pub self_signed: bool,
    /// Key usage words (`digital_signature` …).
    pub key_usage: Vec<&'static str>,
    /// Extended key usages by name, OIDs for unknown ones.
    pub ekus: Vec<String>,
    /// Subject key identifier, hex.
    pub ski: Option<String>,
    /// Authority key identifier, hex.
    pub aki: Option<String>,
    /// What it is for.
    pub purposes: Vec<Purpose>,
    /// Where revocation lists are.
    pub crl_urls: Vec<String>,
    /// Where OCSP answers are.
    pub ocsp_urls: Vec<String>,
    /// Where the issuer's certificate is.
    pub issuer_urls: Vec<String>,
    /// True when signed certificate timestamps are embedded (RFC 6962 3.3), which public authorities do.
    pub embedded_timestamps: bool,
    /// The weaker of key and signature.
    pub strength: Strength,
    /// Extensions that could not be read, and trailing bytes.
    pub problems: Vec<&'static str>,
}

/// What a certificate request shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateRequest {
    /// Subject, RFC 4514.
    pub subject: String,
    /// The key to be certified.
    pub key: PublicKey,
}

/// Reads one certificate from DER.
///
/// # Errors
/// When the bytes are not an X.509 certificate.
pub fn parse_der(bytes: &[u8]) -> Result<Certificate, FormatError> {
    FormatError::check_size("the certificate", bytes, MAX_CERTIFICATE_BYTES)?;
    let (rest, parsed) =
        X509Certificate::from_der(bytes).map_err(|_| FormatError::not("an X.509 certificate"))?;
    let der = bytes.get(..bytes.len() - rest.len()).unwrap_or(bytes);
    let key = parse_spki(parsed.public_key().raw)?;
    let mut certificate = Certificate {
        sha256: hex::encode(Sha256::digest(der)),
        sha1: hex::encode(Sha1::digest(der)),
        spki_sha256: key.spki_sha256.clone().unwrap_or_default(),
        subject: name::rfc4514(parsed.subject()),
        subject_cn: name::attribute(parsed.subject(), "2.5.4.3")
            .into_iter()
            .next_back(),
        subject_organisations: name::attribute(parsed.subject(), "2.5.4.10"),
        issuer: name::rfc4514(parsed.issuer()),
        serial: serial_hex(parsed.raw_serial()),
        not_before: TimeUs::from_seconds(parsed.validity().not_before.timestamp()),
        not_after: TimeUs::from_seconds(parsed.validity().not_after.timestamp()),
        key_algorithm: key.algorithm,
        key_bits: key.bits,
        key_curve: key.curve,
        signature_algorithm: signature_name(&parsed.signature_algorithm.algorithm.to_id_string()),
        sans: Vec::new(),
        spiffe_id: None,
        is_ca: false,
        path_len: None,
        self_signed: false,
        key_usage: Vec::new(),
        ekus: Vec::new(),
        ski: None,
        aki: None,
        purposes: Vec::new(),
        crl_urls: Vec::new(),
        ocsp_urls: Vec::new(),
        issuer_urls: Vec::new(),
        embedded_timestamps: false,
        strength: key.strength,
        problems: if rest.is_empty() {
            Vec::new()
        } else {
            vec!["bytes follow the certificate"]
        },
    };
    for extension in parsed.extensions() {
        read_extension(&mut certificate, extension.parsed_extension());
    }
    certificate.self_signed = parsed.subject().as_raw() == parsed.issuer().as_raw()
        && certificate
            .aki
            .as_ref()
            .is_none_or(|aki| certificate.ski.as_ref().is_none_or(|ski| aki == ski));
    certificate.purposes = purpose::of(&certificate);
    weaken_by_signature(&mut certificate);
    Ok(certificate)
}

/// A weak signature matters unless the certificate signs itself: nobody relies on that signature.
fn weaken_by_signature(certificate: &mut Certificate) {
    if certificate.self_signed || certificate.strength.verdict == Verdict::Weak {
        return;
    }
    let signature = crypto_strength(&certificate.signature_algorithm, None);
    if signature.verdict == Verdict::Weak {
        certificate.strength = signature;
    }
}

/// Reads a PKCS#10 certificate request from DER.
///
/// # Errors
/// When the bytes are not one.
pub fn parse_request(bytes: &[u8]) -> Result<CertificateRequest, FormatError> {
    FormatError::check_size("the certificate request", bytes, MAX_CERTIFICATE_BYTES)?;
    let (_, request) = X509CertificationRequest::from_der(bytes)
        .map_err(|_| FormatError::not("a certificate request"))?;
    let info = &request.certification_request_info;
    Ok(CertificateRequest {
        subject: name::rfc4514(&info.subject),
        key: parse_spki(info.subject_pki.raw)?,
    })
}

fn read_extension(certificate: &mut Certificate, extension: &ParsedExtension<'_>) {
    match extension {
        ParsedExtension::BasicConstraints(constraints) => {
            certificate.is_ca = constraints.ca;
            certificate.path_len = constraints.path_len_constraint;
        }
        ParsedExtension::SubjectKeyIdentifier(id) => certificate.ski = Some(hex::encode(id.0)),
        ParsedExtension::AuthorityKeyIdentifier(id) => {
            certificate.aki = id.key_identifier.as_ref().map(|id| hex::encode(id.0));
        }
        ParsedExtension::KeyUsage(usage) => {
            certificate.key_usage = purpose::key_usage_words(*usage);
        }
        ParsedExtension::ExtendedKeyUsage(usage) => certificate.ekus = purpose::eku_words(usage),
        ParsedExtension::SubjectAlternativeName(names) => {
            certificate.sans = names
                .general_names
                .iter()
                .take(MAX_NAMES)
                .map(san)
                .collect();
            certificate.spiffe_id = certificate.sans.iter().find_map(|san| match san {
                San::Uri(uri) if uri.starts_with("spiffe://") => Some(uri.clone()),
                _ => None,
            });
        }
        ParsedExtension::CRLDistributionPoints(points) => {
            for point in points.points.iter().take(MAX_NAMES) {
                if let Some(DistributionPointName::FullName(names)) = &point.distribution_point {
                    certificate.crl_urls.extend(names.iter().filter_map(uri));
                }
            }
        }
        ParsedExtension::AuthorityInfoAccess(access) => {
            for description in access.accessdescs.iter().take(MAX_NAMES) {
                let urls = match description.access_method.to_id_string().as_str() {
                    "1.3.6.1.5.5.7.48.1" => &mut certificate.ocsp_urls,
                    "1.3.6.1.5.5.7.48.2" => &mut certificate.issuer_urls,
                    _ => continue,
                };
                urls.extend(uri(&description.access_location));
            }
        }
        ParsedExtension::SCT(stamps) => certificate.embedded_timestamps = !stamps.is_empty(),
        ParsedExtension::ParseError { .. } => {
            certificate.problems.push("an extension could not be read");
        }
        _ => {}
    }
}

fn uri(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(uri) => Some(label(uri)),
        _ => None,
    }
}

fn san(name: &GeneralName<'_>) -> San {
    match name {
        GeneralName::DNSName(name) => San::Dns(label(name)),
        GeneralName::RFC822Name(address) => San::Email(label(address)),
        GeneralName::URI(uri) => San::Uri(label(uri)),
        GeneralName::IPAddress(bytes) => {
            match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
                (Ok(v4), _) => San::Ip(std::net::Ipv4Addr::from(v4).to_string()),
                (_, Ok(v6)) => San::Ip(std::net::Ipv6Addr::from(v6).to_string()),
                _ => San::Other(format!("ip:{}", hex::encode(bytes))),
            }
        }
        GeneralName::DirectoryName(directory) => {
            San::Other(format!("dn:{}", name::rfc4514(directory)))
        }
        GeneralName::RegisteredID(oid) => San::Other(format!("oid:{}", oid.to_id_string())),
        GeneralName::OtherName(oid, value) => San::Other(other_name(&oid.to_id_string(), value)),
        _ => San::Other("unreadable".to_owned()),
    }
}

/// The user principal name of Windows is text; other forms stay an OID.
fn other_name(oid: &str, value: &[u8]) -> String {
    const UPN: &str = "1.3.6.1.4.1.311.20.2.3";
    let text = || {
        let inner = crate::der::Reader::new(value).take(0xa0).unwrap_or(value);
        let text = crate::der::Reader::new(inner).take(0x0c)?;
        Some(label(std::str::from_utf8(text).ok()?))
    };
    match text() {
        Some(name) if oid == UPN => format!("upn:{name}"),
        _ => format!("other:{oid}"),
    }
}

fn serial_hex(bytes: &[u8]) -> String {
    let text = hex::encode(crate::der::trim_zeros(bytes.get(..64).unwrap_or(bytes)));
    if text.is_empty() {
        "00".to_owned()
    } else {
        text
    }
}

/// Names of RFC 3279, 4055, 5758, 8410 and FIPS 204.
fn signature_name(oid: &str) -> String {
    let name = match oid {
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.2.840.10040.4.3" => "dsa-with-sha1",
        "2.16.840.1.101.3.4.3.2" => "dsa-with-sha256",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "ed25519",
        "1.3.101.113" => "ed448",
        "2.16.840.1.101.3.4.3.17" => "ml-dsa-44",
        "2.16.840.1.101.3.4.3.18" => "ml-dsa-65",
        "2.16.840.1.101.3.4.3.19" => "ml-dsa-87",
        other => other,
    };
    name.to_owned()
}
