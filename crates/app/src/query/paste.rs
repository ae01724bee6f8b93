//! `who -` and `who FILE`: a thing itself instead of its name.
//!
//! A pasted value is fingerprinted here, compared and dropped. It is never stored, shown or put
//! into an error.

use std::path::Path;

use formats::bundle::Item;
use formats::{Recognition, recognise};
use inventory::read::{self, Node, Reader};
use model::{Secret, TimeUs};
use serde::Serialize;
use serde_json::Value;

use super::find::{Found, candidates};
use super::views::VERSION;
use super::who::{Who, about};
use crate::{Error, Installation};

/// The longest paste; a bundle of certificates fits.
pub const MAX_PASTE_BYTES: usize = 64 * 1024;

/// Values of one file that are looked up.
const MAX_INNER: usize = 64;

/// The largest file read to find out what it is.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// What is known of a pasted thing.
#[derive(Debug)]
pub enum Pasted {
    /// It is in the inventory.
    Known(Found<Who>),
    /// It is not; this is what it says by itself.
    Unknown(Box<Decoded>),
}

/// What a thing says by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decoded {
    /// The contract's version.
    pub v: u8,
    /// Always `unknown`: no record is known by it.
    pub state: &'static str,
    /// One sentence.
    pub summary: String,
    /// Its keyed fingerprint, under which it would be known here. Null for files.
    pub fingerprint: Option<String>,
    /// What it decodes to; null when no form is known. Holds no secret value.
    pub decoded: Value,
    /// The names under which it was looked up.
    pub looked_up: Vec<String>,
    /// What would make it known.
    pub to_know: &'static str,
}

/// Answers about a pasted value.
///
/// # Errors
/// The value is too long or empty, or the database cannot be read.
pub async fn paste(
    installation: &Installation,
    value: Secret,
    as_of: Option<TimeUs>,
) -> Result<Pasted, Error> {
    if value.len_bytes() > MAX_PASTE_BYTES {
        return Err(Error::usage(format!(
            "more than {MAX_PASTE_BYTES} bytes were pasted; `who FILE` reads a file"
        )));
    }
    let trimmed = trimmed(value.expose());
    if trimmed.is_empty() {
        return Err(Error::usage("nothing was pasted")
            .hint("pipe the value in, for example `pbpaste | countersign who -`"));
    }
    let fingerprint = installation.fingerprinter.fingerprint_bytes(trimmed);
    let mut names = vec![fingerprint.as_str().to_owned()];
    for other in [value.expose(), without_assignment(trimmed)] {
        names.push(
            installation
                .fingerprinter
                .fingerprint_bytes(other)
                .as_str()
                .to_owned(),
        );
    }
    // A line copied from a settings file: what counts is its value.
    let recognition = recognise(trimmed).or_else(|| recognise(without_assignment(trimmed)));
    if let Some(recognition) = &recognition {
        names.extend(public_names(recognition));
        names.extend(inner_fingerprints(installation, recognition));
    }
    drop(value);
    answer(
        installation,
        as_of,
        names,
        recognition,
        Some(fingerprint.as_str().to_owned()),
    )
    .await
}

/// Answers about a text that has a known form, such as the line of an SSH public key; `None` when it
/// has none.
///
/// # Errors
/// As [`paste`].
pub async fn recognised(
    installation: &Installation,
    value: Secret,
    as_of: Option<TimeUs>,
) -> Result<Option<Pasted>, Error> {
    if recognise(trimmed(value.expose())).is_none() {
        return Ok(None);
    }
    paste(installation, value, as_of).await.map(Some)
}

/// Answers about what a file holds; `None` when the file is nothing that has an identity.
///
/// # Errors
/// The file cannot be read, or the database cannot be read.
pub async fn file(
    installation: &Installation,
    path: &Path,
    as_of: Option<TimeUs>,
) -> Result<Option<Pasted>, Error> {
    let cannot =
        |error: std::io::Error| Error::failed(format!("cannot read `{}`: {error}", path.display()));
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, MAX_FILE_BYTES), &mut bytes)
        .map_err(cannot)?;
    let content = Secret::new(bytes);
    let Some(recognition) = recognise(content.expose()) else {
        return Ok(None);
    };
    let mut names: Vec<String> = public_names(&recognition);
    names.extend(inner_fingerprints(installation, &recognition));
    if names.is_empty() {
        // An encrypted key shows nothing but itself.
        let value = trimmed(content.expose());
        names.push(
            installation
                .fingerprinter
                .fingerprint_bytes(value)
                .as_str()
                .to_owned(),
        );
    }
    drop(content);
    answer(installation, as_of, names, Some(recognition), None)
        .await
        .map(Some)
}

async fn answer(
    installation: &Installation,
    as_of: Option<TimeUs>,
    mut names: Vec<String>,
    recognition: Option<Recognition>,
    fingerprint: Option<String>,
) -> Result<Pasted, Error> {
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let reader = super::reader(installation, as_of).await?;
    let now = installation.clock.now();
    // The more exact name first: the thing itself, then what shares its key.
    for name in &names {
        let found = read::lookup_any(&reader, std::slice::from_ref(name)).await?;
        if let Some(known) = known(&reader, name, found, now).await? {
            return Ok(Pasted::Known(known));
        }
    }
    let decoded = recognition
        .as_ref()
        .and_then(|recognition| serde_json::to_value(recognition).ok())
        .unwrap_or(Value::Null);
    Ok(Pasted::Unknown(Box::new(Decoded {
        v: VERSION,
        state: "unknown",
        summary: format!(
            "no record is known by it; {}",
            recognition
                .as_ref()
                .map_or_else(|| "its form is not known either".to_owned(), describe)
        ),
        fingerprint,
        decoded,
        looked_up: names,
        to_know: "scan or import where it lies or where it was issued; what was not looked at is in `countersign \
                  coverage`",
    })))
}

async fn known(
    reader: &Reader,
    name: &str,
    mut found: Vec<Node>,
    now: TimeUs,
) -> Result<Option<Found<Who>>, Error> {
    // Among several, the one that is called so goes before those that merely share it.
    if found.len() > 1
        && let Some(exact) = found.iter().position(|node| node.native_id == name)
    {
        found = vec![found.swap_remove(exact)];
    }
    match found.len() {
        0 => Ok(None),
        1 => match found.pop() {
            Some(node) => Ok(Some(Found::One(Box::new(
                about(reader, node.key, now).await?,
            )))),
            None => Ok(None),
        },
        total => {
            let shared = model::text::count(total, "record");
            let summary = format!("{shared} share this value; name one by its id");
            found.truncate(read::MAX_CANDIDATES);
            candidates(
                reader,
                name,
                "several_match",
                summary,
                found,
                (total, false),
            )
            .await
            .map(Some)
        }
    }
}

/// Fingerprints of the secret values inside: the password of a connection string, the values of a
/// credential file.
fn inner_fingerprints(installation: &Installation, recognition: &Recognition) -> Vec<String> {
    let secrets: Vec<&Secret> = match recognition {
        Recognition::Connection(connection) => connection.secret.iter().collect(),
        Recognition::File(file) => file
            .entries
            .iter()
            .filter_map(|entry| entry.secret.as_ref())
            .take(MAX_INNER)
            .collect(),
        _ => Vec::new(),
    };
    secrets
        .into_iter()
        .map(|secret| {
            let fingerprint = installation.fingerprinter.fingerprint(secret);
            fingerprint.as_str().to_owned()
        })
        .collect()
}

/// Surrounding white space belongs to the paste, not to the secret.
fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// `NAME=value` and `NAME="value"` as copied from a file.
fn without_assignment(bytes: &[u8]) -> &[u8] {
    let Some(at) = bytes.iter().position(|byte| *byte == b'=') else {
        return bytes;
    };
    let (name, value) = bytes.split_at(at);
    let is_name = !name.is_empty()
        && name.len() <= 64
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ' | b'-' | b'.'));
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    let quoted = |quote: u8| value.strip_prefix(&[quote])?.strip_suffix(&[quote]);
    if is_name && !value.is_empty() {
        quoted(b'"').or_else(|| quoted(b'\'')).unwrap_or(value)
    } else {
        bytes
    }
}

/// The public names of what was recognised, most exact first.
fn public_names(recognition: &Recognition) -> Vec<String> {
    let mut names = Vec::new();
    match recognition {
        Recognition::Material { items } => {
            for item in items {
                item_names(item, &mut names);
            }
        }
        Recognition::SshKey(key) => {
            let value = serde_json::to_value(key).unwrap_or_default();
            from_json(&value, &mut names);
        }
        Recognition::Token(token) => {
            names.extend(token.public_id.clone());
        }
        Recognition::Jwt(jwt) => {
            names.extend(jwt.sub.clone());
        }
        Recognition::File(file) => {
            for entry in file.entries.iter().take(MAX_INNER) {
                names.extend(entry.public_id.clone());
                let value = serde_json::to_value(entry).unwrap_or_default();
                from_json(&value, &mut names);
            }
        }
        Recognition::Connection(_) => {}
    }
    names
}

fn item_names(item: &Item, names: &mut Vec<String>) {
    if let Item::Certificate(certificate) = item {
        names.push(format!("x509:sha256:{}", certificate.sha256));
        return;
    }
    let value = serde_json::to_value(item).unwrap_or_default();
    from_json(&value, names);
}

/// Every form of key material states its public half under one of these names.
fn from_json(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                match (name.as_str(), part.as_str()) {
                    ("spki_sha256", Some(digest)) => names.push(format!("spki:sha256:{digest}")),
                    ("ssh_fingerprint", Some(print)) => names.push(format!("ssh:{print}")),
                    _ => from_json(part, names),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                from_json(item, names);
            }
        }
        _ => {}
    }
}

/// What it is, in words without a secret.
fn describe(recognition: &Recognition) -> String {
    match recognition {
        Recognition::Material { items } => {
            let mut kinds: Vec<&str> = items.iter().map(kind).collect();
            kinds.dedup();
            format!("it holds {}", kinds.join(", "))
        }
        Recognition::File(_) => "it is a credential file".to_owned(),
        Recognition::SshKey(_) => "it is an SSH public key or certificate".to_owned(),
        Recognition::Jwt(jwt) => format!(
            "it is a JSON Web Token{}",
            jwt.iss.as_ref().map_or_else(String::new, |issuer| format!(
                " of {}",
                model::text::label(issuer)
            ))
        ),
        Recognition::Token(token) => {
            let checked = match token.checksum_ok {
                Some(true) => "; its checksum is right",
                Some(false) => "; its checksum is wrong: a slip in copying, or made up",
                None => "",
            };
            format!("its form is {} ({}){checked}", token.form, token.vendor)
        }
        Recognition::Connection(_) => "it is a connection string".to_owned(),
    }
}

fn kind(item: &Item) -> &'static str {
    match item {
        Item::Certificate(_) => "a certificate",
        Item::PrivateKey(_) => "a private key",
        Item::PublicKey(_) => "a public key",
        Item::SshKey(_) => "an SSH key",
        Item::CertificateRequest(_) => "a certificate request",
        Item::RevocationList => "a revocation list",
        Item::Pkcs12(_) => "a PKCS#12 store",
        Item::JavaStore(_) => "a Java key store",
        Item::OpenPgp { .. } => "an OpenPGP key",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_assignment_is_its_value() {
        assert_eq!(without_assignment(b"TOKEN=\"CANARY-x\""), b"CANARY-x");
        assert_eq!(without_assignment(b"export A=CANARY"), b"CANARY");
        assert_eq!(without_assignment(b"CANARY+/=="), b"CANARY+/==");
        assert_eq!(without_assignment(b"plain"), b"plain");
    }
}
