//! git: stored credentials, and tokens left in remote addresses.

#![expect(
    clippy::unnecessary_wraps,
    reason = "every reader has the signature of the format table"
)]

use super::ini::sections;
use super::{ConfigFile, Entry, shown_command};
use crate::connection;
use crate::error::FormatError;
use crate::text::decode_text;

/// `.git-credentials`: one URL per line.
pub(super) fn credentials(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for (index, line) in decode_text(bytes).lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match from_url("git_credential", line, index + 1) {
            Some(entry) => out.push(entry),
            None => out.problem(index + 1, "the line is not a URL with a login"),
        }
    }
    Ok(())
}

pub(super) fn config(bytes: &[u8], out: &mut ConfigFile) -> Result<(), FormatError> {
    for section in &sections(&decode_text(bytes)) {
        let remote = section
            .name
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let quoted = section.name.split('"').nth(1).unwrap_or(&section.name);
        for (key, value, line) in section.pairs() {
            match (remote.as_str(), key.to_ascii_lowercase().as_str()) {
                ("remote" | "submodule", "url" | "pushurl") => {
                    out.entries.extend(
                        from_url("git_remote", value, line)
                            .map(|entry| entry.attribute("remote", quoted)),
                    );
                }
                ("url", "insteadof" | "pushinsteadof") => {
                    out.entries.extend(
                        from_url("git_remote", quoted, section.line)
                            .map(|entry| entry.attribute("instead_of", value)),
                    );
                }
                ("http", "extraheader") => {
                    let secret = value.rsplit(' ').next().unwrap_or_default();
                    out.push(
                        Entry::new(quoted, "git_extra_header", "access_token")
                            .at(line)
                            .host(quoted)
                            .value(secret),
                    );
                }
                ("credential", "helper") => {
                    out.push(
                        Entry::new(quoted, "git_credential_helper", "none")
                            .at(line)
                            .points_to(format!("credential helper {}", shown_command(value))),
                    );
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// A URL with a password or a token in the user's place; plain URLs hold nothing.
fn from_url(subtype: &'static str, url: &str, line: usize) -> Option<Entry> {
    let parsed = connection::parse(url).ok().filter(|parsed| {
        matches!(
            parsed.engine.as_str(),
            "http" | "https" | "git" | "ssh" | "ftp"
        )
    })?;
    let secret = parsed.secret?;
    let text = String::from_utf8_lossy(secret.expose()).into_owned();
    let token = crate::token::recognise(&text);
    let host = parsed
        .hosts
        .first()
        .map(|endpoint| endpoint.host.clone())
        .unwrap_or_default();
    let mut entry = Entry::new(
        &host,
        subtype,
        token
            .as_ref()
            .map_or("password", |token| token.credential_type),
    )
    .at(line)
    .host(&host)
    .user(parsed.user.as_deref().unwrap_or_default())
    .attribute("repository", parsed.database.as_deref().unwrap_or_default())
    .attribute("url", &parsed.redacted)
    .attribute("token", token.as_ref().map_or("", |token| token.subtype));
    entry.has_secret = true;
    entry.secret = Some(secret);
    Some(entry)
}
