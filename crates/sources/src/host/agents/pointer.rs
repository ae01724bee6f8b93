//! Values in a settings file by a path of keys in which `*` stands for any key.

use serde_json::Value;

/// The most values one pointer gives.
const MAX_FOUND: usize = 2_000;

/// A value found, with the keys that stood for `*`.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    /// What the stars stood for, in order.
    pub(super) stars: Vec<String>,
    /// The value.
    pub(super) value: &'a Value,
}

/// Finds every value a pointer names. An empty pointer is the document itself.
pub(super) fn find<'a>(document: &'a Value, pointer: &str) -> Vec<Found<'a>> {
    let mut found = vec![Found {
        stars: Vec::new(),
        value: document,
    }];
    for key in pointer.split('/').filter(|key| !key.is_empty()) {
        let mut next = Vec::new();
        for one in found {
            if key == "*" {
                for (star, value) in children(one.value) {
                    let mut stars = one.stars.clone();
                    stars.push(star);
                    next.push(Found { stars, value });
                }
            } else if let Some(value) = one.value.get(key) {
                next.push(Found {
                    stars: one.stars,
                    value,
                });
            }
        }
        next.truncate(MAX_FOUND);
        found = next;
    }
    found
}

/// Finds the value beside another: the stars are those of the other.
pub(super) fn beside<'a>(
    document: &'a Value,
    pointer: &str,
    stars: &[String],
) -> Option<&'a Value> {
    find(document, pointer)
        .into_iter()
        .find(|found| found.stars == stars)
        .map(|found| found.value)
}

fn children(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_key() {
        let document =
            serde_json::json!({"a": {"x": {"t": 1, "e": 5}, "y": {"t": 2}}, "l": [{"t": 3}]});
        let found: Vec<_> = find(&document, "a/*/t")
            .into_iter()
            .map(|one| (one.stars, one.value.clone()))
            .collect();
        assert_eq!(
            found,
            [
                (vec!["x".to_owned()], 1.into()),
                (vec!["y".to_owned()], 2.into())
            ]
        );
        assert_eq!(
            beside(&document, "a/*/e", &["x".to_owned()]),
            Some(&5.into())
        );
        assert_eq!(beside(&document, "a/*/e", &["y".to_owned()]), None);
        assert_eq!(find(&document, "l/*/t").len(), 1);
        assert_eq!(find(&document, "").len(), 1);
    }
}
