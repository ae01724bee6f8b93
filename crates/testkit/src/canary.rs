//! Every secret value in a fixture carries [`CANARY`]; nothing we write may contain it.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The marker. Stands inside every secret value of a fixture.
pub const CANARY: &str = "CANARY";

/// Walks a folder (or reads one file) and panics when a file, a database's WAL included, holds the
/// marker, plainly or encoded. Gives the number of files read; a test should know it is not zero.
///
/// # Panics
/// The marker was found, or something could not be read.
pub fn assert_no_canary(path: &Path, what: &str) -> usize {
    if path.is_dir() {
        let mut files = 0;
        for entry in std::fs::read_dir(path).unwrap_or_else(|e| fail(path, &e)) {
            let entry = entry.unwrap_or_else(|e| fail(path, &e)).path();
            if !entry.is_symlink() {
                files += assert_no_canary(&entry, what);
            }
        }
        return files;
    }
    let bytes = std::fs::read(path).unwrap_or_else(|e| fail(path, &e));
    assert_no_canary_bytes(&bytes, &format!("{what}: {}", path.display()));
    1
}

/// Panics when the bytes hold the marker, plainly or encoded.
///
/// # Panics
/// The marker was found.
pub fn assert_no_canary_bytes(bytes: &[u8], what: &str) {
    for (form, needle) in forms() {
        if let Some(at) = find(bytes, &needle) {
            let from = at.saturating_sub(20);
            let around = bytes
                .get(from..(at + 40).min(bytes.len()))
                .unwrap_or_default();
            let shown = String::from_utf8_lossy(around);
            #[expect(clippy::panic, reason = "a test helper fails by panicking")]
            {
                panic!("{what} holds the canary as {form} at byte {at}: {shown:?}");
            }
        }
    }
}

#[expect(clippy::panic, reason = "a test helper fails by panicking")]
fn fail(path: &Path, error: &std::io::Error) -> ! {
    panic!("cannot read {}: {error}", path.display())
}

/// The marker as text, UTF-16, hexadecimal and base64 at each of the three alignments.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let marker = CANARY.as_bytes();
    let utf16 = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut forms = vec![
        ("text", marker.to_vec()),
        ("UTF-16LE", utf16),
        ("hexadecimal", hex::encode(marker).into_bytes()),
        (
            "upper-case hexadecimal",
            hex::encode_upper(marker).into_bytes(),
        ),
    ];
    for before in 0..3_usize {
        let mut padded = vec![0; before];
        padded.extend_from_slice(marker);
        let encoded = STANDARD_NO_PAD.encode(&padded);
        // Only characters made of the marker's bits alone: none that also hold bits of what
        // stands before or after it.
        let first = (before * 8).div_ceil(6);
        let last = (before + marker.len()) * 8 / 6;
        let sure: Vec<u8> = encoded.bytes().take(last).skip(first).collect();
        forms.push(("base64", sure));
    }
    forms
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_caught(bytes: &[u8]) -> bool {
        std::panic::catch_unwind(|| assert_no_canary_bytes(bytes, "test")).is_err()
    }

    #[test]
    fn every_form_is_caught() {
        for before in ["", "a", "ab", "abc", "abcd"] {
            for after in ["", "x", "xy"] {
                let secret = format!("{before}{CANARY}{after}");
                assert!(is_caught(secret.as_bytes()));
                assert!(
                    is_caught(STANDARD_NO_PAD.encode(&secret).as_bytes()),
                    "{secret}"
                );
                assert!(is_caught(hex::encode(&secret).as_bytes()));
            }
        }
        assert!(is_caught(b"C\0A\0N\0A\0R\0Y\0"));
        assert!(!is_caught(
            b"a canary in lower case, and Q0FOQ but not the rest"
        ));
    }

    #[test]
    fn folders_are_walked() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/clean"), "nothing").unwrap();
        assert_eq!(assert_no_canary(folder.path(), "test"), 1);
        std::fs::write(folder.path().join("a/db-wal"), "xxCANARYxx").unwrap();
        assert!(std::panic::catch_unwind(|| assert_no_canary(folder.path(), "test")).is_err());
    }
}
