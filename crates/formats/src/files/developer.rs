//! Tools of developers: cargo, gem, and the command-line clients of code forges.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every reader has the signature of the format table"
)]

use serde_json::Value;

use super::kubeconfig::yaml;
use super::{ConfigFile, Entry};
use crate::error::FormatError;
use crate::text::decode_text;

pub(super) fn cargo(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let root: toml::Table = toml::from_str(&decode_text(bytes))
        .map_err(|_| FormatError::broken("the cargo credentials", "it is not valid TOML"))?;
    let token = |table: &toml::Value| {
        table
            .get("token")
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    if let Some(registry) = root.get("registry") {
        out.push(
            Entry::new("crates.io", "cargo_registry_token", "access_token")
                .host("crates.io")
                .value(&token(registry)),
        );
    }
    for (name, registry) in root
        .get("registries")
        .and_then(toml::Value::as_table)
        .into_iter()
        .flatten()
    {
        out.push(Entry::new(name, "cargo_registry_token", "access_token").value(&token(registry)));
    }
    Ok(())
}

/// `:rubygems_api_key: rubygems_…`, other hosts by URL.
pub(super) fn gem(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for (index, line) in decode_text(bytes).lines().enumerate() {
        let Some((key, value)) = line.rsplit_once(": ") else {
            continue;
        };
        let key = key.trim_matches([':', ' ', '"']);
        let host = if key == "rubygems_api_key" {
            "rubygems.org"
        } else {
            key
        };
        out.push(
            Entry::new(key, "rubygems_api_key", "api_key")
                .at(index + 1)
                .host(host)
                .value(value.trim().trim_matches('"')),
        );
    }
    Ok(())
}

/// `gh` and `hub` list hosts at the top, `glab` below `hosts:`.
pub(super) fn forge_hosts(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let root = yaml(bytes, "the hosts file")?;
    let hosts = root
        .get("hosts")
        .filter(|hosts| hosts.is_object())
        .unwrap_or(&root);
    for (host, body) in hosts.as_object().into_iter().flatten() {
        if let Some(logins) = body.as_array() {
            for login in logins {
                forge_login(host, "", login, out);
            }
            continue;
        }
        let before = out.entries.len();
        for (user, login) in body
            .get("users")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            forge_login(host, user, login, out);
        }
        // Newer `gh` repeats the active user's token at the host level.
        if out.entries.len() == before
            || out
                .entries
                .iter()
                .skip(before)
                .all(|entry| !entry.has_secret)
        {
            out.entries.truncate(before);
            forge_login(host, "", body, out);
        }
    }
    Ok(())
}

fn forge_login(host: &str, user: &str, login: &Value, out: &mut ConfigFile) {
    let text = |keys: &[&str]| {
        keys.iter()
            .find_map(|key| login.get(*key).and_then(Value::as_str))
            .unwrap_or_default()
            .to_owned()
    };
    let token = text(&["oauth_token", "token"]);
    let user = if user.is_empty() {
        text(&["user", "username"])
    } else {
        user.to_owned()
    };
    if token.is_empty() && user.is_empty() {
        return;
    }
    let entry = Entry::new(
        host,
        "forge_cli_token",
        if token.is_empty() {
            "none"
        } else {
            "access_token"
        },
    )
    .host(host)
    .user(&user);
    out.push(if token.is_empty() {
        entry.points_to("the system keyring")
    } else {
        entry.value(&token)
    });
}
