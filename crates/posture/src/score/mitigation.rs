//! What lowers likelihood without removing a factor: each scales the weight of the factors it names.

use model::TimeUs;
use serde::{Deserialize, Serialize};

use super::InputError;
use super::factor::{COUNT, Factor, at, at_mut};
use super::inputs::check_text;

/// A compensating control scales its factor by this.
const CONTROL_SCALE: f64 = 0.7;

/// One mitigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mitigation {
    /// The token is bound to the sender's key (mTLS, DPoP).
    SenderConstrained,
    /// It is accepted only from named networks or sources.
    SourceCondition,
    /// The key cannot leave its hardware.
    HardwareKey,
    /// Each use is granted just in time or approved.
    JustInTime,
    /// A documented control for one factor.
    CompensatingControl(Control),
}

/// A documented compensating control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ControlText", into = "ControlText")]
pub struct Control {
    factor: Factor,
    date: TimeUs,
    reason: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlText {
    factor: Factor,
    date: String,
    reason: String,
}

impl Control {
    /// A control for a factor; of the date only the day (UTC) counts.
    ///
    /// # Errors
    /// The reason is empty or too long.
    pub fn new(
        factor: Factor,
        date: TimeUs,
        reason: impl Into<String>,
    ) -> Result<Self, InputError> {
        let reason = reason.into();
        check_text("the reason of a compensating control", &reason)?;
        let day = date.as_micros().div_euclid(TimeUs::DAY_US);
        let date = TimeUs::from_micros(day.saturating_mul(TimeUs::DAY_US));
        Ok(Self {
            factor,
            date,
            reason,
        })
    }

    /// The factor it is for.
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// When it was documented, `2026-01-31`.
    pub fn date(&self) -> String {
        self.date.date()
    }

    /// What it is and why it helps.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl TryFrom<ControlText> for Control {
    type Error = InputError;

    fn try_from(text: ControlText) -> Result<Self, InputError> {
        let date = TimeUs::parse(&text.date)?;
        Self::new(text.factor, date, text.reason)
    }
}

impl From<Control> for ControlText {
    fn from(control: Control) -> Self {
        Self {
            factor: control.factor,
            date: control.date(),
            reason: control.reason,
        }
    }
}

const SENDER_CONSTRAINED: &[(Factor, f64)] = &[
    (Factor::Ag1, 0.3),
    (Factor::Ag2, 0.3),
    (Factor::Bd1, 0.0),
    (Factor::Ex2, 0.3),
    (Factor::Ex3, 0.3),
];
const SOURCE_CONDITION: &[(Factor, f64)] = &[
    (Factor::Bd1, 0.5),
    (Factor::Ex1, 0.5),
    (Factor::Ex2, 0.5),
    (Factor::Ex3, 0.5),
];
const HARDWARE_KEY: &[(Factor, f64)] = &[
    (Factor::Ag1, 0.5),
    (Factor::Ex1, 0.1),
    (Factor::Ex2, 0.1),
    (Factor::Ex3, 0.1),
    (Factor::Ex4, 0.1),
];
const JUST_IN_TIME: &[(Factor, f64)] = &[
    (Factor::Ex1, 0.7),
    (Factor::Ex2, 0.7),
    (Factor::Ex3, 0.7),
    (Factor::Ex4, 0.7),
];

impl Mitigation {
    /// The factors whose weight it scales, in order of id, and by how much.
    pub fn scales(&self) -> impl Iterator<Item = (Factor, f64)> {
        let (table, control) = match self {
            Self::SenderConstrained => (SENDER_CONSTRAINED, None),
            Self::SourceCondition => (SOURCE_CONDITION, None),
            Self::HardwareKey => (HARDWARE_KEY, None),
            Self::JustInTime => (JUST_IN_TIME, None),
            Self::CompensatingControl(control) => {
                (&[] as &[_], Some((control.factor, CONTROL_SCALE)))
            }
        };
        table.iter().copied().chain(control)
    }

    /// The place in the order in which weights are scaled.
    fn rank(&self) -> (u8, Option<Factor>) {
        match self {
            Self::SenderConstrained => (0, None),
            Self::SourceCondition => (1, None),
            Self::HardwareKey => (2, None),
            Self::JustInTime => (3, None),
            Self::CompensatingControl(control) => (4, Some(control.factor)),
        }
    }
}

/// Mitigations, each kind once and one compensating control for each factor, in the order of scaling.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Mitigation>", into = "Vec<Mitigation>")]
pub struct Mitigations(Vec<Mitigation>);

impl Mitigations {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds one; one that is already there takes the place of the old and counts once.
    pub fn add(&mut self, mitigation: Mitigation) {
        match self
            .0
            .binary_search_by_key(&mitigation.rank(), Mitigation::rank)
        {
            Ok(there) => {
                if let Some(old) = self.0.get_mut(there) {
                    *old = mitigation;
                }
            }
            Err(free) => self.0.insert(free, mitigation),
        }
    }

    /// Them, in the order of scaling.
    pub fn iter(&self) -> impl Iterator<Item = &Mitigation> {
        self.0.iter()
    }

    /// Scales the weights, one mitigation after the other.
    pub(crate) fn scale(&self, weights: &mut [f64; COUNT]) {
        for mitigation in &self.0 {
            for (factor, by) in mitigation.scales() {
                *at_mut(weights, factor) = at(weights, factor) * by;
            }
        }
    }

    /// These without the one at `place`.
    pub(crate) fn without(&self, place: usize) -> Self {
        let mut rest = self.clone();
        if place < rest.0.len() {
            rest.0.remove(place);
        }
        rest
    }
}

impl TryFrom<Vec<Mitigation>> for Mitigations {
    type Error = InputError;

    fn try_from(list: Vec<Mitigation>) -> Result<Self, InputError> {
        let written = list.len();
        let mut mitigations = Self::none();
        for mitigation in list {
            mitigations.add(mitigation);
        }
        if mitigations.0.len() == written {
            Ok(mitigations)
        } else {
            Err(InputError::Twice {
                what: "mitigation".to_owned(),
            })
        }
    }
}

impl From<Mitigations> for Vec<Mitigation> {
    fn from(mitigations: Mitigations) -> Self {
        mitigations.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counts_once_and_the_order_of_adding_does_not_matter() {
        let control = |factor, reason: &str| {
            let date = TimeUs::parse("2026-01-31T18:00:00Z").unwrap();
            Mitigation::CompensatingControl(Control::new(factor, date, reason).unwrap())
        };
        let all = [
            control(Factor::Us1, "watched"),
            Mitigation::JustInTime,
            Mitigation::SenderConstrained,
            control(Factor::Ag1, "watched"),
            Mitigation::HardwareKey,
            Mitigation::SourceCondition,
        ];
        let mut forth = Mitigations::none();
        let mut back = Mitigations::none();
        for mitigation in all.iter().chain(&all) {
            forth.add(mitigation.clone());
        }
        for mitigation in all.iter().rev() {
            back.add(mitigation.clone());
        }
        assert_eq!(forth, back);
        assert_eq!(forth.iter().count(), all.len());
        let text = serde_json::to_string(&forth).unwrap();
        assert!(text.contains(r#"{"kind":"compensating_control","factor":"AG1","date":"2026-01-31","reason":"watched"}"#), "{text}");
        assert_eq!(serde_json::from_str::<Mitigations>(&text).unwrap(), forth);
        let twice = r#"[{"kind":"just_in_time"},{"kind":"just_in_time"}]"#;
        assert!(serde_json::from_str::<Mitigations>(twice).is_err());
    }

    #[test]
    fn weights_are_scaled_as_published() {
        let scaled = |mitigation: Mitigation| {
            let mut weights = [1.0; COUNT];
            let mut mitigations = Mitigations::none();
            mitigations.add(mitigation);
            mitigations.scale(&mut weights);
            Factor::all()
                .filter(|factor| *at(&weights, *factor) != 1.0)
                .map(|factor| format!("{factor}:{}", at(&weights, factor)))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            scaled(Mitigation::SenderConstrained),
            "AG1:0.3 AG2:0.3 BD1:0 EX2:0.3 EX3:0.3"
        );
        assert_eq!(
            scaled(Mitigation::SourceCondition),
            "BD1:0.5 EX1:0.5 EX2:0.5 EX3:0.5"
        );
        assert_eq!(
            scaled(Mitigation::HardwareKey),
            "AG1:0.5 EX1:0.1 EX2:0.1 EX3:0.1 EX4:0.1"
        );
        assert_eq!(
            scaled(Mitigation::JustInTime),
            "EX1:0.7 EX2:0.7 EX3:0.7 EX4:0.7"
        );
        let control = Control::new(Factor::Tp1, TimeUs::EPOCH, "audited yearly").unwrap();
        assert_eq!(scaled(Mitigation::CompensatingControl(control)), "TP1:0.7");
        assert!(Control::new(Factor::Tp1, TimeUs::EPOCH, " ").is_err());
    }
}
