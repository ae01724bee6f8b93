//! What a person can say about a record, and what of it is kept: the value, who, when and why.

use std::collections::BTreeMap;

use model::labels::{Environment, SaidFact, Sensitivity};
use model::{Answer, Attributes, Class, Signal, TimeUs};
use serde::{Deserialize, Serialize};

use crate::InventoryError;

/// The provider's-own-words key under which a person's words are kept.
const BY_HAND: &str = "by_hand";

/// The answers to a question of yes or no.
const YES_NO: &[&str] = &["yes", "no"];

/// Which fact a person speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// One of the facts.
    Fact(SaidFact),
    /// An answer to a question that judgements ask.
    Signal(Signal),
}

impl Field {
    /// Finds a field by its word: `environment`, `signals.hardware_held`.
    pub fn parse(word: &str) -> Option<Self> {
        match word.strip_prefix("signals.") {
            Some(signal) => Signal::parse(signal).map(Self::Signal),
            None => SaidFact::parse(word).map(Self::Fact),
        }
    }

    /// Its word.
    pub fn name(self) -> String {
        match self {
            Self::Fact(fact) => fact.name().to_owned(),
            Self::Signal(signal) => format!("signals.{signal}"),
        }
    }
}

/// One word of a person about one fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word {
    /// What it is.
    pub(crate) value: String,
    /// Who said so.
    pub(crate) by: String,
    /// When.
    pub(crate) at: TimeUs,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) why: String,
}

/// A person's words about one record, by field.
pub(crate) type Words = BTreeMap<String, Word>;

/// Checks a value and gives it in the form in which it is kept.
///
/// # Errors
/// The value is none of the field; the message says what is.
pub fn check(field: Field, value: &str) -> Result<String, InventoryError> {
    let value = model::text::label(value.trim());
    let one_of = |words: &mut dyn Iterator<Item = &'static str>| -> Result<(), InventoryError> {
        let words: Vec<&str> = words.collect();
        if words.contains(&value.as_str()) {
            return Ok(());
        }
        Err(wrong(field, &value, &words.join(", ")))
    };
    match field {
        Field::Signal(_) => one_of(&mut YES_NO.iter().copied())?,
        Field::Fact(fact) => match fact {
            SaidFact::Environment => one_of(&mut Environment::ALL.iter().map(|word| word.name()))?,
            SaidFact::Sensitivity => one_of(&mut Sensitivity::ALL.iter().map(|word| word.name()))?,
            SaidFact::Class => one_of(&mut Class::ALL.iter().map(|word| word.name()))?,
            SaidFact::Privileged
            | SaidFact::ThirdParty
            | SaidFact::SecurityCritical
            | SaidFact::StillNeeded => one_of(&mut YES_NO.iter().copied())?,
            SaidFact::StillNeededUntil | SaidFact::NextReview => {
                TimeUs::parse(&value).map_err(|_| wrong(field, &value, "a date as 2026-01-31"))?;
            }
            SaidFact::CadenceDays => {
                let days = value.parse::<u32>().ok().filter(|days| *days > 0);
                days.ok_or_else(|| wrong(field, &value, "a whole number of days"))?;
            }
            SaidFact::Purpose
            | SaidFact::Application
            | SaidFact::Justification
            | SaidFact::Vendor => {
                if value.is_empty() {
                    return Err(wrong(field, &value, "a text; to take it back, unset it"));
                }
            }
        },
    }
    Ok(value)
}

fn wrong(field: Field, value: &str, wanted: &str) -> InventoryError {
    let name = field.name();
    InventoryError::Refused(format!("`{value}` is no value of `{name}`; write {wanted}"))
}

/// The words kept in a sighting.
pub(crate) fn words_of(attributes: &Attributes) -> Words {
    let kept = attributes.extra.get(BY_HAND).cloned();
    kept.and_then(|kept| serde_json::from_value(kept).ok())
        .unwrap_or_default()
}

/// A sighting's attributes: what is listed and merged as of any source, and beside it each word.
pub(crate) fn attributes_of(words: &Words) -> Attributes {
    let mut attributes = Attributes::default();
    for (name, word) in words {
        if let Some(field) = Field::parse(name) {
            set(&mut attributes, field, &word.value);
        }
    }
    if !words.is_empty() {
        let kept = serde_json::to_value(words).unwrap_or_default();
        attributes.extra.insert(BY_HAND.to_owned(), kept);
    }
    attributes
}

fn set(attributes: &mut Attributes, field: Field, value: &str) {
    let text = Some(value.to_owned());
    match field {
        Field::Signal(signal) => {
            attributes
                .signals
                .insert(signal, Answer::of(value == "yes"));
        }
        Field::Fact(fact) => match fact {
            SaidFact::Environment => attributes.declared_environment = text,
            SaidFact::Purpose => attributes.declared_purpose = text,
            SaidFact::Application => attributes.declared_application = text,
            SaidFact::Justification => attributes.declared_justification = text,
            SaidFact::Sensitivity => attributes.declared_sensitivity = text,
            SaidFact::Privileged => attributes.declared_privileged = Some(value == "yes"),
            SaidFact::CadenceDays => attributes.cadence_days = value.parse().ok(),
            SaidFact::Vendor => attributes.vendor = text,
            SaidFact::Class => attributes.class = Class::parse(value),
            // Verdicts without a listed fact of their own.
            SaidFact::ThirdParty
            | SaidFact::SecurityCritical
            | SaidFact::StillNeeded
            | SaidFact::StillNeededUntil
            | SaidFact::NextReview => {}
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_and_the_refusal_says_what_fits() {
        let field = |word: &str| Field::parse(word).unwrap();
        assert_eq!(
            check(field("environment"), " production ").unwrap(),
            "production"
        );
        let error = check(field("environment"), "prodution").unwrap_err();
        assert!(error.to_string().contains("production, test"), "{error}");
        assert!(check(field("still_needed_until"), "soon").is_err());
        assert!(check(field("cadence_days"), "0").is_err());
        assert!(check(field("purpose"), " ").is_err());
        assert_eq!(check(field("signals.hardware_held"), "no").unwrap(), "no");
        assert!(Field::parse("signals.nonsense").is_none());
        for fact in SaidFact::ALL {
            assert_eq!(field(&Field::Fact(*fact).name()), Field::Fact(*fact));
        }
    }

    #[test]
    fn words_are_kept_whole_and_as_facts() {
        let word = |value: &str| Word {
            value: value.to_owned(),
            by: "ann".to_owned(),
            at: TimeUs::EPOCH,
            why: "CHG-1".to_owned(),
        };
        let words: Words = [
            ("environment".to_owned(), word("production")),
            ("signals.hardware_held".to_owned(), word("no")),
            ("still_needed".to_owned(), word("yes")),
        ]
        .into();
        let attributes = attributes_of(&words);
        assert_eq!(
            attributes.declared_environment.as_deref(),
            Some("production")
        );
        assert_eq!(attributes.signals[&Signal::HardwareHeld], Answer::No);
        assert_eq!(words_of(&attributes), words);
        assert_eq!(attributes_of(&Words::new()), Attributes::default());
    }
}
