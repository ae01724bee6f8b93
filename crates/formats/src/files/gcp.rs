//! Google Cloud credential files.

use model::Secret;
use serde_json::Value;

use super::json::{object, string};
use super::{ConfigFile, Entry, shown_command};
use crate::error::FormatError;
use crate::{pem, private_key};

pub(super) fn read(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    const WHAT: &str = "the Google credential file";
    let root = object(bytes, WHAT)?;
    credential(&root, out)
        .then_some(())
        .ok_or_else(|| FormatError::broken(WHAT, "its `type` is not one Google documents"))
}

fn credential(root: &Value, out: &mut ConfigFile) -> bool {
    let entry = match string(root, "type") {
        "service_account" => service_account(root, out),
        "authorized_user" => Entry::new(
            string(root, "client_id"),
            "gcp_authorized_user",
            "oauth_refresh_token",
        )
        .public_id(string(root, "client_id"))
        .user(string(root, "account"))
        .attribute("quota_project", string(root, "quota_project_id"))
        .value(string(root, "refresh_token")),
        "external_account" | "external_account_authorized_user" => external_account(root),
        "impersonated_service_account" => {
            let url = string(root, "service_account_impersonation_url");
            if let Some(source) = root
                .get("source_credentials")
                .filter(|source| source.get("source_credentials").is_none())
            {
                credential(source, out);
            }
            Entry::new(
                impersonated(url),
                "gcp_impersonated_service_account",
                "none",
            )
            .user(impersonated(url))
        }
        _ => return false,
    };
    out.push(entry);
    true
}

fn service_account(root: &Value, out: &mut ConfigFile) -> Entry {
    let key = string(root, "private_key");
    let mut entry = Entry::new(
        string(root, "client_email"),
        "gcp_service_account_key",
        "private_key",
    )
    .user(string(root, "client_email"))
    .public_id(string(root, "private_key_id"))
    .host(string(root, "universe_domain"))
    .attribute("project", string(root, "project_id"))
    .attribute("client_id", string(root, "client_id"));
    if let Some(block) = pem::scan(key.as_bytes()).blocks.first() {
        match private_key::from_pem(block) {
            Ok(key) => entry.private_key = Some(Box::new(key)),
            Err(_) => out.problem(0, "the private key of the service account is damaged"),
        }
    }
    if !key.is_empty() {
        entry.has_secret = true;
        entry.secret = Some(Secret::new(key.as_bytes()));
    }
    entry
}

/// Workload identity federation: no secret, the trust path is the content.
fn external_account(root: &Value) -> Entry {
    let audience = string(root, "audience");
    let source = root.get("credential_source");
    let place = source.map_or_else(String::new, |source| {
        let file = string(source, "file");
        let url = string(source, "url");
        let command = source
            .get("executable")
            .map_or("", |executable| string(executable, "command"));
        let environment = string(source, "environment_id");
        match (file, url, command, environment) {
            (file, ..) if !file.is_empty() => format!("file: {file}"),
            (_, _, command, _) if !command.is_empty() => {
                format!("command: {}", shown_command(command))
            }
            (_, _, _, environment) if !environment.is_empty() => {
                format!("environment: {environment}")
            }
            (_, url, ..) => format!("url: {url}"),
        }
    });
    let user = impersonated(string(root, "service_account_impersonation_url"));
    let mut entry = Entry::new(audience, "gcp_external_account", "none")
        .user(user)
        .attribute("audience", audience)
        .attribute("subject_token_type", string(root, "subject_token_type"))
        .attribute("token_url", string(root, "token_url"))
        .value(string(root, "client_secret"));
    if !place.is_empty() {
        entry = entry.points_to(place);
    }
    entry
}

/// `…/serviceAccounts/NAME:generateAccessToken`.
fn impersonated(url: &str) -> &str {
    url.rsplit('/')
        .next()
        .and_then(|part| part.split(':').next())
        .unwrap_or_default()
}
