use formats::private_key::{self, KeyForm, PrivateKey};
use formats::public_key::KeyAlgorithm;
use formats::x509::{self, Certificate, Purpose, San};
use formats::{Verdict, pem, ssh};
use model::{Fact, TimeUs};

use crate::{expected, fixture, text};

fn key(name: &str) -> PrivateKey {
    let scan = pem::scan(&fixture(name));
    let block = scan
        .blocks
        .iter()
        .find(|block| block.is_private_key())
        .unwrap();
    private_key::from_pem(block).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn certificate(name: &str) -> Certificate {
    x509::parse_der(pem::scan(&fixture(name)).blocks[0].data.expose()).unwrap()
}

#[test]
fn private_keys_have_the_spki_openssl_computes() {
    for (file, truth) in [
        ("rsa_pkcs1.pem", "rsa_pkcs1"),
        ("rsa_pkcs8.pem", "rsa_pkcs1"),
        ("ec_prime256v1.pem", "ec_prime256v1"),
        ("ec_prime256v1_pkcs8.pem", "ec_prime256v1"),
        ("ec_prime256v1_nopub.pem", "ec_prime256v1"),
        ("ec_secp384r1.pem", "ec_secp384r1"),
        ("ec_secp384r1_nopub.pem", "ec_secp384r1"),
        ("ec_secp521r1_pkcs8.pem", "ec_secp521r1"),
        ("ec_secp521r1_nopub.pem", "ec_secp521r1"),
        ("ec_secp256k1_pkcs8.pem", "ec_secp256k1"),
        ("ed25519.pem", "ed25519"),
        ("ed.key.pem", "ed.key"),
        ("leaf.key.pem", "leaf.key"),
    ] {
        let key = key(file);
        assert_eq!(key.spki_sha256, Some(expected("spki", truth)), "{file}");
        assert!(!key.encrypted, "{file}");
    }
}

#[test]
fn a_key_without_its_public_half_says_so() {
    for (file, algorithm) in [
        ("x25519.pem", KeyAlgorithm::X25519),
        ("dsa.pem", KeyAlgorithm::Dsa),
    ] {
        let key = key(file);
        assert_eq!(
            (
                key.algorithm,
                key.spki_sha256.is_none(),
                key.public_half_missing.is_some()
            ),
            (Some(algorithm), true, true)
        );
    }
}

#[test]
fn encrypted_keys_show_their_protection() {
    for (file, form, cipher, kdf, rounds) in [
        (
            "rsa_pkcs1_encrypted.pem",
            KeyForm::Pkcs1,
            "aes-256-cbc",
            "md5, one round (OpenSSL EVP_BytesToKey)",
            Some(1),
        ),
        (
            "rsa_pkcs8_encrypted.pem",
            KeyForm::Pkcs8Encrypted,
            "aes-256-cbc",
            "pbkdf2",
            Some(2048),
        ),
        (
            "rsa_pkcs8_scrypt.pem",
            KeyForm::Pkcs8Encrypted,
            "aes-256-cbc",
            "scrypt",
            Some(16_384),
        ),
        (
            "rsa_pkcs8_pbes1.pem",
            KeyForm::Pkcs8Encrypted,
            "3des-cbc",
            "pbes1",
            Some(2048),
        ),
    ] {
        let key = key(file);
        assert!(key.encrypted && key.spki_sha256.is_none(), "{file}");
        assert_eq!(
            (
                key.form,
                key.cipher.as_deref(),
                key.kdf.as_deref(),
                key.kdf_rounds
            ),
            (form, Some(cipher), Some(kdf), rounds),
            "{file}"
        );
    }
}

#[test]
fn openssh_keys_show_their_public_half() {
    for (file, encrypted, comment) in [
        ("id_ed25519", false, Some("deploy@build-7")),
        ("id_rsa_encrypted", true, None),
        ("id_ecdsa", false, Some("ec@host")),
    ] {
        let private = key(file);
        assert_eq!(
            private.ssh_fingerprint,
            Some(expected("ssh", file)),
            "{file}"
        );
        assert_eq!(
            (private.encrypted, private.comment.as_deref()),
            (encrypted, comment),
            "{file}"
        );
        let public = ssh::parse_public_key(&text(&format!("{file}.pub"))).unwrap();
        assert_eq!(public.key.ssh_fingerprint, private.ssh_fingerprint);
        assert_eq!(public.key.spki_sha256, private.spki_sha256);
    }
    assert_eq!(
        key("id_rsa_encrypted").spki_sha256,
        Some(expected("spki", "id_rsa_encrypted"))
    );
    assert_eq!(
        key("id_ecdsa").spki_sha256,
        Some(expected("spki", "id_ecdsa"))
    );
    assert_eq!(
        key("id_ed25519").spki_sha256,
        Some(expected("spki", "id_ed25519_raw"))
    );
    assert_eq!(key("id_rsa_encrypted").kdf.as_deref(), Some("bcrypt"));
}

#[test]
fn putty_keys_show_their_public_half() {
    for (file, form, encrypted, truth) in [
        ("ed25519_v3.ppk", KeyForm::Putty3, false, "id_ed25519"),
        (
            "rsa_v3_encrypted.ppk",
            KeyForm::Putty3,
            true,
            "id_rsa_encrypted",
        ),
        ("ecdsa_v2.ppk", KeyForm::Putty2, false, "id_ecdsa"),
    ] {
        let key = private_key::from_putty(&fixture(file)).unwrap();
        assert_eq!(
            (key.form, key.encrypted, key.ssh_fingerprint),
            (form, encrypted, Some(expected("ssh", truth))),
            "{file}"
        );
    }
}

#[test]
fn certificates_agree_with_openssl() {
    for name in ["ca", "leaf", "codesign", "vpn"] {
        let certificate = certificate(&format!("{name}.pem"));
        assert_eq!(certificate.sha256, expected("sha256", name), "{name}");
        assert_eq!(certificate.sha1, expected("sha1", name), "{name}");
        assert_eq!(certificate.spki_sha256, expected("spki", name), "{name}");
    }
    assert_eq!(
        certificate("codesign.pem").spki_sha256,
        key("ed.key.pem").spki_sha256.unwrap()
    );
}

#[test]
fn a_leaf_certificate_in_full() {
    let leaf = certificate("leaf.pem");
    assert_eq!(leaf, x509::parse_der(&fixture("leaf.der")).unwrap());
    assert_eq!(leaf.subject, "CN=leaf.example.com,O=system:masters");
    assert_eq!(leaf.issuer, "CN=Fixture CA,O=Example\\, Inc,C=DE");
    assert_eq!(
        (
            leaf.subject_cn.as_deref(),
            leaf.subject_organisations.as_slice()
        ),
        (
            Some("leaf.example.com"),
            ["system:masters".to_owned()].as_slice()
        )
    );
    assert_eq!(
        (leaf.serial.as_str(), leaf.is_ca, leaf.self_signed),
        ("1a2b3c", false, false)
    );
    assert_eq!(
        (leaf.key_algorithm, leaf.key_bits, leaf.key_curve),
        (KeyAlgorithm::Ec, Some(256), Some("p256"))
    );
    assert_eq!(leaf.signature_algorithm, "sha256WithRSAEncryption");
    let names = ["leaf.example.com", "*.example.com"].map(|name| San::Dns(name.to_owned()));
    assert_eq!(leaf.sans[..2], names);
    assert_eq!(
        leaf.sans[2..4],
        ["10.0.0.1", "2001:db8::1"].map(|ip| San::Ip(ip.to_owned()))
    );
    assert_eq!(
        leaf.spiffe_id.as_deref(),
        Some("spiffe://example.org/ns/prod/sa/web")
    );
    assert_eq!(leaf.ekus, ["server_auth", "client_auth"]);
    assert_eq!(leaf.key_usage, ["digital_signature"]);
    assert_eq!(
        leaf.purposes,
        [Purpose::TlsServer, Purpose::TlsClient, Purpose::Workload]
    );
    assert_eq!(leaf.crl_urls, ["http://crl.example.com/ca.crl"]);
    assert_eq!(leaf.ocsp_urls, ["http://ocsp.example.com"]);
    assert_eq!(leaf.issuer_urls, ["http://ca.example.com/ca.der"]);
    assert_eq!(leaf.aki, certificate("ca.pem").ski);
    assert!(leaf.not_after.days_since(leaf.not_before) == 36_500);
}

#[test]
fn purposes_are_told_apart() {
    let ca = certificate("ca.pem");
    assert_eq!(
        (
            ca.purposes.as_slice(),
            ca.is_ca,
            ca.path_len,
            ca.self_signed
        ),
        ([Purpose::Ca].as_slice(), true, Some(1), true)
    );
    // `openssl req -x509` marks what it makes as a CA unless told otherwise.
    assert_eq!(
        certificate("codesign.pem").purposes,
        [Purpose::Ca, Purpose::CodeSigning]
    );
    let vpn = certificate("vpn.pem");
    assert_eq!(
        vpn.purposes,
        [Purpose::Ca, Purpose::TlsServer, Purpose::Vpn]
    );
    assert_eq!(vpn.strength.verdict, Verdict::Weak);
}

#[test]
fn ssh_certificates() {
    let user = ssh::parse_public_key(&text("id_user-cert.pub")).unwrap();
    let certificate = user.certificate.unwrap();
    assert_eq!(certificate.kind, ssh::CertificateKind::User);
    assert_eq!(
        (certificate.serial, certificate.key_id.as_str()),
        (42, "deploy key id")
    );
    assert_eq!(certificate.principals, ["deploy", "root"]);
    assert_eq!(
        certificate.valid_after,
        Fact::known(TimeUs::parse("2025-01-01").unwrap())
    );
    assert_eq!(
        certificate.valid_before,
        Fact::known(TimeUs::parse("2035-01-01").unwrap())
    );
    assert_eq!(
        certificate.critical_options,
        [("source-address".to_owned(), "10.0.0.0/8".to_owned())]
    );
    assert!(
        certificate
            .extensions
            .contains(&"permit-user-rc".to_owned())
            && !certificate.extensions.contains(&"permit-pty".to_owned())
    );
    assert_eq!(certificate.ca_fingerprint, expected("ssh", "id_ca"));
    assert_eq!(
        certificate.key_fingerprint,
        Some(expected("ssh", "id_ed25519"))
    );
    assert_eq!(
        user.key.spki_sha256,
        Some(expected("spki", "id_ed25519_raw"))
    );
    let host = ssh::parse_public_key(&text("id_host-cert.pub"))
        .unwrap()
        .certificate
        .unwrap();
    assert_eq!(
        (host.kind, host.valid_after, host.valid_before),
        (ssh::CertificateKind::Host, Fact::never(), Fact::never())
    );
}

#[test]
fn ssh_line_files() {
    let key = text("id_ed25519.pub");
    let file = format!(
        "# keys\n{key}from=\"10.0.0.0/8,*.example.com\",command=\"/bin/x \\\"a b\\\"\",restrict {key}cert-authority,principals=\"a,b\" {}",
        text("id_ca.pub")
    );
    let found = ssh::authorized_keys(file.as_bytes());
    assert_eq!((found.entries.len(), found.problems.len()), (3, 0));
    let second = &found.entries[1];
    assert_eq!(
        (second.line, second.restricted, second.command.as_deref()),
        (3, true, Some("/bin/x \"a b\""))
    );
    assert_eq!(second.from, ["10.0.0.0/8", "*.example.com"]);
    assert_eq!(
        (
            found.entries[2].cert_authority,
            found.entries[2].principals.len()
        ),
        (true, 2)
    );

    let hosts = format!(
        "a.example.com,10.0.0.1 {key}|1|abc=|def= {key}@cert-authority *.example.com {key}@revoked b {key}"
    );
    let found = ssh::known_hosts(hosts.as_bytes());
    assert_eq!(
        found
            .entries
            .iter()
            .map(|h| (h.hosts.len(), h.hashed))
            .collect::<Vec<_>>(),
        [(2, false), (0, true), (1, false), (1, false)]
    );
    assert_eq!(found.entries[3].marker, Some(ssh::KnownHostMarker::Revoked));

    let signers =
        ssh::allowed_signers(format!("a@x.org,b@x.org namespaces=\"git\" {key}").as_bytes());
    assert_eq!(signers.entries[0].principals, ["a@x.org", "b@x.org"]);
    assert_eq!(signers.entries[0].options[0].value.as_deref(), Some("git"));
}

#[test]
fn a_request_shows_its_key() {
    let request =
        x509::parse_request(pem::scan(&fixture("leaf.csr")).blocks[0].data.expose()).unwrap();
    assert_eq!(request.subject, "CN=leaf.example.com,O=system:masters");
    assert_eq!(request.key.spki_sha256, Some(expected("spki", "leaf.key")));
}
