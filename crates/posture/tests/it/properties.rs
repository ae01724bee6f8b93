//! What must hold of the numbers, whatever the inputs.

use model::filter::Truth;
use posture::score::{
    Condition, Factor, FloorState, Impact, Inputs, Outcome, Ratio, Reach, Score, Strength, Summary,
    Target, rate, score,
};
use proptest::prelude::*;

use crate::estates::{condition, estate, factor, known_target, mitigation, ratio, resources};
use crate::{bytes, x};

fn not_lower(before: &Score, after: &Score) -> bool {
    after.r >= before.r && after.lo >= before.lo && after.hi >= before.hi
}

fn all_outcomes(score: &Score) -> Vec<Outcome> {
    let own = Outcome {
        r: score.r,
        lo: score.lo,
        hi: score.hi,
        band: score.band,
        formula: score.formula,
        floor: None,
    };
    let mut all = vec![own];
    all.extend(score.removals.iter().map(|removal| removal.after));
    all.extend(score.what_if.iter().map(|change| change.after));
    all.extend(score.mitigations.iter().map(|line| line.without));
    all
}

/// Turns one thing that is known into something unknown; true when something changed.
#[derive(Debug, Clone)]
enum Forget {
    Factor(Factor),
    Condition(Condition),
    Measure(usize, u8),
    Reach,
}

fn forget() -> impl Strategy<Value = Forget> {
    prop_oneof![
        3 => factor().prop_map(Forget::Factor),
        2 => condition().prop_map(Forget::Condition),
        2 => (0..8usize, 0..3u8).prop_map(|(place, measure)| Forget::Measure(place, measure)),
        1 => Just(Forget::Reach),
    ]
}

fn without_measure(mut target: Target, measure: u8) -> Target {
    match measure {
        0 => target.authority = None,
        1 => target.sensitivity = None,
        _ => target.environment = None,
    }
    target
}

fn look_less(inputs: &mut Inputs, step: &Forget) {
    match step {
        Forget::Factor(factor) => inputs.set(*factor, Strength::unknown("the log is gone")),
        Forget::Condition(condition) => inputs.set_condition(*condition, Truth::Unknown),
        // That nothing can be reached is an answer of its own: see the page.
        Forget::Reach if inputs.impact().n() > 0 => inputs.set_impact(Impact::Unknown {
            reason: "policies were not read".to_owned(),
        }),
        Forget::Reach => {}
        Forget::Measure(place, measure) => {
            let Impact::Summary(summary) = inputs.impact() else {
                return;
            };
            let mut targets = summary.targets().to_vec();
            let place = place % targets.len();
            targets[place] = without_measure(targets[place], *measure);
            let basis = inputs.impact().basis();
            let summary = Summary::of(basis, targets, inputs.impact().n()).unwrap();
            inputs.set_impact(Impact::Summary(summary));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_number_is_bounded_and_in_order(estate in estate()) {
        let score = score(&estate.inputs());
        prop_assert!((0.0..=100.0).contains(&score.c));
        for outcome in all_outcomes(&score) {
            prop_assert!(0.0 <= outcome.lo && outcome.lo <= outcome.r);
            prop_assert!(outcome.r <= outcome.hi && outcome.hi <= 100.0);
            let formula = outcome.formula;
            prop_assert!(0.0 <= formula.lo && formula.lo <= formula.r);
            prop_assert!(formula.r <= formula.hi && formula.hi <= 100.0);
        }
        for part in [score.likelihood, score.impact] {
            prop_assert!(0.0 <= part.lo && part.lo <= part.r && part.r <= part.hi && part.hi <= 1.0);
        }
        prop_assert!(!bytes(&score).contains("-0.0"));
    }

    #[test]
    fn the_short_answer_is_the_long_one(estate in estate()) {
        let inputs = estate.inputs();
        let (rating, score) = (rate(&inputs), score(&inputs));
        prop_assert_eq!(rating.outcome.r.to_bits(), score.r.to_bits());
        prop_assert_eq!(rating.outcome.lo.to_bits(), score.lo.to_bits());
        prop_assert_eq!(rating.outcome.hi.to_bits(), score.hi.to_bits());
        prop_assert_eq!(rating.c.to_bits(), score.c.to_bits());
        prop_assert_eq!(rating.outcome.band, score.band);
    }

    #[test]
    fn a_stronger_factor_never_lowers_the_risk(
        estate in estate(), factor in factor(), one in ratio(), other in ratio()
    ) {
        let mut inputs = estate.inputs();
        let (less, more) = if one <= other { (one, other) } else { (other, one) };
        inputs.set(factor, Strength::observed(less));
        let before = score(&inputs);
        inputs.set(factor, Strength::observed(more));
        prop_assert!(not_lower(&before, &score(&inputs)));
    }

    #[test]
    fn one_more_resource_never_lowers_the_risk(
        estate in estate(), some in resources(), more in resources()
    ) {
        let mut inputs = estate.inputs();
        inputs.set_impact(Impact::Reach(Reach::new(some.clone()).unwrap()));
        let before = score(&inputs);
        let all = some.into_iter().chain(more).collect();
        inputs.set_impact(Impact::Reach(Reach::new(all).unwrap()));
        prop_assert!(not_lower(&before, &score(&inputs)));
    }

    #[test]
    fn a_worse_resource_never_lowers_the_risk(
        estate in estate(), one in known_target(), other in known_target(), n in 1..20_000u64, more in 0..20_000u64
    ) {
        let mut inputs = estate.inputs();
        // The lists of levels run from the highest to the lowest.
        let worse = Target {
            authority: one.authority.min(other.authority),
            sensitivity: one.sensitivity.min(other.sensitivity),
            environment: one.environment.min(other.environment),
        };
        inputs.set_impact(Impact::Summary(Summary::computed(one, n).unwrap()));
        let before = score(&inputs);
        inputs.set_impact(Impact::Summary(Summary::computed(worse, n + more).unwrap()));
        prop_assert!(not_lower(&before, &score(&inputs)));
    }

    #[test]
    fn a_mitigation_never_raises_the_risk(estate in estate(), one in mitigation()) {
        let mut inputs = estate.inputs();
        let before = score(&inputs);
        inputs.mitigate(one);
        let after = score(&inputs);
        prop_assert!(not_lower(&after, &before));
        prop_assert_eq!(after.c.to_bits(), before.c.to_bits());
        for line in &after.mitigations {
            prop_assert!(line.without.r >= after.r && line.without.hi >= after.hi);
        }
    }

    #[test]
    fn an_observed_factor_turning_unknown_never_lowers_the_upper_end(
        estate in estate(), factor in factor(), seen in ratio()
    ) {
        let mut inputs = estate.inputs();
        if !matches!(inputs.strength(factor), Strength::Observed { .. }) {
            inputs.set(factor, Strength::observed(seen));
        }
        let before = score(&inputs);
        inputs.set(factor, Strength::unknown("the log is gone"));
        let after = score(&inputs);
        prop_assert!(after.hi >= before.hi);
        prop_assert!(after.lo <= before.lo);
        prop_assert!(after.c < before.c);
    }

    #[test]
    fn looking_less_only_widens_the_interval(
        estate in estate(), steps in prop::collection::vec(forget(), 1..12)
    ) {
        let mut inputs = estate.inputs();
        let mut before = score(&inputs);
        for step in &steps {
            look_less(&mut inputs, step);
            let after = score(&inputs);
            prop_assert!(after.lo <= before.lo, "{step:?}: {} > {}", after.lo, before.lo);
            prop_assert!(after.hi >= before.hi, "{step:?}: {} < {}", after.hi, before.hi);
            before = after;
        }
    }

    /// Less evidence about what is not there lowers C and leaves R as it was, bit for bit.
    #[test]
    fn lowering_confidence_never_lowers_the_risk(
        estate in estate(), unread in prop::collection::vec(factor(), 1..8)
    ) {
        let mut inputs = estate.inputs();
        let before = score(&inputs);
        for factor in unread {
            match inputs.strength(factor) {
                Strength::Observed { x } if *x > Ratio::ZERO => {}
                _ => inputs.set(factor, Strength::unknown("the log is gone")),
            }
        }
        let after = score(&inputs);
        prop_assert!(after.c <= before.c);
        prop_assert_eq!(after.r.to_bits(), before.r.to_bits());
        prop_assert_eq!(after.lo.to_bits(), before.lo.to_bits());
        prop_assert!(after.hi >= before.hi);
    }

    #[test]
    fn shares_are_exact_and_sum_to_a_hundred_percent(estate in estate()) {
        let score = score(&estate.inputs());
        let whole: u32 = score.shares.iter().map(|share| share.hundredths).sum();
        let sum: f64 = score.shares.iter().map(|share| share.percent).sum();
        if score.shares.is_empty() {
            prop_assert_eq!(whole, 0);
            prop_assert!(score.likelihood.r < 1e-15);
            return Ok(());
        }
        prop_assert_eq!(whole, 10_000);
        prop_assert!((sum - 100.0).abs() < 1e-9);
        let weights: f64 = score.shares.iter().map(|share| share.w).sum();
        // Additive and exact: the weights together are the likelihood.
        prop_assert!((1.0 - (-weights).exp() - score.likelihood.r).abs() < 1e-12);
        for share in &score.shares {
            prop_assert!((f64::from(share.hundredths) - share.percent * 100.0).abs() < 1.0);
            prop_assert!((share.w + (1.0 - share.p * share.x).ln()).abs() < 1e-12);
        }
        for one in &score.shares {
            for other in &score.shares {
                prop_assert!(one.percent <= other.percent || one.hundredths >= other.hundredths);
            }
        }
    }

    #[test]
    fn removing_a_factor_gives_the_printed_effect(estate in estate()) {
        let inputs = estate.inputs();
        let printed = score(&inputs);
        for removal in &printed.removals {
            let mut other = inputs.clone();
            other.set(removal.factor, x(0.0));
            let exposed = |factor| *inputs.strength(factor) != Strength::NotApplicable
                && *inputs.strength(factor) != x(0.0);
            let shown = match removal.factor {
                Factor::Ow1 => Some(Condition::NoOwner),
                Factor::Us1 => Some(Condition::Dormant),
                Factor::Ex1 if !exposed(Factor::Ex2) => Some(Condition::Public),
                Factor::Ex2 if !exposed(Factor::Ex1) => Some(Condition::Public),
                _ => None,
            };
            if let Some(condition) = shown {
                other.set_condition(condition, Truth::False);
            }
            let after = score(&other);
            prop_assert_eq!(after.r.to_bits(), removal.after.r.to_bits());
            prop_assert_eq!(after.lo.to_bits(), removal.after.lo.to_bits());
            prop_assert_eq!(after.hi.to_bits(), removal.after.hi.to_bits());
            prop_assert_eq!(after.formula.r.to_bits(), removal.after.formula.r.to_bits());
            prop_assert!(removal.after.r <= printed.r);
            prop_assert!(removal.after.formula.r <= printed.formula.r);
        }
        let there = Factor::all()
            .filter(|factor| matches!(inputs.strength(*factor), Strength::Observed { x } if *x > Ratio::ZERO));
        prop_assert!(there.eq(printed.removals.iter().map(|removal| removal.factor)));
    }

    #[test]
    fn floors_are_listed_whenever_they_bind(estate in estate()) {
        let inputs = estate.inputs();
        let score = score(&inputs);
        let binding = |state| {
            let lines = score.floors.iter().filter(move |line| line.binds && line.state == state);
            lines.map(|line| line.minimum).fold(0.0, f64::max)
        };
        let applies = binding(FloorState::Applies);
        prop_assert_eq!(score.r, score.formula.r.max(applies));
        prop_assert_eq!(score.r > score.formula.r, applies > 0.0);
        let may_apply = binding(FloorState::MayApply);
        prop_assert_eq!(score.hi, score.formula.hi.max(applies).max(may_apply));
        for line in &score.floors {
            let above = match line.state {
                FloorState::Applies => score.formula.r,
                FloorState::MayApply => score.formula.hi,
            };
            prop_assert_eq!(line.binds, line.minimum > above);
        }
        if score.hi > score.formula.hi {
            prop_assert!(score.floors.iter().any(|line| line.binds && line.minimum == score.hi));
        }
        let named = rate(&inputs).outcome.floor;
        let named = named.map(|rule| score.floors.iter().find(|line| line.rule == rule).unwrap());
        prop_assert_eq!(named.map_or(0.0, |line| line.minimum), applies);
    }

    #[test]
    fn nothing_seen_or_nothing_reached_is_no_risk(estate in estate()) {
        let mut estate = estate;
        estate.conditions.iter_mut().for_each(|(_, truth)| *truth = Truth::False);
        let mut unseen = estate.inputs();
        for factor in Factor::all() {
            unseen.set(factor, x(0.0));
        }
        prop_assert_eq!(score(&unseen).hi.to_bits(), 0);
        prop_assert_eq!(score(&unseen).c, 100.0);
        let mut unreached = estate.inputs();
        unreached.set_impact(Impact::Reach(Reach::nothing()));
        prop_assert_eq!(score(&unreached).hi.to_bits(), 0);
    }
}
