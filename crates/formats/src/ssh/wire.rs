//! The SSH wire encoding (RFC 4251 section 5) and public keys in it.

use crate::public_key::{CURVES, KeyAlgorithm, Material, PublicKey, ssh_fingerprint};
use crate::strength::crypto_strength;

/// Reads wire values one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Wire<'a> {
    rest: &'a [u8],
}

impl<'a> Wire<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        let (head, rest) = self.rest.split_first_chunk::<4>()?;
        self.rest = rest;
        Some(u32::from_be_bytes(*head))
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        let (head, rest) = self.rest.split_first_chunk::<8>()?;
        self.rest = rest;
        Some(u64::from_be_bytes(*head))
    }

    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let length = usize::try_from(ahead.u32()?).ok()?;
        let (value, rest) = ahead.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(value)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.string()?).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Reads a public key blob. `None` when it is damaged; unknown key types are `Other`.
pub(crate) fn public_key(blob: &[u8]) -> Option<PublicKey> {
    let mut wire = Wire::new(blob);
    let name = wire.text()?;
    if name.is_empty() || name.len() > 64 || !name.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let material = key_material(name, &mut wire);
    let known = matches!(name, "ssh-rsa" | "ssh-dss" | "ssh-ed25519" | "ssh-ed448")
        || name.starts_with("ecdsa-sha2-");
    let mut key = match material {
        Some(material) => material.public_key(),
        None if known => return None,
        None => opaque(name),
    };
    name.clone_into(&mut key.algorithm_name);
    key.ssh_fingerprint = Some(ssh_fingerprint(blob));
    Some(key)
}

/// The key's own fields, after its name. In a certificate the same fields follow the nonce.
pub(crate) fn key_material<'a>(name: &str, wire: &mut Wire<'a>) -> Option<Material<'a>> {
    match name {
        "ssh-rsa" => {
            let (e, n) = (wire.string()?, wire.string()?);
            Some(Material::Rsa { n, e })
        }
        "ssh-dss" => Some(Material::Dsa {
            p: wire.string()?,
            q: wire.string()?,
            g: wire.string()?,
            y: wire.string()?,
        }),
        "ssh-ed25519" => wire
            .string()
            .filter(|key| key.len() == 32)
            .map(Material::Ed25519),
        "ssh-ed448" => wire
            .string()
            .filter(|key| key.len() == 57)
            .map(Material::Ed448),
        _ => {
            let curve_name = name.strip_prefix("ecdsa-sha2-")?;
            let curve = CURVES.iter().find(|curve| curve.ssh == Some(curve_name))?;
            (wire.text()? == curve_name).then_some(())?;
            wire.string()
                .filter(|point| !point.is_empty())
                .map(|point| Material::Ec { curve, point })
        }
    }
}

/// A key type without an X.509 form: security keys (`sk-…`) sign over their own application name.
fn opaque(name: &str) -> PublicKey {
    let (algorithm, bits, curve) = if name.starts_with("sk-ssh-ed25519") {
        (KeyAlgorithm::Ed25519, Some(256), None)
    } else if name.starts_with("sk-ecdsa-sha2-nistp256") {
        (KeyAlgorithm::Ec, Some(256), Some("p256"))
    } else {
        (KeyAlgorithm::Other, None, None)
    };
    PublicKey {
        algorithm,
        algorithm_name: name.to_owned(),
        bits,
        curve,
        spki_sha256: None,
        ssh_fingerprint: None,
        strength: crypto_strength(curve.unwrap_or(algorithm.name()), bits),
    }
}
