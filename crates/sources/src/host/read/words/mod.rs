//! Which names and values of settings, options and arguments are secrets, and cutting them out.

mod cut;

pub use cut::{CUT, Cut, CutSecret, cut_command, cut_words, split_words};

/// Parts of names whose values are secrets.
const SECRET_PARTS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passwort",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "access_key",
    "access-key",
    "accesskey",
    "account_key",
    "accountkey",
    "auth_key",
    "private_key",
    "private-key",
    "privatekey",
    "client_key",
    "credential",
    "signing_key",
    "encryption_key",
    "license_key",
    "webhook_url",
    "bearer",
    "authorization",
    "connection_string",
    "connectionstring",
    "dsn",
    "sas",
    "service_key",
    "master_key",
    "database_url",
    "redis_url",
    "mongo_url",
    "mongodb_uri",
    "amqp_url",
    "db_pass",
    "pgpassword",
    "mysql_pwd",
];

/// Ends of names that say the value is something about a secret, not the secret.
const NOT_SECRET_ENDS: &[&str] = &[
    "_file",
    "-file",
    "_path",
    "-path",
    "_dir",
    "_id",
    "-id",
    "_name",
    "-name",
    "_url_path",
    "_type",
    "_ttl",
    "_expiry",
    "_expires",
    "_expires_in",
    "_expires_at",
    "_expiration",
    "_length",
    "_limit",
    "_count",
    "_max",
    "_min",
    "_size",
    "_enabled",
    "_required",
    "_env",
    "_env_var",
    "_header",
    "_endpoint",
    "_algorithm",
    "_issuer",
    "_audience",
    "_prefix",
    "_arn",
    "_ref",
    "_store",
    "_provider",
    "_helper",
    "_uri",
    "_timeout",
    "_budget",
    "_usage",
    "_policy",
    "_version",
    "_rotation",
    "_username",
    "_user",
    "_host",
    "_port",
    "_region",
    "max_tokens",
    "tokens",
    "_socket",
    "_sock",
    "_lifetime",
    "_period",
    "_mode",
    "_method",
];

/// Exceptions to [`NOT_SECRET_ENDS`]: these do hold a secret.
const SECRET_ENDS: &[&str] = &[
    "database_url",
    "redis_url",
    "mongo_url",
    "mongodb_uri",
    "webhook_url",
    "amqp_url",
];

/// True when a setting, option, variable or header of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.trim_start_matches('-').to_lowercase();
    if SECRET_ENDS.iter().any(|end| lower.ends_with(end)) {
        return true;
    }
    if NOT_SECRET_ENDS.iter().any(|end| lower.ends_with(end)) {
        return false;
    }
    SECRET_PARTS.iter().any(|part| match *part {
        // Short words only count as a word of their own.
        "sas" | "dsn" => lower.split(['_', '-', '.']).any(|word| word == *part),
        part => lower.contains(part),
    }) || lower == "pass"
        || lower == "pwd"
        || lower.ends_with("_pass")
        || lower.ends_with("_pwd")
        || lower.ends_with("-pass")
        || lower.ends_with("_key")
        || lower == "_auth"
        || lower == "_authtoken"
        || lower == "x-api-key"
}

/// True when a value refers to a secret kept elsewhere: `${VAR}`, `op://…`, `{{ … }}`.
pub fn is_reference(value: &str) -> bool {
    let value = value.trim();
    value.starts_with('$')
        || value.starts_with("{{")
        || value.starts_with("{env:")
        || value.starts_with("{file:")
        || value.starts_with("<%")
        || (value.starts_with('%') && value.ends_with('%') && value.len() > 1)
        || [
            "op://",
            "vault:",
            "secret://",
            "env:",
            "file:",
            "keyring:",
            "arn:aws:secretsmanager",
            "arn:aws:ssm",
            "projects/",
            "@Microsoft.KeyVault",
            "sm://",
            "awssm://",
            "gcpsm://",
            "bws://",
            "doppler://",
            "ref+",
            "ENC[",
        ]
        .iter()
        .any(|start| value.starts_with(start))
}

/// True when a value under a secret's name is one: not empty, no reference, no placeholder, no
/// path and no plain word such as `true`.
pub fn is_plausible(value: &str) -> bool {
    let value = value.trim();
    if value.len() < 4 || is_reference(value) || value == CUT {
        return false;
    }
    let lower = value.to_lowercase();
    if PLACEHOLDERS.iter().any(|part| lower.contains(part)) || FLAGS.contains(&lower.as_str()) {
        return false;
    }
    let first = value.chars().next();
    let one_character = value.chars().all(|ch| Some(ch) == first);
    let in_brackets = value.starts_with('<') && value.ends_with('>');
    let path = value.starts_with('/')
        && !value.contains('+')
        && !value.contains('=')
        && std::path::Path::new(value).components().count() > 2
        || value.starts_with("./")
        || value.starts_with("~/");
    let number = value.len() < 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    !(one_character || in_brackets || path || number)
}

const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change_me",
    "change-me",
    "your_",
    "your-",
    "yourpassword",
    "placeholder",
    "xxxx",
    "replace_me",
    "replace-me",
    "replaceme",
    "insert_",
    "todo",
    "redacted",
    "dummy",
    "example.com/key",
    "****",
    "my-secret-here",
    "<your",
    "put_your",
    "fill_in",
];

const FLAGS: &[&str] = &[
    "true",
    "false",
    "none",
    "null",
    "nil",
    "yes",
    "no",
    "off",
    "on",
    "auto",
    "default",
    "required",
    "optional",
    "prompt",
    "ask",
    "disabled",
    "enabled",
    "env",
    "file",
    "keychain",
    "keyring",
    "undefined",
    "unset",
    "basic",
    "bearer",
    "oauth",
    "empty",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_references_are_no_secrets() {
        for value in [
            "",
            "true",
            "${X}",
            "changeme",
            "<token>",
            "xxxxxxxx",
            "/run/secrets/a",
            "op://v/i",
            "12345",
        ] {
            assert!(!is_plausible(value), "{value}");
        }
        for value in ["CANARY-1", "hunter2", "wJalrXUtnFEMI/K7MDENG+CANARY="] {
            assert!(is_plausible(value), "{value}");
        }
    }
}
