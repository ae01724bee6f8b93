//! Asking a filter about one record, in three-valued (Kleene) logic.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::ast::{Comparison, Filter, Op, Operand, Pattern, StateTest};
use crate::TimeUs;

/// Yes, no, or cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truth {
    /// It matches.
    #[serde(rename = "yes")]
    True,
    /// It does not match.
    #[serde(rename = "no")]
    False,
    /// What it would depend on is unknown.
    #[serde(rename = "unknown")]
    Unknown,
}

impl Truth {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// At least one.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, Self::False) => Self::False,
            _ => Self::Unknown,
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Self::True } else { Self::False }
    }
}

/// The value of one field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue<'a> {
    /// Nothing is known. Lists and tags answer with an empty list instead: a record without the tag
    /// does match `NOT tags.env = prod`.
    Unknown,
    /// A fact without a value: `never`, `not_observable`, `no_data_yet`.
    State(&'a str),
    /// A text or a word.
    Text(Cow<'a, str>),
    /// A number.
    Int(i64),
    /// A time.
    Time(TimeUs),
    /// Yes or no.
    Bool(bool),
    /// Texts of a list, values of one tag, or, when tags are asked without a key, the keys.
    List(Vec<Cow<'a, str>>),
}

/// Something a filter can be asked about.
pub trait Record {
    /// The value of a field; `key` is set for `tags.<key>`.
    fn field(&self, name: &str, key: Option<&str>) -> FieldValue<'_>;

    /// Whether the texts of the record contain a word.
    fn contains_text(&self, word: &str) -> Truth;
}

impl Filter {
    /// Asks about one record at one instant.
    pub fn eval(&self, record: &dyn Record, now: TimeUs) -> Truth {
        match self {
            Self::All => Truth::True,
            Self::And(parts) => parts.iter().fold(Truth::True, |so_far, part| {
                so_far.and(part.eval(record, now))
            }),
            Self::Or(parts) => parts.iter().fold(Truth::False, |so_far, part| {
                so_far.or(part.eval(record, now))
            }),
            Self::Not(part) => !part.eval(record, now),
            Self::Text(word) => record.contains_text(word),
            Self::Compare(comparison) => {
                let value = record.field(&comparison.field, comparison.key.as_deref());
                let truth = comparison.eval(&value, now);
                if comparison.op == Op::Ne {
                    !truth
                } else {
                    truth
                }
            }
            Self::State {
                field,
                key,
                test,
                negated,
            } => {
                let value = record.field(field, key.as_deref());
                Truth::from(test.holds(&value) != *negated)
            }
        }
    }
}

impl StateTest {
    fn holds(self, value: &FieldValue<'_>) -> bool {
        let state = match value {
            FieldValue::State(state) => *state,
            FieldValue::Unknown => "",
            FieldValue::List(items) if items.is_empty() => "",
            _ => "known",
        };
        match self {
            Self::Unknown => state != "known" && state != "never",
            test => state == test.name(),
        }
    }
}

impl Comparison {
    /// The answer for `=` where the operator is `!=`.
    fn eval(&self, value: &FieldValue<'_>, now: TimeUs) -> Truth {
        match (&self.operand, value) {
            (Operand::Text(pattern), FieldValue::List(items)) => items
                .iter()
                .any(|item| is_member(self.op, pattern, item))
                .into(),
            (Operand::Text(pattern), FieldValue::Text(text)) => {
                self.compare_text(pattern, text).into()
            }
            (Operand::Int(wanted), FieldValue::Int(number)) => {
                within(self.op, *number, *wanted, wanted.saturating_add(1)).into()
            }
            (Operand::Time(wanted), FieldValue::Time(time)) => {
                let (from, to) = wanted.range(now);
                within(self.op, time.as_micros(), from.as_micros(), to.as_micros()).into()
            }
            (Operand::Bool(wanted), FieldValue::Bool(yes)) => (wanted == yes).into(),
            _ => Truth::Unknown,
        }
    }

    fn compare_text(&self, pattern: &Pattern, text: &str) -> bool {
        match self.op {
            Op::Eq | Op::Ne => pattern.matches(text),
            Op::Lt => *text < *pattern.text,
            Op::Le => *text <= *pattern.text,
            Op::Gt => *text > *pattern.text,
            Op::Ge => *text >= *pattern.text,
            Op::Has => text
                .to_ascii_lowercase()
                .contains(&pattern.text.to_ascii_lowercase()),
        }
    }
}

/// `:` on a list ignores ASCII case, `=` does not.
fn is_member(op: Op, pattern: &Pattern, item: &str) -> bool {
    if op != Op::Has {
        return pattern.matches(item);
    }
    let lower = Pattern {
        text: pattern.text.to_ascii_lowercase(),
        ..pattern.clone()
    };
    lower.matches(&item.to_ascii_lowercase())
}

fn within(op: Op, value: i64, from: i64, to: i64) -> bool {
    match op {
        // A range that ends at the largest number holds that number too.
        Op::Eq | Op::Ne | Op::Has => value == from || (from < value && value < to),
        Op::Lt => value < from,
        Op::Le => value <= from || value < to,
        Op::Gt => value > from && value >= to,
        Op::Ge => value >= from,
    }
}

impl Pattern {
    /// Whether a text meets the pattern, case and all.
    pub fn matches(&self, text: &str) -> bool {
        match (self.open_start, self.open_end) {
            (false, false) => text == self.text,
            (false, true) => text.starts_with(&self.text),
            (true, false) => text.ends_with(&self.text),
            (true, true) => text.contains(&self.text),
        }
    }
}
