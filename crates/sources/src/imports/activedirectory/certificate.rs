//! Certificates that a directory publishes for an account or an application.

use model::{Observation, TimeUs};

use crate::material;

/// Speaks of one certificate in DER; `None` when the bytes are no certificate.
pub(in crate::imports) fn observe(der: &[u8], observed: TimeUs) -> Option<Observation> {
    let certificate = formats::x509::parse_der(der).ok()?;
    Some(material::certificate(&certificate, observed))
}
