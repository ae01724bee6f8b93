//! Token issuers: what they publish about themselves (OpenID Connect Discovery 1.0, RFC 8414) and the
//! keys they sign with (RFC 7517).

use formats::jwk::{self, Jwk};
use model::{Attributes, EdgeKind, Fact, NodeKind, NodeRef, ObservedEdge};
use serde::Deserialize;
use serde_json::Value;

use super::fields::typed;
use super::reading::{Broken, Element, Reading};
use super::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::imports::entra::names;
use crate::material::{self, Made};
use crate::spec::{ConnectorSpec, Permission, Step};

/// Words kept of one list of a discovery document; real ones have some twenty.
const MAX_LISTED: usize = 100;

/// What it is, as data.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "oidc.issuer",
    title: "Token issuers (OpenID discovery and key sets)",
    step: Step::Cloud,
    kinds: &[NodeKind::FederationProvider, NodeKind::Credential],
    authoritative: true,
    adds: "who issues tokens, with which keys and algorithms, and how old the keys are",
    cannot_see: &[
        "how long tokens live: a token found elsewhere says it",
        "who may get a token",
        "the age of a key that is published without a certificate",
    ],
    obtain: "curl -o openid-configuration.json https://ISSUER/.well-known/openid-configuration; curl -o jwks.json JWKS_URI   (import the key set with --scope issuer=ISSUER)",
    permissions: &[Permission {
        action: "none: issuers publish both",
        why: "anybody who verifies a token reads them",
        without_it: "",
    }],
    doc: include_str!("doc.md"),
};

/// Discovery documents and key sets.
#[derive(Debug)]
pub struct OidcIssuer;

impl Format for OidcIssuer {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let discovery = probe.has_keys(&["issuer", "jwks_uri"]);
        let set = probe.has_key("keys.[].kty") && !probe.has_key("kind");
        if discovery || set {
            Match::Sure
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let discovery = document.probe().has_key("issuer");
        let reading = Reading::new(&SPEC, "issuer", None, document, cx).part_of_scope();
        if discovery {
            reading.documents(document, &mut issuer)
        } else {
            reading.elements(document, &mut key)
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Discovery {
    issuer: Option<String>,
    jwks_uri: Option<String>,
    token_endpoint: Option<String>,
    introspection_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    grant_types_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Vec<String>,
    id_token_signing_alg_values_supported: Vec<String>,
    scopes_supported: Vec<String>,
}

fn issuer(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    let found: Discovery = typed(element.bytes)?;
    let url = found.issuer.ok_or_else(|| Broken::missing("issuer"))?;
    let node = names::issuer(&url);
    let mut attributes = Attributes::named(node.native_id.as_str(), "oidc_issuer");
    for (word, text) in [
        ("jwks_uri", found.jwks_uri),
        ("token_endpoint", found.token_endpoint),
        ("introspection_endpoint", found.introspection_endpoint),
        ("revocation_endpoint", found.revocation_endpoint),
    ] {
        if let Some(text) = text {
            attributes = attributes.with(word, model::text::label(&text));
        }
    }
    for (word, list) in [
        (
            "signing_algorithms",
            found.id_token_signing_alg_values_supported,
        ),
        ("grant_types", found.grant_types_supported),
        (
            "client_authentication",
            found.token_endpoint_auth_methods_supported,
        ),
        ("scopes", found.scopes_supported),
    ] {
        let list: Vec<String> = list
            .iter()
            .take(MAX_LISTED)
            .map(|word| model::text::label(word))
            .collect();
        if !list.is_empty() {
            attributes = attributes.with(word, list);
        }
    }
    let scope = node.native_id.clone();
    let observation = reading
        .about(node, attributes)
        .alias(model::Alias::lookup(format!("issuer:{scope}")));
    Ok(reading.say(Some(&scope), observation)?)
}

fn key(reading: &mut Reading<'_, '_>, element: Element<'_>) -> Result<(), Broken> {
    if element.key != "keys" {
        return Ok(());
    }
    let found = jwk::parse(typed::<Value>(element.bytes)?)
        .map_err(|error| Broken::because(error.to_string()))?;
    let issuer = reading.option("issuer").map(names::issuer);
    if issuer.is_none() && reading.first_time("issuer") {
        reading.gap(
            "the whole document",
            "a key set does not name its issuer: give --scope issuer=URL, so that its keys are tied to it",
        )?;
    }
    let scope = issuer.as_ref().map(|issuer| issuer.native_id.clone());
    let scope = scope.as_deref();
    if found.secret.is_some() {
        secret_part(reading, scope, &found)?;
    }
    let Some(public) = &found.key else {
        return Ok(());
    };
    let mut observation = material::public_key(public, reading.observed());
    let attributes = &mut observation.attributes;
    for (word, text) in [
        ("key_id", &found.kid),
        ("algorithm", &found.alg),
        ("usage", &found.usage),
    ] {
        if let Some(text) = text {
            attributes
                .extra
                .insert(word.to_owned(), text.as_str().into());
        }
    }
    attributes.subtype = Some("oidc_signing_key".to_owned());
    if let Some(kid) = &found.kid {
        attributes.name = Some(kid.clone());
    }
    attributes.created = Some(match found.certificates.first() {
        Some(certificate) => Fact::known(certificate.not_before),
        None => Fact::not_observable("a key set gives no date of a key without a certificate"),
    });
    let node = observation.node.clone();
    let place = reading.place().to_owned();
    reading.say(scope, observation.at(place.clone()))?;
    for certificate in material::certificates(&found.certificates, reading.observed()) {
        reading.say(scope, certificate.at(place.clone()))?;
    }
    if let Some(issuer) = issuer {
        let edge = signs(&found, node);
        let attributes = Attributes {
            subtype: Some("oidc_issuer".to_owned()),
            ..Attributes::default()
        };
        let observation = reading.about(issuer, attributes).edge(edge);
        reading.say(scope, observation)?;
    }
    Ok(())
}

/// The issuer's tokens are verified with the key.
fn signs(found: &Jwk, node: NodeRef) -> ObservedEdge {
    let edge = ObservedEdge::to(EdgeKind::Trusts, node).with("basis", "key_set");
    match &found.kid {
        Some(kid) => edge.with("key_id", kid.as_str()),
        None => edge,
    }
}

/// A private or symmetric key in a set: whoever has the file can make tokens.
fn secret_part(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    found: &Jwk,
) -> Result<(), Broken> {
    let Some(secret) = &found.secret else {
        return Ok(());
    };
    let name = found.kid.as_deref().unwrap_or("signing key");
    let fingerprint = reading.cx.fingerprinter.fingerprint(secret);
    let mut observation = material::unrecognised_secret(
        &fingerprint,
        "oidc_private_signing_key",
        name,
        Made::ByMachine,
        reading.observed(),
    );
    if let Some(spki) = found.key.as_ref().and_then(|key| key.spki_sha256.as_ref()) {
        observation = observation.alias(model::Alias::lookup(format!("spki:sha256:{spki}")));
    }
    let place = reading.place().to_owned();
    Ok(reading.say(scope, observation.at(place))?)
}

#[cfg(test)]
mod tests {
    use model::{EdgeKind, NodeKind};

    use crate::imports::testing::{edge_words, edges, read};

    const SET: &str = r#"{"keys":[
      {"kty":"OKP","crv":"Ed25519","kid":"2026-01","use":"sig","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
      {"kty":"nothing"},
      {"kty":"oct","kid":"shared","k":"CANARYCANARYCANARYCANARY"}]}"#;

    #[test]
    fn an_issuer_with_its_algorithms() {
        let found = read(
            "openid-configuration",
            br#"{"issuer":"https://id.example.com/","jwks_uri":"https://id.example.com/keys","id_token_signing_alg_values_supported":["RS256","none"],"grant_types_supported":["client_credentials"]}"#,
            &[],
        );
        assert_eq!(found.format, "oidc.issuer");
        let issuer = found.node(NodeKind::FederationProvider, "id.example.com");
        assert_eq!(
            issuer.attributes.extra["signing_algorithms"],
            serde_json::json!(["RS256", "none"])
        );
        assert_eq!(issuer.aliases[0].text, "issuer:id.example.com");
        assert_eq!(found.scopes(), ["id.example.com"]);
    }

    #[test]
    fn keys_of_a_set_belong_to_the_issuer_that_is_named() {
        let found = read(
            "jwks.json",
            SET.as_bytes(),
            &[("issuer", "https://id.example.com")],
        );
        assert_eq!(found.format, "oidc.issuer");
        let issuer = found.node(NodeKind::FederationProvider, "id.example.com");
        let key = &issuer.edges[0].to;
        assert_eq!(edges(issuer), [format!("trusts -> {}", key.native_id)]);
        let words = edge_words(issuer, EdgeKind::Trusts, &key.native_id);
        assert_eq!(words["key_id"], "2026-01");
        let said = found.node(NodeKind::Credential, &key.native_id);
        assert_eq!(said.attributes.subtype.as_deref(), Some("oidc_signing_key"));
        assert_eq!(said.attributes.extra["algorithm"], "EdDSA");
        assert_eq!(
            said.attributes.created.as_ref().unwrap().state(),
            "not_observable"
        );
        assert_eq!(found.subtypes()["oidc_private_signing_key"], 1);
        assert_eq!(found.gaps().len(), 1, "{:?}", found.gaps());
        // Without a name the keys are read and tied to nobody.
        let nameless = read("jwks.json", SET.as_bytes(), &[]);
        assert!(
            nameless
                .find(NodeKind::Credential, &key.native_id)
                .is_some()
        );
        assert!(
            nameless
                .gaps()
                .iter()
                .any(|gap| gap.contains("--scope issuer=URL"))
        );
    }
}
