use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;

fn token(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}.CANARY",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

#[test]
fn kubernetes_bound_and_legacy() {
    let bound = parse(&token(
        &json!({"alg":"RS256","kid":"k1"}),
        &json!({"iss":"https://kubernetes.default.svc","aud":["api"],"exp":1_700_003_600,"iat":1_700_000_000,"sub":"system:serviceaccount:prod:web",
            "kubernetes.io":{"namespace":"prod","serviceaccount":{"name":"web","uid":"u-1"},"pod":{"name":"web-0","uid":"p-1"},"node":{"name":"n1"}}}),
    ))
    .unwrap();
    assert_eq!(bound.issuer_kind, Issuer::KubernetesBound);
    assert_eq!(
        [
            bound.identity("namespace"),
            bound.identity("service_account"),
            bound.identity("pod"),
            bound.identity("node")
        ],
        [Some("prod"), Some("web"), Some("web-0"), Some("n1")]
    );
    assert_eq!(bound.expires, Some(TimeUs::from_seconds(1_700_003_600)));
    assert_eq!(
        (bound.kid.as_deref(), bound.aud.as_slice()),
        (Some("k1"), ["api".to_owned()].as_slice())
    );
    let legacy = parse(&token(
        &json!({"alg":"RS256"}),
        &json!({"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"prod",
            "kubernetes.io/serviceaccount/secret.name":"web-token","kubernetes.io/serviceaccount/service-account.name":"web"}),
    ))
    .unwrap();
    assert_eq!(
        (
            legacy.issuer_kind,
            legacy.expires,
            legacy.identity("secret")
        ),
        (Issuer::KubernetesLegacy, None, Some("web-token"))
    );
}

#[test]
fn classifies_issuers() {
    for (claims, want) in [
        (
            json!({"iss":"https://token.actions.githubusercontent.com","repository":"o/r"}),
            Issuer::GithubActions,
        ),
        (
            json!({"iss":"https://gitlab.example.com","project_path":"a/b","namespace_path":"a"}),
            Issuer::GitlabCi,
        ),
        (
            json!({"iss":"https://sts.windows.net/t/","tid":"t"}),
            Issuer::EntraV1,
        ),
        (
            json!({"iss":"https://login.microsoftonline.com/t/v2.0"}),
            Issuer::EntraV2,
        ),
        (json!({"iss":"https://accounts.google.com"}), Issuer::Google),
        (
            json!({"iss":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x"}),
            Issuer::AwsCognito,
        ),
        (json!({"iss":"https://x.eu.auth0.com/"}), Issuer::Auth0),
        (
            json!({"iss":"https://dev-1.okta.com/oauth2/default"}),
            Issuer::Okta,
        ),
        (
            json!({"iss":"https://kc.example.com/realms/main"}),
            Issuer::Keycloak,
        ),
        (json!({"sub":"spiffe://example.org/web"}), Issuer::Spiffe),
        (json!({"iss":"me"}), Issuer::Generic),
    ] {
        assert_eq!(
            parse(&token(&json!({"alg":"RS256"}), &claims))
                .unwrap()
                .issuer_kind,
            want,
            "{claims}"
        );
    }
}

#[test]
fn unsigned_is_flagged_and_the_signature_is_dropped() {
    let jwt = parse(&token(&json!({"alg":"none"}), &json!({"sub":"x"}))).unwrap();
    assert!(jwt.unsigned);
    assert!(!serde_json::to_string(&jwt).unwrap().contains("CANARY"));
    assert!(parse("a.b").is_err());
    assert!(parse("eyJhbGciOiJub25lIn0.????.x").is_err());
}
