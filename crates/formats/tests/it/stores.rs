use formats::jks::{self, EntryKind};
use formats::pkcs12::{self, Opened};

use crate::{expected, fixture};

#[test]
fn pkcs12_with_default_or_empty_password_is_open() {
    for (file, opened, password, certificates) in [
        ("default.p12", Opened::DefaultPassword, Some("changeit"), 2),
        ("empty.p12", Opened::NoPassword, None, 1),
        ("java.p12", Opened::DefaultPassword, Some("changeit"), 2),
    ] {
        let store = pkcs12::read(&fixture(file)).unwrap();
        assert_eq!(
            (store.opened, store.default_password),
            (opened, password),
            "{file}"
        );
        assert_eq!(
            (store.certificates.len(), store.keys.len()),
            (certificates, 1),
            "{file}"
        );
    }
    let store = pkcs12::read(&fixture("default.p12")).unwrap();
    assert_eq!(
        store.keys[0].key.spki_sha256,
        Some(expected("spki", "leaf.key"))
    );
    assert!(
        store
            .certificates
            .iter()
            .any(|c| c.certificate.sha256 == expected("sha256", "leaf"))
    );
    assert_eq!(store.keys[0].alias.as_deref(), Some("leaf"));
}

#[test]
fn a_protected_pkcs12_says_so() {
    let store = pkcs12::read(&fixture("protected.p12")).unwrap();
    assert_eq!(
        (store.opened, store.certificates.len(), store.keys.len()),
        (Opened::Protected, 0, 0)
    );
    assert_eq!(
        (store.ciphers.as_slice(), store.mac_iterations),
        (["aes-256-cbc".to_owned()].as_slice(), Some(2048))
    );
    assert_eq!(
        store.problems,
        ["protected store, contents not readable without its password"]
    );
    let clear = pkcs12::read(&fixture("clear_certs.p12")).unwrap();
    assert_eq!(
        (clear.opened, clear.certificates.len()),
        (Opened::Partly, 1)
    );
    assert_eq!(
        clear.certificates[0].certificate.sha256,
        expected("sha256", "leaf")
    );
}

#[test]
fn java_stores_without_their_password() {
    let store = jks::read(&fixture("store.jks")).unwrap();
    assert_eq!(store.default_password, Some("changeit"));
    assert_eq!(store.problems, Vec::<&str>::new());
    let mut seen: Vec<_> = store
        .entries
        .iter()
        .map(|e| (e.alias.as_str(), e.kind, e.chain.len()))
        .collect();
    seen.sort_by_key(|entry| entry.0);
    assert_eq!(
        seen,
        [
            ("root", EntryKind::TrustedCertificate, 1),
            ("web", EntryKind::PrivateKey, 1)
        ]
    );
    let root = store.entries.iter().find(|e| e.alias == "root").unwrap();
    assert_eq!(root.chain[0].sha256, expected("sha256", "ca"));

    let strong = jks::read(&fixture("strong.jks")).unwrap();
    assert_eq!((strong.default_password, strong.entries.len()), (None, 1));
    assert_eq!(strong.entries[0].chain[0].subject, "CN=strong.example.com");

    let jceks = jks::read(&fixture("store.jceks")).unwrap();
    let mut names: Vec<_> = jceks
        .entries
        .iter()
        .map(|e| (e.alias.as_str(), e.kind))
        .collect();
    names.sort_by_key(|entry| entry.0);
    assert_eq!(
        names,
        [
            ("root", EntryKind::TrustedCertificate),
            ("secret", EntryKind::SecretKey),
            ("web", EntryKind::PrivateKey)
        ]
    );
    assert_eq!(
        (jceks.default_password, jceks.problems),
        (Some("changeit"), vec![])
    );
}
