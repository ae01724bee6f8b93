//! Endpoints whose chain was judged as it was served.

use model::Signal;
use serde_json::Value;

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "TLS endpoints",
    applies: |seen| seen.subtype == "tls_endpoint" && seen.word("chain_faults").is_some(),
    read,
    states: &[
        Statement::of(
            Signal::ChainFault,
            "what was served does not lead to an issuer: incomplete, out of order, unrelated, expired or badly signed above the leaf, or an unknown root",
            "the path was followed and holds",
        ),
        Statement::of(
            Signal::NameMismatch,
            "the certificate does not bear the name that was asked for",
            "it does",
        ),
    ],
};

/// Faults of the path; those of the leaf alone are other questions.
const OF_THE_PATH: &[&str] = &[
    "expired_intermediate",
    "incomplete_chain",
    "out_of_order",
    "unrelated_certificate",
    "unknown_root",
    "bad_signature",
    "not_a_ca",
    "unreadable",
];
const OF_THE_NAME: &[&str] = &["name_mismatch", "missing_san"];

fn read(seen: &Seen<'_>, said: &mut Said) {
    let faults = seen.word("chain_faults").and_then(Value::as_array);
    for (signal, codes) in [
        (Signal::ChainFault, OF_THE_PATH),
        (Signal::NameMismatch, OF_THE_NAME),
    ] {
        let fault = faults.into_iter().flatten().find(|fault| {
            let code = fault.get("code").and_then(Value::as_str);
            code.is_some_and(|code| codes.contains(&code))
        });
        match fault.and_then(|fault| fault.get("detail")?.as_str()) {
            Some(detail) => said.seen(signal, detail),
            None => said.flag(signal, Some(fault.is_some())),
        }
    }
}
