//! JSON Web Tokens: the header and claims anyone can read, and whose token it is. Nothing is
//! verified and the signature is dropped.

use model::TimeUs;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::FormatError;
use crate::strength::{Strength, crypto_strength};
use crate::text::{base64_url, label};

/// The longest token read, in bytes; servers refuse headers long before.
pub const MAX_TOKEN_BYTES: usize = 64 << 10;
/// The most audiences, roles or scopes kept.
const MAX_LIST: usize = 100;
const WHAT: &str = "the JSON Web Token";

/// Who issued a token and for what, as far as the claims show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Issuer {
    /// Kubernetes, bound to an object and expiring.
    KubernetesBound,
    /// Kubernetes, from a Secret, without expiry.
    KubernetesLegacy,
    /// GitHub Actions job.
    GithubActions,
    /// GitLab CI job.
    GitlabCi,
    /// Microsoft Entra, version 1 token.
    EntraV1,
    /// Microsoft Entra, version 2 token.
    EntraV2,
    /// Google account or service account.
    Google,
    /// AWS Cognito user pool.
    AwsCognito,
    /// AWS STS or an EKS cluster's issuer.
    Aws,
    /// Auth0.
    Auth0,
    /// Okta.
    Okta,
    /// Keycloak.
    Keycloak,
    /// A SPIFFE workload identity.
    Spiffe,
    /// HashiCorp Vault or HCP Terraform workload identity.
    Hashicorp,
    /// CircleCI job.
    CircleCi,
    /// Buildkite job.
    Buildkite,
    /// Bitbucket pipeline.
    Bitbucket,
    /// Supabase project key.
    Supabase,
    /// None of these.
    Generic,
}

/// What a token shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Jwt {
    /// Whose it is.
    pub issuer_kind: Issuer,
    /// Signature algorithm.
    pub alg: Option<String>,
    /// Id of the signing key.
    pub kid: Option<String>,
    /// Media type of the header.
    pub typ: Option<String>,
    /// True when the token is unsigned, so anyone can make one.
    pub unsigned: bool,
    /// Judgement of the algorithm.
    pub strength: Strength,
    /// Issuer.
    pub iss: Option<String>,
    /// Subject.
    pub sub: Option<String>,
    /// Audiences.
    pub aud: Vec<String>,
    /// Token id.
    pub jti: Option<String>,
    /// Client or authorised party.
    pub client: Option<String>,
    /// Issued at.
    pub issued: Option<TimeUs>,
    /// Not before.
    pub not_before: Option<TimeUs>,
    /// Expiry; absent means the claims set none.
    pub expires: Option<TimeUs>,
    /// Roles, groups and scopes.
    pub scopes: Vec<String>,
    /// Identity facts by name (`namespace`, `service_account`, `tenant`, `repository` …).
    pub identity: Vec<(&'static str, String)>,
    /// True for `typ` or claims of a refresh token.
    pub refresh: bool,
}

impl Jwt {
    /// One identity fact.
    pub fn identity(&self, name: &str) -> Option<&str> {
        self.identity
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Decodes a compact JWS (`header.claims.signature`).
///
/// # Errors
/// When the text is not one; its content is never part of the error.
pub fn parse(token: &str) -> Result<Jwt, FormatError> {
    let token = token.trim();
    FormatError::check_size(WHAT, token.as_bytes(), MAX_TOKEN_BYTES)?;
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(_signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(FormatError::not("a JSON Web Token"));
    };
    let header = object(header).ok_or_else(|| FormatError::not("a JSON Web Token"))?;
    if !header.contains_key("alg") && !header.contains_key("typ") {
        return Err(FormatError::not("a JSON Web Token"));
    }
    let claims =
        object(claims).ok_or_else(|| FormatError::broken(WHAT, "its claims are not JSON"))?;
    Ok(describe(&header, &claims))
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice::<Map<String, Value>>(&base64_url(part.as_bytes())?).ok()
}

fn describe(header: &Map<String, Value>, claims: &Map<String, Value>) -> Jwt {
    let alg = text(header, "alg");
    let unsigned = alg
        .as_deref()
        .is_some_and(|alg| alg.eq_ignore_ascii_case("none"));
    let mut identity = Vec::new();
    let issuer_kind = classify(claims, &mut identity);
    Jwt {
        issuer_kind,
        strength: signature_strength(alg.as_deref()),
        unsigned,
        kid: text(header, "kid").or_else(|| text(header, "x5t")),
        typ: text(header, "typ"),
        alg,
        iss: text(claims, "iss"),
        sub: text(claims, "sub"),
        aud: list(claims.get("aud")),
        jti: text(claims, "jti"),
        client: ["azp", "client_id", "cid", "appid"]
            .iter()
            .find_map(|name| text(claims, name)),
        issued: time(claims, "iat"),
        not_before: time(claims, "nbf"),
        expires: time(claims, "exp"),
        scopes: ["roles", "scp", "scope", "groups"]
            .iter()
            .flat_map(|name| list(claims.get(*name)))
            .take(MAX_LIST)
            .collect(),
        identity,
        refresh: claims.get("typ").and_then(Value::as_str) == Some("Refresh")
            || claims.get("token_use").and_then(Value::as_str) == Some("refresh"),
    }
}

fn signature_strength(alg: Option<&str>) -> Strength {
    match alg {
        Some(alg) if alg.len() == 5 && alg.ends_with(['6', '4', '2']) => {
            crypto_strength("sha256", None)
        }
        Some(alg) if alg.eq_ignore_ascii_case("none") => crypto_strength("none", None),
        Some("EdDSA") => crypto_strength("ed25519", None),
        _ => crypto_strength("unknown", None),
    }
}

fn classify(claims: &Map<String, Value>, identity: &mut Vec<(&'static str, String)>) -> Issuer {
    let iss = claims
        .get("iss")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let sub = claims
        .get("sub")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if let Some(kind) = kubernetes(claims, identity) {
        return kind;
    }
    let host = iss
        .strip_prefix("https://")
        .unwrap_or(iss)
        .split('/')
        .next()
        .unwrap_or_default();
    if let Some(rest) = sub.strip_prefix("spiffe://") {
        identity.push(("spiffe_id", label(sub)));
        identity.push((
            "trust_domain",
            label(rest.split('/').next().unwrap_or_default()),
        ));
        return Issuer::Spiffe;
    }
    let (kind, names) = issuer_of(iss, host, claims);
    let end_of_path = || label(iss.rsplit('/').next().unwrap_or_default());
    match kind {
        Issuer::AwsCognito => identity.push(("user_pool", end_of_path())),
        Issuer::Keycloak => identity.push(("realm", end_of_path())),
        _ => {}
    }
    identity.extend(
        names
            .iter()
            .filter_map(|(claim, name)| Some((*name, text(claims, claim)?))),
    );
    kind
}

type Names = &'static [(&'static str, &'static str)];

/// Who issued a token, and which claims name whom.
fn issuer_of(iss: &str, host: &str, claims: &Map<String, Value>) -> (Issuer, Names) {
    by_host(iss, host)
        .or_else(|| by_claims(iss, claims))
        .unwrap_or((Issuer::Generic, GENERIC))
}

fn by_host(iss: &str, host: &str) -> Option<(Issuer, Names)> {
    Some(match host {
        "token.actions.githubusercontent.com" => (Issuer::GithubActions, GITHUB),
        "sts.windows.net" => (Issuer::EntraV1, ENTRA),
        "login.microsoftonline.com" if iss.ends_with("/v2.0") => (Issuer::EntraV2, ENTRA),
        "login.microsoftonline.com" => (Issuer::EntraV1, ENTRA),
        "accounts.google.com" | "securetoken.google.com" => (Issuer::Google, GOOGLE),
        "oidc.circleci.com" => (Issuer::CircleCi, CIRCLE),
        "agent.buildkite.com" => (Issuer::Buildkite, BUILDKITE),
        "api.bitbucket.org" => (Issuer::Bitbucket, BITBUCKET),
        _ if host.starts_with("cognito-idp.") => (Issuer::AwsCognito, COGNITO),
        _ if host.ends_with(".amazonaws.com") => (Issuer::Aws, &[]),
        _ if host.ends_with(".auth0.com") => (Issuer::Auth0, AUTH0),
        _ if host.contains(".okta.") || host.ends_with(".oktapreview.com") => (Issuer::Okta, OKTA),
        _ => return None,
    })
}

fn by_claims(iss: &str, claims: &Map<String, Value>) -> Option<(Issuer, Names)> {
    let has = |claim: &str| claims.contains_key(claim);
    Some(if has("repository_owner_id") {
        (Issuer::GithubActions, GITHUB)
    } else if has("project_path") && has("namespace_path") {
        (Issuer::GitlabCi, GITLAB)
    } else if iss.ends_with(".gserviceaccount.com") {
        (Issuer::Google, GOOGLE)
    } else if iss.contains("/realms/") {
        (Issuer::Keycloak, KEYCLOAK)
    } else if has("terraform_workspace_id") || iss.contains("/v1/identity/oidc") {
        (Issuer::Hashicorp, HASHICORP)
    } else if iss == "supabase" {
        (Issuer::Supabase, SUPABASE)
    } else {
        return None;
    })
}

const AUTH0: Names = &[("azp", "client_id"), ("org_id", "organisation")];
const BITBUCKET: Names = &[
    ("repositoryUuid", "repository"),
    ("workspaceUuid", "workspace"),
];
const BUILDKITE: Names = &[
    ("organization_slug", "organisation"),
    ("pipeline_slug", "pipeline"),
];
const CIRCLE: Names = &[("oidc.circleci.com/project-id", "project")];
const COGNITO: Names = &[
    ("username", "user"),
    ("client_id", "client_id"),
    ("token_use", "token_use"),
];
const GENERIC: Names = &[
    ("email", "email"),
    ("preferred_username", "user"),
    ("tenant", "tenant"),
];
const GOOGLE: Names = &[("email", "email"), ("hd", "domain"), ("azp", "client_id")];
const HASHICORP: Names = &[
    ("terraform_organization_name", "organisation"),
    ("terraform_workspace_name", "workspace"),
    ("namespace", "namespace"),
];
const KEYCLOAK: Names = &[("azp", "client_id"), ("preferred_username", "user")];
const OKTA: Names = &[("cid", "client_id"), ("uid", "user")];
const SUPABASE: Names = &[("ref", "project"), ("role", "role")];
const GITHUB: Names = &[
    ("repository", "repository"),
    ("repository_owner", "owner"),
    ("ref", "ref"),
    ("job_workflow_ref", "workflow"),
    ("environment", "environment"),
    ("actor", "actor"),
    ("run_id", "run"),
];
const GITLAB: Names = &[
    ("project_path", "repository"),
    ("namespace_path", "owner"),
    ("ref", "ref"),
    ("user_login", "actor"),
    ("environment", "environment"),
    ("pipeline_id", "pipeline"),
    ("job_id", "job"),
];
const ENTRA: Names = &[
    ("tid", "tenant"),
    ("appid", "client_id"),
    ("azp", "client_id"),
    ("oid", "object_id"),
    ("app_displayname", "application"),
    ("upn", "user"),
    ("preferred_username", "user"),
    ("idtyp", "principal_type"),
    ("xms_mirid", "managed_identity_resource"),
];

/// kubernetes.io, "Managing Service Accounts": bound tokens nest, legacy ones use flat names.
fn kubernetes(
    claims: &Map<String, Value>,
    identity: &mut Vec<(&'static str, String)>,
) -> Option<Issuer> {
    if let Some(bound) = claims.get("kubernetes.io").and_then(Value::as_object) {
        identity.extend(text(bound, "namespace").map(|value| ("namespace", value)));
        for (object, name, uid) in [
            ("serviceaccount", "service_account", "service_account_uid"),
            ("pod", "pod", "pod_uid"),
            ("node", "node", "node_uid"),
            ("secret", "secret", "secret_uid"),
        ] {
            if let Some(object) = bound.get(object).and_then(Value::as_object) {
                identity.extend(text(object, "name").map(|value| (name, value)));
                identity.extend(text(object, "uid").map(|value| (uid, value)));
            }
        }
        return Some(Issuer::KubernetesBound);
    }
    let namespace = text(claims, "kubernetes.io/serviceaccount/namespace")?;
    identity.push(("namespace", namespace));
    for (claim, name) in [
        (
            "kubernetes.io/serviceaccount/service-account.name",
            "service_account",
        ),
        (
            "kubernetes.io/serviceaccount/service-account.uid",
            "service_account_uid",
        ),
        ("kubernetes.io/serviceaccount/secret.name", "secret"),
    ] {
        identity.extend(text(claims, claim).map(|value| (name, value)));
    }
    Some(Issuer::KubernetesLegacy)
}

fn text(map: &Map<String, Value>, name: &str) -> Option<String> {
    match map.get(name)? {
        Value::String(text) if !text.is_empty() => Some(label(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => text
            .split(' ')
            .filter(|part| !part.is_empty())
            .take(MAX_LIST)
            .map(label)
            .collect(),
        Some(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_str)
            .take(MAX_LIST)
            .map(label)
            .collect(),
        _ => Vec::new(),
    }
}

/// NumericDate (RFC 7519): seconds, possibly with a fraction.
fn time(map: &Map<String, Value>, name: &str) -> Option<TimeUs> {
    let value = map.get(name)?;
    if let Some(seconds) = value.as_i64() {
        return Some(TimeUs::from_seconds(seconds));
    }
    let seconds = value.as_f64().filter(|seconds| seconds.abs() < 1e12)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded to 1e12 seconds above, so the product fits"
    )]
    Some(TimeUs::from_micros((seconds * 1e6) as i64))
}

#[cfg(test)]
mod tests;
