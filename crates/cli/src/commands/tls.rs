//! What endpoints served, for people.

use serde_json::Value;

use crate::exit::Failure;
use crate::render::{Out, Text};

/// Writes one line an endpoint and what is wrong with its chain.
pub(super) fn endpoints(report: &Value, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    let none = Vec::new();
    let endpoints = report
        .get("endpoints")
        .and_then(Value::as_array)
        .unwrap_or(&none);
    let word = |value: &Value, path: &str| match value.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let rows: Vec<Vec<String>> = endpoints
        .iter()
        .map(|endpoint| {
            vec![
                word(endpoint, "/endpoint"),
                word(endpoint, "/state"),
                word(endpoint, "/tls_version"),
                word(endpoint, "/chain/0/subject_cn"),
                word(endpoint, "/chain/0/not_after")
                    .chars()
                    .take(10)
                    .collect(),
                faults(endpoint),
                word(endpoint, "/reason"),
            ]
        })
        .collect();
    text.table(
        &[
            "ENDPOINT",
            "STATE",
            "TLS",
            "CERTIFICATE",
            "ENDS",
            "FAULTS",
            "REASON",
        ],
        &rows,
    )?;
    let count = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or(0);
    text.line(&format!(
        "{} asked: {} closed, {} silent, {} without TLS, {} refused, {} failed",
        count("asked"),
        count("closed"),
        count("silent"),
        count("not_tls"),
        count("refused"),
        count("failed")
    ))
}

/// A fault is a word, or an object with one.
fn faults(endpoint: &Value) -> String {
    let name = |fault: &Value| match fault {
        Value::String(text) => text.clone(),
        Value::Object(parts) => ["fault", "kind", "type"]
            .iter()
            .find_map(|key| parts.get(*key)?.as_str().map(str::to_owned))
            .or_else(|| parts.keys().next().cloned())
            .unwrap_or_default(),
        other => other.to_string(),
    };
    endpoint
        .get("faults")
        .and_then(Value::as_array)
        .map_or_else(String::new, |faults| {
            faults.iter().map(name).collect::<Vec<_>>().join(", ")
        })
}
