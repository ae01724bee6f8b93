//! Keys and certificates made by openssl and ssh-keygen, as observations.

use formats::{pem, private_key, ssh, x509};
use model::{AliasRole, EdgeKind, Fact, Fingerprinter, NodeRef, Observation, TimeUs};
use sources::material;

const NOW: TimeUs = TimeUs::EPOCH;

fn fixture(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/../formats/tests/fixtures/{name}",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn certificates(name: &str) -> Vec<x509::Certificate> {
    pem::scan(&fixture(name))
        .blocks
        .iter()
        .filter(|block| block.is_certificate())
        .map(|block| x509::parse_der(block.data.expose()).unwrap())
        .collect()
}

fn aliases(observation: &Observation) -> Vec<&str> {
    observation
        .aliases
        .iter()
        .map(|alias| alias.text.as_str())
        .collect()
}

#[test]
fn a_certificate_is_joined_to_its_issuer() {
    let together: Vec<_> = [certificates("leaf.pem"), certificates("ca.pem")].concat();
    let observations = material::certificates(&together, NOW);
    let (leaf, ca) = (&observations[0], &observations[1]);
    assert_eq!(leaf.node, NodeRef::certificate(&together[0].sha256));
    assert_eq!(leaf.edges.len(), 1);
    assert_eq!(leaf.edges[0].kind, EdgeKind::SignedBy);
    assert_eq!(leaf.edges[0].to, ca.node);
    assert_eq!(leaf.edges[0].attributes["basis"], "key_identifier");
    assert_eq!(ca.edges, []);
    assert_eq!(ca.attributes.extra["is_ca"], true);
    assert_eq!(
        leaf.attributes.expires,
        Some(Fact::known(together[0].not_after))
    );
    assert_eq!(
        leaf.attributes.created,
        Some(Fact::known(together[0].not_before))
    );
    for key in [
        "subject",
        "issuer",
        "serial",
        "sans",
        "key_algorithm",
        "ekus",
        "purpose",
    ] {
        assert!(leaf.attributes.extra.contains_key(key), "{key}");
    }
    let spki = format!("spki:sha256:{}", together[0].spki_sha256);
    assert!(aliases(leaf).contains(&spki.as_str()));
    assert!(
        leaf.aliases
            .iter()
            .all(|alias| alias.role == AliasRole::Lookup)
    );
}

#[test]
fn one_key_is_one_node_in_every_form() {
    let fingerprinter = Fingerprinter::new([1; 32]);
    let nodes: Vec<_> = ["ec_prime256v1.pem", "ec_prime256v1_pkcs8.pem"]
        .iter()
        .map(|name| {
            let scan = pem::scan(&fixture(name));
            let block = scan
                .blocks
                .iter()
                .find(|block| block.is_private_key())
                .unwrap();
            let key = private_key::from_pem(block).unwrap();
            let print = fingerprinter.fingerprint(&block.data);
            material::private_key(&key, &print, NOW)
        })
        .collect();
    assert_eq!(nodes[0].node, nodes[1].node);
    assert_eq!(nodes[0].node.provider, "key");
    assert_eq!(nodes[0].attributes.extra["encrypted"], false);

    let line = String::from_utf8(fixture("id_ed25519.pub")).unwrap();
    let public = material::ssh_public_key(&ssh::parse_public_key(&line).unwrap(), NOW);
    let scan = pem::scan(&fixture("id_ed25519"));
    let key = private_key::from_pem(&scan.blocks[0]).unwrap();
    let print = fingerprinter.fingerprint(&scan.blocks[0].data);
    let private = material::private_key(&key, &print, NOW);
    assert_eq!(public.node, private.node);
    assert_eq!(
        private.attributes.subtype.as_deref(),
        Some("ssh_private_key")
    );
    assert_eq!(private.attributes.fingerprint, Some(print));
}

#[test]
fn a_key_without_a_readable_public_half_goes_by_its_fingerprint() {
    let fingerprinter = Fingerprinter::new([1; 32]);
    let scan = pem::scan(&fixture("rsa_pkcs8_encrypted.pem"));
    let key = private_key::from_pem(&scan.blocks[0]).unwrap();
    let print = fingerprinter.fingerprint(&scan.blocks[0].data);
    let observation = material::private_key(&key, &print, NOW);
    assert_eq!(observation.node, NodeRef::secret(&print));
    assert_eq!(observation.attributes.extra["encrypted"], true);
    assert!(
        observation
            .attributes
            .extra
            .contains_key("public_half_missing")
    );
}

#[test]
fn an_ssh_certificate_names_its_authority_and_its_end() {
    let line = String::from_utf8(fixture("id_user-cert.pub")).unwrap();
    let key = ssh::parse_public_key(&line).unwrap();
    let certificate = key.certificate.as_ref().unwrap();
    let observation = material::ssh_certificate(certificate, &key.key, "ab", NOW);
    assert_eq!(observation.node.native_id, "sshcert:ab");
    let ca = String::from_utf8(fixture("id_ca.pub")).unwrap();
    let ca = material::ssh_public_key(&ssh::parse_public_key(&ca).unwrap(), NOW);
    assert_eq!(observation.edges[0].kind, EdgeKind::SignedBy);
    assert_eq!(observation.edges[0].to, ca.node);
    assert_eq!(
        observation.attributes.expires,
        Some(certificate.valid_before.clone())
    );
}

#[test]
fn a_token_shows_what_it_says_and_never_itself() {
    let fingerprinter = Fingerprinter::new([1; 32]);
    // The example of the AWS documentation.
    let id = "AKIAIOSFODNN7EXAMPLE";
    let recognised = formats::token::recognise(id).unwrap();
    let print = fingerprinter.fingerprint_bytes(id.as_bytes());
    let observation = material::secret(&print, &recognised, NOW);
    assert_eq!(observation.node.provider, "aws");
    assert_eq!(observation.node.native_id, id);

    let secret = "sk_live_CANARYCANARYCANARYCANARY";
    if let Some(recognised) = formats::token::recognise(secret) {
        let print = fingerprinter.fingerprint_bytes(secret.as_bytes());
        let observation = material::secret(&print, &recognised, NOW);
        assert_eq!(observation.node, NodeRef::secret(&print));
        assert_eq!(observation.aliases[0].role, AliasRole::Same);
        let text = serde_json::to_string(&observation).unwrap();
        assert!(!text.contains("CANARY"), "{text}");
    } else {
        panic!("the table no longer knows Stripe's live keys");
    }

    let print = fingerprinter.fingerprint_bytes(b"CANARY-password");
    let password = material::unrecognised_secret(
        &print,
        "password",
        "DB_PASSWORD",
        material::Made::ByPerson,
        NOW,
    );
    assert_eq!(password.aliases[0].role, AliasRole::Lookup);
}

#[test]
fn a_trust_store_is_counted() {
    let certificates = certificates("ca.pem");
    let file = material::file("host-1", "/etc/ssl/ca.pem");
    let now = certificates[0].not_after.plus_days(1);
    let summary = material::trust_store_summary(file.clone(), "ca.pem", &certificates, now, NOW);
    assert_eq!(summary.node, file);
    assert_eq!(summary.attributes.extra["certificates"], 1);
    assert_eq!(summary.attributes.extra["expired"], 1);
    let stored =
        material::stored_in_file(material::certificate(&certificates[0], NOW), &file, Some(3));
    assert_eq!(stored.place.as_deref(), Some("/etc/ssl/ca.pem"));
    assert_eq!(stored.edges[0].attributes["line"], 3);
}
