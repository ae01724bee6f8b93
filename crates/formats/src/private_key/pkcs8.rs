//! PKCS#8 (RFC 5958), plain and encrypted.

use zeroize::Zeroizing;

use super::{KeyForm, PrivateKey, ec, traditional};
use crate::der::{self, Reader};
use crate::public_key::{self, KeyAlgorithm, Material};

const PUBLIC_KEY: u8 = 0x81;
const PUBLIC_KEY_CONSTRUCTED: u8 = 0xa1;
const ATTRIBUTES: u8 = 0xa0;

/// `PrivateKeyInfo` / `OneAsymmetricKey`.
pub(super) fn plain(bytes: &[u8]) -> Option<PrivateKey> {
    let mut info = Reader::new(bytes).sequence()?;
    if info.small()? > 1 {
        return None;
    }
    let mut algorithm = info.sequence()?;
    let oid = algorithm.take(der::OID)?;
    let inner = info.take(der::OCTET_STRING)?;
    info.take(ATTRIBUTES);
    let public = info
        .take(PUBLIC_KEY)
        .or_else(|| info.take(PUBLIC_KEY_CONSTRUCTED))
        .and_then(|bits| bits.get(1..));
    let kind = public_key::algorithm_of_oid(oid);
    let base = PrivateKey::new(KeyForm::Pkcs8);
    let found = match kind {
        KeyAlgorithm::Rsa | KeyAlgorithm::RsaPss => traditional::rsa(inner)?,
        KeyAlgorithm::Ec => ec::sec1(
            inner,
            algorithm.take(der::OID).and_then(public_key::curve_of_oid),
        )?,
        KeyAlgorithm::Ed25519 => ed25519(base, inner)?,
        KeyAlgorithm::Ed448 => match public.filter(|key| key.len() == 57) {
            Some(key) => base.with_public(Material::Ed448(key).public_key()),
            None => base.without_public(
                Some(kind),
                "the file leaves out the public key and Ed448 is not computed here",
            ),
        },
        KeyAlgorithm::Dsa => dsa(base, algorithm, inner)?,
        KeyAlgorithm::X25519 | KeyAlgorithm::X448 => base.without_public(
            Some(kind),
            "the public half of a key-agreement key is not computed here",
        ),
        KeyAlgorithm::Other => base.without_public(Some(kind), "the algorithm is not in the table"),
    };
    Some(PrivateKey {
        form: KeyForm::Pkcs8,
        algorithm: Some(kind),
        ..found
    })
}

/// The seed decides the public key; a copy in the file is not trusted.
fn ed25519(base: PrivateKey, inner: &[u8]) -> Option<PrivateKey> {
    let seed =
        Zeroizing::new(<[u8; 32]>::try_from(Reader::new(inner).take(der::OCTET_STRING)?).ok()?);
    let public = ed25519_dalek::SigningKey::from_bytes(&seed)
        .verifying_key()
        .to_bytes();
    Some(base.with_public(Material::Ed25519(&public).public_key()))
}

/// PKCS#8 holds x alone; y = g^x mod p would need big-number code for a dead algorithm.
fn dsa(base: PrivateKey, mut algorithm: Reader<'_>, inner: &[u8]) -> Option<PrivateKey> {
    let mut parameters = algorithm.sequence()?;
    let p = parameters.unsigned()?;
    Reader::new(inner).unsigned()?;
    let mut key = base.without_public(
        Some(KeyAlgorithm::Dsa),
        "the file leaves out the public number and DSA is not computed here",
    );
    key.bits = Some(der::bit_length(p));
    Some(key)
}

const OID_PBES2: &str = "1.2.840.113549.1.5.13";

/// `EncryptedPrivateKeyInfo`: the algorithms show, the key does not.
pub(super) fn encrypted(bytes: &[u8]) -> Option<PrivateKey> {
    let mut info = Reader::new(bytes).sequence()?;
    let mut algorithm = info.sequence()?;
    let scheme = protection(&mut algorithm)?;
    info.take(der::OCTET_STRING)?;
    if !info.is_empty() {
        return None;
    }
    let mut key = PrivateKey::new(KeyForm::Pkcs8Encrypted)
        .protected(scheme.cipher, scheme.kdf)
        .without_public(None, "the passphrase protects the whole key");
    key.kdf_rounds = scheme.rounds;
    if scheme.weak {
        key.notes
            .push("the cipher that protects the key is out of date; encrypt it again with AES");
    }
    Some(key)
}

/// How something is encrypted by password.
pub(crate) struct Protection {
    pub(crate) cipher: String,
    pub(crate) kdf: String,
    pub(crate) rounds: Option<u64>,
    pub(crate) weak: bool,
}

/// Reads the content of a password-based AlgorithmIdentifier (RFC 8018, RFC 7292).
pub(crate) fn protection(algorithm: &mut Reader<'_>) -> Option<Protection> {
    let oid = der::oid_text(algorithm.take(der::OID)?);
    let mut parameters = algorithm.sequence()?;
    if oid != OID_PBES2 {
        let cipher = match oid.as_str() {
            "1.2.840.113549.1.5.3" => "des-cbc with md5",
            "1.2.840.113549.1.5.10" => "des-cbc with sha1",
            "1.2.840.113549.1.12.1.1" => "rc4-128",
            "1.2.840.113549.1.12.1.2" => "rc4-40",
            "1.2.840.113549.1.12.1.3" => "3des-cbc",
            "1.2.840.113549.1.12.1.4" => "2des-cbc",
            "1.2.840.113549.1.12.1.5" => "rc2-128-cbc",
            "1.2.840.113549.1.12.1.6" => "rc2-40-cbc",
            _ => return None,
        };
        parameters.take(der::OCTET_STRING)?;
        let rounds = parameters.small();
        return Some(Protection {
            cipher: cipher.to_owned(),
            kdf: "pbes1".to_owned(),
            rounds,
            weak: true,
        });
    }
    let mut kdf = parameters.sequence()?;
    let kdf_oid = der::oid_text(kdf.take(der::OID)?);
    let mut kdf_parameters = kdf.sequence()?;
    let (kdf, rounds) = match kdf_oid.as_str() {
        "1.2.840.113549.1.5.12" => {
            kdf_parameters.element()?;
            ("pbkdf2".to_owned(), kdf_parameters.small())
        }
        "1.3.6.1.4.1.11591.4.11" => {
            kdf_parameters.element()?;
            ("scrypt".to_owned(), kdf_parameters.small())
        }
        _ => (kdf_oid, None),
    };
    let cipher = der::oid_text(parameters.sequence()?.take(der::OID)?);
    let (cipher, weak) = match cipher.as_str() {
        "2.16.840.1.101.3.4.1.2" => ("aes-128-cbc", false),
        "2.16.840.1.101.3.4.1.22" => ("aes-192-cbc", false),
        "2.16.840.1.101.3.4.1.42" => ("aes-256-cbc", false),
        "2.16.840.1.101.3.4.1.6" => ("aes-128-gcm", false),
        "2.16.840.1.101.3.4.1.46" => ("aes-256-gcm", false),
        "1.2.840.113549.3.7" => ("3des-cbc", true),
        "1.2.840.113549.3.2" => ("rc2-cbc", true),
        "1.3.14.3.2.7" => ("des-cbc", true),
        other => (other, false),
    };
    Some(Protection {
        cipher: cipher.to_owned(),
        kdf,
        rounds,
        weak,
    })
}
