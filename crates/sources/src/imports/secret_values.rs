//! Secret values that stand as fields of an export: environment variables, attributes of a state.
//! What goes out is a fingerprint and what the value's documented form says of itself.

use formats::{connection, jwt, pem, private_key, token};
use model::{Fingerprinter, Observation, Secret, TimeUs};

use crate::material::{self, Made};

/// Values longer than this are not judged by their name alone; the longest real ones are keys.
const MAX_VALUE_BYTES: usize = 64 * 1024;
/// Shorter ones are flags and numbers, not secrets, whatever their name says.
const MIN_VALUE_BYTES: usize = 4;

/// What is said of a value that is a secret by its own form or by its name; `None` when it is not.
pub(crate) fn judged(
    fingerprinter: &Fingerprinter,
    observed: TimeUs,
    name: &str,
    value: &Secret,
) -> Option<Observation> {
    by_form(fingerprinter, observed, name, value).or_else(|| {
        let subtype = subtype_of_name(name)?;
        let text = std::str::from_utf8(value.expose()).ok()?;
        (looks_like_a_value(text)).then(|| plain(fingerprinter, observed, name, subtype, value))
    })
}

/// What is said of a value that is known to be a secret.
pub(crate) fn known(
    fingerprinter: &Fingerprinter,
    observed: TimeUs,
    name: &str,
    subtype: &str,
    made: Made,
    value: &Secret,
) -> Observation {
    by_form(fingerprinter, observed, name, value).unwrap_or_else(|| {
        material::unrecognised_secret(
            &fingerprinter.fingerprint(value),
            subtype,
            name,
            made,
            observed,
        )
    })
}

fn plain(
    fingerprinter: &Fingerprinter,
    observed: TimeUs,
    name: &str,
    subtype: &str,
    value: &Secret,
) -> Observation {
    /// Nobody types keys of this length, so two places with one are one credential.
    const MACHINE_MADE_BYTES: usize = 24;
    let made = if subtype != "password" && value.len_bytes() >= MACHINE_MADE_BYTES {
        Made::ByMachine
    } else {
        Made::ByPerson
    };
    material::unrecognised_secret(
        &fingerprinter.fingerprint(value),
        subtype,
        name,
        made,
        observed,
    )
}

/// Private keys, tokens of a documented form, JSON Web Tokens, connection strings with a password.
fn by_form(
    fingerprinter: &Fingerprinter,
    observed: TimeUs,
    name: &str,
    value: &Secret,
) -> Option<Observation> {
    if value.len_bytes() > MAX_VALUE_BYTES {
        return None;
    }
    let text = std::str::from_utf8(value.expose()).ok()?.trim();
    if text.contains("-----BEGIN ") {
        return pem_key(fingerprinter, observed, text);
    }
    if let Some(found) = token::recognise(text).filter(|found| found.is_secret) {
        let fingerprint = fingerprinter.fingerprint_bytes(text.as_bytes());
        return Some(material::secret(&fingerprint, &found, observed));
    }
    if let Ok(found) = jwt::parse(text) {
        let fingerprint = fingerprinter.fingerprint_bytes(text.as_bytes());
        return Some(material::jwt(&fingerprint, &found, observed));
    }
    connection_password(fingerprinter, observed, name, text)
}

fn pem_key(fingerprinter: &Fingerprinter, observed: TimeUs, text: &str) -> Option<Observation> {
    let scan = pem::scan(text.as_bytes());
    let block = scan.blocks.iter().find(|block| block.is_private_key())?;
    let key = private_key::from_pem(block).ok()?;
    let fingerprint = fingerprinter.fingerprint_bytes(text.as_bytes());
    Some(material::private_key(&key, &fingerprint, observed))
}

/// The password of a connection string, with host, database and user beside it.
fn connection_password(
    fingerprinter: &Fingerprinter,
    observed: TimeUs,
    name: &str,
    text: &str,
) -> Option<Observation> {
    let found = connection::parse(text).ok()?;
    let secret = found.secret.as_ref()?;
    let mut observation = material::unrecognised_secret(
        &fingerprinter.fingerprint(secret),
        "connection_password",
        name,
        Made::ByPerson,
        observed,
    );
    let extra = &mut observation.attributes.extra;
    extra.insert("engine".to_owned(), found.engine.as_str().into());
    let hosts: Vec<String> = found
        .hosts
        .iter()
        .map(|host| match host.port {
            Some(port) => format!("{}:{port}", host.host),
            None => host.host.clone(),
        })
        .collect();
    extra.insert("hosts".to_owned(), hosts.into());
    for (key, word) in [("database", &found.database), ("user", &found.user)] {
        if let Some(word) = word {
            extra.insert(key.to_owned(), model::text::label(word).into());
        }
    }
    Some(observation)
}

/// What a name such as `DB_PASSWORD` or `stripeApiKey` says its value is.
pub(crate) fn subtype_of_name(name: &str) -> Option<&'static str> {
    // Names of things that stand beside a secret and are none.
    const NOT: &[&str] = &[
        "arn", "id", "name", "path", "file", "url", "uri", "ttl", "length", "enabled", "type",
        "version", "expiry", "expiration", "rotation", "policy", "prefix", "ref", "count", "store",
    ];
    const WORDS: &[(&str, &str)] = &[
        ("password", "password"),
        ("passwd", "password"),
        ("passphrase", "password"),
        ("pwd", "password"),
        ("privatekey", "private_key"),
        ("clientsecret", "client_secret"),
        ("secretkey", "secret_key"),
        ("accesskey", "secret_key"),
        ("apikey", "api_key"),
        ("secret", "secret"),
        ("token", "token"),
        ("credential", "secret"),
        ("webhook", "webhook_url"),
        ("connectionstring", "connection_string"),
    ];
    let parts = words_of(name);
    if parts.last().is_some_and(|last| NOT.contains(&last.as_str())) {
        return None;
    }
    let joined = parts.concat();
    WORDS
        .iter()
        .find(|(word, _)| joined.contains(word))
        .map(|(_, subtype)| *subtype)
}

/// `dbPassword`, `DB_PASSWORD`, `db-password` → `db`, `password`.
fn words_of(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for ch in name.chars().take(256) {
        if !ch.is_alphanumeric() || (ch.is_uppercase() && was_lower) {
            words.push(std::mem::take(&mut word));
        }
        if ch.is_alphanumeric() {
            word.extend(ch.to_lowercase());
        }
        was_lower = ch.is_lowercase() || ch.is_ascii_digit();
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// References, switches and place-holders are no secret values.
fn looks_like_a_value(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_lowercase();
    let reference = ["arn:", "${", "{{", "projects/", "vault:", "ssm:", "/", "sm://", "op://"]
        .iter()
        .any(|prefix| lower.starts_with(prefix));
    let word = matches!(
        lower.as_str(),
        "true" | "false" | "none" | "null" | "changeme" | "placeholder" | "redacted" | "sensitive"
    );
    let masked = text.chars().all(|ch| matches!(ch, '*' | 'x' | 'X' | '.'));
    text.len() >= MIN_VALUE_BYTES && text.len() <= MAX_VALUE_BYTES && !reference && !word && !masked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, value: &str) -> Option<String> {
        let fingerprinter = Fingerprinter::new([1; 32]);
        let observation = judged(
            &fingerprinter,
            TimeUs::EPOCH,
            name,
            &Secret::new(value),
        )?;
        assert!(!serde_json::to_string(&observation).unwrap().contains("CANARY"));
        observation.attributes.subtype
    }

    #[test]
    fn names_and_forms_tell_secrets() {
        assert_eq!(said("DB_PASSWORD", "CANARY-1").as_deref(), Some("password"));
        assert_eq!(said("stripeApiKey", "CANARY-1").as_deref(), Some("api_key"));
        assert_eq!(
            said("DATABASE_URL", "postgres://app:CANARY-1@db.example.com:5432/shop").as_deref(),
            Some("connection_password")
        );
        assert_eq!(said("LOG_LEVEL", "CANARY-1"), None);
        assert_eq!(said("SECRET_ARN", "arn:aws:secretsmanager:x"), None);
        assert_eq!(said("DB_PASSWORD", "${var.password}"), None);
        assert_eq!(said("TOKEN_TTL", "3600"), None);
        assert_eq!(said("API_TOKEN", "xxxx"), None);
    }
}
