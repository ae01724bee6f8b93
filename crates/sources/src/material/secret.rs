//! Secret values of any other form: tokens, passwords, JSON Web Tokens.

use formats::jwt::Jwt;
use formats::token::Recognised;
use model::{
    Alias, Attributes, EdgeKind, Fact, Fingerprint, NodeKind, NodeRef, Observation, ObservedEdge,
    TimeUs,
};

use super::{put, put_strength, word};

/// Who made a secret value, which decides whether sharing it means being one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A machine: the value identifies, two records with it are one credential.
    ByMachine,
    /// A person, or nobody knows: two accounts may share it and stay two credentials.
    ByPerson,
}

/// A token of a documented form, named by its fingerprint; an AWS key id names itself. Other texts
/// that are identifiers (`is_secret` is false: `AIDA…`, `AROA…`) are no credentials: callers make
/// them lookup aliases of what they identify.
pub fn secret(fingerprint: &Fingerprint, recognised: &Recognised, observed: TimeUs) -> Observation {
    let name = match &recognised.public_id {
        Some(id) => format!("{} {id}", recognised.form),
        None => format!("{} {}", recognised.vendor, recognised.form),
    };
    let mut attributes = Attributes {
        created: recognised.created.map(Fact::known),
        expires: recognised.expires.map(Fact::known),
        vendor: Some(recognised.vendor.to_owned()),
        tenant: tenant(&recognised.identity),
        ..Attributes::named(name, recognised.subtype)
    }
    .with("form", recognised.form)
    .with("credential_type", recognised.credential_type)
    .with("proof", word(&recognised.proof))
    .with("how_to_revoke", recognised.revoke)
    .with("form_documented_at", recognised.doc);
    model::marks::token(&mut attributes, recognised.credential_type);
    put(&mut attributes, "checksum_ok", recognised.checksum_ok);
    put(
        &mut attributes,
        "public_id",
        recognised.public_id.as_deref(),
    );
    for (key, value) in &recognised.identity {
        put(&mut attributes, key, Some(value.as_str()));
    }
    if !recognised.notes.is_empty() {
        attributes = attributes.with("notes", recognised.notes.clone());
    }
    match identifier(recognised) {
        Some(node) => Observation::new(node, observed, attributes),
        None => with_fingerprint(attributes, fingerprint, Made::ByMachine, observed),
    }
}

/// A secret value whose form no table knows: `subtype` says what it was kept as (`password`,
/// `api_key`, `client_secret` …) and `name` what people call it, for example the variable's name.
pub fn unrecognised_secret(
    fingerprint: &Fingerprint,
    subtype: &str,
    name: &str,
    made: Made,
    observed: TimeUs,
) -> Observation {
    let attributes = Attributes::named(name, subtype);
    with_fingerprint(attributes, fingerprint, made, observed)
}

/// A JSON Web Token with what its claims say; nothing of it was verified.
pub fn jwt(fingerprint: &Fingerprint, jwt: &Jwt, observed: TimeUs) -> Observation {
    let kind = word(&jwt.issuer_kind);
    let name = jwt
        .sub
        .clone()
        .or_else(|| jwt.iss.clone())
        .unwrap_or_else(|| "JSON Web Token".to_owned());
    let mut attributes = Attributes {
        created: jwt.issued.map(Fact::known),
        // A token without `exp` is accepted for as long as its key is.
        expires: Some(jwt.expires.map_or_else(Fact::never, Fact::known)),
        tenant: tenant(&jwt.identity),
        ..Attributes::named(name, "jwt")
    }
    .with("issuer_kind", kind)
    .with("unsigned", jwt.unsigned)
    .with("refresh", jwt.refresh)
    .with("claims_verified", false);
    for (key, value) in [
        ("alg", &jwt.alg),
        ("kid", &jwt.kid),
        ("typ", &jwt.typ),
        ("issuer", &jwt.iss),
        ("token_subject", &jwt.sub),
        ("jti", &jwt.jti),
        ("client", &jwt.client),
    ] {
        put(&mut attributes, key, value.as_deref());
    }
    for (key, value) in &jwt.identity {
        put(&mut attributes, key, Some(value.as_str()));
    }
    if jwt.refresh {
        model::marks::refresh_token(&mut attributes);
    } else if !jwt.scopes.is_empty() || jwt.typ.as_deref() == Some("at+jwt") {
        // Others may be identity tokens or the assertions that clients sign.
        model::marks::access_token(&mut attributes);
    }
    if let (Some(from), Some(to)) = (jwt.issued, jwt.expires) {
        let seconds = to.as_micros().saturating_sub(from.as_micros()) / 1_000_000;
        attributes = attributes.with("lifetime_seconds", seconds);
    }
    if !jwt.aud.is_empty() {
        attributes = attributes.with("audiences", jwt.aud.clone());
    }
    if !jwt.scopes.is_empty() {
        attributes = attributes.with("scopes", jwt.scopes.clone());
    }
    put_strength(&mut attributes, &jwt.strength);
    with_fingerprint(attributes, fingerprint, Made::ByMachine, observed)
}

/// Says that a copy of a credential lies where none should (a repository, an image, a log).
#[must_use]
pub fn found_in(observation: Observation, place: &NodeRef, line: Option<usize>) -> Observation {
    let mut edge = ObservedEdge::to(EdgeKind::FoundIn, place.clone());
    if let Some(line) = line {
        edge = edge.with("line", line);
    }
    observation.edge(edge)
}

fn with_fingerprint(
    attributes: Attributes,
    fingerprint: &Fingerprint,
    made: Made,
    observed: TimeUs,
) -> Observation {
    let attributes = Attributes {
        fingerprint: Some(fingerprint.clone()),
        ..attributes
    };
    let alias = match made {
        Made::ByMachine => Alias::same(fingerprint.as_str()),
        Made::ByPerson => Alias::lookup(fingerprint.as_str()),
    };
    Observation::new(NodeRef::secret(fingerprint), observed, attributes).alias(alias)
}

/// The node of a text that is an AWS key id: the id names the key, whoever holds its secret.
fn identifier(recognised: &Recognised) -> Option<NodeRef> {
    let names_a_key = matches!(
        recognised.subtype,
        "aws_access_key" | "aws_temporary_access_key"
    );
    let id = recognised.public_id.as_ref().filter(|_| names_a_key)?;
    Some(NodeRef::global(NodeKind::Credential, "aws", id.as_str()))
}

fn tenant(identity: &[(&'static str, String)]) -> Option<String> {
    ["account", "tenant", "project", "organisation", "team"]
        .iter()
        .find_map(|key| identity.iter().find(|(name, _)| name == key))
        .map(|(_, value)| value.clone())
}
