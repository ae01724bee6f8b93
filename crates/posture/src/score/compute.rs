//! The arithmetic. Everything is an IEEE double, factors are taken in order of id, and logarithms
//! and roots come from `libm`, so the same inputs give the same bits on every machine.

use std::sync::LazyLock;

use model::filter::Truth;

use super::factor::{AN1_UNCONFIRMED, COUNT, FACTORS, Factor, at_mut};
use super::floor::{Conditions, FLOORS};
use super::inputs::{Inputs, WhatIf};
use super::mitigation::Mitigations;
use super::strength::Strength;
use super::{Band, Interval, Outcome};

/// -ln(1 - p) of each factor of the table, computed once.
static EVIDENCE: LazyLock<[f64; COUNT]> =
    LazyLock::new(|| FACTORS.map(|spec| -libm::log(1.0 - spec.p)));

/// What the formula sees of a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seen {
    /// Observed at this strength.
    At(f64),
    /// Unknown.
    Unknown,
    /// Not applicable.
    Out,
}

/// Inputs as numbers: cheap to copy, to change and to score again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    pub(crate) seen: [Seen; COUNT],
    /// The published weights, of `AN1` the one that fits the incident.
    pub(crate) published: [f64; COUNT],
    /// The weights after mitigation.
    pub(crate) weights: [f64; COUNT],
    pub(crate) impact: Interval,
    pub(crate) conditions: Conditions,
}

impl Case {
    pub(crate) fn of(inputs: &Inputs) -> Self {
        let mut seen = [Seen::Out; COUNT];
        let mut published = [0.0; COUNT];
        for spec in &FACTORS {
            *at_mut(&mut seen, spec.factor) = match inputs.strength(spec.factor) {
                Strength::Observed { x } => Seen::At(x.get()),
                Strength::Unknown { .. } => Seen::Unknown,
                Strength::NotApplicable => Seen::Out,
            };
            *at_mut(&mut published, spec.factor) = spec.p;
        }
        let observed = matches!(inputs.strength(Factor::An1), Strength::Observed { .. });
        let confirmed = inputs.incident().is_some_and(|incident| incident.confirmed);
        if observed && !confirmed {
            *at_mut(&mut published, Factor::An1) = AN1_UNCONFIRMED;
        }
        let mut case = Self {
            seen,
            published,
            weights: published,
            impact: inputs.impact().value(),
            conditions: *inputs.conditions(),
        };
        case.mitigate(inputs.mitigations());
        case
    }

    /// Weighs the factors anew under these mitigations.
    pub(crate) fn mitigate(&mut self, mitigations: &Mitigations) {
        self.weights = self.published;
        mitigations.scale(&mut self.weights);
    }

    /// The case without these factors: looked at and absent.
    pub(crate) fn without(mut self, removed: &[Factor]) -> Self {
        for factor in removed {
            *at_mut(&mut self.seen, *factor) = Seen::At(0.0);
        }
        let seen = self.seen;
        self.conditions.clear(removed, |factor| {
            !matches!(super::factor::at(&seen, factor), Seen::Out)
                && *super::factor::at(&seen, factor) != Seen::At(0.0)
        });
        self
    }

    /// The case after a change.
    pub(crate) fn after(self, what_if: &WhatIf, mitigations: &Mitigations) -> Self {
        let mut case = self.without(&what_if.removes);
        for (condition, truth) in &what_if.conditions {
            case.conditions.set(*condition, *truth);
        }
        if let Some(impact) = &what_if.impact {
            case.impact = impact.value();
        }
        let mut together = mitigations.clone();
        for mitigation in what_if.adds.iter() {
            together.add(mitigation.clone());
        }
        case.mitigate(&together);
        case
    }

    /// 1 - PRODUCT (1 - p x): unknown factors left out of the value, at 1 in the upper end.
    pub(crate) fn likelihood(&self) -> Interval {
        let mut spared = 1.0;
        let mut spared_at_most = 1.0;
        for (seen, p) in self.seen.iter().zip(&self.weights) {
            match seen {
                Seen::At(x) => {
                    spared *= 1.0 - p * x;
                    spared_at_most *= 1.0 - p * x;
                }
                Seen::Unknown => spared_at_most *= 1.0 - p,
                Seen::Out => {}
            }
        }
        Interval {
            lo: 1.0 - spared,
            r: 1.0 - spared,
            hi: 1.0 - spared_at_most,
        }
    }

    /// 100 sqrt(L I), and the floors.
    pub(crate) fn outcome(&self) -> Outcome {
        let likelihood = self.likelihood();
        let root = |l: f64, i: f64| 100.0 * libm::sqrt(l * i);
        let formula = Interval {
            lo: root(likelihood.lo, self.impact.lo),
            r: root(likelihood.r, self.impact.r),
            hi: root(likelihood.hi, self.impact.hi),
        };
        let mut result = formula;
        let mut floor = None;
        for spec in &FLOORS {
            let holds = spec.holds(&self.conditions);
            if holds == Truth::True {
                if spec.minimum > result.r {
                    floor = Some(spec.rule);
                }
                result.lo = result.lo.max(spec.minimum);
                result.r = result.r.max(spec.minimum);
            }
            if holds != Truth::False {
                result.hi = result.hi.max(spec.minimum);
            }
        }
        Outcome {
            r: result.r,
            lo: result.lo,
            hi: result.hi,
            band: Band::of(result.r),
            formula,
            floor,
        }
    }

    /// 100 SUM over observed of -ln(1 - p) / SUM over applicable of the same. Nothing applicable
    /// leaves nothing unseen: 100.
    pub(crate) fn coverage(&self) -> f64 {
        let mut observed = 0.0;
        let mut applicable = 0.0;
        // The weights of the table, so that neither a mitigation nor what an incident turned out
        // to be changes how much of the evidence was looked at.
        for (seen, weight) in self.seen.iter().zip(EVIDENCE.iter()) {
            if matches!(seen, Seen::At(_)) {
                observed += weight;
            }
            if !matches!(seen, Seen::Out) {
                applicable += weight;
            }
        }
        if applicable > 0.0 {
            100.0 * (observed / applicable)
        } else {
            100.0
        }
    }
}
