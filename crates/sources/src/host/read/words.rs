//! Which names and values of settings, options and arguments are secrets, and cutting them out.

use model::Secret;

/// The most words of one command looked at.
const MAX_WORDS: usize = 1_000;

/// What stands in the place of a secret value that was cut out.
pub const CUT: &str = "‹secret›";

/// A secret value cut out of a command or setting.
#[derive(Debug)]
pub struct CutSecret {
    /// The option, variable or header it was the value of; empty when it stood alone.
    pub name: String,
    /// The value.
    pub value: Secret,
}

/// A command or list of arguments without its secrets.
#[derive(Debug, Default)]
pub struct Cut {
    /// The words, safe to store.
    pub shown: Vec<String>,
    /// What was cut out of them.
    pub secrets: Vec<CutSecret>,
}

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

/// Cuts the secrets out of a list of arguments.
pub fn cut_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Cut {
    let mut cut = Cut::default();
    // The name of an option whose value is the next word.
    let mut expects: Option<String> = None;
    for word in words.into_iter().take(MAX_WORDS) {
        if let Some(name) = expects.take()
            && !word.starts_with('-')
        {
            if is_plausible(word) {
                cut.take(name, word);
                cut.shown.push(CUT.to_owned());
                continue;
            }
        }
        if word.starts_with('-') && !word.contains('=') && is_secret_name(word) {
            expects = Some(word.trim_start_matches('-').to_owned());
        }
        let shown = cut.word(word);
        cut.shown.push(shown);
    }
    cut
}

/// Cuts the secrets out of a command as written in a unit or crontab.
pub fn cut_command(command: &str) -> Cut {
    let words = split_words(command);
    cut_words(words.iter().map(String::as_str))
}

impl Cut {
    /// The words as one line.
    pub fn line(&self) -> String {
        self.shown.join(" ")
    }

    fn take(&mut self, name: impl Into<String>, value: &str) {
        self.secrets.push(CutSecret {
            name: name.into(),
            value: Secret::new(value),
        });
    }

    /// Cuts one word: `name=value`, `Header: value`, a URL with a password, or a token alone.
    fn word(&mut self, word: &str) -> String {
        if let Some((name, value)) = word.split_once('=')
            && !name.is_empty()
            && name.len() <= 128
            && name
                .chars()
                .all(|ch| ch.is_ascii_alphanumeric() || matches!(ch, '_' | '-' | '.'))
        {
            if is_secret_name(name) && is_plausible(value) {
                self.take(name.trim_start_matches('-'), value);
                return format!("{name}={CUT}");
            }
            return format!("{name}={}", self.value(name.trim_start_matches('-'), value));
        }
        if let Some((name, value)) = word.split_once(": ")
            && is_secret_name(name)
        {
            let (scheme, value) = match value.trim().split_once(' ') {
                Some((scheme, value)) => (format!("{scheme} "), value.trim()),
                None => (String::new(), value.trim()),
            };
            if is_plausible(value) {
                self.take(name, value);
                return format!("{name}: {scheme}{CUT}");
            }
        }
        self.value("", word)
    }

    /// Cuts a value that is a URL with a password or parameter, or a token by its own shape.
    fn value(&mut self, name: &str, value: &str) -> String {
        if let Some(shown) = self.url(value) {
            return shown;
        }
        if super::secret::is_recognised(value) {
            self.take(name, value);
            return CUT.to_owned();
        }
        value.to_owned()
    }

    fn url(&mut self, value: &str) -> Option<String> {
        let (scheme, rest) = value.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let mut shown = format!("{scheme}://");
        match authority.rsplit_once('@') {
            Some((user_info, host)) => match user_info.split_once(':') {
                Some((user, password)) if is_plausible(password) => {
                    self.take(format!("password of {user}"), password);
                    shown.push_str(&format!("{user}:{CUT}@{host}"));
                }
                None if super::secret::is_recognised(user_info) => {
                    self.take("url", user_info);
                    shown.push_str(&format!("{CUT}@{host}"));
                }
                _ => shown.push_str(authority),
            },
            None => shown.push_str(authority),
        }
        match path.split_once('?') {
            Some((path, query)) => {
                shown.push_str(path);
                shown.push('?');
                let parts: Vec<String> =
                    query.split('&').map(|part| self.parameter(part)).collect();
                shown.push_str(&parts.join("&"));
            }
            None => {
                let parts: Vec<String> = path
                    .split('/')
                    .map(|part| {
                        if super::secret::is_recognised(part) {
                            self.take("url", part);
                            CUT.to_owned()
                        } else {
                            part.to_owned()
                        }
                    })
                    .collect();
                shown.push_str(&parts.join("/"));
            }
        }
        Some(shown)
    }

    fn parameter(&mut self, part: &str) -> String {
        match part.split_once('=') {
            Some((name, value))
                if (is_secret_name(name) || matches!(name, "key" | "sig" | "auth"))
                    && is_plausible(value) =>
            {
                self.take(name, value);
                format!("{name}={CUT}")
            }
            _ => part.to_owned(),
        }
    }
}

/// Splits a command at white space outside quotes; quotes are dropped. No expansion of any kind.
pub fn split_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut inside = false;
    let mut quote: Option<char> = None;
    let mut chars = command.chars();
    while let Some(ch) = chars.next() {
        match (quote, ch) {
            (Some(open), ch) if ch == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(ch);
                inside = true;
            }
            (None | Some('"'), '\\') => {
                if let Some(next) = chars.next() {
                    word.push(next);
                    inside = true;
                }
            }
            (None, ch) if ch.is_whitespace() => {
                if inside {
                    words.push(std::mem::take(&mut word));
                    inside = false;
                    if words.len() == MAX_WORDS {
                        return words;
                    }
                }
            }
            (_, ch) => {
                word.push(ch);
                inside = true;
            }
        }
    }
    if inside {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(command: &str) -> (String, Vec<String>) {
        let cut = cut_command(command);
        let values = cut
            .secrets
            .iter()
            .map(|secret| {
                format!(
                    "{}={}",
                    secret.name,
                    String::from_utf8_lossy(secret.value.expose())
                )
            })
            .collect();
        (cut.line(), values)
    }

    #[test]
    fn secrets_leave_the_command() {
        for (command, shown, values) in [
            (
                "backup --password=CANARY-pw --host db",
                "backup --password=‹secret› --host db",
                vec!["password=CANARY-pw"],
            ),
            (
                "backup --api-key CANARY-key /data",
                "backup --api-key ‹secret› /data",
                vec!["api-key=CANARY-key"],
            ),
            (
                "DB_PASSWORD='CANARY pw' /bin/run",
                "DB_PASSWORD=‹secret› /bin/run",
                vec!["DB_PASSWORD=CANARY pw"],
            ),
            (
                "curl -H \"Authorization: Bearer CANARY-bearer\" https://a.example/x",
                "curl -H Authorization: Bearer ‹secret› https://a.example/x",
                vec!["Authorization=CANARY-bearer"],
            ),
            (
                "pg_dump postgres://app:CANARY-pw@db.example/shop",
                "pg_dump postgres://app:‹secret›@db.example/shop",
                vec!["password of app=CANARY-pw"],
            ),
            (
                "curl https://a.example/hook?token=CANARY-t&x=1",
                "curl https://a.example/hook?token=‹secret›&x=1",
                vec!["token=CANARY-t"],
            ),
            (
                "run --token ${TOKEN} --token-file /run/t --max-tokens 4000 --password",
                "run --token ${TOKEN} --token-file /run/t --max-tokens 4000 --password",
                vec![],
            ),
        ] {
            assert_eq!(
                cut(command),
                (
                    shown.to_owned(),
                    values.into_iter().map(str::to_owned).collect()
                ),
                "{command}"
            );
        }
    }

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

    #[test]
    fn quotes_and_backslashes() {
        assert_eq!(
            split_words(r#"a "b c" 'd"e' f\ g """#),
            ["a", "b c", "d\"e", "f g", ""]
        );
        assert_eq!(split_words("'open"), ["open"]);
    }
}
