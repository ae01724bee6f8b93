//! Private keys: what they are, whether a passphrase protects them, and the public half that ties
//! them to certificates and `authorized_keys` lines. The private numbers never leave.

mod ec;
mod openssh;
pub(crate) mod pkcs8;
mod putty;
mod traditional;

use serde::Serialize;

use crate::error::FormatError;
use crate::pem::Block;
use crate::public_key::{KeyAlgorithm, PublicKey};
use crate::strength::{Strength, crypto_strength};

/// The largest private key read, in bytes; a 16,384-bit RSA key needs some 10 kB.
pub const MAX_KEY_BYTES: usize = 1 << 20;

/// The file format of a private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyForm {
    /// PKCS#8 PrivateKeyInfo.
    Pkcs8,
    /// PKCS#8 EncryptedPrivateKeyInfo.
    Pkcs8Encrypted,
    /// PKCS#1 RSAPrivateKey.
    Pkcs1,
    /// SEC 1 ECPrivateKey.
    Sec1,
    /// OpenSSL's own DSA form.
    DsaTraditional,
    /// openssh-key-v1.
    Openssh,
    /// PuTTY version 2.
    Putty2,
    /// PuTTY version 3.
    Putty3,
    /// The 32 bytes of an X25519 key in base64, as WireGuard writes it.
    Raw,
}

/// What a private key reveals without its passphrase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PrivateKey {
    /// The file format.
    pub form: KeyForm,
    /// The algorithm; `None` when encryption hides it.
    pub algorithm: Option<KeyAlgorithm>,
    /// Key size in bits.
    pub bits: Option<u32>,
    /// Curve name, for EC keys.
    pub curve: Option<&'static str>,
    /// True when a passphrase is needed to use the key.
    pub encrypted: bool,
    /// The cipher that protects it.
    pub cipher: Option<String>,
    /// How the passphrase becomes the cipher's key.
    pub kdf: Option<String>,
    /// Iterations or rounds of the KDF.
    pub kdf_rounds: Option<u64>,
    /// SHA-256 of the SubjectPublicKeyInfo of the public half, lower-case hex.
    pub spki_sha256: Option<String>,
    /// `SHA256:…` of the public half.
    pub ssh_fingerprint: Option<String>,
    /// Why the public half is not known, when it is not.
    pub public_half_missing: Option<&'static str>,
    /// The comment, where it stands in clear.
    pub comment: Option<String>,
    /// Strong, weak or unknown.
    pub strength: Strength,
    /// Other things worth knowing.
    pub notes: Vec<&'static str>,
}

impl PrivateKey {
    fn new(form: KeyForm) -> Self {
        Self {
            form,
            algorithm: None,
            bits: None,
            curve: None,
            encrypted: false,
            cipher: None,
            kdf: None,
            kdf_rounds: None,
            spki_sha256: None,
            ssh_fingerprint: None,
            public_half_missing: None,
            comment: None,
            strength: crypto_strength("unknown", None),
            notes: Vec::new(),
        }
    }

    fn with_public(mut self, key: PublicKey) -> Self {
        self.algorithm = Some(key.algorithm);
        self.bits = key.bits;
        self.curve = key.curve;
        self.spki_sha256 = key.spki_sha256;
        self.ssh_fingerprint = key.ssh_fingerprint;
        self.strength = key.strength;
        self
    }

    fn without_public(mut self, algorithm: Option<KeyAlgorithm>, reason: &'static str) -> Self {
        self.algorithm = algorithm;
        self.strength = crypto_strength(algorithm.map_or("unknown", KeyAlgorithm::name), self.bits);
        self.public_half_missing = Some(reason);
        self
    }

    fn protected(mut self, cipher: String, kdf: impl Into<String>) -> Self {
        self.encrypted = true;
        self.cipher = Some(cipher);
        self.kdf = Some(kdf.into());
        self
    }
}

/// Reads the private key of a PEM block.
///
/// # Errors
/// When the label is not that of a private key, or the content is damaged.
pub fn from_pem(block: &Block) -> Result<PrivateKey, FormatError> {
    let data = block.data.expose();
    FormatError::check_size("the private key", data, MAX_KEY_BYTES)?;
    if data.is_empty() && block.is_private_key() {
        return Err(FormatError::broken(
            "the private key",
            block.problem.unwrap_or("the block is empty"),
        ));
    }
    let found = match block.label.as_str() {
        "PRIVATE KEY" => pkcs8::plain(data),
        "ENCRYPTED PRIVATE KEY" => pkcs8::encrypted(data),
        "OPENSSH PRIVATE KEY" => openssh::read(data),
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "DSA PRIVATE KEY" => {
            if let Some(key) = traditional::encrypted(block) {
                return Ok(key);
            }
            match block.label.as_str() {
                "RSA PRIVATE KEY" => traditional::rsa(data),
                "EC PRIVATE KEY" => ec::sec1(data, None),
                _ => traditional::dsa(data),
            }
            // Some tools write PKCS#8 under the old labels.
            .or_else(|| pkcs8::plain(data))
        }
        "PGP PRIVATE KEY BLOCK" => {
            return Err(FormatError::not(
                "a key this reader decodes (an OpenPGP key block)",
            ));
        }
        _ => return Err(FormatError::not("a private key")),
    };
    found.ok_or_else(|| {
        FormatError::broken(
            "the private key",
            block.problem.unwrap_or("the structure is damaged"),
        )
    })
}

/// Reads a private key from DER bytes of any of the four forms.
///
/// # Errors
/// When the bytes are none of them.
pub fn from_der(bytes: &[u8]) -> Result<PrivateKey, FormatError> {
    FormatError::check_size("the private key", bytes, MAX_KEY_BYTES)?;
    pkcs8::plain(bytes)
        .or_else(|| traditional::rsa(bytes))
        .or_else(|| ec::sec1(bytes, None))
        .or_else(|| traditional::dsa(bytes))
        .or_else(|| pkcs8::encrypted(bytes))
        .ok_or_else(|| FormatError::not("a private key in DER"))
}

/// Reads a private key of WireGuard: 32 bytes in base64.
///
/// # Errors
/// When it is not.
pub fn from_wireguard(text: &str) -> Result<PrivateKey, FormatError> {
    let bytes = crate::text::base64_standard(text.trim().as_bytes())
        .map(zeroize::Zeroizing::new)
        .and_then(|bytes| {
            Some(zeroize::Zeroizing::new(
                <[u8; 32]>::try_from(bytes.as_slice()).ok()?,
            ))
        })
        .ok_or_else(|| FormatError::not("a private key of 32 bytes in base64"))?;
    let public = curve25519_dalek::MontgomeryPoint::mul_base_clamped(*bytes).to_bytes();
    Ok(PrivateKey::new(KeyForm::Raw).with_public(crate::public_key::x25519(&public)))
}

/// Reads a PuTTY private key file, version 2 or 3.
///
/// # Errors
/// When the file is not one, or its public half is damaged.
pub fn from_putty(bytes: &[u8]) -> Result<PrivateKey, FormatError> {
    FormatError::check_size("the private key", bytes, MAX_KEY_BYTES)?;
    putty::read(bytes)
}
