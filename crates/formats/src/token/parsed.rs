//! Tokens that carry JSON or ids between separators.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every reader has the signature of the format table"
)]

use serde_json::Value;

use super::Decoded;
use crate::text::{base64_any, base64_url, percent_decode};

pub(super) fn none(_text: &str) -> Option<Decoded> {
    Some(Decoded::default())
}

fn json(base64: &str) -> Option<Value> {
    serde_json::from_slice(&base64_any(base64.as_bytes())?).ok()
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// `xoxb-<team>-<bot>-…`, `xapp-1-<app>-…` (docs.slack.dev, token types).
pub(super) fn slack(text: &str) -> Option<Decoded> {
    let mut parts = text.split('-');
    let kind = parts.next()?;
    let (first, second) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let numeric = |part: &str| part.len() >= 8 && part.bytes().all(|byte| byte.is_ascii_digit());
    Some(match kind {
        "xapp" if second.starts_with('A') => Decoded::parsed().with("app_id", second),
        _ if numeric(first) && numeric(second) => {
            Decoded::parsed().with("team_number", first).with(
                if kind == "xoxb" {
                    "bot_number"
                } else {
                    "user_number"
                },
                second,
            )
        }
        _ => Decoded::default(),
    })
}

/// `https://hooks.slack.com/services/T…/B…/…`.
pub(super) fn slack_webhook(text: &str) -> Option<Decoded> {
    let mut parts = text
        .strip_prefix("https://hooks.slack.com/services/")?
        .split('/');
    let (team, hook) = (parts.next()?, parts.next()?);
    parts.next().filter(|secret| !secret.is_empty())?;
    (team.starts_with('T') && hook.starts_with('B')).then(|| {
        Decoded::parsed()
            .with("team_id", team)
            .with("webhook_id", hook)
    })
}

/// `glc_` + JSON of org, name, key, region.
pub(super) fn grafana_cloud(text: &str) -> Option<Decoded> {
    let value = json(text.strip_prefix("glc_")?)?;
    let org = value
        .get("o")
        .map(|org| org.as_str().map_or_else(|| org.to_string(), str::to_owned))
        .unwrap_or_default();
    let region = value
        .get("m")
        .map(|meta| field(meta, "r"))
        .unwrap_or_default();
    Some(
        Decoded::parsed()
            .with("org_id", &org)
            .with("token_name", field(&value, "n"))
            .with("region", region),
    )
}

/// Legacy Grafana API keys: JSON `k n id`.
pub(super) fn grafana_legacy(text: &str) -> Option<Decoded> {
    let value = json(text)?;
    let org = value.get("id").and_then(Value::as_u64)?;
    Some(
        Decoded::parsed()
            .with("org_id", &org.to_string())
            .with("token_name", field(&value, "n")),
    )
}

/// `sntrys_<JSON>_<secret>`: url, region_url, org, iat.
pub(super) fn sentry(text: &str) -> Option<Decoded> {
    let value = json(text.strip_prefix("sntrys_")?.rsplit_once('_')?.0)?;
    let mut decoded = Decoded::parsed()
        .with("url", field(&value, "url"))
        .with("region_url", field(&value, "region_url"))
        .with("organisation", field(&value, "org"));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction of a second does not matter, and the cast saturates"
    )]
    let issued = value
        .get("iat")
        .and_then(Value::as_f64)
        .map(|seconds| model::TimeUs::from_seconds(seconds as i64));
    decoded.created = issued;
    Some(decoded)
}

/// 1Password service accounts: JSON with sign-in address and e-mail beside the secret parts.
pub(super) fn onepassword(text: &str) -> Option<Decoded> {
    let value = json(text.strip_prefix("ops_")?)?;
    Some(
        Decoded::parsed()
            .with("host", field(&value, "signInAddress"))
            .with("user", field(&value, "email"))
            .with("device", field(&value, "deviceUuid")),
    )
}

/// `<bot id>:<35 characters>`; the table has already checked the alphabet.
pub(super) fn telegram(text: &str) -> Option<Decoded> {
    let (bot, secret) = text.split_once(':')?;
    let digits = (8..=10).contains(&bot.len()) && bot.bytes().all(|byte| byte.is_ascii_digit());
    (digits && secret.len() == 35 && secret.starts_with("AA"))
        .then(|| Decoded::parsed().with("bot_id", bot).public(bot))
}

/// `<base64 of the bot's snowflake>.<time>.<hmac>`.
pub(super) fn discord(text: &str) -> Option<Decoded> {
    let mut parts = text.split('.');
    let (id, time, mac) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || time.len() != 6 || !(27..=38).contains(&mac.len()) {
        return None;
    }
    let id = String::from_utf8(base64_url(id.as_bytes())?).ok()?;
    let snowflake = (17..=20).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit());
    snowflake.then(|| Decoded::parsed().with("bot_id", &id).public(&id))
}

pub(super) fn discord_webhook(text: &str) -> Option<Decoded> {
    let (_, path) = text.split_once("/api/webhooks/")?;
    let (id, secret) = path.split_once('/')?;
    (id.bytes().all(|byte| byte.is_ascii_digit()) && secret.len() > 20)
        .then(|| Decoded::parsed().with("webhook_id", id).public(id))
}

/// Twilio SIDs are identifiers: `AC` names the account, `SK` an API key.
pub(super) fn twilio(text: &str) -> Option<Decoded> {
    let name = if text.starts_with("AC") {
        "account"
    } else {
        "api_key"
    };
    Some(Decoded::parsed().with(name, text).public(text))
}

/// `dp.st.<config>.<secret>`.
pub(super) fn doppler(text: &str) -> Option<Decoded> {
    let parts: Vec<&str> = text.split('.').collect();
    Some(match parts.as_slice() {
        ["dp", "st", config, _] => Decoded::parsed().with("config", config),
        _ => Decoded::default(),
    })
}

/// `pat-<region>-<uuid>`.
pub(super) fn hubspot(text: &str) -> Option<Decoded> {
    let region = text.split('-').nth(1)?;
    Some(Decoded::parsed().with("region", region))
}

/// `<32 hex>-us<n>`: the data centre.
pub(super) fn mailchimp(text: &str) -> Option<Decoded> {
    let (key, centre) = text.split_once('-')?;
    let number = centre.strip_prefix("us")?;
    let fits = key.len() == 32
        && key.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| Decoded::parsed().with("data_centre", centre))
}

/// `<14 characters>.atlasv1.<60+>`; the part before the dot is the token's id.
pub(super) fn terraform(text: &str) -> Option<Decoded> {
    let (id, secret) = text.split_once(".atlasv1.")?;
    (id.len() == 14 && secret.len() >= 60).then(|| Decoded::default().public(id))
}

/// OAuth client ids begin with the project number.
pub(super) fn google_client_id(text: &str) -> Option<Decoded> {
    let (number, _) = text
        .strip_suffix(".apps.googleusercontent.com")?
        .split_once('-')?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| {
        Decoded::parsed()
            .with("project_number", number)
            .public(text)
    })
}

/// Entra client secrets: `Q~` after three characters marks the version.
pub(super) fn entra_secret(text: &str) -> Option<Decoded> {
    (text.get(3..5) == Some("Q~") || text.get(3..6).is_some_and(|mark| mark.ends_with("Q~")))
        .then(Decoded::default)
}

/// Shared access signature in a URL: account, container, permissions and validity.
pub(super) fn azure_sas(text: &str) -> Option<Decoded> {
    let (address, query) = text.split_once('?')?;
    let pairs: Vec<(&str, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key, percent_decode(value)))
        .collect();
    let value = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    if value("sig").is_empty() || value("sv").is_empty() {
        return None;
    }
    let host_path = address.strip_prefix("https://")?;
    let (host, path) = host_path.split_once('/').unwrap_or((host_path, ""));
    let mut decoded = Decoded::parsed()
        .with("host", host)
        .with("account", host.split('.').next().unwrap_or_default())
        .with("container", path.split('/').next().unwrap_or_default())
        .with("permissions", value("sp"))
        .with("address_range", value("sip"))
        .with("policy", value("si"));
    decoded.expires = model::TimeUs::parse(value("se")).ok();
    decoded.created = model::TimeUs::parse(value("st")).ok();
    Some(decoded)
}

/// Stripe's prefix tells live from test.
pub(super) fn stripe(text: &str) -> Option<Decoded> {
    let mode = text.split('_').nth(1)?;
    matches!(mode, "live" | "test").then(|| Decoded::parsed().with("mode", mode))
}

/// OpenAI keys hold the word `OpenAI` in base64.
pub(super) fn openai(text: &str) -> Option<Decoded> {
    text.contains("T3BlbkFJ").then(Decoded::parsed)
}

/// Vault and OpenBao: a suffix after the last dot is the namespace id.
pub(super) fn vault(text: &str) -> Option<Decoded> {
    let body = text.split_once('.')?.1;
    Some(match body.rsplit_once('.') {
        Some((_, namespace)) if namespace.len() == 5 => {
            Decoded::default().with("namespace_id", namespace)
        }
        _ => Decoded::default(),
    })
}
