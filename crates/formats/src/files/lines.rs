//! Small line formats of command-line tools.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every reader has the signature of the format table"
)]

use super::ini::sections;
use super::{ConfigFile, Entry};
use crate::error::FormatError;
use crate::text::{base64_standard, decode_text};

/// `.netrc`: words `machine`, `default`, `login`, `password`, `account`, `macdef`.
pub(super) fn netrc(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    let mut open: Option<(String, usize, String, Option<String>)> = None;
    let mut in_macro = false;
    let close = |entry: Option<(String, usize, String, Option<String>)>, out: &mut ConfigFile| {
        if let Some((machine, line, user, password)) = entry {
            let kind = if password.is_some() {
                "password"
            } else {
                "none"
            };
            out.push(
                Entry::new(&machine, "netrc_login", kind)
                    .at(line)
                    .host(&machine)
                    .user(&user)
                    .value(password.as_deref().unwrap_or_default()),
            );
        }
    };
    for (index, line) in text.lines().enumerate() {
        if in_macro {
            in_macro = !line.trim().is_empty();
            continue;
        }
        let mut words = line.split_whitespace();
        while let Some(word) = words.next() {
            if word.starts_with('#') {
                break;
            }
            match (word, &mut open) {
                ("machine", _) => {
                    close(open.take(), out);
                    match words.next() {
                        Some(name) => {
                            open = Some((name.to_owned(), index + 1, String::new(), None));
                        }
                        None => out.problem(index + 1, "`machine` names no host"),
                    }
                }
                ("default", _) => {
                    close(open.take(), out);
                    open = Some(("default".to_owned(), index + 1, String::new(), None));
                }
                ("login", Some(entry)) => words.next().unwrap_or_default().clone_into(&mut entry.2),
                ("password", Some(entry)) => {
                    entry.3 = words.next().map(|word| word.trim_matches('"').to_owned());
                }
                ("account", _) => {
                    words.next();
                }
                ("macdef", _) => {
                    in_macro = true;
                    break;
                }
                _ => out.problem(index + 1, "a word that netrc does not know"),
            }
        }
    }
    close(open.take(), out);
    Ok(())
}

/// `.npmrc`: `//host/path/:_authToken=…` and the unscoped forms.
pub(super) fn npmrc(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    let text = decode_text(bytes);
    let mut users: Vec<(String, String)> = Vec::new();
    let mut registry = "registry.npmjs.org".to_owned();
    let pairs: Vec<(usize, &str, &str)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with(['#', ';']))
        .filter_map(|(index, line)| {
            line.split_once('=').map(|(key, value)| {
                (
                    index + 1,
                    key.trim(),
                    value.trim().trim_matches(['"', '\'']),
                )
            })
        })
        .collect();
    for (_, key, value) in &pairs {
        if let Some(scope) = key.strip_suffix(":username") {
            users.push((scope.to_owned(), (*value).to_owned()));
        } else if *key == "registry" {
            let bare = value.split_once("://").map_or(*value, |(_, rest)| rest);
            bare.trim_end_matches('/').clone_into(&mut registry);
        }
    }
    for (line, key, value) in &pairs {
        let (scope, name) = key
            .rsplit_once(':')
            .filter(|(scope, _)| scope.starts_with("//"))
            .unwrap_or(("", key));
        let host = if scope.is_empty() {
            registry.as_str()
        } else {
            scope.trim_matches('/')
        };
        let user = users
            .iter()
            .find(|(name, _)| name == scope)
            .map_or("", |(_, user)| user.as_str());
        let (subtype, kind) = match name {
            "_authToken" => ("npm_registry_token", "access_token"),
            "_password" | "_auth" => ("npm_registry_login", "password"),
            _ => continue,
        };
        let entry = Entry::new(host, subtype, kind).at(*line).host(host);
        let decoded = (kind == "password")
            .then(|| {
                base64_standard(value.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok())
            })
            .flatten();
        out.push(match (name, decoded.as_deref()) {
            ("_auth", Some(pair)) => {
                let (user, password) = pair.split_once(':').unwrap_or(("", pair));
                entry.user(user).value(password)
            }
            (_, Some(password)) => entry.user(user).value(password),
            (_, None) => entry.user(user).value(value),
        });
    }
    Ok(())
}

/// `.pgpass`: `host:port:database:user:password`, `\` escapes.
pub(super) fn pgpass(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for (index, line) in decode_text(bytes).lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut fields = vec![String::new()];
        let mut escaped = false;
        for ch in line.chars() {
            match ch {
                '\\' if !escaped => escaped = true,
                // The password is the last field and may hold colons.
                ':' if !escaped && fields.len() < 5 => fields.push(String::new()),
                _ => {
                    escaped = false;
                    if let Some(field) = fields.last_mut() {
                        field.push(ch);
                    }
                }
            }
        }
        let [host, port, database, user, password] = fields.as_slice() else {
            out.problem(index + 1, "the line does not have five fields");
            continue;
        };
        out.push(
            Entry::new(
                &format!("{host}:{port}/{database}"),
                "postgresql_login",
                "password",
            )
            .at(index + 1)
            .host(host)
            .user(user)
            .attribute("port", port)
            .attribute("database", database)
            .value(password),
        );
    }
    Ok(())
}

pub(super) fn pypirc(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for section in sections(&decode_text(bytes))
        .iter()
        .filter(|section| section.line > 0 && section.name != "distutils")
    {
        let default = match section.name.as_str() {
            "pypi" => "https://upload.pypi.org/legacy/",
            "testpypi" => "https://test.pypi.org/legacy/",
            _ => "",
        };
        let url = section.get("repository").unwrap_or(default);
        let token = section.text("username") == "__token__";
        let (subtype, kind) = if token {
            ("pypi_api_token", "access_token")
        } else {
            ("pypi_login", "password")
        };
        let host = url
            .split_once("://")
            .map_or(url, |(_, rest)| rest)
            .split('/')
            .next()
            .unwrap_or_default();
        out.push(
            Entry::new(&section.name, subtype, kind)
                .at(section.line)
                .host(host)
                .user(section.text("username"))
                .value(section.text("password")),
        );
    }
    Ok(())
}

pub(super) fn my_cnf(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for section in sections(&decode_text(bytes))
        .iter()
        .filter(|section| section.get("password").is_some())
    {
        out.push(
            Entry::new(&section.name, "mysql_login", "password")
                .at(section.line)
                .host(section.text("host"))
                .user(section.text("user"))
                .attribute("database", section.text("database"))
                .value(section.text("password").trim_matches(['"', '\''])),
        );
    }
    Ok(())
}

pub(super) fn rclone(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    const SECRETS: &[(&str, &str)] = &[
        ("secret_access_key", "api_key"),
        ("pass", "password"),
        ("token", "oauth_access_token"),
        ("key", "api_key"),
        ("client_secret", "oauth_client_secret"),
        ("sas_url", "access_token"),
        ("service_account_credentials", "private_key"),
        ("password", "password"),
    ];
    for section in sections(&decode_text(bytes))
        .iter()
        .filter(|section| section.line > 0)
    {
        for (key, value, line) in section.pairs() {
            let Some((_, kind)) = SECRETS.iter().find(|(name, _)| *name == key) else {
                continue;
            };
            let id = [
                section.text("access_key_id"),
                section.text("client_id"),
                section.text("account"),
            ]
            .into_iter()
            .find(|id| !id.is_empty());
            out.push(
                Entry::new(&section.name, "rclone_remote", kind)
                    .at(line)
                    .host(section.get("host").unwrap_or(section.text("endpoint")))
                    .user(section.text("user"))
                    .public_id(id.unwrap_or_default())
                    .attribute("type", section.text("type"))
                    .value(value),
            );
        }
    }
    Ok(())
}

pub(super) fn s3cfg(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for section in &sections(&decode_text(bytes)) {
        if let Some(id) = section.get("access_key").filter(|id| !id.is_empty()) {
            out.push(
                Entry::new(id, "aws_access_key", "api_key")
                    .at(section.line.max(1))
                    .host(section.text("host_base"))
                    .public_id(id)
                    .value(section.text("secret_key")),
            );
        }
    }
    Ok(())
}

/// `.htpasswd`: the hash is a verifier, so only its kind is told; the hash itself is a secret.
pub(super) fn htpasswd(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for (index, line) in decode_text(bytes).lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((user, hash)) = line.split_once(':') else {
            out.problem(index + 1, "the line has no `:`");
            continue;
        };
        let kind = match hash {
            _ if hash.starts_with("$2") => "bcrypt",
            _ if hash.starts_with("$apr1$") => "apr1 (MD5)",
            _ if hash.starts_with("$5$") => "sha256-crypt",
            _ if hash.starts_with("$6$") => "sha512-crypt",
            _ if hash.starts_with("$y$") => "yescrypt",
            _ if hash.starts_with("{SHA}") => "sha1 without salt",
            _ if hash.len() == 13 => "DES crypt",
            _ => "plain text or unknown",
        };
        out.push(
            Entry::new(user, "htpasswd_user", "password_hash")
                .at(index + 1)
                .user(user)
                .attribute("hash", kind)
                .value(hash),
        );
    }
    Ok(())
}
