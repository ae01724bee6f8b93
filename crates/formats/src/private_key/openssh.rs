//! openssh-key-v1 (OpenSSH, PROTOCOL.key): the public half stands in clear; the comment does only
//! when no passphrase is set.

use super::{KeyForm, PrivateKey};
use crate::public_key::KeyAlgorithm;
use crate::ssh::wire::{self, Wire};

const MAGIC: &[u8] = b"openssh-key-v1\0";

pub(super) fn read(bytes: &[u8]) -> Option<PrivateKey> {
    let mut file = Wire::new(bytes.strip_prefix(MAGIC)?);
    let cipher = file.text()?;
    let kdf = file.text()?;
    let mut kdf_options = Wire::new(file.string()?);
    if file.u32()? != 1 {
        return None;
    }
    let blob = file.string()?;
    let private = file.string()?;
    let mut key = PrivateKey::new(KeyForm::Openssh);
    key = match wire::public_key(blob) {
        Some(public) => key.with_public(public),
        None => key.without_public(
            Some(KeyAlgorithm::Other),
            "the key type is not in the table",
        ),
    };
    if cipher == "none" {
        key.comment = comment(private);
        return Some(key);
    }
    key = key.protected(cipher.to_owned(), kdf);
    if kdf == "bcrypt" {
        kdf_options.string()?;
        key.kdf_rounds = kdf_options.u32().map(u64::from);
    }
    Some(key)
}

/// The comment is the last string before the padding 1, 2, 3 …
fn comment(private: &[u8]) -> Option<String> {
    let mut wire = Wire::new(private);
    if wire.u32()? != wire.u32()? {
        return None;
    }
    let fields = match wire.text()? {
        "ssh-ed25519" => 2,
        "ssh-rsa" => 6,
        "ssh-dss" => 5,
        name if name.starts_with("ecdsa-sha2-") => 3,
        _ => return None,
    };
    for _ in 0..fields {
        wire.string()?;
    }
    wire.text()
        .map(crate::text::label)
        .filter(|comment| !comment.is_empty())
}
