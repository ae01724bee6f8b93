//! Several statements of one source about one thing, taken as one.

use model::Attributes;

use crate::InventoryError;
use crate::columns::Columns;
use crate::spool::Record;

/// Fills what `newer` leaves open from `older`, attribute by attribute.
pub(crate) fn merge_attributes(newer: &mut Record, older: &Record) -> Result<(), InventoryError> {
    let read = |text: &str| {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).map_err(|error| {
            InventoryError::Damaged {
                what: "attributes",
                key: 0,
                detail: error.to_string(),
            }
        })
    };
    let mut merged = read(&newer.attributes)?;
    for (name, value) in read(&older.attributes)? {
        match merged.get_mut(&name) {
            None => {
                merged.insert(name, value);
            }
            // Tags and the provider's own words are merged word by word.
            Some(serde_json::Value::Object(into)) if matches!(name.as_str(), "tags" | "extra") => {
                if let serde_json::Value::Object(from) = value {
                    for (key, value) in from {
                        into.entry(key).or_insert(value);
                    }
                }
            }
            Some(serde_json::Value::Object(into)) if name == "signals" => {
                let same_time = newer.observed_us == older.observed_us;
                merge_answers(into, value, same_time);
            }
            Some(_) => {}
        }
    }
    let text = serde_json::Value::Object(merged).to_string();
    let attributes: Attributes =
        serde_json::from_str(&text).map_err(|error| InventoryError::Damaged {
            what: "attributes",
            key: 0,
            detail: error.to_string(),
        })?;
    newer.columns = Columns::of(&attributes);
    // Written again from the typed form, so that the order of keys does not depend on the order of merging.
    newer.attributes = serde_json::to_string(&attributes).unwrap_or(text);
    newer.tags = attributes.tags.into_iter().collect();
    Ok(())
}

/// Fills answers from an older statement. What one source saw at one time adds up: it looked at
/// several places, and a yes at one of them is no contradiction of a no at another.
fn merge_answers(
    into: &mut serde_json::Map<String, serde_json::Value>,
    from: serde_json::Value,
    same_time: bool,
) {
    let serde_json::Value::Object(from) = from else {
        return;
    };
    for (name, answer) in from {
        let preferred = match model::Signal::parse(&name).and_then(model::Signal::of_copies) {
            Some(false) => "no",
            _ => "yes",
        };
        let state = |answer: &serde_json::Value| answer.get("state").cloned();
        match into.get(&name) {
            None => {
                into.insert(name, answer);
            }
            Some(known) if same_time => {
                let strength = |answer: &serde_json::Value| match state(answer) {
                    Some(word) if word == preferred => 2,
                    Some(word) if word == "yes" || word == "no" => 1,
                    _ => 0,
                };
                // Among equal answers the smaller text, so that the order of places is not seen.
                if (strength(&answer), known.to_string()) > (strength(known), answer.to_string()) {
                    into.insert(name, answer);
                }
            }
            Some(_) => {}
        }
    }
}
