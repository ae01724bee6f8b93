//! JSON files: Docker, Composer, Terraform; and the JSON helpers of this folder.

use serde_json::Value;

use super::{ConfigFile, Entry};
use crate::error::FormatError;
use crate::text::base64_standard;

/// Parses JSON; serde_json's own depth limit (128) bounds nesting. Its error text may quote the
/// input, so only the line is kept.
pub(super) fn value(bytes: &[u8], what: &'static str) -> Result<Value, FormatError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes)
        .map_err(|error| FormatError::at(what, error.line(), "it is not valid JSON"))
}

pub(super) fn object(bytes: &[u8], what: &'static str) -> Result<Value, FormatError> {
    let value = value(bytes, what)?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(FormatError::broken(what, "it is not a JSON object"))
    }
}

pub(super) fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn members<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    value
        .get(key)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), value))
}

pub(super) fn docker(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let root = object(bytes, "the Docker configuration")?;
    // `.dockercfg` has the registries at the top.
    let legacy = root.get("auths").is_none()
        && root
            .as_object()
            .is_some_and(|map| map.values().any(|v| v.get("auth").is_some()));
    if legacy {
        for (registry, login) in root.as_object().into_iter().flatten() {
            docker_login(registry, login, out);
        }
    }
    for (registry, login) in members(&root, "auths") {
        docker_login(registry, login, out);
    }
    for (registry, helper) in members(&root, "credHelpers") {
        let helper = helper.as_str().unwrap_or_default();
        out.push(helper_entry(registry, helper));
    }
    if let Some(store) = root.get("credsStore").and_then(Value::as_str) {
        out.push(helper_entry("*", store));
    }
    Ok(())
}

fn helper_entry(registry: &str, helper: &str) -> Entry {
    Entry::new(registry, "docker_credential_helper", "none")
        .host(registry)
        .points_to(format!("credential helper docker-credential-{helper}"))
}

fn docker_login(registry: &str, login: &Value, out: &mut ConfigFile) {
    let host = registry
        .split_once("://")
        .map_or(registry, |(_, rest)| rest)
        .split('/')
        .next()
        .unwrap_or_default();
    let identity = string(login, "identitytoken");
    if !identity.is_empty() {
        out.push(
            Entry::new(registry, "docker_identity_token", "oauth_refresh_token")
                .host(host)
                .user(string(login, "username"))
                .value(identity),
        );
    }
    let registry_token = string(login, "registrytoken");
    if !registry_token.is_empty() {
        out.push(
            Entry::new(registry, "docker_registry_token", "access_token")
                .host(host)
                .value(registry_token),
        );
    }
    let auth = string(login, "auth");
    let decoded = base64_standard(auth.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok());
    let (user, password) = match decoded.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((user, password)) => (user, password.trim_end_matches('\0')),
        None => (string(login, "username"), string(login, "password")),
    };
    if !auth.is_empty() && decoded.is_none() {
        out.problem(0, "the auth value of a registry is not base64");
    }
    if !password.is_empty() {
        out.push(
            Entry::new(registry, "docker_registry_login", "password")
                .host(host)
                .user(user)
                .value(password),
        );
    } else if identity.is_empty() && registry_token.is_empty() {
        out.push(
            Entry::new(registry, "docker_registry_login", "none")
                .host(host)
                .user(user)
                .points_to("the credential store"),
        );
    }
}

pub(super) fn composer(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let root = object(bytes, "the Composer credentials")?;
    for (host, login) in members(&root, "http-basic") {
        out.push(
            Entry::new(host, "composer_login", "password")
                .host(host)
                .user(string(login, "username"))
                .value(string(login, "password")),
        );
    }
    for section in ["github-oauth", "gitlab-token", "gitlab-oauth", "bearer"] {
        for (host, token) in members(&root, section) {
            let token = token.as_str().unwrap_or_else(|| string(token, "token"));
            out.push(
                Entry::new(host, "composer_token", "access_token")
                    .host(host)
                    .value(token),
            );
        }
    }
    for (host, login) in members(&root, "bitbucket-oauth") {
        out.push(
            Entry::new(host, "composer_oauth_client", "oauth_client_secret")
                .host(host)
                .public_id(string(login, "consumer-key"))
                .value(string(login, "consumer-secret")),
        );
    }
    Ok(())
}

pub(super) fn terraform(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let root = object(bytes, "the Terraform credentials")?;
    for (host, login) in members(&root, "credentials") {
        out.push(
            Entry::new(host, "terraform_cloud_token", "access_token")
                .host(host)
                .value(string(login, "token")),
        );
    }
    Ok(())
}
