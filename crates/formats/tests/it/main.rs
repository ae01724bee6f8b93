//! Reads real files made by openssl, ssh-keygen, keytool and puttygen (see `tests/fixtures/README.md`).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a failing assertion is what a test is for; clippy knows only `#[test]` functions, not their helpers"
)]

mod config_files;
mod keys;
mod robust;
mod stores;
mod tokens;
mod vpn;

use std::path::PathBuf;

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(name: &str) -> String {
    String::from_utf8(fixture(name)).unwrap()
}

/// What the tools printed: `expected("spki", "ca")`.
fn expected(kind: &str, name: &str) -> String {
    text("expected.txt")
        .lines()
        .find_map(|line| {
            line.strip_prefix(&format!("{kind} {name} "))
                .map(str::to_owned)
        })
        .unwrap_or_else(|| panic!("no {kind} {name}"))
}
