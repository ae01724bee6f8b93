//! The attributes of a record with where each comes from. Computed from the sightings by the rules
//! of [`crate::columns`], so it says what the listed facts say.

use std::collections::{BTreeMap, BTreeSet};

use model::TimeUs;
use serde_json::{Map, Value};

use crate::columns::Rank;

/// What one source says about one attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The source, `connector scope`.
    pub source: String,
    /// The source's own time.
    pub observed: TimeUs,
    /// `known`, `never`, `no_data_yet` or `not_observable`.
    pub state: String,
    /// The value, when known.
    pub value: Option<Value>,
    /// The reason or the window, when there is no value.
    pub reason: Option<String>,
}

/// One attribute: what stands, and what others say.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// Its name; `tags.<name>` and `extra.<name>` for tags and a provider's own words.
    pub name: String,
    /// What stands.
    pub stands: Said,
    /// What others say, weightiest first.
    pub others: Vec<Said>,
}

/// The attributes that are facts with a state.
const FACTS: &[&str] = &["created", "expires", "last_used", "last_rotated"];

/// What one sighting says.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) rank: Rank,
    /// See [`crate::columns::Weighted::describes`].
    pub(crate) describes: u8,
    pub(crate) observed: TimeUs,
    pub(crate) connector: String,
    pub(crate) scope: String,
    pub(crate) attributes: Map<String, Value>,
}

/// Merges what the sightings say, attribute by attribute, in the order of names.
pub(crate) fn merged(mut statements: Vec<Statement>) -> Vec<Merged> {
    statements.sort_by(|a, b| {
        b.rank
            .cmp(&a.rank)
            .then(b.describes.cmp(&a.describes))
            .then(b.observed.cmp(&a.observed))
            .then_with(|| (&a.connector, &a.scope).cmp(&(&b.connector, &b.scope)))
    });
    let mut names: BTreeSet<String> = BTreeSet::new();
    let flat: Vec<BTreeMap<String, Said>> = statements.iter().map(flatten).collect();
    for said in &flat {
        names.extend(said.keys().cloned());
    }
    names
        .into_iter()
        .filter_map(|name| {
            let said: Vec<Said> = flat
                .iter()
                .filter_map(|said| said.get(&name).cloned())
                .collect();
            merge(name, said)
        })
        .collect()
}

/// Chooses what stands among what is said, given weightiest first: a known value beats not
/// knowing, the latest use is the last use, else the weightiest word stands.
pub fn merge(name: String, mut said: Vec<Said>) -> Option<Merged> {
    let mut best = 0;
    if FACTS.contains(&name.as_str()) {
        for (at, candidate) in said.iter().enumerate() {
            let stands = said.get(best)?;
            let (new, old) = (strength(&candidate.state), strength(&stands.state));
            let later = name == "last_used" && new == old && time(candidate) > time(stands);
            if new > old || later {
                best = at;
            }
        }
    }
    if said.is_empty() {
        return None;
    }
    let stands = said.remove(best);
    Some(Merged {
        name,
        stands,
        others: said,
    })
}

fn strength(state: &str) -> u8 {
    match state {
        "known" => 4,
        "never" => 3,
        "no_data_yet" => 2,
        _ => 1,
    }
}

fn time(said: &Said) -> Option<TimeUs> {
    TimeUs::parse(said.value.as_ref()?.as_str()?).ok()
}

fn flatten(statement: &Statement) -> BTreeMap<String, Said> {
    let source = label(&statement.connector, &statement.scope);
    let known = |value: &Value| Said {
        source: source.clone(),
        observed: statement.observed,
        state: "known".to_owned(),
        value: Some(value.clone()),
        reason: None,
    };
    let mut flat = BTreeMap::new();
    for (name, value) in &statement.attributes {
        match (name.as_str(), value) {
            ("tags" | "extra", Value::Object(words)) => {
                for (word, value) in words {
                    flat.insert(format!("{name}.{word}"), known(value));
                }
            }
            (fact, Value::Object(parts)) if FACTS.contains(&fact) => {
                let text = |key: &str| parts.get(key).and_then(Value::as_str).map(str::to_owned);
                let said = Said {
                    source: source.clone(),
                    observed: statement.observed,
                    state: text("state").unwrap_or_else(|| "known".to_owned()),
                    value: parts.get("value").cloned(),
                    reason: text("reason").or_else(|| text("window")).or_else(|| {
                        let precision = model::Precision::parse(&text("precision")?)?;
                        precision.meaning().map(str::to_owned)
                    }),
                };
                flat.insert(name.clone(), said);
            }
            _ => {
                flat.insert(name.clone(), known(value));
            }
        }
    }
    flat
}

/// A source as one text: its connector, and its scope in brackets.
pub fn label(connector: &str, scope: &str) -> String {
    if scope.is_empty() {
        connector.to_owned()
    } else {
        format!("{connector}[{scope}]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Attributes, Fact};

    fn statement(rank: Rank, seconds: i64, attributes: &Attributes) -> Statement {
        let Value::Object(attributes) = serde_json::to_value(attributes).unwrap() else {
            panic!("attributes are an object");
        };
        Statement {
            rank,
            describes: 2,
            observed: TimeUs::from_seconds(seconds),
            connector: format!("c{seconds}"),
            scope: "s".to_owned(),
            attributes,
        }
    }

    #[test]
    fn a_known_value_beats_a_weightier_not_knowing() {
        let unseen = Attributes {
            last_used: Some(Fact::not_observable("no log")),
            ..Attributes::named("a", "t").with("note", 1)
        };
        let used = Attributes {
            last_used: Some(Fact::known(TimeUs::from_seconds(50))),
            ..Attributes::named("b", "t")
        };
        let all = merged(vec![
            statement(Rank::Secondary, 1, &used),
            statement(Rank::Authoritative, 9, &unseen),
        ]);
        let get = |name: &str| all.iter().find(|merged| merged.name == name).unwrap();
        assert_eq!(get("last_used").stands.source, "c1[s]");
        assert_eq!(get("last_used").others[0].reason.as_deref(), Some("no log"));
        assert_eq!(get("name").stands.value, Some("a".into()));
        assert_eq!(get("extra.note").stands.value, Some(1.into()));
    }
}
