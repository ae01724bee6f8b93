//! No bytes make a parser panic: arbitrary ones, and every truncation of every fixture.

use std::fmt::Write as _;

use formats::files::{self, FileFormat};
use formats::{
    bundle, connection, jks, jwt, pem, pkcs12, private_key, public_key, recognise, ssh, token, x509,
};
use proptest::prelude::*;

fn all(bytes: &[u8]) {
    let _ = pem::scan(bytes).blocks.len();
    let _ = bundle::read(bytes).found.len();
    let _ = x509::parse_der(bytes).is_ok();
    let _ = x509::parse_request(bytes).is_ok();
    let _ = private_key::from_der(bytes).is_ok();
    let _ = private_key::from_putty(bytes).is_ok();
    let _ = public_key::parse_spki(bytes).is_ok();
    let _ = jks::read(bytes).is_ok();
    let _ = ssh::parse_certificate(bytes).is_ok();
    let _ = ssh::authorized_keys(bytes).entries.len();
    let _ = ssh::known_hosts(bytes).entries.len();
    let _ = ssh::allowed_signers(bytes).entries.len();
    for format in FileFormat::ALL {
        let _ = files::parse(*format, bytes).is_ok();
    }
    let text = String::from_utf8_lossy(bytes);
    let _ = (
        jwt::parse(&text).is_ok(),
        token::recognise(&text).is_some(),
        connection::parse(&text).is_ok(),
    );
}

#[test]
fn truncated_fixtures() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        seen += 1;
        let step = (bytes.len() / 40).max(1);
        for end in (0..bytes.len()).step_by(step) {
            all(&bytes[..end]);
        }
    }
    assert!(seen > 40);
}

#[test]
fn a_billion_laughs_ends_early() {
    let mut yaml = "apiVersion: v1\nkind: Config\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(",");
        writeln!(yaml, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    yaml.push_str("users: *a11\nclusters: []\ncontexts: []\n");
    assert!(files::parse(FileFormat::Kubeconfig, yaml.as_bytes()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        all(&bytes);
        let _ = recognise(&bytes).is_some();
        let _ = pkcs12::read(&bytes).is_ok();
    }

    #[test]
    fn arbitrary_text(text in "[ -~\\n\\téあ]{0,200}") {
        all(text.as_bytes());
    }

    #[test]
    fn bits_flipped_in_der(at in 0usize..900, bit in 0u8..8) {
        for name in ["leaf.der", "store.jks"] {
            let mut bytes = crate::fixture(name);
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let _ = (x509::parse_der(&bytes).is_ok(), jks::read(&bytes).is_ok());
        }
    }
}
