//! PKCS#12 stores. Without the password only the outer structure shows; well-known default
//! passwords are tried, because a store that opens with one is as good as open.

use p12_keystore::Pkcs12Archive;
use serde::Serialize;

use crate::der::{self, Reader};
use crate::error::{FormatError, MAX_INPUT_BYTES};
use crate::private_key::{self, PrivateKey};
use crate::x509::{self, Certificate};

/// Passwords that tools set by default or that their manuals use: none, Java's, and the four
/// most seen in vendor documentation.
pub const DEFAULT_PASSWORDS: &[&str] = &[
    "",
    "changeit",
    "password",
    "changeme",
    "secret",
    "notasecret",
];
/// The most KDF iterations we spend on one try; OpenSSL writes 2,048, Java 10,000, Windows 2,000.
const MAX_ITERATIONS: u64 = 100_000;
/// The most encrypted parts; tools write one or two.
const MAX_PARTS: usize = 64;

/// What opened a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Opened {
    /// No password, or the empty one.
    NoPassword,
    /// A well-known default password; which one is not a secret.
    DefaultPassword,
    /// Some contents are in clear beside protected ones.
    Partly,
    /// Protected: contents are not readable without the password.
    Protected,
}

/// One key of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreKey {
    /// Its name in the store.
    pub alias: Option<String>,
    /// What it is.
    pub key: PrivateKey,
}

/// One certificate of a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreCertificate {
    /// Its name in the store.
    pub alias: Option<String>,
    /// True when Java marks it as a trust anchor.
    pub trusted: bool,
    /// The certificate.
    pub certificate: Certificate,
}

/// What a store shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Store {
    /// What opened it.
    pub opened: Opened,
    /// The default password that opened it.
    pub default_password: Option<&'static str>,
    /// Certificates that could be read.
    pub certificates: Vec<StoreCertificate>,
    /// Keys that could be read.
    pub keys: Vec<StoreKey>,
    /// Secret (symmetric) keys, by name only.
    pub secret_keys: Vec<String>,
    /// Ciphers that protect the parts.
    pub ciphers: Vec<String>,
    /// Iterations of the integrity check.
    pub mac_iterations: Option<u64>,
    /// What could not be read and why.
    pub problems: Vec<&'static str>,
}

/// Reads a PKCS#12 store.
///
/// # Errors
/// When the bytes are not a PKCS#12 store in DER.
pub fn read(bytes: &[u8]) -> Result<Store, FormatError> {
    FormatError::check_size("the PKCS#12 store", bytes, MAX_INPUT_BYTES)?;
    let outer = Outer::read(bytes).ok_or_else(|| FormatError::not("a PKCS#12 store in DER"))?;
    let mut store = Store {
        opened: Opened::Protected,
        default_password: None,
        certificates: Vec::new(),
        keys: Vec::new(),
        secret_keys: Vec::new(),
        ciphers: outer.ciphers,
        mac_iterations: outer.mac_iterations,
        problems: Vec::new(),
    };
    if outer.most_iterations > MAX_ITERATIONS {
        store
            .problems
            .push("it asks for more than 100,000 hash rounds, so default passwords were not tried");
    } else if let Some((archive, password)) = DEFAULT_PASSWORDS
        .iter()
        .find_map(|password| Some((Pkcs12Archive::from_pkcs12(bytes, password).ok()?, *password)))
    {
        store.opened = if password.is_empty() {
            Opened::NoPassword
        } else {
            Opened::DefaultPassword
        };
        store.default_password = (!password.is_empty()).then_some(password);
        store.fill(archive);
        return Ok(store);
    }
    for der in outer.clear_certificates {
        store.add_certificate(None, false, der);
    }
    if store.certificates.is_empty() {
        store
            .problems
            .push("protected store, contents not readable without its password");
    } else {
        store.opened = Opened::Partly;
        store
            .problems
            .push("the certificates are in clear; keys are not readable without the password");
    }
    Ok(store)
}

impl Store {
    fn fill(&mut self, archive: Pkcs12Archive) {
        let alias = |name: Option<String>| {
            name.map(|name| crate::text::label(&name))
                .filter(|name| !name.is_empty())
        };
        for bag in archive.certs {
            self.add_certificate(alias(bag.friendly_name), bag.trusted, bag.cert.as_der());
        }
        for bag in archive.keys {
            match private_key::from_der(bag.key.as_der()) {
                Ok(key) => self.keys.push(StoreKey {
                    alias: alias(bag.friendly_name),
                    key,
                }),
                Err(_) => self.problems.push("a private key could not be read"),
            }
        }
        self.secret_keys.extend(
            archive
                .secrets
                .into_iter()
                .map(|bag| alias(bag.friendly_name).unwrap_or_default()),
        );
    }

    fn add_certificate(&mut self, alias: Option<String>, trusted: bool, der: &[u8]) {
        match x509::parse_der(der) {
            Ok(certificate) => self.certificates.push(StoreCertificate {
                alias,
                trusted,
                certificate,
            }),
            Err(_) => self.problems.push("a certificate could not be read"),
        }
    }
}

/// The parts of a PFX (RFC 7292) that need no password.
struct Outer<'a> {
    ciphers: Vec<String>,
    mac_iterations: Option<u64>,
    most_iterations: u64,
    clear_certificates: Vec<&'a [u8]>,
}

const OID_DATA: &str = "1.2.840.113549.1.7.1";
const OID_ENCRYPTED: &str = "1.2.840.113549.1.7.6";
const OID_CERT_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const OID_SHROUDED_KEY: &str = "1.2.840.113549.1.12.10.1.2";
const EXPLICIT_0: u8 = 0xa0;

impl<'a> Outer<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut pfx = Reader::new(bytes).sequence()?;
        if pfx.small()? != 3 {
            return None;
        }
        let mut content = pfx.sequence()?;
        if der::oid_text(content.take(der::OID)?) != OID_DATA {
            return None;
        }
        let safe = Reader::new(content.take(EXPLICIT_0)?).take(der::OCTET_STRING)?;
        let mut outer = Outer {
            ciphers: Vec::new(),
            mac_iterations: None,
            most_iterations: 0,
            clear_certificates: Vec::new(),
        };
        if let Some(mut mac) = pfx.sequence() {
            mac.element()?;
            mac.element()?;
            outer.mac_iterations = Some(mac.small().unwrap_or(1));
            outer.most_iterations = outer.mac_iterations.unwrap_or(1);
        }
        let mut parts = Reader::new(safe).sequence()?;
        let mut count = 0;
        while let Some(mut part) = parts.sequence().filter(|_| count < MAX_PARTS) {
            count += 1;
            outer.part(&mut part);
        }
        Some(outer)
    }

    fn part(&mut self, part: &mut Reader<'a>) -> Option<()> {
        let kind = der::oid_text(part.take(der::OID)?);
        let body = part.take(EXPLICIT_0)?;
        if kind == OID_ENCRYPTED {
            let mut data = Reader::new(body).sequence()?;
            data.small()?;
            let mut info = data.sequence()?;
            info.take(der::OID)?;
            self.cipher(&mut info.sequence()?);
        } else if kind == OID_DATA {
            let mut bags = Reader::new(Reader::new(body).take(der::OCTET_STRING)?).sequence()?;
            while let Some(mut bag) = bags.sequence() {
                self.bag(&mut bag);
            }
        }
        Some(())
    }

    fn bag(&mut self, bag: &mut Reader<'a>) -> Option<()> {
        let kind = der::oid_text(bag.take(der::OID)?);
        let mut value = Reader::new(bag.take(EXPLICIT_0)?).sequence()?;
        if kind == OID_CERT_BAG {
            value.take(der::OID)?;
            self.clear_certificates
                .push(Reader::new(value.take(EXPLICIT_0)?).take(der::OCTET_STRING)?);
        } else if kind == OID_SHROUDED_KEY {
            self.cipher(&mut value.sequence()?);
        }
        Some(())
    }

    fn cipher(&mut self, algorithm: &mut Reader<'_>) {
        match private_key::pkcs8::protection(algorithm) {
            Some(found) => {
                self.most_iterations = self.most_iterations.max(found.rounds.unwrap_or(0));
                if !self.ciphers.contains(&found.cipher) {
                    self.ciphers.push(found.cipher);
                }
            }
            // Unknown schemes are not tried: their cost is not known.
            None => self.most_iterations = u64::MAX,
        }
    }
}
