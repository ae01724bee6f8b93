//! The certificate authorities a chain is judged against.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use formats::public_key::KeyAlgorithm;
use formats::x509::Certificate;
use rustls::pki_types::SignatureVerificationAlgorithm;

use super::pieces::{Pieces, Signed};

/// Where the systems we run on keep their bundle of public authorities, in the order of trying.
pub const SYSTEM_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];

/// The largest bundle read; the public ones are below 300 kB.
const MAX_BUNDLE_BYTES: u64 = 16 * 1024 * 1024;

/// A bundle that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("the authorities in {path} cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's word.
        error: std::io::Error,
    },
    /// The file holds no certificate.
    #[error("{path} holds no certificate; give a PEM file of certificate authorities")]
    Empty {
        /// The file.
        path: String,
    },
}

/// Authorities, found by their name.
#[derive(Debug, Default)]
pub struct TrustRoots {
    /// DER by the raw subject name.
    by_subject: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    count: usize,
    unreadable: usize,
    source: String,
}

impl TrustRoots {
    /// Reads every certificate of PEM text; `source` names it in reports.
    pub fn from_pem(pem: &[u8], source: &str) -> Self {
        let mut roots = Self {
            source: source.to_owned(),
            ..Self::default()
        };
        for block in formats::pem::scan(pem).blocks {
            if block.is_certificate() {
                roots.add(block.data.expose());
            }
        }
        roots
    }

    /// Reads a PEM file, as `--ca` names it.
    ///
    /// # Errors
    /// The file cannot be read or holds no certificate; the user gives another.
    pub fn from_file(path: &Path) -> Result<Self, TrustError> {
        let shown = path.display().to_string();
        let read = || {
            use std::io::Read as _;
            let mut bytes = Vec::new();
            std::fs::File::open(path)?
                .take(MAX_BUNDLE_BYTES)
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|error| TrustError::Unreadable {
            path: shown.clone(),
            error,
        })?;
        let roots = Self::from_pem(&bytes, &shown);
        if roots.is_empty() {
            return Err(TrustError::Empty { path: shown });
        }
        Ok(roots)
    }

    /// The authorities this system trusts, from the first bundle that is there.
    pub fn system() -> Option<Self> {
        SYSTEM_BUNDLES
            .iter()
            .map(PathBuf::from)
            .find_map(|path| Self::from_file(&path).ok())
    }

    fn add(&mut self, der: &[u8]) {
        let Some(pieces) = Pieces::of(der) else {
            self.unreadable += 1;
            return;
        };
        self.by_subject
            .entry(pieces.subject.to_vec())
            .or_default()
            .push(der.to_vec());
        self.count += 1;
    }

    /// How many authorities there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many certificates of the bundle could not be read.
    pub fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// The file or bundle they come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// True when this very certificate is an authority.
    pub(super) fn holds(&self, der: &[u8], pieces: &Pieces<'_>) -> bool {
        self.by_subject
            .get(pieces.subject)
            .is_some_and(|all| all.iter().any(|root| root == der))
    }

    /// The authority whose name and key issued this certificate.
    pub(super) fn issuer_of(
        &self,
        child: &Pieces<'_>,
        algorithms: &[&dyn SignatureVerificationAlgorithm],
    ) -> Option<(Certificate, Signed)> {
        let named = self.by_subject.get(child.issuer)?;
        named.iter().find_map(|der| {
            let certificate = formats::x509::parse_der(der).ok()?;
            let pieces = Pieces::of(der)?;
            match child.signed_by(&pieces, algorithms, too_small(&certificate)) {
                Signed::No => None,
                signed => Some((certificate, signed)),
            }
        })
    }
}

/// RSA keys below 2048 bits are refused by the verifier for their size.
pub(super) fn too_small(certificate: &Certificate) -> bool {
    matches!(
        certificate.key_algorithm,
        KeyAlgorithm::Rsa | KeyAlgorithm::RsaPss
    ) && certificate.key_bits.is_none_or(|bits| bits < 2_048)
}
