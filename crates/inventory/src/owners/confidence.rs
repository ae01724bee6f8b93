//! From numbers to a confidence: two logistic models, one for persons and one for teams, and a
//! monotone correction by what people decided.

use std::collections::BTreeMap;

use super::evidence::KINDS;
use super::features::{Example, FEATURES};
use super::isotonic::Isotonic;
use super::weights;

/// Fewer decisions say nothing about a confidence.
const MIN_DECISIONS: usize = 200;

/// The smallest number of decisions that one point of the correction rests on.
const SMALLEST_POOL: usize = 25;

/// A feature with its weight for persons and for teams.
pub type WeightRow = (&'static str, f64, f64);

/// What turns evidence into a confidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    person: Form,
    team: Form,
    decided: Isotonic,
    decisions: usize,
}

/// The model of one form of candidate.
#[derive(Debug, Clone, PartialEq)]
struct Form {
    weights: Vec<f64>,
    /// For the best candidate of its form: that it is the best says more than its score.
    first: Isotonic,
    /// For all others.
    others: Isotonic,
}

impl Model {
    /// The committed weights.
    pub fn committed() -> Self {
        let names = names();
        let weight = |name: &str| weights::WEIGHTS.iter().find(|row| row.0 == name);
        let of = |pick: fn(&WeightRow) -> f64| {
            names
                .iter()
                .map(|name| weight(name).map_or(0.0, pick))
                .collect()
        };
        Self {
            person: Form {
                weights: of(|row| row.1),
                first: Isotonic::from_points(weights::FIRST_PERSON),
                others: Isotonic::from_points(weights::OTHER_PERSONS),
            },
            team: Form {
                weights: of(|row| row.2),
                first: Isotonic::from_points(weights::FIRST_TEAM),
                others: Isotonic::from_points(weights::OTHER_TEAMS),
            },
            decided: Isotonic::default(),
            decisions: 0,
        }
    }

    /// Weights just trained, uncalibrated.
    pub fn of_weights(person: Vec<f64>, team: Vec<f64>) -> Self {
        let form = |weights| Form {
            weights,
            first: Isotonic::default(),
            others: Isotonic::default(),
        };
        Self {
            person: form(person),
            team: form(team),
            decided: Isotonic::default(),
            decisions: 0,
        }
    }

    /// Where the committed weights come from.
    pub fn source() -> &'static str {
        weights::SOURCE
    }

    /// Calibrates both forms on examples the weights were not trained on, the best candidates of
    /// each record apart from the others. Records must have numbers of their own.
    pub fn calibrate(&mut self, examples: &[Example], smallest: usize) {
        for team in [false, true] {
            let form = if team {
                &mut self.team
            } else {
                &mut self.person
            };
            let mut best: BTreeMap<u32, f64> = BTreeMap::new();
            let of_form = || examples.iter().filter(|example| example.team == team);
            for example in of_form() {
                let raw = form.raw(&example.values);
                let known = best.entry(example.subject).or_insert(raw);
                *known = known.max(raw);
            }
            let (mut first, mut others) = (Vec::new(), Vec::new());
            for example in of_form() {
                let raw = form.raw(&example.values);
                let is_best = best.get(&example.subject).is_some_and(|best| raw >= *best);
                let list = if is_best { &mut first } else { &mut others };
                list.push((raw, example.right));
            }
            form.first = Isotonic::fit(&first, smallest);
            form.others = Isotonic::fit(&others, smallest);
        }
    }

    /// Corrects by what people decided: pairs of the confidence a proposal had and whether it was
    /// accepted. Too few change nothing.
    #[must_use]
    pub fn recalibrated(mut self, decided: &[(f64, bool)]) -> Self {
        if decided.len() >= MIN_DECISIONS {
            self.decided = Isotonic::fit(decided, SMALLEST_POOL);
            self.decisions = decided.len();
        }
        self
    }

    /// How many decisions of people correct the confidence; 0 when too few.
    pub fn decisions(&self) -> usize {
        self.decisions
    }

    /// The points of the four calibrations: first and other persons, first and other teams.
    pub fn calibration(&self) -> [&[(f64, f64)]; 4] {
        [
            self.person.first.points(),
            self.person.others.points(),
            self.team.first.points(),
            self.team.others.points(),
        ]
    }

    /// The weight of each feature for persons and teams.
    pub fn weights(&self) -> Vec<WeightRow> {
        let both = self.person.weights.iter().zip(&self.team.weights);
        names()
            .into_iter()
            .zip(both)
            .map(|(name, (person, team))| (name, *person, *team))
            .collect()
    }

    /// The score of a candidate before calibration, by which those of one form are ranked.
    pub(super) fn score(&self, team: bool, values: &[f64]) -> f64 {
        self.form(team).raw(values)
    }

    /// The confidence of a candidate by its score, to four places.
    pub(super) fn confidence(&self, team: bool, score: f64, is_best: bool) -> f64 {
        let form = self.form(team);
        let calibrated = if is_best { &form.first } else { &form.others }.apply(score);
        (self.decided.apply(calibrated).clamp(0.001, 0.995) * 1e4).round() / 1e4
    }

    /// What each kind of evidence adds to the log-odds.
    pub(super) fn weight(&self, team: bool, name: &str) -> f64 {
        let at = names().iter().position(|known| *known == name);
        at.and_then(|at| self.form(team).weights.get(at))
            .copied()
            .unwrap_or(0.0)
    }

    fn form(&self, team: bool) -> &Form {
        if team { &self.team } else { &self.person }
    }
}

impl Form {
    fn raw(&self, values: &[f64]) -> f64 {
        let sum: f64 = self
            .weights
            .iter()
            .zip(values)
            .map(|(weight, value)| weight * value)
            .sum();
        1.0 / (1.0 + (-sum).exp())
    }
}

/// The names of all features in order.
pub(super) fn names() -> Vec<&'static str> {
    let kinds = KINDS.iter().map(|spec| spec.name);
    kinds
        .chain(FEATURES.iter().map(|(name, _)| *name))
        .collect()
}
