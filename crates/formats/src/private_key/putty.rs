//! PuTTY private keys (appendix C of the PuTTY manual): header lines, a public half in clear.

use super::{KeyForm, PrivateKey};
use crate::error::FormatError;
use crate::public_key::KeyAlgorithm;
use crate::ssh::wire;

const WHAT: &str = "the PuTTY key";
/// The most base64 lines of the public half; an RSA key of 16,384 bits needs 44.
const MAX_PUBLIC_LINES: usize = 1_000;

pub(super) fn read(bytes: &[u8]) -> Result<PrivateKey, FormatError> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let form = if first.starts_with("PuTTY-User-Key-File-3:") {
        KeyForm::Putty3
    } else if first.starts_with("PuTTY-User-Key-File-2:") {
        KeyForm::Putty2
    } else {
        return Err(FormatError::not("a PuTTY key of version 2 or 3"));
    };
    let mut key = PrivateKey::new(form);
    let mut public = String::new();
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        match name {
            "Encryption" if value.trim() != "none" => {
                key = key.protected(value.trim().to_owned(), "sha1, one round");
            }
            "Comment" => {
                key.comment = Some(crate::text::label(value)).filter(|comment| !comment.is_empty());
            }
            "Public-Lines" => {
                let count: usize = value.trim().parse().unwrap_or(0);
                public = lines
                    .by_ref()
                    .take(count.min(MAX_PUBLIC_LINES))
                    .map(str::trim)
                    .collect();
            }
            "Key-Derivation" if key.encrypted => key.kdf = Some(value.trim().to_ascii_lowercase()),
            "Argon2-Passes" => key.kdf_rounds = value.trim().parse().ok(),
            "Private-Lines" => break,
            _ => {}
        }
    }
    let blob = crate::text::base64_standard(public.as_bytes())
        .filter(|blob| !blob.is_empty())
        .ok_or_else(|| FormatError::broken(WHAT, "its public half is missing or not base64"))?;
    Ok(match wire::public_key(&blob) {
        Some(public) => key.with_public(public),
        None => key.without_public(
            Some(KeyAlgorithm::Other),
            "the key type is not in the table",
        ),
    })
}
