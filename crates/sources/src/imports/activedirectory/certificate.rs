//! Certificates that a directory publishes for an account or an application.

use model::{Attributes, NodeRef, Observation, TimeUs};
use sha2::{Digest as _, Sha256};

/// Speaks of one certificate in DER; `None` when the bytes are no certificate.
pub(in crate::imports) fn observe(der: &[u8], observed: TimeUs) -> Option<Observation> {
    if !is_der_sequence(der) {
        return None;
    }
    let sha256 = hex::encode(Sha256::digest(der));
    Some(Observation::new(
        NodeRef::certificate(&sha256),
        observed,
        Attributes {
            subtype: Some("x509_certificate".to_owned()),
            ..Attributes::default()
        },
    ))
}

/// True for one DER sequence that fills the bytes.
fn is_der_sequence(der: &[u8]) -> bool {
    match der {
        [0x30, 0x82, high, low, rest @ ..] => {
            rest.len() == usize::from(u16::from_be_bytes([*high, *low]))
        }
        [0x30, 0x81, length, rest @ ..] => rest.len() == usize::from(*length),
        _ => false,
    }
}
