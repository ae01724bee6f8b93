//! Which attributes a state or plan marks as sensitive.

use std::collections::BTreeSet;

use serde_json::Value;

/// Marks read of one resource.
const MAX_MARKS: usize = 20_000;
/// How deep shapes are walked.
const MAX_DEPTH: usize = 24;

/// Paths of the `true` leaves of `sensitive_values` (of `terraform show -json`).
pub(crate) fn marked_by_shape(shape: &Value) -> BTreeSet<String> {
    fn walk(shape: &Value, path: &mut Vec<String>, out: &mut BTreeSet<String>, depth: usize) {
        if depth > MAX_DEPTH || out.len() >= MAX_MARKS {
            return;
        }
        match shape {
            Value::Bool(true) => {
                out.insert(path.join("."));
            }
            Value::Array(items) => {
                for item in items {
                    walk(item, path, out, depth + 1);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    path.push(key.clone());
                    walk(item, path, out, depth + 1);
                    path.pop();
                }
            }
            _ => {}
        }
    }
    let mut out = BTreeSet::new();
    walk(shape, &mut Vec::new(), &mut out, 0);
    // A shape that is `true` as a whole marks everything; the empty path would mark nothing.
    out.remove("");
    out
}

/// Paths of `sensitive_attributes` (of a state file): lists of steps.
pub(crate) fn marked_by_steps(paths: &[Value]) -> BTreeSet<String> {
    paths
        .iter()
        .take(MAX_MARKS)
        .filter_map(|steps| {
            // Older versions wrote one list of steps less.
            let steps = steps.as_array()?;
            let names: Vec<&str> = steps
                .iter()
                .filter_map(|step| {
                    let step_kind = step.get("type").and_then(Value::as_str)?;
                    let value = step.get("value")?;
                    match step_kind {
                        "get_attr" => value.as_str(),
                        // An index step of a map holds its key.
                        "index" => value.get("value").and_then(Value::as_str),
                        _ => None,
                    }
                })
                .collect();
            (!names.is_empty()).then(|| names.join("."))
        })
        .collect()
}
