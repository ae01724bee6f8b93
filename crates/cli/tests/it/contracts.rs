//! The examples in the contracts page have the fields the binary writes.

use serde_json::Value;

use crate::run::Home;

const PAGE: &str = include_str!("../../../../docs/reference/contracts.md");

/// The examples of the page: the command in a comment, then a block of JSON.
fn examples() -> Vec<(Vec<&'static str>, Value)> {
    let mut found = Vec::new();
    for part in PAGE.split("<!-- contract: ").skip(1) {
        let (command, rest) = part.split_once(" -->").unwrap();
        let (_, rest) = rest.split_once("```json\n").unwrap();
        let (json, _) = rest.split_once("```").unwrap();
        let value = serde_json::from_str(json).unwrap_or_else(|e| panic!("{command}: {e}"));
        found.push((command.split(' ').collect(), value));
    }
    found
}

/// Every path of object keys; lists are looked at by their first element, where both have one.
fn paths(prefix: &str, wanted: &Value, real: &Value, missing: &mut Vec<String>) {
    match (wanted, real) {
        (Value::Object(wanted), Value::Object(real)) => {
            for key in wanted.keys().chain(real.keys()) {
                let path = format!("{prefix}/{key}");
                match (wanted.get(key), real.get(key)) {
                    (Some(wanted), Some(real)) => paths(&path, wanted, real, missing),
                    (None, _) => missing.push(format!("{path} is not documented")),
                    (_, None) => missing.push(format!("{path} is documented and not written")),
                }
            }
        }
        (Value::Array(wanted), Value::Array(real)) => {
            if let (Some(wanted), Some(real)) = (wanted.first(), real.first()) {
                paths(&format!("{prefix}[]"), wanted, real, missing);
            }
        }
        _ => {}
    }
}

/// Objects whose keys are data.
const FREE: &[&str] = &[
    "/statement/",
    "/attributes/",
    "/kinds/",
    "/classes/",
    "/decoded",
];

#[test]
fn the_page_says_what_the_binary_writes() {
    let home = Home::with_estate();
    let examples = examples();
    assert!(examples.len() >= 8);
    for (command, wanted) in examples {
        let done = home.run_with(&command, "CANARY-unknown-value");
        let real = if command.contains(&"jsonl") {
            done.lines().into_iter().next().unwrap()
        } else {
            done.json()
        };
        let mut missing = Vec::new();
        paths("", &wanted, &real, &mut missing);
        missing.retain(|path| !FREE.iter().any(|free| path.contains(free)));
        if command.first() == Some(&"summary") {
            // Its buckets are data.
            missing.retain(|path| !path.starts_with("/expiry/"));
        }
        missing.sort();
        missing.dedup();
        assert!(missing.is_empty(), "{command:?}: {missing:#?}");
    }
}
