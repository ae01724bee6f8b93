//! Computing an exported score again.

use std::fmt;

use model::text::bounded;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::inputs::Inputs;
use super::outcome::Score;
use super::{NRS, score};

/// The version of the exported document.
const VERSION: u32 = 1;

/// The most differences that are listed; after so many a document is simply another one.
const MAX_DIFFERENCES: usize = 100;

/// How much of a differing value is shown, in bytes.
const MAX_SHOWN: usize = 200;

/// A score with everything it was computed from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Export {
    /// The version of this document.
    pub v: u32,
    /// The formula.
    pub nrs: String,
    /// What the score was computed from.
    pub inputs: Inputs,
    /// The score.
    pub score: Score,
}

/// Scores the inputs and keeps both together.
pub fn export(inputs: &Inputs) -> Export {
    Export {
        v: VERSION,
        nrs: NRS.to_owned(),
        inputs: inputs.clone(),
        score: score(inputs),
    }
}

/// One place where the written score is not the computed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The place: `score.shares[2].w`.
    pub at: String,
    /// What is written there, when something is.
    pub written: Option<String>,
    /// What belongs there, when something does.
    pub computed: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(
            f,
            "`{}` is written as {} and computes to {}",
            self.at,
            show(&self.written),
            show(&self.computed)
        )
    }
}

/// What recomputing an exported score says.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Every number is the same, to the last bit.
    Same {
        /// The score.
        score: Box<Score>,
    },
    /// The inputs give another score.
    Different {
        /// The score the inputs give.
        score: Box<Score>,
        /// Where the two differ, in the order of the document.
        differences: Vec<Difference>,
        /// There are more differences than are listed.
        more: bool,
    },
    /// It is no document that can be computed again.
    Unreadable {
        /// Why, in words of whoever wrote it.
        reason: String,
    },
}

/// Computes the score of an exported document again and compares every number bit by bit. Fields
/// beside `v`, `nrs`, `inputs` and `score` are not looked at.
pub fn verify(document: &Value) -> Verdict {
    match recompute(document) {
        Ok((score, differences)) if differences.list.is_empty() => Verdict::Same { score },
        Ok((score, differences)) => Verdict::Different {
            score,
            more: differences.more,
            differences: differences.list,
        },
        Err(reason) => Verdict::Unreadable {
            reason: bounded(&reason, model::text::MAX_LABEL_BYTES),
        },
    }
}

fn recompute(document: &Value) -> Result<(Box<Score>, Differences), String> {
    let field = |name: &str| {
        document
            .get(name)
            .ok_or_else(|| format!("the document has no `{name}`"))
    };
    if field("v")?.as_u64() != Some(u64::from(VERSION)) {
        return Err(format!("the document is not of version {VERSION}"));
    }
    if field("nrs")?.as_str() != Some(NRS) {
        return Err(format!("the score is not of the formula NRS {NRS}"));
    }
    let inputs = Inputs::deserialize(field("inputs")?)
        .map_err(|error| format!("the inputs cannot be scored: {error}"))?;
    let computed = Box::new(score(&inputs));
    let value = serde_json::to_value(&computed).map_err(|error| error.to_string())?;
    let mut differences = Differences::default();
    differences.compare("score", field("score")?, &value);
    Ok((computed, differences))
}

#[derive(Default)]
struct Differences {
    list: Vec<Difference>,
    more: bool,
}

impl Differences {
    /// Goes no deeper than the computed score does.
    fn compare(&mut self, at: &str, written: &Value, computed: &Value) {
        match (written, computed) {
            (Value::Object(written_map), Value::Object(computed_map)) => {
                for (key, value) in computed_map {
                    let at = format!("{at}.{key}");
                    match written_map.get(key) {
                        Some(there) => self.compare(&at, there, value),
                        None => self.push(&at, None, Some(value)),
                    }
                }
                for (key, value) in written_map {
                    if !computed_map.contains_key(key) {
                        let at = format!("{at}.{}", bounded(key, MAX_SHOWN));
                        self.push(&at, Some(value), None);
                    }
                }
            }
            (Value::Array(written_list), Value::Array(computed_list)) => {
                let longest = written_list.len().max(computed_list.len());
                for place in 0..longest {
                    if self.more {
                        return;
                    }
                    let at = format!("{at}[{place}]");
                    match (written_list.get(place), computed_list.get(place)) {
                        (Some(written), Some(computed)) => self.compare(&at, written, computed),
                        (written, computed) => self.push(&at, written, computed),
                    }
                }
            }
            (Value::Number(_), Value::Number(_)) if same_number(written, computed) => {}
            _ if written == computed => {}
            _ => self.push(at, Some(written), Some(computed)),
        }
    }

    fn push(&mut self, at: &str, written: Option<&Value>, computed: Option<&Value>) {
        if self.list.len() == MAX_DIFFERENCES {
            self.more = true;
            return;
        }
        let show = |value: &Value| bounded(&value.to_string(), MAX_SHOWN);
        self.list.push(Difference {
            at: at.to_owned(),
            written: written.map(show),
            computed: computed.map(show),
        });
    }
}

/// Doubles bit by bit, however the writer spelled them (`1`, `1.0`); counts as whole numbers.
fn same_number(written: &Value, computed: &Value) -> bool {
    match (written.as_u64(), computed.as_u64()) {
        (Some(written), Some(computed)) => written == computed,
        (None, Some(_)) => false,
        _ => {
            let bits = |value: &Value| value.as_f64().map(f64::to_bits);
            bits(written) == bits(computed)
        }
    }
}
