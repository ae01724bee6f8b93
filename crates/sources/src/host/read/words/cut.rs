//! Cutting secret values out of commands and settings.

use model::Secret;

use super::{is_plausible, is_secret_name};
use crate::host::read::secret::is_recognised;

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

/// Cuts the secrets out of a list of arguments.
pub fn cut_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Cut {
    let mut cut = Cut::default();
    // The name of an option whose value is the next word.
    let mut expects: Option<String> = None;
    for word in words.into_iter().take(MAX_WORDS) {
        if let Some(name) = expects.take()
            && !word.starts_with('-')
            && is_plausible(word)
        {
            cut.take(name, word);
            cut.shown.push(CUT.to_owned());
            continue;
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
        if is_recognised(value) {
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
                    shown = format!("{shown}{user}:{CUT}@{host}");
                }
                None if is_recognised(user_info) => {
                    self.take("url", user_info);
                    shown = format!("{shown}{CUT}@{host}");
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
                        if is_recognised(part) {
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
    fn quotes_and_backslashes() {
        assert_eq!(
            split_words(r#"a "b c" 'd"e' f\ g """#),
            ["a", "b c", "d\"e", "f g", ""]
        );
        assert_eq!(split_words("'open"), ["open"]);
    }
}
