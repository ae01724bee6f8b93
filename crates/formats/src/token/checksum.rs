//! The checksums vendors put into tokens.

use super::Decoded;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A number in base 62, padded with `0`.
pub(super) fn base62(mut number: u32, width: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(BASE62.get((number % 62) as usize).copied().unwrap_or(b'0'));
        number /= 62;
    }
    digits.resize(width.max(digits.len()), b'0');
    digits.reverse();
    String::from_utf8_lossy(&digits).into_owned()
}

/// GitHub and npm: the last six characters are the CRC32 of the thirty before
/// (github.blog 2021-04-05 and 2021-09-23).
pub(super) fn crc32_base62(text: &str) -> Option<Decoded> {
    let (_, body) = text.split_once('_')?;
    let (random, sum) = body.split_at_checked(body.len().checked_sub(6)?)?;
    Some(Decoded::checksum(
        base62(crc32fast::hash(random.as_bytes()), 6) == sum,
    ))
}

/// Grafana service accounts: eight hex digits after the last `_`, CRC32 of everything before it.
pub(super) fn grafana(text: &str) -> Option<Decoded> {
    let (before, sum) = text.rsplit_once('_')?;
    let random = before.strip_prefix("glsa_")?;
    let bytes = hex::decode(sum).ok()?;
    // Grafana writes the sum little-endian over the random part; older builds over the whole.
    let matches = |covered: &str| bytes == crc32fast::hash(covered.as_bytes()).to_le_bytes();
    Some(Decoded::checksum(matches(random) || matches(before)))
}
