//! OpenSSL's traditional forms: PKCS#1, DSA, and RFC 1421 encryption by header lines.

use super::{KeyForm, PrivateKey};
use crate::der::Reader;
use crate::pem::Block;
use crate::public_key::{KeyAlgorithm, Material};

/// A key encrypted by `Proc-Type` and `DEK-Info` headers; nothing but the algorithm shows.
pub(super) fn encrypted(block: &Block) -> Option<PrivateKey> {
    block
        .header("Proc-Type")
        .filter(|value| value.contains("ENCRYPTED"))?;
    let cipher = block
        .header("DEK-Info")
        .and_then(|value| value.split(',').next())
        .unwrap_or("unknown");
    let (form, algorithm) = match block.label.as_str() {
        "RSA PRIVATE KEY" => (KeyForm::Pkcs1, KeyAlgorithm::Rsa),
        "EC PRIVATE KEY" => (KeyForm::Sec1, KeyAlgorithm::Ec),
        _ => (KeyForm::DsaTraditional, KeyAlgorithm::Dsa),
    };
    let mut key = PrivateKey::new(form)
        .protected(
            cipher.to_ascii_lowercase(),
            "md5, one round (OpenSSL EVP_BytesToKey)",
        )
        .without_public(Some(algorithm), "the passphrase protects the whole key");
    key.kdf_rounds = Some(1);
    key.notes.push("the passphrase is hashed once with MD5, so it can be guessed fast; convert the key to PKCS#8 or OpenSSH form");
    Some(key)
}

/// `RSAPrivateKey` (RFC 8017 A.1.2).
pub(super) fn rsa(bytes: &[u8]) -> Option<PrivateKey> {
    let mut key = Reader::new(bytes).sequence()?;
    let version = key.small()?;
    let (n, e) = (key.unsigned()?, key.unsigned()?);
    // d, p, q, dp, dq, qinv must follow, or this is another structure of integers.
    for _ in 0..6 {
        key.unsigned()?;
    }
    (version <= 1)
        .then(|| PrivateKey::new(KeyForm::Pkcs1).with_public(Material::Rsa { n, e }.public_key()))
}

/// OpenSSL's DSA key: version, p, q, g, y, x.
pub(super) fn dsa(bytes: &[u8]) -> Option<PrivateKey> {
    let mut key = Reader::new(bytes).sequence()?;
    let version = key.small()?;
    let (p, q, g, y) = (
        key.unsigned()?,
        key.unsigned()?,
        key.unsigned()?,
        key.unsigned()?,
    );
    key.unsigned()?;
    (version == 0 && key.is_empty()).then(|| {
        PrivateKey::new(KeyForm::DsaTraditional)
            .with_public(Material::Dsa { p, q, g, y }.public_key())
    })
}
