//! A secret value as a credential: recognised by its shape, decoded offline, fingerprinted, dropped.

use formats::jwt::{Issuer, Jwt};
use model::{EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, Secret};

use super::out::ReadContext;
use crate::material::{self, Made};

/// What the place where a value stood tells about it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SecretHint<'a> {
    /// The variable, option or field it was the value of.
    pub field: &'a str,
    /// What sort of thing it is when its own shape does not say: `password`, `npm_token` …
    pub subtype: &'a str,
    /// The account, user or server it belongs to, as the place says.
    pub account: Option<&'a str>,
    /// True for a password chosen by a person: two accounts may share it.
    pub password: bool,
}

/// True when a text is a token of a known shape or a JWT, standing alone.
pub fn is_recognised(text: &str) -> bool {
    /// The shortest token with a distinctive prefix.
    const MIN_BYTES: usize = 16;
    if text.len() < MIN_BYTES || text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return false;
    }
    formats::token::recognise(text).is_some_and(|token| token.is_secret)
        || (text.starts_with("eyJ") && formats::jwt::parse(text).is_ok())
}

/// Says what a secret value shows about itself. The value does not leave this function.
pub fn secret(cx: &ReadContext<'_>, value: &Secret, hint: SecretHint<'_>) -> Observation {
    let text = std::str::from_utf8(value.expose())
        .unwrap_or_default()
        .trim();
    let fingerprint = cx
        .fingerprinter
        .fingerprint_bytes(value.expose().trim_ascii());
    let token = formats::token::recognise(text).filter(|token| token.is_secret);
    let mut observation = match token {
        Some(token) => material::secret(&fingerprint, &token, cx.observed),
        None => match formats::jwt::parse(text) {
            Ok(jwt) => identified(material::jwt(&fingerprint, &jwt, cx.observed), &jwt),
            Err(_) => {
                let subtype = match hint.subtype {
                    "" if hint.password => "password",
                    "" => "secret",
                    subtype => subtype,
                };
                let made = if hint.password {
                    Made::ByPerson
                } else {
                    Made::ByMachine
                };
                let name = secret_name(&hint, subtype);
                material::unrecognised_secret(&fingerprint, subtype, &name, made, cx.observed)
            }
        },
    };
    let extra = &mut observation.attributes.extra;
    if !hint.field.is_empty() {
        extra
            .entry("field".to_owned())
            .or_insert_with(|| hint.field.into());
    }
    if let Some(account) = hint.account {
        extra
            .entry("account".to_owned())
            .or_insert_with(|| account.into());
    }
    observation
}

fn secret_name(hint: &SecretHint<'_>, subtype: &str) -> String {
    match (hint.account, hint.field) {
        (Some(account), _) => format!("{} of {account}", subtype.replace('_', " ")),
        (None, "") => subtype.replace('_', " "),
        (None, field) => field.to_owned(),
    }
}

/// Whom a token's claims name, where a claim is the provider's own id for the identity. A Kubernetes
/// subject is not: two clusters may both have it, and the token does not name its cluster.
fn identified(observation: Observation, jwt: &Jwt) -> Observation {
    let identity = match jwt.issuer_kind {
        Issuer::EntraV1 | Issuer::EntraV2 => jwt
            .identity("oid")
            .map(|oid| NodeRef::global(NodeKind::Identity, "entra", oid.to_owned())),
        _ => None,
    };
    match identity {
        Some(identity) => observation.edge(
            ObservedEdge::to(EdgeKind::Authenticates, identity).with("basis", "token_claims"),
        ),
        None => observation,
    }
}
