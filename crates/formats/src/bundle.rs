//! Everything a key or certificate file holds, whatever its container.

use serde::Serialize;

use crate::error::FormatError;
use crate::jks::{self, JavaStore};
use crate::pem;
use crate::pkcs12::{self, Store};
use crate::private_key::{self, PrivateKey};
use crate::public_key::{self, PublicKey};
use crate::ssh::{self, SshKey};
use crate::x509::{self, Certificate, CertificateRequest};

/// One thing found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Item {
    /// A certificate.
    Certificate(Box<Certificate>),
    /// A private key.
    PrivateKey(Box<PrivateKey>),
    /// A public key.
    PublicKey(PublicKey),
    /// An SSH public key or certificate.
    SshKey(Box<SshKey>),
    /// A certificate request.
    CertificateRequest(CertificateRequest),
    /// A revocation list; only its presence is told.
    RevocationList,
    /// A PKCS#12 store.
    Pkcs12(Box<Store>),
    /// A Java store.
    JavaStore(JavaStore),
    /// An OpenPGP block; `private` tells secret keys.
    OpenPgp {
        /// True for a secret key block.
        private: bool,
    },
}

/// An item with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Line, counted from 1; `None` for binary files.
    pub line: Option<usize>,
    /// The item.
    pub item: Item,
}

/// A part that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Line, counted from 1; `None` for the whole file.
    pub line: Option<usize>,
    /// Why, in our words.
    pub reason: String,
}

/// Everything found in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Bundle {
    /// What was found, in file order.
    pub found: Vec<Found>,
    /// What could not be read.
    pub unread: Vec<Unread>,
}

/// Reads a PEM, DER, PKCS#12, JKS, JCEKS, PuTTY or SSH public key file. A file that is none of them
/// gives an empty bundle.
pub fn read(bytes: &[u8]) -> Bundle {
    let mut out = Bundle::default();
    match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => {
            out.add(None, jks::read(bytes).map(Item::JavaStore));
        }
        [0x30, ..] => out.der(bytes),
        _ if bytes.starts_with(b"PuTTY-User-Key-File-") => {
            out.add(
                None,
                private_key::from_putty(bytes).map(|key| Item::PrivateKey(Box::new(key))),
            );
        }
        _ => out.text(bytes),
    }
    out
}

impl Bundle {
    fn add(&mut self, line: Option<usize>, item: Result<Item, FormatError>) {
        match item {
            Ok(item) => self.found.push(Found { line, item }),
            Err(error) => self.unread.push(Unread {
                line,
                reason: error.to_string(),
            }),
        }
    }

    fn der(&mut self, bytes: &[u8]) {
        let item = x509::parse_der(bytes)
            .map(|certificate| Item::Certificate(Box::new(certificate)))
            .or_else(|_| pkcs12::read(bytes).map(|store| Item::Pkcs12(Box::new(store))))
            .or_else(|_| private_key::from_der(bytes).map(|key| Item::PrivateKey(Box::new(key))))
            .or_else(|_| x509::parse_request(bytes).map(Item::CertificateRequest))
            .or_else(|_| public_key::parse_spki(bytes).map(Item::PublicKey));
        // Many other formats begin with 0x30; not knowing them is no failure.
        if let Ok(item) = item {
            self.found.push(Found { line: None, item });
        }
    }

    fn text(&mut self, bytes: &[u8]) {
        let scan = pem::scan(bytes);
        if let Some(reason) = scan.stopped {
            self.unread.push(Unread {
                line: None,
                reason: reason.to_owned(),
            });
        }
        for block in &scan.blocks {
            self.block(block);
        }
        if scan.blocks.is_empty()
            && bytes.len() < 64 << 10
            && let Some(key) = std::str::from_utf8(bytes)
                .ok()
                .and_then(|text| ssh::parse_public_key(text.trim()).ok())
        {
            self.found.push(Found {
                line: Some(1),
                item: Item::SshKey(Box::new(key)),
            });
        }
    }

    fn block(&mut self, block: &pem::Block) {
        let line = Some(block.line);
        let data = block.data.expose();
        let item = match block.label.as_str() {
            "PGP PRIVATE KEY BLOCK" => Ok(Item::OpenPgp { private: true }),
            "PGP PUBLIC KEY BLOCK" => Ok(Item::OpenPgp { private: false }),
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                x509::parse_request(data).map(Item::CertificateRequest)
            }
            "X509 CRL" => Ok(Item::RevocationList),
            "PUBLIC KEY" => public_key::parse_spki(data).map(Item::PublicKey),
            "RSA PUBLIC KEY" => public_key::parse_pkcs1(data).map(Item::PublicKey),
            _ if block.is_certificate() => {
                x509::parse_der(data).map(|certificate| Item::Certificate(Box::new(certificate)))
            }
            _ if block.is_private_key() => {
                private_key::from_pem(block).map(|key| Item::PrivateKey(Box::new(key)))
            }
            _ => return,
        };
        match (item, block.problem) {
            (Err(_), Some(problem)) => self.unread.push(Unread {
                line,
                reason: format!("{}: {problem}", block.label.to_lowercase()),
            }),
            (item, _) => self.add(line, item),
        }
    }
}
