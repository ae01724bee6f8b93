//! Files of the AWS CLI and SDKs.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every reader has the signature of the format table"
)]

use serde_json::Value;

use super::ini::{Section, sections};
use super::json::{object, string};
use super::{ConfigFile, Entry, shown_command};
use crate::error::FormatError;
use crate::text::decode_text;
use crate::token::aws_key_id;

pub(super) fn credentials(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for section in sections(&decode_text(bytes))
        .iter()
        .filter(|section| section.line > 0)
    {
        profile(&section.name, section, out);
    }
    Ok(())
}

pub(super) fn config(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for section in sections(&decode_text(bytes))
        .iter()
        .filter(|section| section.line > 0)
    {
        let name = section
            .name
            .strip_prefix("profile ")
            .unwrap_or(&section.name)
            .trim();
        if let Some(session) = section.name.strip_prefix("sso-session ") {
            out.push(
                Entry::new(session, "aws_sso_session", "none")
                    .at(section.line)
                    .host(section.text("sso_start_url"))
                    .attribute("region", section.text("sso_region")),
            );
            continue;
        }
        profile(name, section, out);
    }
    Ok(())
}

const FACTS: &[(&str, &str)] = &[
    ("role_arn", "role_arn"),
    ("source_profile", "source_profile"),
    ("credential_source", "credential_source"),
    ("external_id", "external_id"),
    ("mfa_serial", "mfa_serial"),
    ("role_session_name", "role_session_name"),
    ("sso_session", "sso_session"),
    ("sso_start_url", "sso_start_url"),
    ("sso_account_id", "account"),
    ("sso_role_name", "sso_role_name"),
    ("region", "region"),
];

fn profile(name: &str, section: &Section, out: &mut ConfigFile) {
    let facts = |mut entry: Entry| {
        for (key, label) in FACTS {
            entry = entry.attribute(label, section.text(key));
        }
        entry.at(section.line)
    };
    if let Some(id) = section.get("aws_access_key_id") {
        let temporary = section.get("aws_session_token").is_some() || id.starts_with("ASIA");
        let mut entry = facts(Entry::new(
            name,
            if temporary {
                "aws_temporary_access_key"
            } else {
                "aws_access_key"
            },
            "api_key",
        ));
        entry = entry
            .public_id(id)
            .value(section.text("aws_secret_access_key"));
        if let Some(account) = aws_key_id(id).and_then(|id| id.account) {
            entry = entry.attribute("account", &account);
        }
        out.push(entry);
    }
    let pointer = [
        ("credential_process", "aws_credential_process", "command: "),
        ("web_identity_token_file", "aws_web_identity", "file: "),
    ];
    let mut pointed = false;
    for (key, subtype, word) in pointer {
        if let Some(place) = section.get(key) {
            pointed = true;
            out.push(
                facts(Entry::new(name, subtype, "none"))
                    .points_to(format!("{word}{}", shown_command(place))),
            );
        }
    }
    if !pointed && section.get("role_arn").is_some() {
        out.push(facts(Entry::new(name, "aws_assume_role", "none")));
    } else if !pointed
        && (section.get("sso_account_id").is_some() || section.get("sso_start_url").is_some())
    {
        out.push(facts(Entry::new(name, "aws_sso_profile", "none")));
    }
}

pub(super) fn cache(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let value = object(bytes, "the AWS cache file")?;
    let time = |value: &Value, key: &str| {
        model::TimeUs::parse(&string(value, key).replace("UTC", "Z")).ok()
    };
    if let Some(keys) = value.get("Credentials") {
        let id = string(keys, "AccessKeyId");
        let mut entry = Entry::new(id, "aws_temporary_access_key", "api_key")
            .public_id(id)
            .value(string(keys, "SecretAccessKey"));
        entry.expires = time(keys, "Expiration");
        if let Some(account) = aws_key_id(id).and_then(|id| id.account) {
            entry = entry.attribute("account", &account);
        }
        let role = value
            .get("AssumedRoleUser")
            .map_or("", |user| string(user, "Arn"));
        out.push(entry.attribute("assumed_role_arn", role));
    }
    if value.get("accessToken").is_some() {
        let mut entry = Entry::new(
            string(&value, "startUrl"),
            "aws_sso_access_token",
            "access_token",
        )
        .host(string(&value, "startUrl"))
        .attribute("region", string(&value, "region"))
        .value(string(&value, "accessToken"));
        entry.expires = time(&value, "expiresAt");
        out.push(entry);
    }
    if value.get("refreshToken").is_some() {
        out.push(
            Entry::new(
                string(&value, "startUrl"),
                "aws_sso_refresh_token",
                "oauth_refresh_token",
            )
            .host(string(&value, "startUrl"))
            .value(string(&value, "refreshToken")),
        );
    }
    if value.get("clientSecret").is_some() {
        let mut entry = Entry::new(
            string(&value, "clientId"),
            "aws_sso_client",
            "oauth_client_secret",
        )
        .public_id(string(&value, "clientId"))
        .value(string(&value, "clientSecret"));
        entry.expires = time(&value, "registrationExpiresAt").or_else(|| time(&value, "expiresAt"));
        out.push(entry);
    }
    Ok(())
}
