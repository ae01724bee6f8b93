//! Secret values: told apart, fingerprinted, and dropped. Nothing leaves here but observations.

use formats::{connection, jwt, pem, private_key, token, x509};
use model::{
    Alias, Attributes, EdgeKind, Fact, Fingerprint, Fingerprinter, NodeKind, NodeRef, Observation,
    ObservedEdge, TimeUs,
};
use serde_json::Value;

use crate::material;

/// How much of a text is searched for tokens between other words.
const MAX_SEARCHED_BYTES: usize = 256 << 10;

/// Words looked at in one text, and credentials kept of it.
const MAX_WORDS: usize = 20_000;
const MAX_FOUND: usize = 64;

/// The shortest value that counts as a secret when nothing but its name says so.
const MIN_SECRET_BYTES: usize = 6;

/// Names of values that come with a secret without being one.
const PLAIN_NAMES: &[&str] = &[
    "user",
    "username",
    "login",
    "host",
    "hostname",
    "port",
    "database",
    "dbname",
    "db",
    "name",
    "namespace",
    "region",
    "endpoint",
    "url",
    "uri",
    "bucket",
    "type",
    "email",
    "engine",
    "server",
    "address",
    "tenant",
    "domain",
    "schema",
    "driver",
    "sslmode",
    "registry",
    "account",
];

/// Parts of names by which a value is known for a secret.
const SECRET_NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "private_key",
    "access_key",
    "credential",
];

/// Where a value lies.
pub(crate) struct Holder<'a> {
    pub(crate) node: &'a NodeRef,
    pub(crate) edge: EdgeKind,
    /// The key or variable it lies under.
    pub(crate) key: &'a str,
}

impl Holder<'_> {
    fn put(&self, observation: Observation) -> Observation {
        let place = format!("{} {}", self.node.native_id, self.key);
        observation
            .edge(
                ObservedEdge::to(self.edge, self.node.clone())
                    .with("key", model::text::label(self.key)),
            )
            .at(place)
    }
}

/// What a value turned out to be.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) observations: Vec<Observation>,
    /// Certificates in the order they lie, the first is the one served.
    pub(crate) certificates: Vec<NodeRef>,
    /// What looked like something and could not be read.
    pub(crate) problems: Vec<String>,
}

/// A value out of a place made for secrets: everything counts that is not plainly something else.
pub(crate) fn secret(
    value: &[u8],
    holder: &Holder<'_>,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Found {
    let text = std::str::from_utf8(value).ok();
    if let Some(text) = text
        && text.contains("-----BEGIN ")
    {
        let found = pem_blocks(text, holder, fingerprinter, at, true);
        if !found.observations.is_empty() || !found.problems.is_empty() {
            return found;
        }
    }
    let mut found = Found::default();
    if let Some(text) = text {
        found.observations = known(text, holder, fingerprinter, at);
        if found.observations.is_empty() && is_plain(holder.key, text) {
            return found;
        }
    }
    if found.observations.is_empty() && !value.is_empty() {
        let subtype = if is_password_name(holder.key) {
            "password"
        } else {
            "secret_value"
        };
        let mut observation = unknown(value, subtype, holder, fingerprinter, at);
        if text.is_none() {
            observation.attributes = observation.attributes.with("form", binary_form(value));
        }
        found.observations.push(observation);
    }
    found
}

/// A text that should hold no secret: only what is recognised counts.
pub(crate) fn text(
    value: &str,
    holder: &Holder<'_>,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Found {
    let mut found = if value.contains("-----BEGIN ") {
        pem_blocks(value, holder, fingerprinter, at, false)
    } else {
        Found::default()
    };
    found.problems.clear();
    found
        .observations
        .extend(known(value, holder, fingerprinter, at));
    found
}

/// An environment variable written in the open: what is recognised, and what its name gives away.
pub(crate) fn literal(
    value: &str,
    holder: &Holder<'_>,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Vec<Observation> {
    let found = text(value, holder, fingerprinter, at);
    if !found.observations.is_empty() {
        return found.observations;
    }
    let name = holder.key.to_lowercase();
    let by_name = SECRET_NAMES.iter().any(|part| name.contains(part))
        // `…_FILE`, `…_PATH`, `…_NAME` say where a secret is, not what.
        && !["_file", "_path", "_name", "_dir", "_url", "_ttl", "_id", "_type", "_enabled", "_header"]
            .iter()
            .any(|end| name.ends_with(end));
    if !by_name
        || is_plain("", value)
        || value.starts_with('/')
        || value.contains(char::is_whitespace)
    {
        return Vec::new();
    }
    vec![unknown(
        value.as_bytes(),
        "password",
        holder,
        fingerprinter,
        at,
    )]
}

/// Tokens and connection strings: the whole text, else the words of it.
fn known(
    text: &str,
    holder: &Holder<'_>,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Vec<Observation> {
    if let Some(one) = known_word(text.trim(), holder, fingerprinter, at) {
        return vec![one];
    }
    let end = (0..=text.len().min(MAX_SEARCHED_BYTES))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    let searched = text.get(..end).unwrap_or_default();
    let mut found = Vec::new();
    let border = |ch: char| {
        ch.is_whitespace()
            || matches!(
                ch,
                '"' | '\'' | '`' | ',' | ';' | '<' | '>' | '(' | ')' | '{' | '}' | '[' | ']'
            )
    };
    for word in searched
        .split(border)
        .filter(|word| word.len() >= 16)
        .take(MAX_WORDS)
    {
        // `KEY=value` and `key: value` hold the value after the mark.
        let value = word.split_once('=').map_or(word, |(key, value)| {
            if key.contains("://") || value.len() < 16 {
                word
            } else {
                value
            }
        });
        if let Some(one) = known_word(value, holder, fingerprinter, at) {
            found.push(one);
            if found.len() >= MAX_FOUND {
                break;
            }
        }
    }
    found
}

fn known_word(
    word: &str,
    holder: &Holder<'_>,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Option<Observation> {
    if word.starts_with("ey")
        && let Ok(token) = jwt::parse(word)
    {
        let fingerprint = fingerprinter.fingerprint_bytes(word.as_bytes());
        return Some(holder.put(web_token(
            &token,
            NodeRef::secret(&fingerprint),
            "jwt",
            fingerprint,
            at,
        )));
    }
    if let Some(recognised) = token::recognise(word) {
        let names_a_key = matches!(
            recognised.subtype,
            "aws_access_key" | "aws_temporary_access_key"
        );
        // An id of a user or role proves nothing: it is no credential.
        if !recognised.is_secret && !names_a_key {
            return None;
        }
        return Some(holder.put(vendor_token(word, &recognised, fingerprinter, at)));
    }
    if word.contains("://") || word.contains('=') {
        return connection_string(word, fingerprinter, at).map(|one| holder.put(one));
    }
    None
}

fn vendor_token(
    word: &str,
    token: &token::Recognised,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Observation {
    let mut attributes = Attributes {
        vendor: Some(token.vendor.to_owned()),
        created: token.created.map(Fact::known),
        expires: token.expires.map(Fact::known),
        ..Attributes::named(token.form, token.subtype)
    }
    .with("credential_type", token.credential_type)
    .with("revoke", token.revoke);
    if let Some(id) = &token.public_id {
        attributes = attributes.with("public_id", id.as_str());
    }
    for (key, value) in &token.identity {
        attributes = attributes.with(key, value.as_str());
    }
    if !token.is_secret && token.subtype.starts_with("aws_") {
        attributes.name = Some(word.to_owned());
        return Observation::new(
            NodeRef::global(NodeKind::Credential, "aws", word),
            at,
            attributes,
        );
    }
    let fingerprint = fingerprinter.fingerprint_bytes(word.as_bytes());
    attributes.fingerprint = Some(fingerprint.clone());
    Observation::new(NodeRef::secret(&fingerprint), at, attributes)
        .alias(Alias::same(fingerprint.as_str()))
}

/// A JSON Web Token under a name of the caller's.
pub(crate) fn web_token(
    token: &jwt::Jwt,
    node: NodeRef,
    subtype: &str,
    fingerprint: Fingerprint,
    at: TimeUs,
) -> Observation {
    let mut attributes = Attributes {
        created: token.issued.map(Fact::known),
        expires: Some(token.expires.map_or_else(Fact::never, Fact::known)),
        ..Attributes::named(token.sub.as_deref().unwrap_or("JSON Web Token"), subtype)
    };
    for (key, value) in [
        ("issuer", &token.iss),
        ("subject", &token.sub),
        ("key_id", &token.kid),
        ("algorithm", &token.alg),
    ] {
        if let Some(value) = value {
            attributes = attributes.with(key, value.as_str());
        }
    }
    if !token.aud.is_empty() {
        attributes = attributes.with("audiences", token.aud.clone());
    }
    if token.unsigned {
        attributes = attributes.with("unsigned", true);
    }
    let alias = Alias::same(fingerprint.as_str());
    attributes.fingerprint = Some(fingerprint);
    Observation::new(node, at, attributes).alias(alias)
}

fn connection_string(word: &str, fingerprinter: &Fingerprinter, at: TimeUs) -> Option<Observation> {
    let connection = connection::parse(word).ok()?;
    let secret = connection.secret.as_ref()?;
    if std::str::from_utf8(secret.expose()).is_ok_and(formats::files::is_placeholder) {
        return None;
    }
    let host = connection.hosts.first().map(|end| match end.port {
        Some(port) => format!("{}:{port}", end.host),
        None => end.host.clone(),
    });
    let user = connection.user.clone().unwrap_or_default();
    let name = format!("{} password of {user}", connection.engine);
    let mut observation = password(fingerprinter.fingerprint(secret), "password", &name, at);
    for (key, value) in [
        ("engine", Some(connection.engine.clone())),
        ("host", host),
        ("user", connection.user),
        ("database", connection.database),
    ] {
        if let Some(value) = value {
            observation.attributes = observation.attributes.with(key, value);
        }
    }
    Some(observation)
}

/// A value of which nothing is known but its place.
fn unknown(
    value: &[u8],
    subtype: &str,
    holder: &Holder<'_>,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
) -> Observation {
    let name = model::text::bounded(holder.key, 256);
    holder.put(password(
        fingerprinter.fingerprint_bytes(value),
        subtype,
        &name,
        at,
    ))
}

/// A secret people may have chosen: its fingerprint finds it, and never merges two.
pub(crate) fn password(
    fingerprint: Fingerprint,
    subtype: &str,
    name: &str,
    at: TimeUs,
) -> Observation {
    let node = NodeRef::secret(&fingerprint);
    let alias = Alias::lookup(fingerprint.as_str());
    let attributes = Attributes {
        fingerprint: Some(fingerprint),
        ..Attributes::named(name, subtype)
    };
    Observation::new(node, at, attributes).alias(alias)
}

/// Private keys, and with `certificates` those too.
fn pem_blocks(
    text: &str,
    holder: &Holder<'_>,
    fingerprinter: &Fingerprinter,
    at: TimeUs,
    certificates: bool,
) -> Found {
    let mut found = Found::default();
    let mut chain = Vec::new();
    for block in pem::scan(text.as_bytes()).blocks.iter().take(MAX_FOUND * 4) {
        if block.is_private_key() {
            match private_key::from_pem(block) {
                Ok(key) => {
                    let fingerprint =
                        fingerprinter.fingerprint_bytes(block_text(text, block.line).as_bytes());
                    let key = material::private_key(&key, &fingerprint, at);
                    found.observations.push(holder.put(key));
                }
                Err(error) => found.problems.push(error.to_string()),
            }
        } else if certificates && block.is_certificate() {
            match x509::parse_der(block.data.expose()) {
                Ok(certificate) => chain.push(certificate),
                Err(error) => found.problems.push(error.to_string()),
            }
        }
    }
    for certificate in material::certificates(&chain, at) {
        found.certificates.push(certificate.node.clone());
        found.observations.push(holder.put(certificate));
    }
    found
}

/// The lines of a block from its first mark to its last.
fn block_text(text: &str, first_line: usize) -> String {
    let mut lines = Vec::new();
    for line in text.lines().skip(first_line.saturating_sub(1)) {
        lines.push(line.trim());
        if line.contains("-----END ") {
            break;
        }
    }
    lines.join("\n")
}

fn is_plain(key: &str, text: &str) -> bool {
    let text = text.trim();
    let last = key.to_lowercase();
    let last = last.rsplit(['_', '-', '.']).next().unwrap_or_default();
    text.len() < MIN_SECRET_BYTES
        || matches!(text, "true" | "false" | "null" | "enabled" | "disabled")
        || text.parse::<i64>().is_ok()
        || formats::files::is_placeholder(text)
        || PLAIN_NAMES.contains(&last)
}

fn is_password_name(key: &str) -> bool {
    let key = key.to_lowercase();
    ["password", "passwd", "passphrase", "pwd"]
        .iter()
        .any(|part| key.contains(part))
}

/// Key stores by their magic numbers.
fn binary_form(value: &[u8]) -> Value {
    match value {
        [0xfe, 0xed, 0xfe, 0xed, ..] => "jks".into(),
        [0xce, 0xce, 0xce, 0xce, ..] => "jceks".into(),
        [0x30, 0x80..=0x84, ..] => "der".into(),
        _ => "binary".into(),
    }
}
