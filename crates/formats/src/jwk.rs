//! Key sets of token issuers (RFC 7517, 7518, 8037): public keys as an issuer publishes them.

use model::Secret;
use serde::Deserialize;
use serde_json::Value;

use crate::error::FormatError;
use crate::public_key::{CURVES, Material, PublicKey};
use crate::text::{base64_standard, base64_url, label};
use crate::x509::{self, Certificate};

/// The largest number read, in bytes: RSA of 16,384 bits.
const MAX_NUMBER_BYTES: usize = 2_048;

/// Certificates of one key; real chains have up to five.
const MAX_CHAIN: usize = 16;

/// One key of a set.
#[derive(Debug)]
pub struct Jwk {
    /// The name by which tokens say that it signed them.
    pub kid: Option<String>,
    /// `RS256`, `ES256` …, where the set says so.
    pub alg: Option<String>,
    /// `sig` or `enc`.
    pub usage: Option<String>,
    /// The key; `None` for a symmetric one.
    pub key: Option<PublicKey>,
    /// Certificates that came with it, its own first.
    pub certificates: Vec<Certificate>,
    /// The private part or the symmetric key: a published set must not hold one.
    pub secret: Option<Secret>,
}

#[derive(Deserialize)]
struct Wire {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<String>,
    k: Option<String>,
    #[serde(default)]
    x5c: Vec<String>,
}

/// Reads one key.
///
/// # Errors
/// When it is no key, or of a type or curve that is not known.
pub fn parse(value: Value) -> Result<Jwk, FormatError> {
    let wire: Wire = serde_json::from_value(value).map_err(|_| {
        FormatError::not("a key of a set (it has no `kty`, or a field of another type)")
    })?;
    let number = |text: &Option<String>| {
        text.as_deref()
            .filter(|text| text.len() <= MAX_NUMBER_BYTES * 2)
            .and_then(|text| base64_url(text.as_bytes()))
    };
    let broken = || FormatError::broken("the key", "a number of it is missing or no base64");
    let key = match wire.kty.as_str() {
        "RSA" => {
            let (n, e) = number(&wire.n).zip(number(&wire.e)).ok_or_else(broken)?;
            Some(Material::Rsa { n: &n, e: &e }.public_key())
        }
        "EC" => {
            let name = match wire.crv.as_deref() {
                Some("P-256") => "p256",
                Some("P-384") => "p384",
                Some("P-521") => "p521",
                Some("secp256k1") => "secp256k1",
                _ => return Err(FormatError::not("a curve that is known here")),
            };
            let curve = CURVES
                .iter()
                .find(|curve| curve.name == name)
                .ok_or_else(broken)?;
            let (x, y) = number(&wire.x).zip(number(&wire.y)).ok_or_else(broken)?;
            // RFC 7518 6.2.1.2: both of the full length of the curve.
            let mut point = vec![4];
            point.extend_from_slice(&x);
            point.extend_from_slice(&y);
            Some(
                Material::Ec {
                    curve,
                    point: &point,
                }
                .public_key(),
            )
        }
        "OKP" if wire.crv.as_deref() == Some("Ed25519") => {
            let x = number(&wire.x).ok_or_else(broken)?;
            Some(Material::Ed25519(&x).public_key())
        }
        "oct" => None,
        _ => return Err(FormatError::not("a type of key that is known here")),
    };
    let certificates = wire
        .x5c
        .iter()
        .take(MAX_CHAIN)
        .filter_map(|text| x509::parse_der(&base64_standard(text.as_bytes())?).ok())
        .collect();
    let shown = |text: Option<String>| text.map(|text| label(&text));
    Ok(Jwk {
        kid: shown(wire.kid),
        alg: shown(wire.alg),
        usage: shown(wire.r#use),
        key,
        certificates,
        secret: wire.d.or(wire.k).map(Secret::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: Value) -> Result<Jwk, String> {
        parse(value).map_err(|error| error.to_string())
    }

    /// The key of RFC 8037 A.2; its SPKI by `openssl pkey -pubin -outform DER`.
    #[test]
    fn public_keys_by_type() {
        let key = read(serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig", "alg": "EdDSA",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }))
        .unwrap();
        assert_eq!(key.kid.as_deref(), Some("one"));
        assert_eq!(key.key.unwrap().algorithm.name(), "ed25519");
        assert!(key.secret.is_none());
        let rsa = read(serde_json::json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "CANARY"}));
        let rsa = rsa.unwrap();
        assert_eq!(rsa.key.as_ref().unwrap().algorithm.name(), "rsa");
        assert!(rsa.secret.is_some());
        assert!(!format!("{rsa:?}").contains("CANARY"));
        let shared = read(serde_json::json!({"kty": "oct", "k": "CANARY"})).unwrap();
        assert!(shared.key.is_none() && shared.secret.is_some());
        for broken in [
            serde_json::json!({"kty": "RSA", "n": "!"}),
            serde_json::json!({"kty": "EC", "crv": "P-0"}),
            serde_json::json!({"kty": "CANARY"}),
            serde_json::json!({"kty": 7}),
        ] {
            let error = read(broken).unwrap_err();
            assert!(!error.contains("CANARY"), "{error}");
        }
    }
}
