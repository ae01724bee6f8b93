//! Certificates that AWS hands out with their text: `iam get-server-certificate`, `acm get-certificate`.
//!
//! With the text a certificate is known by its SHA-256, so it is one record with what endpoints show
//! and files hold.

use formats::{pem, x509};
use model::{Alias, Attributes, EdgeKind, NodeKind, ObservedEdge};
use serde::Deserialize;
use serde_json::Value;

use super::names;
use crate::imports::fields::typed_value;
use crate::imports::reading::{Broken, Reading};
use crate::material;

/// Certificates read of one chain; real ones have up to five.
const MAX_CHAIN: usize = 64;

/// Tells the certificates of a body and its chain; the first bears `alias` and lies in `held`.
pub(super) fn tell(
    reading: &mut Reading<'_, '_>,
    scope: Option<&str>,
    texts: &[&str],
    alias: Option<Alias>,
    held: Option<ObservedEdge>,
) -> Result<(), Broken> {
    let mut certificates = Vec::new();
    for text in texts {
        for block in pem::scan(text.as_bytes())
            .blocks
            .iter()
            .filter(|block| block.is_certificate())
            .take(MAX_CHAIN)
        {
            certificates.push(
                x509::parse_der(block.data.expose())
                    .map_err(|error| Broken::because(error.to_string()))?,
            );
        }
    }
    if certificates.is_empty() {
        return Err(Broken::because("no certificate can be read in its body"));
    }
    let mut first = (alias, held);
    for mut observation in material::certificates(&certificates, reading.observed()) {
        observation.aliases.extend(first.0.take());
        observation.edges.extend(first.1.take());
        let place = reading.place().to_owned();
        reading.say(scope, observation.at(place))?;
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    certificate: String,
    certificate_chain: Option<String>,
}

/// `acm get-certificate`, which does not name the certificate's ARN. An entry of ACM keeps its ARN
/// when the certificate in it is renewed, so the two are tied and not merged.
pub(super) fn acm(reading: &mut Reading<'_, '_>, value: Value) -> Result<(), Broken> {
    let answer: Answer = typed_value(value)?;
    let arn = reading.option("resource").map(str::to_owned);
    let scope = arn
        .as_deref()
        .and_then(names::account_of)
        .map(str::to_owned);
    let mut held = None;
    if let Some(arn) = &arn {
        let entry = names::thing(NodeKind::SecretContainer, arn);
        held = Some(ObservedEdge::to(EdgeKind::StoredIn, entry.clone()));
        let attributes = Attributes {
            tenant: scope.clone(),
            ..Attributes::named(arn.as_str(), "aws_acm_entry")
        };
        let entry = reading.about(entry, attributes);
        reading.say(scope.as_deref(), entry)?;
    } else {
        reading.gap(
            "the whole document",
            "the output of acm get-certificate does not name its ARN: give --scope resource=ARN to learn where the certificate lies",
        )?;
    }
    let chain = answer.certificate_chain.unwrap_or_default();
    tell(
        reading,
        scope.as_deref(),
        &[answer.certificate.as_str(), chain.as_str()],
        None,
        held,
    )
}
