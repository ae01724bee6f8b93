//! Public keys in the two encodings that matter, SubjectPublicKeyInfo and the SSH wire form. Both
//! are made from the same numbers, so an SSH key and the same key in PEM share one SPKI hash.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::der::{self, Reader};
use crate::error::FormatError;
use crate::strength::{Strength, crypto_strength};

/// The algorithm of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAlgorithm {
    /// RSA.
    Rsa,
    /// RSA restricted to PSS signatures.
    RsaPss,
    /// ECDSA or ECDH on a named curve.
    Ec,
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// X25519, key agreement only.
    X25519,
    /// X448, key agreement only.
    X448,
    /// DSA.
    Dsa,
    /// Any other; its OID or SSH name is in `algorithm_name`.
    Other,
}

impl KeyAlgorithm {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::RsaPss => "rsa_pss",
            Self::Ec => "ec",
            Self::Ed25519 => "ed25519",
            Self::Ed448 => "ed448",
            Self::X25519 => "x25519",
            Self::X448 => "x448",
            Self::Dsa => "dsa",
            Self::Other => "other",
        }
    }
}

/// What a public key shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// The algorithm.
    pub algorithm: KeyAlgorithm,
    /// The algorithm's OID, or the SSH name when the key came from SSH.
    pub algorithm_name: String,
    /// Key size in bits.
    pub bits: Option<u32>,
    /// Curve name (`p256`, `secp256k1` …), for EC keys.
    pub curve: Option<&'static str>,
    /// SHA-256 of the SubjectPublicKeyInfo, lower-case hex; absent when SSH and X.509 share no
    /// encoding for the key (hardware-backed `sk-` keys).
    pub spki_sha256: Option<String>,
    /// `SHA256:…` as `ssh-keygen -l` prints it; absent when SSH has no form for the key.
    pub ssh_fingerprint: Option<String>,
    /// Strong, weak or unknown.
    pub strength: Strength,
}

/// A curve that keys name by OID.
pub(crate) struct Curve {
    pub(crate) name: &'static str,
    pub(crate) oid: &'static [u8],
    pub(crate) bits: u32,
    pub(crate) ssh: Option<&'static str>,
}

pub(crate) const CURVES: &[Curve] = &[
    Curve {
        name: "p256",
        oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        bits: 256,
        ssh: Some("nistp256"),
    },
    Curve {
        name: "p384",
        oid: &[0x2b, 0x81, 4, 0, 0x22],
        bits: 384,
        ssh: Some("nistp384"),
    },
    Curve {
        name: "p521",
        oid: &[0x2b, 0x81, 4, 0, 0x23],
        bits: 521,
        ssh: Some("nistp521"),
    },
    Curve {
        name: "secp256k1",
        oid: &[0x2b, 0x81, 4, 0, 0x0a],
        bits: 256,
        ssh: None,
    },
    Curve {
        name: "p224",
        oid: &[0x2b, 0x81, 4, 0, 0x21],
        bits: 224,
        ssh: None,
    },
    Curve {
        name: "p192",
        oid: &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1],
        bits: 192,
        ssh: None,
    },
    Curve {
        name: "brainpoolp256r1",
        oid: &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7],
        bits: 256,
        ssh: None,
    },
    Curve {
        name: "brainpoolp384r1",
        oid: &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11],
        bits: 384,
        ssh: None,
    },
    Curve {
        name: "brainpoolp512r1",
        oid: &[0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13],
        bits: 512,
        ssh: None,
    },
];

pub(crate) const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
pub(crate) const OID_RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
pub(crate) const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
pub(crate) const OID_DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
pub(crate) const OID_X25519: &[u8] = &[0x2b, 0x65, 0x6e];
pub(crate) const OID_X448: &[u8] = &[0x2b, 0x65, 0x6f];
pub(crate) const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
pub(crate) const OID_ED448: &[u8] = &[0x2b, 0x65, 0x71];

pub(crate) fn algorithm_of_oid(oid: &[u8]) -> KeyAlgorithm {
    match oid {
        OID_RSA => KeyAlgorithm::Rsa,
        OID_RSA_PSS => KeyAlgorithm::RsaPss,
        OID_EC => KeyAlgorithm::Ec,
        OID_DSA => KeyAlgorithm::Dsa,
        OID_X25519 => KeyAlgorithm::X25519,
        OID_X448 => KeyAlgorithm::X448,
        OID_ED25519 => KeyAlgorithm::Ed25519,
        OID_ED448 => KeyAlgorithm::Ed448,
        _ => KeyAlgorithm::Other,
    }
}

pub(crate) fn curve_of_oid(oid: &[u8]) -> Option<&'static Curve> {
    CURVES.iter().find(|curve| curve.oid == oid)
}

/// The numbers of a public key.
pub(crate) enum Material<'a> {
    Rsa {
        n: &'a [u8],
        e: &'a [u8],
    },
    Dsa {
        p: &'a [u8],
        q: &'a [u8],
        g: &'a [u8],
        y: &'a [u8],
    },
    Ec {
        curve: &'static Curve,
        point: &'a [u8],
    },
    Ed25519(&'a [u8]),
    Ed448(&'a [u8]),
}

impl Material<'_> {
    pub(crate) fn public_key(&self) -> PublicKey {
        let spki = self.spki();
        let (algorithm, oid, bits, curve) = match self {
            Self::Rsa { n, .. } => (KeyAlgorithm::Rsa, OID_RSA, der::bit_length(n), None),
            Self::Dsa { p, .. } => (KeyAlgorithm::Dsa, OID_DSA, der::bit_length(p), None),
            Self::Ec { curve, .. } => (KeyAlgorithm::Ec, OID_EC, curve.bits, Some(curve.name)),
            Self::Ed25519(_) => (KeyAlgorithm::Ed25519, OID_ED25519, 256, None),
            Self::Ed448(_) => (KeyAlgorithm::Ed448, OID_ED448, 456, None),
        };
        PublicKey {
            algorithm,
            algorithm_name: der::oid_text(oid),
            bits: Some(bits),
            curve,
            spki_sha256: Some(hex::encode(Sha256::digest(&spki))),
            ssh_fingerprint: self.ssh_blob().map(|blob| ssh_fingerprint(&blob)),
            strength: crypto_strength(curve.unwrap_or(algorithm.name()), Some(bits)),
        }
    }

    /// SubjectPublicKeyInfo (RFC 5280, 3279, 5480, 8410).
    fn spki(&self) -> Vec<u8> {
        let wrap = |oid: &[u8], parameters: &[u8], key: &[u8]| {
            let algorithm = der::write(der::SEQUENCE, &[&der::write(der::OID, &[oid]), parameters]);
            der::write(
                der::SEQUENCE,
                &[&algorithm, &der::write(der::BIT_STRING, &[&[0], key])],
            )
        };
        match self {
            Self::Rsa { n, e } => {
                let key = der::write(
                    der::SEQUENCE,
                    &[&der::write_unsigned(n), &der::write_unsigned(e)],
                );
                wrap(OID_RSA, &der::write(der::NULL, &[]), &key)
            }
            Self::Dsa { p, q, g, y } => {
                let parameters = der::write(
                    der::SEQUENCE,
                    &[
                        &der::write_unsigned(p),
                        &der::write_unsigned(q),
                        &der::write_unsigned(g),
                    ],
                );
                wrap(OID_DSA, &parameters, &der::write_unsigned(y))
            }
            Self::Ec { curve, point } => wrap(OID_EC, &der::write(der::OID, &[curve.oid]), point),
            Self::Ed25519(key) => wrap(OID_ED25519, &[], key),
            Self::Ed448(key) => wrap(OID_ED448, &[], key),
        }
    }

    /// The SSH wire form (RFC 4253 6.6, RFC 5656, RFC 8709).
    fn ssh_blob(&self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        match self {
            Self::Rsa { n, e } => {
                put_string(&mut out, b"ssh-rsa");
                put_mpint(&mut out, e);
                put_mpint(&mut out, n);
            }
            Self::Dsa { p, q, g, y } => {
                put_string(&mut out, b"ssh-dss");
                for number in [p, q, g, y] {
                    put_mpint(&mut out, number);
                }
            }
            Self::Ec { curve, point } => {
                let name = curve.ssh?;
                put_string(&mut out, format!("ecdsa-sha2-{name}").as_bytes());
                put_string(&mut out, name.as_bytes());
                put_string(&mut out, point);
            }
            Self::Ed25519(key) => {
                put_string(&mut out, b"ssh-ed25519");
                put_string(&mut out, key);
            }
            Self::Ed448(key) => {
                put_string(&mut out, b"ssh-ed448");
                put_string(&mut out, key);
            }
        }
        Some(out)
    }
}

fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn put_mpint(out: &mut Vec<u8>, number: &[u8]) {
    let digits = der::trim_zeros(number);
    if digits.first().is_some_and(|first| *first >= 0x80) {
        let mut padded = vec![0];
        padded.extend_from_slice(digits);
        put_string(out, &padded);
    } else {
        put_string(out, digits);
    }
}

/// The public half of a key that is for key agreement only.
pub(crate) fn x25519(public: &[u8; 32]) -> PublicKey {
    // RFC 8410: the algorithm and a bit string, with no parameters.
    let mut spki = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03];
    spki.extend_from_slice(OID_X25519);
    spki.extend_from_slice(&[0x03, 0x21, 0x00]);
    spki.extend_from_slice(public);
    PublicKey {
        algorithm: KeyAlgorithm::X25519,
        algorithm_name: der::oid_text(OID_X25519),
        bits: Some(256),
        curve: None,
        spki_sha256: Some(hex::encode(Sha256::digest(&spki))),
        ssh_fingerprint: None,
        strength: crypto_strength(KeyAlgorithm::X25519.name(), Some(256)),
    }
}

/// `SHA256:…` of an SSH key blob, as OpenSSH prints it.
pub(crate) fn ssh_fingerprint(blob: &[u8]) -> String {
    format!(
        "SHA256:{}",
        crate::text::base64_no_pad(&Sha256::digest(blob))
    )
}

/// Reads a DER SubjectPublicKeyInfo (`PUBLIC KEY` in PEM).
///
/// # Errors
/// When the bytes are not a SubjectPublicKeyInfo. An unknown algorithm is not an error.
pub fn parse_spki(spki: &[u8]) -> Result<PublicKey, FormatError> {
    read_spki(spki).ok_or_else(|| FormatError::not("a SubjectPublicKeyInfo"))
}

/// Reads a PKCS#1 RSA public key (`RSA PUBLIC KEY` in PEM).
///
/// # Errors
/// When the bytes are not one.
pub fn parse_pkcs1(bytes: &[u8]) -> Result<PublicKey, FormatError> {
    let read = || {
        let mut key = Reader::new(bytes).sequence()?;
        let (n, e) = (key.unsigned()?, key.unsigned()?);
        key.is_empty().then(|| Material::Rsa { n, e }.public_key())
    };
    read().ok_or_else(|| FormatError::not("a PKCS#1 public key"))
}

fn read_spki(spki: &[u8]) -> Option<PublicKey> {
    let mut outer = Reader::new(spki);
    let whole = outer.element()?.raw;
    let mut info = Reader::new(whole).sequence()?;
    let mut algorithm = info.sequence()?;
    let oid = algorithm.take(der::OID)?;
    let (unused, bits) = info.take(der::BIT_STRING)?.split_first()?;
    if *unused != 0 {
        return None;
    }
    let mut key = material(oid, algorithm, bits).map_or_else(
        || {
            let algorithm = algorithm_of_oid(oid);
            PublicKey {
                algorithm,
                algorithm_name: der::oid_text(oid),
                bits: None,
                curve: None,
                spki_sha256: None,
                ssh_fingerprint: None,
                strength: crypto_strength(algorithm.name(), None),
            }
        },
        |material| material.public_key(),
    );
    // The hash is of the bytes as they stand: that is what others compute from the same certificate.
    key.spki_sha256 = Some(hex::encode(Sha256::digest(whole)));
    if oid == OID_RSA_PSS {
        key.algorithm = KeyAlgorithm::RsaPss;
        key.algorithm_name = der::oid_text(oid);
    }
    Some(key)
}

fn material<'a>(oid: &[u8], mut parameters: Reader<'a>, bits: &'a [u8]) -> Option<Material<'a>> {
    match algorithm_of_oid(oid) {
        KeyAlgorithm::Rsa | KeyAlgorithm::RsaPss => {
            let mut key = Reader::new(bits).sequence()?;
            Some(Material::Rsa {
                n: key.unsigned()?,
                e: key.unsigned()?,
            })
        }
        KeyAlgorithm::Ec => Some(Material::Ec {
            curve: curve_of_oid(parameters.take(der::OID)?)?,
            point: bits,
        }),
        KeyAlgorithm::Dsa => {
            let mut numbers = parameters.sequence()?;
            let (p, q, g) = (
                numbers.unsigned()?,
                numbers.unsigned()?,
                numbers.unsigned()?,
            );
            Some(Material::Dsa {
                p,
                q,
                g,
                y: Reader::new(bits).unsigned()?,
            })
        }
        KeyAlgorithm::Ed25519 if bits.len() == 32 => Some(Material::Ed25519(bits)),
        KeyAlgorithm::Ed448 if bits.len() == 57 => Some(Material::Ed448(bits)),
        _ => None,
    }
}
