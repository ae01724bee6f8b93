//! Tokens are made here, so that no token-shaped text stands in the repository.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use formats::token::{Proof, recognise};
use formats::{Recognition, jwt};

fn base62(mut number: u32) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = Vec::new();
    for _ in 0..6 {
        out.push(DIGITS[(number % 62) as usize]);
        number /= 62;
    }
    out.reverse();
    String::from_utf8(out).unwrap()
}

fn github_like(prefix: &str) -> String {
    let random = "CANARY0123456789abcdefghijklmn";
    assert_eq!(random.len(), 30);
    format!(
        "{prefix}{random}{}",
        base62(crc32fast::hash(random.as_bytes()))
    )
}

#[test]
fn checksums_prove_or_refute() {
    for (prefix, subtype) in [
        ("ghp_", "github_classic_pat"),
        ("ghs_", "github_app_installation_token"),
        ("npm_", "npm_access_token"),
    ] {
        let token = github_like(prefix);
        let found = recognise(&token).unwrap();
        assert_eq!(
            (found.subtype, found.proof, found.checksum_ok),
            (subtype, Proof::Checksum, Some(true))
        );
        let wrong = recognise(&format!("{}0000{}", &token[..8], &token[12..])).unwrap();
        assert_eq!(
            (wrong.proof, wrong.checksum_ok, wrong.notes.len()),
            (Proof::Shape, Some(false), 1)
        );
    }
    let random = "CANARYabcdefghijklmnopqrstuvwxyz";
    let sum = hex::encode(crc32fast::hash(random.as_bytes()).to_le_bytes());
    assert_eq!(
        recognise(&format!("glsa_{random}_{sum}"))
            .unwrap()
            .checksum_ok,
        Some(true)
    );
}

#[test]
fn tokens_tell_whose_they_are() {
    let json = |value: serde_json::Value| STANDARD.encode(value.to_string());
    let long = "CANARY".repeat(12);
    for (token, subtype, key, value) in [
        (
            format!("ASIA{}", "Y34FZKBOKMUTVV7A"),
            "aws_temporary_access_key",
            "account",
            "609629065308",
        ),
        (
            format!(
                "xoxb-{}-{}-CANARYabcdefghijkl",
                "1234567890123", "9876543210987"
            ),
            "slack_bot_token",
            "team_number",
            "1234567890123",
        ),
        (
            format!(
                "https://hooks.slack.com/services/{}/B0000/CANARYCANARY",
                "T0001"
            ),
            "slack_webhook",
            "team_id",
            "T0001",
        ),
        (
            format!(
                "sntrys_{}_CANARY{}",
                json(
                    serde_json::json!({"iat":1_700_000_000.5,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"acme"})
                ),
                "a".repeat(37)
            ),
            "sentry_org_token",
            "organisation",
            "acme",
        ),
        (
            format!(
                "glc_{}",
                json(serde_json::json!({"o":"42","n":"ci-token","k":"CANARY","m":{"r":"eu"}}))
            ),
            "grafana_cloud_token",
            "org_id",
            "42",
        ),
        (
            format!(
                "ops_{}",
                json(
                    serde_json::json!({"signInAddress":"acme.1password.com","email":"bot@acme","srpX":long,"secretKey":long})
                )
            ),
            "onepassword_service_account_token",
            "host",
            "acme.1password.com",
        ),
        (
            format!("{}:AA{}", "123456789", "C".repeat(33)),
            "telegram_bot_token",
            "bot_id",
            "123456789",
        ),
        (
            format!(
                "{}.GabcDE.{}",
                URL_SAFE_NO_PAD.encode("123456789012345678"),
                "C".repeat(38)
            ),
            "discord_bot_token",
            "bot_id",
            "123456789012345678",
        ),
        (
            format!("dp.st.prd.CANARY{}", "a".repeat(37)),
            "doppler_service_token",
            "config",
            "prd",
        ),
        (
            format!("{}-us12", "a1".repeat(16)),
            "mailchimp_api_key",
            "data_centre",
            "us12",
        ),
        (
            format!("sk_live_{}", "CANARY".repeat(5)),
            "stripe_secret_key",
            "mode",
            "live",
        ),
        (
            "https://acme.blob.core.windows.net/backups?sv=2022-11-02&sp=rl&se=2030-01-01T00:00:00Z&sig=CANARY%3D".to_owned(),
            "azure_sas",
            "permissions",
            "rl",
        ),
        (
            format!("{}+ASt{}", "C".repeat(76), "A".repeat(8)),
            "azure_identifiable_key",
            "service",
            "storage",
        ),
    ] {
        let found = recognise(&token).unwrap_or_else(|| panic!("{subtype}"));
        assert_eq!(found.subtype, subtype);
        assert!(
            found.identity.iter().any(|(k, v)| *k == key && v == value),
            "{subtype}: {:?}",
            found.identity
        );
        assert!(
            !serde_json::to_string(&found).unwrap().contains("CANARY"),
            "{subtype}"
        );
        assert!(!found.revoke.is_empty() && !found.doc.is_empty());
    }
}

#[test]
fn ordinary_words_are_no_tokens() {
    for text in [
        "",
        "hello",
        "sk-",
        "AKIA",
        "https://example.com/",
        "https://example.com/a?sv=1",
        "true",
        "a.b.c",
        "1234",
        "secret_of_the_house",
    ] {
        assert_eq!(recognise(text), None, "{text}");
    }
}

#[test]
fn a_paste_is_recognised_and_never_echoed() {
    let claims = URL_SAFE_NO_PAD.encode(r#"{"sub":"x","iss":"me"}"#);
    let token = format!(
        "{}.{claims}.CANARYCANARY",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#)
    );
    assert_eq!(jwt::parse(&token).unwrap().sub.as_deref(), Some("x"));
    let kinds: Vec<&str> = [
        token.into_bytes(),
        github_like("ghp_").into_bytes(),
        b"postgres://u:CANARY@db/x".to_vec(),
        crate::fixture("id_ed25519.pub"),
        crate::fixture("rsa_pkcs8.pem"),
        crate::fixture("default.p12"),
        crate::fixture("leaf.der"),
    ]
    .iter()
    .map(|bytes| {
        let found = formats::recognise(bytes).unwrap();
        let shown = format!("{found:?}{}", serde_json::to_string(&found).unwrap());
        assert!(!shown.contains("CANARY"), "{shown}");
        match found {
            Recognition::Material { .. } => "material",
            Recognition::File(_) => "file",
            Recognition::SshKey(_) => "ssh_key",
            Recognition::Jwt(_) => "jwt",
            Recognition::Token(_) => "token",
            Recognition::Connection(_) => "connection",
        }
    })
    .collect();
    assert_eq!(
        kinds,
        [
            "jwt",
            "token",
            "connection",
            "ssh_key",
            "material",
            "material",
            "material"
        ]
    );
    assert!(formats::recognise(b"just some words").is_none());
}
