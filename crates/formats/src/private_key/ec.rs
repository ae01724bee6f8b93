//! SEC 1 EC keys (RFC 5915), and the public point when the file leaves it out.

use p256::elliptic_curve::sec1::ToSec1Point;

use super::{KeyForm, PrivateKey};
use crate::der::{self, Reader};
use crate::public_key::{Curve, KeyAlgorithm, Material, curve_of_oid};

const PARAMETERS: u8 = 0xa0;
const PUBLIC_KEY: u8 = 0xa1;

/// `ECPrivateKey`; inside PKCS#8 the curve stands outside and is handed in.
pub(super) fn sec1(bytes: &[u8], outer_curve: Option<&'static Curve>) -> Option<PrivateKey> {
    let mut key = Reader::new(bytes).sequence()?;
    if key.small()? != 1 {
        return None;
    }
    let scalar = key.take(der::OCTET_STRING)?;
    let named = key
        .take(PARAMETERS)
        .map(|content| Reader::new(content).take(der::OID));
    let curve = outer_curve.or_else(|| named.flatten().and_then(curve_of_oid));
    let point = key
        .take(PUBLIC_KEY)
        .and_then(|content| Reader::new(content).take(der::BIT_STRING))
        .and_then(<[u8]>::split_first);
    let base = PrivateKey::new(KeyForm::Sec1);
    let Some(curve) = curve else {
        return Some(base.without_public(
            Some(KeyAlgorithm::Ec),
            "the curve is given by its own parameters or is not in the table",
        ));
    };
    let computed;
    let point = match point {
        Some((0, point)) if !point.is_empty() => point,
        _ => {
            if let Some(point) = compute(curve, scalar) {
                computed = point;
                &computed
            } else {
                let mut key = base.without_public(
                    Some(KeyAlgorithm::Ec),
                    "the file leaves out the public point and this curve is not computed here",
                );
                key.curve = Some(curve.name);
                key.bits = Some(curve.bits);
                return Some(key);
            }
        }
    };
    Some(base.with_public(Material::Ec { curve, point }.public_key()))
}

/// The uncompressed public point of a private scalar.
fn compute(curve: &Curve, scalar: &[u8]) -> Option<Vec<u8>> {
    // Some writers drop leading zeros of the scalar.
    let width = usize::try_from(curve.bits.div_ceil(8)).ok()?;
    let digits = der::trim_zeros(scalar);
    let padding = width.checked_sub(digits.len())?;
    let mut padded = zeroize::Zeroizing::new(vec![0_u8; padding]);
    padded.extend_from_slice(digits);
    match curve.name {
        "p256" => Some(
            p256::SecretKey::from_slice(&padded)
                .ok()?
                .public_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
        ),
        "p384" => Some(
            p384::SecretKey::from_slice(&padded)
                .ok()?
                .public_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
        ),
        "p521" => Some(
            p521::SecretKey::from_slice(&padded)
                .ok()?
                .public_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
        ),
        _ => None,
    }
}
