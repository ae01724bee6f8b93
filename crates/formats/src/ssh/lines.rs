//! Line files: `authorized_keys`, `known_hosts`, `allowed_signers`. A broken line is reported with
//! its number and the others are still read.

use serde::Serialize;

use super::{MAX_BLOB_BASE64, SshKey, is_key_type, parse_certificate, wire};
use crate::text::{base64_standard, decode_text, label};

/// The most entries read from one file; a large bastion's file holds some thousands.
const MAX_LINES: usize = 200_000;
/// The most options on one line.
const MAX_OPTIONS: usize = 64;

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineProblem {
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong, without the line's content.
    pub reason: &'static str,
}

/// Entries and the lines that were not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lines<T> {
    /// Entries in file order.
    pub entries: Vec<T>,
    /// Lines that could not be read.
    pub problems: Vec<LineProblem>,
}

/// One option of an `authorized_keys` line, for example `from="10.0.0.0/8"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyOption {
    /// Option name in lower case.
    pub name: String,
    /// Its value without quotes.
    pub value: Option<String>,
}

/// One `authorized_keys` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthorizedKey {
    /// Line, counted from 1.
    pub line: usize,
    /// The key.
    pub key: SshKey,
    /// Every option in order.
    pub options: Vec<KeyOption>,
    /// True for `cert-authority`: the key signs certificates that are accepted.
    pub cert_authority: bool,
    /// True for `restrict`.
    pub restricted: bool,
    /// Address patterns of `from=`.
    pub from: Vec<String>,
    /// The forced `command=`.
    pub command: Option<String>,
    /// Names of `principals=`.
    pub principals: Vec<String>,
    /// `expiry-time=` as written.
    pub expiry_time: Option<String>,
}

/// What a marker on a `known_hosts` line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownHostMarker {
    /// The key signs host certificates.
    CertAuthority,
    /// The key must not be accepted.
    Revoked,
}

/// One `known_hosts` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownHost {
    /// Line, counted from 1.
    pub line: usize,
    /// Host patterns; empty when hashed.
    pub hosts: Vec<String>,
    /// True when the names are hashed and cannot be read.
    pub hashed: bool,
    /// CA or revoked.
    pub marker: Option<KnownHostMarker>,
    /// The key.
    pub key: SshKey,
}

/// One `allowed_signers` entry (`ssh-keygen -Y verify`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllowedSigner {
    /// Line, counted from 1.
    pub line: usize,
    /// Who may sign.
    pub principals: Vec<String>,
    /// Options such as `namespaces="git"`, `valid-before=`.
    pub options: Vec<KeyOption>,
    /// True for `cert-authority`.
    pub cert_authority: bool,
    /// The key.
    pub key: SshKey,
}

/// Reads an `authorized_keys` file.
pub fn authorized_keys(bytes: &[u8]) -> Lines<AuthorizedKey> {
    each_line(bytes, |line, text| {
        let (options, key) = options_and_key(text)?;
        let value = |name: &str| {
            options
                .iter()
                .find(|o| o.name == name)
                .and_then(|o| o.value.clone())
        };
        let has = |name: &str| options.iter().any(|o| o.name == name);
        Some(AuthorizedKey {
            line,
            key,
            cert_authority: has("cert-authority"),
            restricted: has("restrict"),
            from: value("from").as_deref().map(split_list).unwrap_or_default(),
            command: value("command"),
            principals: value("principals")
                .as_deref()
                .map(split_list)
                .unwrap_or_default(),
            expiry_time: value("expiry-time"),
            options,
        })
    })
}

/// Reads a `known_hosts` file.
pub fn known_hosts(bytes: &[u8]) -> Lines<KnownHost> {
    each_line(bytes, |line, text| {
        let (marker, rest) = match text.split_once(char::is_whitespace) {
            Some(("@cert-authority", rest)) => {
                (Some(KnownHostMarker::CertAuthority), rest.trim_start())
            }
            Some(("@revoked", rest)) => (Some(KnownHostMarker::Revoked), rest.trim_start()),
            _ => (None, text),
        };
        let (hosts, key) = rest.split_once(char::is_whitespace)?;
        let hashed = hosts.starts_with("|1|");
        let hosts = if hashed {
            Vec::new()
        } else {
            split_list(hosts)
        };
        Some(KnownHost {
            line,
            hosts,
            hashed,
            marker,
            key: key_fields(key.trim_start())?,
        })
    })
}

/// Reads an `allowed_signers` file.
pub fn allowed_signers(bytes: &[u8]) -> Lines<AllowedSigner> {
    each_line(bytes, |line, text| {
        let (principals, rest) = split_unquoted(text)?;
        let (options, key) = options_and_key(rest)?;
        let cert_authority = options.iter().any(|option| option.name == "cert-authority");
        Some(AllowedSigner {
            line,
            principals: split_list(principals.trim_matches('"')),
            options,
            cert_authority,
            key,
        })
    })
}

fn each_line<T>(bytes: &[u8], read: impl Fn(usize, &str) -> Option<T>) -> Lines<T> {
    let mut out = Lines {
        entries: Vec::new(),
        problems: Vec::new(),
    };
    for (index, line) in decode_text(bytes).lines().enumerate() {
        let text = line.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if out.entries.len() + out.problems.len() >= MAX_LINES {
            out.problems.push(LineProblem {
                line: index + 1,
                reason: "only the first 200,000 entries were read",
            });
            break;
        }
        match read(index + 1, text) {
            Some(entry) => out.entries.push(entry),
            None => out.problems.push(LineProblem {
                line: index + 1,
                reason: "the line holds no readable SSH key",
            }),
        }
    }
    out
}

/// `type base64 comment`.
pub(super) fn key_fields(text: &str) -> Option<SshKey> {
    let mut words = text.splitn(3, char::is_whitespace);
    let key_type = words.next().filter(|word| is_key_type(word))?;
    let base64 = words.next().filter(|word| word.len() <= MAX_BLOB_BASE64)?;
    let blob = base64_standard(base64.as_bytes())?;
    // The type is written twice; a line whose halves disagree is damaged.
    if wire::Wire::new(&blob).text()? != key_type {
        return None;
    }
    let (certificate, key) = if key_type.contains("-cert-v01") {
        let (certificate, key) = parse_certificate(&blob).ok()?;
        (Some(certificate), key)
    } else {
        (None, wire::public_key(&blob)?)
    };
    let comment = words
        .next()
        .map(label)
        .filter(|comment| !comment.is_empty());
    Some(SshKey {
        key_type: key_type.to_owned(),
        key,
        certificate,
        comment,
    })
}

fn options_and_key(text: &str) -> Option<(Vec<KeyOption>, SshKey)> {
    let first = text.split(char::is_whitespace).next().unwrap_or_default();
    if is_key_type(first) {
        return Some((Vec::new(), key_fields(text)?));
    }
    let (options, key) = split_unquoted(text)?;
    Some((read_options(options), key_fields(key)?))
}

/// Splits at the first white space outside quotes.
fn split_unquoted(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    for (at, ch) in text.char_indices() {
        match ch {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if ch.is_whitespace() && !quoted => {
                let (head, tail) = text.split_at_checked(at)?;
                return Some((head, tail.trim_start()));
            }
            _ => {}
        }
    }
    None
}

fn read_options(text: &str) -> Vec<KeyOption> {
    let mut options = Vec::new();
    let (mut name, mut value) = (String::new(), None::<String>);
    let (mut quoted, mut escaped) = (false, false);
    for ch in text.chars().chain([',']) {
        match ch {
            ',' if !quoted => {
                if !name.is_empty() && options.len() < MAX_OPTIONS {
                    options.push(KeyOption {
                        name: label(&name).to_ascii_lowercase(),
                        value: value.as_deref().map(label),
                    });
                }
                name.clear();
                value = None;
            }
            '\\' if quoted && !escaped => escaped = true,
            '"' if !escaped => quoted = !quoted,
            '=' if value.is_none() && !quoted => value = Some(String::new()),
            _ => {
                escaped = false;
                value.as_mut().unwrap_or(&mut name).push(ch);
            }
        }
    }
    options
}

fn split_list(text: &str) -> Vec<String> {
    text.split(',')
        .map(label)
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_with_quotes() {
        let options = read_options(
            r#"restrict,command="echo \"a,b\" c",from="10.0.0.0/8,!10.1.0.0/16",no-pty"#,
        );
        let seen: Vec<_> = options
            .iter()
            .map(|o| (o.name.as_str(), o.value.as_deref()))
            .collect();
        assert_eq!(
            seen,
            [
                ("restrict", None),
                ("command", Some(r#"echo "a,b" c"#)),
                ("from", Some("10.0.0.0/8,!10.1.0.0/16")),
                ("no-pty", None)
            ]
        );
    }

    #[test]
    fn broken_lines_are_reported_with_their_place() {
        let found = authorized_keys(b"# note\n\nssh-ed25519 AAAA x\nnonsense\n");
        assert_eq!(found.entries, []);
        assert_eq!(
            found.problems.iter().map(|p| p.line).collect::<Vec<_>>(),
            [3, 4]
        );
    }
}
