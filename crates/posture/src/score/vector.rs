//! Vectors: the inputs of a score in one line that a person can read.
//!
//! ```text
//! NRS:1.0/AG1:1/AG2:1/BD1:1/EX3:0.6/EX4:?/OW1:1/US1:1/A:0.9/S:0.9/E:1/N:40
//! ```
//!
//! - A factor by id with its strength. `?` is unknown, `0` is looked at and absent, and a factor
//!   that is left out does not apply. `AN1:1C` is a confirmed incident, `AN1:1` an unconfirmed one.
//! - `A`, `S`, `E`: authority, sensitivity and environment of the deciding resource, `?` unknown. With
//!   unknown measures up to three resources decide (the value, the lower, the upper end); they
//!   follow each other: `A:0.5/S:0.6/E:1/A:0.5/S:?/E:?`.
//! - `N`: how many resources. `N:0` alone is nothing reached; `A:?/S:?/E:?/N:?` is nothing known.
//! - `DECLARED:1` when reach was not computed and `A` and `N` are what the identity declares.
//! - Mitigations: `SENDERBOUND:1`, `SOURCECONDITION:1`, `HARDWAREKEY:1`, `JUSTINTIME:1`,
//!   `CONTROL:AG1@2026-01-31` (factor and date, once for each factor).
//! - Conditions of floors that hold (`PRIVILEGED:1`) or are unknown (`LIVE:?`); one left out does
//!   not hold.
//!
//! A vector carries numbers, not words: reasons, names, paths, links and what-ifs are not in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use model::TimeUs;
use model::filter::Truth;
use model::text::bounded;

use super::factor::{FACTORS, Factor};
use super::floor::CONDITIONS;
use super::impact::{Basis, Impact, Reach, Summary};
use super::inputs::{Incident, Inputs};
use super::levels::{Authority, Environment, Sensitivity, Target};
use super::mitigation::{Control, Mitigation};
use super::strength::{Ratio, Strength};
use super::{InputError, NRS};

/// Sixteen strengths of the longest double, and everything else, are shorter.
const MAX_BYTES: usize = 16_384;

/// The reason beside what only a vector says.
const NOT_IN_VECTOR: &str = "a vector does not say";

/// Mitigations without words, with their names in vectors.
const PLAIN_MITIGATIONS: [(Mitigation, &str); 4] = [
    (Mitigation::SenderConstrained, "SENDERBOUND"),
    (Mitigation::SourceCondition, "SOURCECONDITION"),
    (Mitigation::HardwareKey, "HARDWAREKEY"),
    (Mitigation::JustInTime, "JUSTINTIME"),
];

/// Writes the vector of the inputs.
pub fn write(inputs: &Inputs) -> String {
    let mut text = String::with_capacity(128);
    text.push_str("NRS:");
    text.push_str(NRS);
    for spec in &FACTORS {
        match inputs.strength(spec.factor) {
            Strength::Observed { x } => {
                put_number(&mut text, spec.id, x.get());
                let confirmed = inputs.incident().is_some_and(|incident| incident.confirmed);
                if spec.factor == Factor::An1 && confirmed {
                    text.push('C');
                }
            }
            Strength::Unknown { .. } => put(&mut text, spec.id, "?"),
            Strength::NotApplicable => {}
        }
    }
    put_impact(&mut text, inputs.impact());
    for mitigation in inputs.mitigations().iter() {
        if let Mitigation::CompensatingControl(control) = mitigation {
            let place = format!("{}@{}", control.factor(), control.date());
            put(&mut text, "CONTROL", &place);
        }
        let plain = PLAIN_MITIGATIONS
            .iter()
            .find(|(plain, _)| plain == mitigation);
        if let Some((_, name)) = plain {
            put(&mut text, name, "1");
        }
    }
    for (condition, name) in CONDITIONS {
        match inputs.conditions().get(condition) {
            Truth::True => put(&mut text, name, "1"),
            Truth::Unknown => put(&mut text, name, "?"),
            Truth::False => {}
        }
    }
    text
}

fn put(text: &mut String, key: &str, value: &str) {
    text.push('/');
    text.push_str(key);
    text.push(':');
    text.push_str(value);
}

/// The shortest decimal that reads back to the same double.
fn put_number(text: &mut String, key: &str, value: f64) {
    put(text, key, "");
    // Writing to a String cannot fail.
    let _: std::fmt::Result = write!(text, "{value}");
}

fn put_impact(text: &mut String, impact: &Impact) {
    let summarised;
    let summary = match impact {
        Impact::Reach(reach) => {
            summarised = reach.summary();
            summarised.as_ref()
        }
        Impact::Summary(summary) => Some(summary),
        Impact::Unknown { .. } => {
            text.push_str("/A:?/S:?/E:?/N:?");
            return;
        }
    };
    for target in summary.map_or(&[] as &[Target], Summary::targets) {
        let levels = [
            ("A", target.authority.map(Authority::value)),
            ("S", target.sensitivity.map(Sensitivity::value)),
            ("E", target.environment.map(Environment::value)),
        ];
        for (key, level) in levels {
            match level {
                Some(value) => put_number(text, key, value),
                None => put(text, key, "?"),
            }
        }
    }
    put(text, "N", &impact.n().to_string());
    if impact.basis() == Basis::Declared {
        put(text, "DECLARED", "1");
    }
}

/// Reads a vector. Its score is the score of the inputs it was written from.
///
/// # Errors
/// A part is unknown, missing, stated twice or has a value it cannot have.
pub fn parse(text: &str) -> Result<Inputs, InputError> {
    if text.len() > MAX_BYTES {
        return Err(wrong(text, "it is longer than a vector can be"));
    }
    let mut parts = text.split('/');
    let head = parts.next().unwrap_or_default();
    if head.strip_prefix("NRS:") != Some(NRS) {
        return Err(wrong(
            head,
            "a vector of this formula begins with `NRS:1.0`",
        ));
    }
    let mut reader = Reader {
        inputs: Inputs::nothing_applies(NOT_IN_VECTOR)?,
        stated: BTreeSet::new(),
        targets: Vec::new(),
        open: Open::Authority,
        n: Count::NotStated,
        declared: false,
    };
    for part in parts {
        reader.part(part)?;
    }
    reader.finish()
}

fn wrong(part: &str, why: &str) -> InputError {
    InputError::Vector {
        part: bounded(part, 64),
        why: why.to_owned(),
    }
}

/// Which measure of a resource comes next.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Authority,
    Sensitivity,
    Environment,
}

/// How many resources.
#[derive(Clone, Copy)]
enum Count {
    NotStated,
    Unknown,
    Known(u64),
}

struct Reader<'a> {
    inputs: Inputs,
    stated: BTreeSet<&'a str>,
    targets: Vec<Target>,
    open: Open,
    n: Count,
    declared: bool,
}

impl<'a> Reader<'a> {
    fn part(&mut self, part: &'a str) -> Result<(), InputError> {
        let (key, value) = part
            .split_once(':')
            .ok_or_else(|| wrong(part, "a part is a name, a colon and a value"))?;
        if matches!(key, "A" | "S" | "E") {
            return self.measure(part, key, value);
        }
        // A control is stated once for each factor, anything else once.
        let once = if key == "CONTROL" { part } else { key };
        if !self.stated.insert(once) {
            return Err(wrong(part, "it is stated twice"));
        }
        if let Some(factor) = Factor::from_id(key) {
            return self.factor(part, factor, value);
        }
        let truth = match value {
            "1" => Some(Truth::True),
            "?" => Some(Truth::Unknown),
            _ => None,
        };
        if let Some((condition, _)) = CONDITIONS.iter().find(|(_, name)| *name == key) {
            let truth = truth.ok_or_else(|| wrong(part, "a condition is `1` or `?`"))?;
            self.inputs.set_condition(*condition, truth);
            return Ok(());
        }
        if let Some((mitigation, _)) = PLAIN_MITIGATIONS.iter().find(|(_, name)| *name == key) {
            if truth != Some(Truth::True) {
                return Err(wrong(part, "a mitigation is `1` or left out"));
            }
            self.inputs.mitigate(mitigation.clone());
            return Ok(());
        }
        match (key, value) {
            ("CONTROL", _) => self.control(part, value),
            ("DECLARED", "1") => {
                self.declared = true;
                Ok(())
            }
            ("DECLARED", _) => Err(wrong(part, "it is `1` or left out")),
            ("N", "?") => {
                self.n = Count::Unknown;
                Ok(())
            }
            ("N", _) => {
                let n = digits(value).and_then(|digits| digits.parse().ok());
                let n: u64 = n.ok_or_else(|| wrong(part, "it is a whole number or `?`"))?;
                self.n = Count::Known(n);
                Ok(())
            }
            _ => Err(wrong(part, "there is no such name in NRS 1.0")),
        }
    }

    fn factor(&mut self, part: &str, factor: Factor, value: &str) -> Result<(), InputError> {
        if value == "?" {
            let unknown = Strength::unknown(NOT_IN_VECTOR);
            self.inputs.set(factor, unknown);
            return Ok(());
        }
        if factor == Factor::An1 && value == "1C" {
            return self.inputs.open_incident(Incident {
                confirmed: true,
                expires: TimeUs::EPOCH,
                link: NOT_IN_VECTOR.to_owned(),
            });
        }
        let x = decimal(value).ok_or_else(|| wrong(part, "it is a number from 0 to 1 or `?`"))?;
        self.inputs.set(factor, Strength::observed(x));
        Ok(())
    }

    fn control(&mut self, part: &str, value: &str) -> Result<(), InputError> {
        let (id, date) = value
            .split_once('@')
            .ok_or_else(|| wrong(part, "a control is a factor, `@` and a date"))?;
        let factor = Factor::from_id(id).ok_or_else(|| wrong(part, "there is no such factor"))?;
        let there = self.inputs.mitigations().iter().any(
            |other| matches!(other, Mitigation::CompensatingControl(other) if other.factor() == factor),
        );
        if there {
            return Err(wrong(part, "the factor has a control already"));
        }
        let date = TimeUs::parse(date).map_err(|_| wrong(part, "the date is no date"))?;
        let control = Control::new(factor, date, NOT_IN_VECTOR)?;
        self.inputs
            .mitigate(Mitigation::CompensatingControl(control));
        Ok(())
    }

    fn measure(&mut self, part: &str, key: &str, value: &str) -> Result<(), InputError> {
        match (key, self.open) {
            ("A", Open::Authority) => {
                self.targets.push(Target {
                    authority: level(part, value, Authority::ALL, Authority::value)?,
                    ..Target::UNKNOWN
                });
                self.open = Open::Sensitivity;
            }
            ("S", Open::Sensitivity) => {
                let sensitivity = level(part, value, Sensitivity::ALL, Sensitivity::value)?;
                if let Some(target) = self.targets.last_mut() {
                    target.sensitivity = sensitivity;
                }
                self.open = Open::Environment;
            }
            ("E", Open::Environment) => {
                let environment = level(part, value, Environment::ALL, Environment::value)?;
                if let Some(target) = self.targets.last_mut() {
                    target.environment = environment;
                }
                self.open = Open::Authority;
            }
            _ => return Err(wrong(part, "`A`, `S` and `E` follow each other")),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Inputs, InputError> {
        if self.open != Open::Authority {
            return Err(wrong("A", "`A`, `S` and `E` follow each other"));
        }
        let basis = if self.declared {
            Basis::Declared
        } else {
            Basis::Computed
        };
        let impact = match self.n {
            Count::NotStated => return Err(wrong("N", "it is not stated")),
            Count::Unknown if self.targets == [Target::UNKNOWN] && !self.declared => {
                Impact::Unknown {
                    reason: NOT_IN_VECTOR.to_owned(),
                }
            }
            Count::Unknown => return Err(wrong("N:?", "then nothing is known: `A:?/S:?/E:?/N:?`")),
            Count::Known(0) if self.targets.is_empty() && !self.declared => {
                Impact::Reach(Reach::nothing())
            }
            Count::Known(n) => Impact::Summary(Summary::of(basis, self.targets, n)?),
        };
        self.inputs.set_impact(impact);
        Ok(self.inputs)
    }
}

/// The level with this number; none for `?`.
fn level<T: Copy>(
    part: &str,
    text: &str,
    all: &[T],
    value: impl Fn(T) -> f64,
) -> Result<Option<T>, InputError> {
    if text == "?" {
        return Ok(None);
    }
    let number = decimal(text).map(|number| number.get().to_bits());
    let found = all
        .iter()
        .find(|level| Some(value(**level).to_bits()) == number);
    match found {
        Some(level) => Ok(Some(*level)),
        None => Err(wrong(part, "there is no such level")),
    }
}

fn digits(text: &str) -> Option<&str> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then_some(text)
}

/// Digits with at most one point between them: no sign, no exponent, no word.
fn decimal(text: &str) -> Option<Ratio> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    digits(whole)?;
    if let Some(fraction) = fraction {
        digits(fraction)?;
    }
    Ratio::new(text.parse().ok()?).ok()
}
