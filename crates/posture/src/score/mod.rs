//! NRS 1.0, the risk score: open formula, open weights, and anybody can compute it again.
//!
//! Three outputs that are never merged: the risk **R** from 0 to 100, the interval **lo to hi**
//! that what is unknown leaves open, and the evidence coverage **C** from 0 to 100.
//!
//! ```text
//! L = 1 - PRODUCT (1 - p x)                      over observed factors, in order of id
//! I = 1 - (1 - I_max) (1 - 0.25 b)               b = min(1, log10(1 + n) / 4)
//! R = max(100 sqrt(L I), the floors that apply)
//! ```
//!
//! There is no clock, no setting and no randomness here: an [`Inputs`] is all there is to a score,
//! and [`verify()`] computes an exported one again, to the last bit. The formula with its tables,
//! worked examples and the grammar of vectors is `docs/reference/score.md`.

#![cfg_attr(
    test,
    expect(clippy::float_cmp, reason = "exact numbers are what is promised")
)]

mod compute;
mod error;
mod factor;
mod floor;
mod impact;
mod inputs;
mod levels;
mod mitigation;
mod outcome;
mod strength;
pub mod vector;
mod verify;

pub use error::InputError;
pub use factor::{AN1_UNCONFIRMED, FACTORS, Factor, FactorSpec};
pub use floor::{CONDITIONS, Condition, Conditions, FLOORS, FloorRule, FloorSpec};
pub use impact::{Basis, Impact, Reach, Resource, Summary};
pub use inputs::{Incident, Inputs, WhatIf};
pub use levels::{Authority, Environment, Sensitivity, Target};
pub use mitigation::{Control, Mitigation, Mitigations};
pub use outcome::{
    Band, Change, Fix, FloorLine, FloorState, Interval, MitigationLine, Outcome, Rating, ReachLine,
    Removal, Score, Share, two_decimals,
};
pub use strength::{Ratio, Strength};
pub use verify::{Difference, Export, Verdict, export, verify};

use compute::{Case, Seen};
use factor::COUNT;
use model::filter::Truth;

/// The name and version of the formula.
pub const NRS: &str = "1.0";

/// All shares together, in hundredths of a percent.
const WHOLE: u32 = 10_000;

/// The score in numbers only. It allocates nothing; lists of identities are sorted by it.
pub fn rate(inputs: &Inputs) -> Rating {
    rate_case(&Case::of(inputs))
}

fn rate_case(case: &Case) -> Rating {
    Rating {
        outcome: case.outcome(),
        c: case.coverage(),
        likelihood: case.likelihood(),
        impact: case.impact,
    }
}

/// The score and its explanation.
pub fn score(inputs: &Inputs) -> Score {
    let case = Case::of(inputs);
    let Rating {
        outcome,
        c,
        likelihood,
        impact,
    } = rate_case(&case);
    let top = inputs.impact().top();
    Score {
        r: outcome.r,
        lo: outcome.lo,
        hi: outcome.hi,
        c,
        band: outcome.band,
        formula: outcome.formula,
        likelihood,
        impact,
        reach: ReachLine {
            basis: inputs.impact().basis(),
            n: inputs.impact().n(),
            resource: top.map(|(id, _)| id.to_owned()),
            path: top.map_or_else(Vec::new, |(_, path)| path.to_vec()),
        },
        shares: shares(&case),
        mitigations: mitigation_lines(&case, inputs.mitigations()),
        floors: floor_lines(&case, &outcome.formula),
        removals: removals(&case),
        what_if: inputs
            .what_ifs()
            .iter()
            .map(|what_if| Change {
                name: what_if.name.clone(),
                after: case.after(what_if, inputs.mitigations()).outcome(),
            })
            .collect(),
        vector: vector::write(inputs),
    }
}

/// The factors that are there, in order of id.
fn present(case: &Case) -> impl Iterator<Item = (Factor, f64, f64)> {
    let numbers = case.seen.iter().zip(&case.weights);
    Factor::all()
        .zip(numbers)
        .filter_map(|(factor, (seen, p))| match seen {
            Seen::At(x) if *x > 0.0 => Some((factor, *p, *x)),
            _ => None,
        })
}

fn shares(case: &Case) -> Vec<Share> {
    let mut shares = Vec::with_capacity(COUNT);
    let mut sum = 0.0;
    for (factor, p, x) in present(case) {
        let w = -libm::log(1.0 - p * x);
        // A weight scaled to nothing, or too small for a double to see, has no share.
        if w > 0.0 {
            sum += w;
            shares.push(Share {
                factor,
                p,
                x,
                w,
                percent: 0.0,
                hundredths: 0,
            });
        }
    }
    for share in &mut shares {
        share.percent = 100.0 * (share.w / sum);
    }
    hand_out_hundredths(&mut shares);
    shares
}

/// Whole hundredths of a percent by largest remainder; of equal remainders the first by id.
fn hand_out_hundredths(shares: &mut [Share]) {
    let mut remainders = [(0.0, 0); COUNT];
    let mut left = WHOLE;
    let count = shares.len();
    for ((place, share), slot) in shares.iter_mut().enumerate().zip(&mut remainders) {
        let exact = share.percent * 100.0;
        let whole = libm::floor(exact);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number from 0 to 10000"
        )]
        let whole_hundredths = whole as u32;
        share.hundredths = whole_hundredths;
        left = left.saturating_sub(whole_hundredths);
        *slot = (exact - whole, place);
    }
    let (used, _) = remainders.split_at_mut(count.min(COUNT));
    used.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    for (_, place) in used.iter().cycle().take(left as usize) {
        if let Some(share) = shares.get_mut(*place) {
            share.hundredths += 1;
        }
    }
}

fn mitigation_lines(case: &Case, mitigations: &Mitigations) -> Vec<MitigationLine> {
    mitigations
        .iter()
        .enumerate()
        .map(|(place, mitigation)| {
            let mut other = *case;
            other.mitigate(&mitigations.without(place));
            MitigationLine {
                mitigation: mitigation.clone(),
                without: other.outcome(),
            }
        })
        .collect()
}

fn floor_lines(case: &Case, formula: &Interval) -> Vec<FloorLine> {
    FLOORS
        .iter()
        .filter_map(|spec| {
            let (state, above) = match spec.holds(&case.conditions) {
                Truth::True => (FloorState::Applies, formula.r),
                Truth::Unknown => (FloorState::MayApply, formula.hi),
                Truth::False => return None,
            };
            Some(FloorLine {
                rule: spec.rule,
                minimum: spec.minimum,
                state,
                binds: spec.minimum > above,
            })
        })
        .collect()
}

fn removals(case: &Case) -> Vec<Removal> {
    present(case)
        .map(|(factor, _, _)| Removal {
            factor,
            after: case.without(&[factor]).outcome(),
        })
        .collect()
}
