//! Secret values and the keyed fingerprints that replace them.
//!
//! A secret value lives in a [`Secret`] for as long as the function that read it runs. What leaves
//! that function is a [`Fingerprint`]: `fp1:<key id>:<hex>` = HMAC-SHA-256(K, SHA-256(value)),
//! where K belongs to the installation.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::rehearsal;

/// A secret value in memory: wiped on drop, with no way to print, log or serialise it.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of the bytes of a secret value.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// Gives the bytes to a decoder. Named so that a reviewer sees every use.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes; a length is not the value.
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }

    /// SHA-256 of the value, the form in which the page sends a pasted secret.
    pub fn sha256(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(Sha256::digest(self.expose()).into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A keyed fingerprint of a secret value, safe to store and to show.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The text form, `fp1:<key id>:<64 hex digits>`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes fingerprints with the key of this installation.
pub struct Fingerprinter {
    key: Zeroizing<[u8; 32]>,
    key_id: String,
}

impl Fingerprinter {
    /// Takes the installation key K. The key id in each fingerprint is the first four bytes of
    /// SHA-256("countersign fingerprint key id" || K), so it names the key without revealing it.
    pub fn new(key: [u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"countersign fingerprint key id");
        hash.update(key);
        let key_id = hash
            .finalize()
            .iter()
            .take(4)
            .fold(String::new(), |mut text, byte| {
                text.push_str(&hex::encode([*byte]));
                text
            });
        Self {
            key: Zeroizing::new(key),
            key_id,
        }
    }

    /// The id of the key, 8 hex digits.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Fingerprints a secret value.
    pub fn fingerprint(&self, secret: &Secret) -> Fingerprint {
        rehearsal::secret_in_hand(secret.expose());
        self.fingerprint_of_sha256(&secret.sha256())
    }

    /// Fingerprints bytes that are about to be dropped by the caller.
    pub fn fingerprint_bytes(&self, value: &[u8]) -> Fingerprint {
        rehearsal::secret_in_hand(value);
        let digest: Zeroizing<[u8; 32]> = Zeroizing::new(Sha256::digest(value).into());
        self.fingerprint_of_sha256(&digest)
    }

    /// Fingerprints a value of which only the SHA-256 is known.
    pub fn fingerprint_of_sha256(&self, sha256: &[u8; 32]) -> Fingerprint {
        // HMAC accepts keys of any length, so this never fails for 32 bytes.
        let tag = <Hmac<Sha256> as KeyInit>::new_from_slice(self.key.as_slice())
            .map(|mac| mac.chain_update(sha256).finalize().into_bytes().to_vec())
            .unwrap_or_default();
        Fingerprint(format!("fp1:{}:{}", self.key_id, hex::encode(tag)))
    }
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fingerprinter")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_keyed_and_stable() {
        let a = Fingerprinter::new([7; 32]);
        let b = Fingerprinter::new([8; 32]);
        let secret = Secret::new("CANARY-value");
        assert_eq!(a.fingerprint(&secret), a.fingerprint_bytes(b"CANARY-value"));
        assert_ne!(a.fingerprint(&secret), b.fingerprint(&secret));
        assert!(a.fingerprint(&secret).as_str().starts_with("fp1:"));
        assert_eq!(a.fingerprint(&secret).as_str().len(), 4 + 8 + 1 + 64);
        assert_eq!(
            a.fingerprint_of_sha256(&secret.sha256()),
            a.fingerprint(&secret)
        );
    }

    /// RFC 4231 test case 2 pins the HMAC itself.
    #[test]
    fn hmac_matches_rfc_4231() {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(b"Jefe").unwrap();
        let tag = mac
            .chain_update(b"what do ya want for nothing?")
            .finalize()
            .into_bytes();
        assert_eq!(
            hex::encode(tag),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!(
            "{:?} {:?}",
            Secret::new("CANARY-x"),
            Fingerprinter::new(*b"CANARY-key-CANARY-key-CANARY-key")
        );
        assert!(!shown.contains("CANARY"));
    }
}
