//! What the files of tools say that goes beyond the file: whose a secret is, and what it is needed for.

use model::{AliasRole, EdgeKind, NodeKind};

use crate::imports::testing::{edges, read};

const CLIENT: &str = "0a1b2c3d-0000-4000-8000-000000000001";
const TENANT: &str = "99999999-0000-4000-8000-000000000000";

/// The secret in a `.env` and the directory's own records meet in the names both bear.
#[test]
fn a_client_secret_leads_to_its_application() {
    let text = format!(
        "AZURE_CLIENT_ID={}\nAZURE_TENANT_ID={TENANT}\nAZURE_CLIENT_SECRET=CANARY-secret-value\n",
        CLIENT.to_uppercase()
    );
    let file = read("app/.env", text.as_bytes(), &[("host", "h")]);
    assert_eq!(file.format, "file.env");
    let secret = file
        .got
        .observations
        .iter()
        .map(|(_, one)| one)
        .find(|one| one.attributes.subtype.as_deref() == Some("entra_client_secret"))
        .unwrap();
    let id = format!("app_id:{CLIENT}");
    assert_eq!(secret.attributes.tenant.as_deref(), Some(TENANT));
    assert_eq!(
        edges(secret),
        [
            format!("authenticates -> {id}"),
            format!("part_of -> {id}"),
            "stored_in -> app/.env".to_owned()
        ]
    );
    let directory = serde_json::json!({"value": [
        {"id": "55555555-0000-4000-8000-000000000001", "appId": CLIENT, "displayName": "billing",
         "servicePrincipalType": "Application", "appOwnerOrganizationId": TENANT},
    ]});
    let entra = read(
        "servicePrincipals.json",
        directory.to_string().as_bytes(),
        &[("tenant", TENANT)],
    );
    let same = |found: &crate::imports::testing::Read, kind, native: &str| {
        let aliases = found.node(kind, native).aliases.iter();
        aliases
            .filter(|alias| alias.role == AliasRole::Same)
            .map(|alias| alias.text.clone())
            .collect::<Vec<_>>()
    };
    let principal = same(&file, NodeKind::Identity, &id);
    assert_eq!(principal.len(), 1);
    assert!(
        same(
            &entra,
            NodeKind::Identity,
            "55555555-0000-4000-8000-000000000001"
        )
        .contains(&principal[0])
    );
    assert_eq!(
        same(&file, NodeKind::Application, &id),
        [format!("entra:application:{CLIENT}")]
    );
}

#[test]
fn an_access_key_in_a_file_is_the_key_of_the_cloud() {
    let file = read(
        "app/.env",
        b"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nAWS_SECRET_ACCESS_KEY=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\n",
        &[("host", "h")],
    );
    let key = file.node(NodeKind::Credential, "AKIAIOSFODNN7EXAMPLE");
    assert!(key.attributes.fingerprint.is_some());
    assert_eq!(edges(key), ["stored_in -> app/.env"]);
}

#[test]
fn keys_of_remote_access_are_needed_in_an_incident() {
    let file = read(
        "etc/wireguard/wg0.conf",
        b"[Interface]\nPrivateKey = CANARYCANARYCANARYCANARYCANARYCANARYCANARYA=\n",
        &[("host", "h")],
    );
    assert_eq!(file.format, "file.cli_credentials");
    let (_, key) = &file.got.observations[0];
    assert!(key.node.native_id.starts_with("spki:sha256:"));
    assert_eq!(key.attributes.extra["needed_in_incident"], true);
    assert_eq!(key.attributes.extra["remote_access"], "wireguard");
    assert!(key.edges.iter().any(|edge| edge.kind == EdgeKind::StoredIn));
    let other = read(
        "app/.env",
        b"API_TOKEN=CANARY-secret-value\n",
        &[("host", "h")],
    );
    assert!(
        !other.got.observations[0]
            .1
            .attributes
            .extra
            .contains_key("needed_in_incident")
    );
}

#[test]
fn refresh_tokens_are_marked_and_access_tokens_are_not() {
    let cache = serde_json::json!({
        "AccessToken": {"a": {"home_account_id": "u", "environment": "login.microsoftonline.com", "client_id": "c",
            "secret": "CANARY-access-1", "realm": TENANT, "target": "https://graph.microsoft.com/.default"}},
        "RefreshToken": {"r": {"home_account_id": "u", "environment": "login.microsoftonline.com", "client_id": "c",
            "secret": "CANARY-refresh-1"}},
    });
    let file = read(
        "home/ann/.azure/msal_token_cache.json",
        cache.to_string().as_bytes(),
        &[("host", "h")],
    );
    let of = |subtype: &str| {
        &file
            .got
            .observations
            .iter()
            .find(|(_, one)| one.attributes.subtype.as_deref() == Some(subtype))
            .unwrap()
            .1
            .attributes
            .extra
    };
    let refresh = of("azure_refresh_token");
    assert_eq!(refresh["token_use"], "refresh_token");
    for mark in ["long_lived", "non_interactive", "outside_sign_on_controls"] {
        assert_eq!(refresh[mark], true, "{mark}");
    }
    let access = of("azure_access_token");
    assert_eq!(access["token_use"], "access_token");
    assert!(!access.contains_key("long_lived"));
}
