//! `KEY=VALUE` files, and the judgement whether a value is a secret.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every reader has the signature of the format table"
)]

use super::{ConfigFile, Entry, is_placeholder, is_reference};
use crate::error::FormatError;
use crate::text::{decode_text, entropy};
use crate::{connection, jwt, pem, private_key, token};

/// The most lines one quoted value may span; a 16,384-bit key in PEM has some 200.
const MAX_VALUE_LINES: usize = 1_000;

pub(super) fn read(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    let mut beside = Beside::default();
    while let Some(line) = lines.get(at) {
        let number = at + 1;
        at += 1;
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with(['#', '!', '[']) {
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            out.problem(number, "the line has no `=`");
            continue;
        };
        let key = key.trim();
        if key.is_empty() || key.len() > 256 || key.contains(char::is_whitespace) {
            out.problem(number, "the line does not begin with a name");
            continue;
        }
        let (value, extra) = unquote(value.trim(), lines.get(at..).unwrap_or_default());
        if value.is_none() {
            out.problem(number, "the quoted value is not closed");
        }
        at += extra;
        if let Some(value) = &value {
            beside.note(key, value);
        }
        out.entries.extend(
            value
                .and_then(|value| classify(key, &value))
                .map(|entry| entry.at(number)),
        );
        if out.entries.len() >= super::MAX_ENTRIES {
            out.problem(number, super::TOO_MANY);
            break;
        }
    }
    beside.tell(out);
    Ok(())
}

/// Variables that are no secrets and say whose the secrets beside them are.
#[derive(Default)]
struct Beside {
    values: Vec<(String, String)>,
}

/// A secret, and the variables that name whose it is; tools know them by these names
/// (<https://learn.microsoft.com/dotnet/api/azure.identity.environmentcredential>, the `azurerm`
/// provider of Terraform, the AWS CLI). A prefix of one's own (`PROD_`) is the same for all three.
const TOGETHER: &[(&str, &str, &str)] = &[
    ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"),
    ("ARM_CLIENT_SECRET", "ARM_CLIENT_ID", "ARM_TENANT_ID"),
    ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", ""),
    ("AWS_SECRET_KEY", "AWS_ACCESS_KEY", ""),
];

impl Beside {
    /// More than any real file has.
    const MAX: usize = 1_000;

    fn note(&mut self, key: &str, value: &str) {
        let names = |name: &str| !name.is_empty() && key.ends_with(name);
        if self.values.len() < Self::MAX
            && value.len() <= 128
            && TOGETHER
                .iter()
                .any(|(_, id, tenant)| names(id) || names(tenant))
        {
            self.values.push((key.to_owned(), value.trim().to_owned()));
        }
    }

    fn get(&self, prefix: &str, name: &str) -> Option<&str> {
        self.values
            .iter()
            .rev()
            .find(|(key, _)| key.strip_prefix(prefix) == Some(name))
            .map(|(_, value)| value.as_str())
    }

    /// Says of each secret what stands beside it.
    fn tell(&self, out: &mut ConfigFile) {
        for entry in out.entries.iter_mut().filter(|entry| entry.has_secret) {
            let found = TOGETHER.iter().find_map(|(secret, id, tenant)| {
                let prefix = entry.id.strip_suffix(secret)?;
                let id = self.get(prefix, id)?;
                Some((id, self.get(prefix, tenant)))
            });
            let Some((id, tenant)) = found else {
                continue;
            };
            if let Some(key) = token::aws_key_id(id) {
                entry.subtype = if id.starts_with("ASIA") {
                    "aws_temporary_access_key"
                } else {
                    "aws_access_key"
                };
                entry.credential_type = "api_key";
                entry.public_id = super::some_label(id);
                if let Some(account) = key.account {
                    entry.attributes.push(("account", account));
                }
            } else if is_guid(id) {
                entry.subtype = "entra_client_secret";
                entry.credential_type = "oauth_client_secret";
                entry.public_id = super::some_label(id);
                if let Some(tenant) = tenant.filter(|tenant| is_guid(tenant)) {
                    entry.attributes.push(("tenant", tenant.to_lowercase()));
                }
            }
        }
    }
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, ch)| match at {
            8 | 13 | 18 | 23 => ch == '-',
            _ => ch.is_ascii_hexdigit(),
        })
}

/// The value without quotes, and how many more lines it took. `None` when a quote stays open.
fn unquote(value: &str, following: &[&str]) -> (Option<String>, usize) {
    let Some(quote) = value
        .chars()
        .next()
        .filter(|ch| matches!(ch, '"' | '\'' | '`'))
    else {
        let bare = value.split(" #").next().unwrap_or(value);
        return (Some(bare.trim().to_owned()), 0);
    };
    let mut text = value.strip_prefix(quote).unwrap_or(value).to_owned();
    for extra in 0..=following.len().min(MAX_VALUE_LINES) {
        if let Some(end) = closing(&text, quote) {
            let inner = text.get(..end).unwrap_or_default();
            return (
                Some(if quote == '"' {
                    inner.replace("\\n", "\n").replace("\\\"", "\"")
                } else {
                    inner.to_owned()
                }),
                extra,
            );
        }
        if let Some(next) = following.get(extra) {
            text.push('\n');
            text.push_str(next);
        }
    }
    (None, 0)
}

fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, ch) in text.char_indices() {
        match ch {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if ch == quote => return Some(at),
            _ => {}
        }
    }
    None
}

fn classify(key: &str, value: &str) -> Option<Entry> {
    if is_reference(value) {
        return secret_word(key).then(|| Entry::new(key, "env_secret", "none").points_to(value));
    }
    if is_placeholder(value) {
        return None;
    }
    if value.contains("-----BEGIN ") {
        let block = pem::scan(value.as_bytes())
            .blocks
            .into_iter()
            .find(pem::Block::is_private_key)?;
        let mut entry = Entry::new(key, "env_private_key", "private_key").value(value);
        entry.private_key = private_key::from_pem(&block).ok().map(Box::new);
        return Some(entry);
    }
    if let Ok(parsed) = connection::parse(value) {
        let host = parsed
            .hosts
            .first()
            .map(|endpoint| endpoint.host.clone())
            .unwrap_or_default();
        let mut entry = Entry::new(key, "env_connection_string", "password")
            .host(&host)
            .user(parsed.user.as_deref().unwrap_or_default())
            .attribute("engine", &parsed.engine)
            .attribute("database", parsed.database.as_deref().unwrap_or_default())
            .attribute("url", &parsed.redacted);
        // Plain addresses without a password are configuration, not credentials.
        parsed.secret.as_ref()?;
        entry.has_secret = true;
        entry.secret = parsed.secret;
        return Some(entry);
    }
    if let Some(found) = token::recognise(value) {
        let mut entry = Entry::new(key, found.subtype, found.credential_type)
            .public_id(found.public_id.as_deref().unwrap_or_default())
            .attribute("vendor", found.vendor);
        entry.created = found.created;
        entry.expires = found.expires;
        entry.attributes.extend(found.identity);
        return Some(if found.is_secret {
            entry.value(value)
        } else {
            entry
        });
    }
    if let Ok(claims) = jwt::parse(value) {
        let mut entry = Entry::new(key, "jwt", "access_token")
            .host(claims.iss.as_deref().unwrap_or_default())
            .user(claims.sub.as_deref().unwrap_or_default())
            .value(value);
        entry.expires = claims.expires;
        entry.created = claims.issued;
        return Some(entry);
    }
    let kind = if key.to_ascii_lowercase().contains("pass") {
        "password"
    } else {
        "api_key"
    };
    looks_secret(key, value).then(|| Entry::new(key, "env_secret", kind).value(value))
}

/// Words of a key that promise a secret.
pub(super) fn secret_word(key: &str) -> bool {
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "pwd",
        "pass",
        "secret",
        "token",
        "apikey",
        "credential",
        "credentials",
        "privatekey",
        "passphrase",
        "pat",
    ];
    const PAIRS: &[&str] = &[
        "api_key",
        "access_key",
        "private_key",
        "secret_key",
        "account_key",
        "auth_key",
        "signing_key",
        "encryption_key",
        "master_key",
        "shared_key",
        "license_key",
        "client_secret",
    ];
    const NOT: &[&str] = &[
        "public",
        "path",
        "file",
        "name",
        "url",
        "uri",
        "host",
        "port",
        "id",
        "expiry",
        "expires",
        "ttl",
        "length",
        "type",
        "enabled",
        "timeout",
        "policy",
        "count",
        "limit",
        "header",
        "algorithm",
        "arn",
    ];
    let snake: String = key
        .chars()
        .map(|ch| {
            if ch.is_ascii_alphanumeric() {
                ch.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    let parts: Vec<&str> = snake.split('_').filter(|part| !part.is_empty()).collect();
    let ends_elsewhere =
        parts.last().is_some_and(|last| NOT.contains(last)) || parts.contains(&"public");
    let named = parts.iter().any(|part| {
        WORDS.contains(part)
            || part.ends_with("password")
            || part.ends_with("secret")
            || part.ends_with("token")
            || part.ends_with("apikey")
    }) || PAIRS.iter().any(|pair| snake.contains(pair));
    named && !ends_elsewhere
}

/// Judges a pair whose value no format explains: the key must promise a secret and the value must
/// not be a placeholder, a number, a path or a flag; or the key ends in `key` and the value is
/// random enough.
pub fn looks_secret(key: &str, value: &str) -> bool {
    let value = value.trim();
    if is_placeholder(value) || value.len() < 4 || value.starts_with(['/', '.', '~']) {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    if lower.starts_with("http://")
        || lower.starts_with("https://")
        || matches!(
            lower.as_str(),
            "yes" | "off" | "enabled" | "disabled" | "optional" | "required"
        )
    {
        return false;
    }
    if secret_word(key) {
        return true;
    }
    // 3.5 bits per character over 20 characters separates random keys from words and ids.
    let lower_key = key.to_ascii_lowercase();
    let private_name = lower_key.ends_with("key") && !lower_key.contains("public");
    private_name && value.len() >= 20 && !value.contains(' ') && entropy(value) > 3.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_values() {
        for (key, value, want) in [
            ("DB_PASSWORD", "CANARY-hunter2", true),
            ("DB_PASSWORD", "changeme", false),
            ("DB_PASSWORD", "${VAULT_DB}", false),
            ("DB_PASSWORD", "<your password>", false),
            ("DB_PASSWORD_FILE", "/run/secrets/db", false),
            ("SECRET_NAME", "prod/db", false),
            ("TOKEN_TTL", "3600", false),
            ("PUBLIC_KEY", "abcdefghijklmnopqrstuvwxyz012345", false),
            ("SESSION_KEY", "CANARYq8Zr2LmX0pW7vT5s", true),
            ("LOG_LEVEL", "debug", false),
            ("API_KEY", "xxxxxxxx", false),
        ] {
            assert_eq!(looks_secret(key, value), want, "{key}={value}");
        }
    }
}
