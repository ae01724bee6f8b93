//! SSH public keys and the files that hold them.

mod certificate;
mod lines;
pub(crate) mod wire;

pub use certificate::{CertificateKind, SshCertificate, parse_certificate};
pub use lines::{
    AllowedSigner, AuthorizedKey, KeyOption, KnownHost, KnownHostMarker, LineProblem, Lines,
    allowed_signers, authorized_keys, known_hosts,
};

use serde::Serialize;

use crate::error::FormatError;
use crate::public_key::PublicKey;

/// The largest key blob in base64; a certificate with many principals stays below 64 kB.
const MAX_BLOB_BASE64: usize = 1 << 20;

/// One public key as it stands on a line: `type base64 comment`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SshKey {
    /// The type as written, for example `ssh-ed25519`.
    pub key_type: String,
    /// The key itself; for a certificate, the certified key.
    pub key: PublicKey,
    /// The certificate, when the line holds one.
    pub certificate: Option<SshCertificate>,
    /// The text after the key.
    pub comment: Option<String>,
}

/// Reads one public key line (`id_*.pub`, a host key, a user certificate).
///
/// # Errors
/// When the line is not an SSH public key.
pub fn parse_public_key(line: &str) -> Result<SshKey, FormatError> {
    lines::key_fields(line.trim()).ok_or_else(|| FormatError::not("an SSH public key line"))
}

/// True for the key type names OpenSSH writes.
pub(crate) fn is_key_type(word: &str) -> bool {
    let base = word.strip_suffix("-cert-v01@openssh.com").unwrap_or(word);
    matches!(
        base.strip_suffix("@openssh.com").unwrap_or(base),
        "ssh-rsa"
            | "ssh-dss"
            | "ssh-ed25519"
            | "ssh-ed448"
            | "sk-ssh-ed25519"
            | "sk-ecdsa-sha2-nistp256"
    ) || base.starts_with("ecdsa-sha2-nistp")
}
