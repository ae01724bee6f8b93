//! The formula written down a second time, the plain way, to compare with.

use std::collections::BTreeMap;

use model::filter::Truth;
use posture::score::{
    Authority, Condition, Environment, Factor, Impact, Inputs, Mitigation, Sensitivity, Strength,
    Target, score,
};
use proptest::prelude::*;

use crate::estates::{Estate, estate};

fn weight(id: &str) -> f64 {
    match id {
        "EX1" => 0.95,
        "AN1" => 0.90,
        "EX2" => 0.85,
        "EX3" => 0.45,
        "CF1" => 0.40,
        "EX4" | "AG1" => 0.35,
        "US2" | "TP1" => 0.30,
        "SH1" | "HU1" => 0.25,
        "AG2" | "OW1" | "CR1" => 0.20,
        "US1" | "BD1" => 0.15,
        _ => f64::NAN,
    }
}

fn scale(mitigation: &Mitigation, id: &str) -> f64 {
    let exposed = id.starts_with("EX");
    match mitigation {
        Mitigation::SenderConstrained if id == "BD1" => 0.0,
        Mitigation::SenderConstrained if matches!(id, "AG1" | "AG2" | "EX2" | "EX3") => 0.3,
        Mitigation::SourceCondition if matches!(id, "BD1" | "EX1" | "EX2" | "EX3") => 0.5,
        Mitigation::HardwareKey if id == "AG1" => 0.5,
        Mitigation::HardwareKey if exposed => 0.1,
        Mitigation::JustInTime if exposed => 0.7,
        Mitigation::CompensatingControl(control) if control.factor().id() == id => 0.7,
        _ => 1.0,
    }
}

/// R, upper end and lower end before floors, and C.
fn formula(inputs: &Inputs, ends: impl Fn(&Impact) -> [f64; 3]) -> [f64; 4] {
    let (mut spared, mut spared_hi, mut seen, mut all) = (1.0, 1.0, 0.0, 0.0);
    for factor in Factor::all() {
        let id = factor.id();
        let confirmed = inputs.incident().is_some_and(|incident| incident.confirmed);
        let scaled: f64 = inputs.mitigations().iter().map(|m| scale(m, id)).product();
        let (x, x_hi, p) = match inputs.strength(factor) {
            Strength::NotApplicable => continue,
            Strength::Unknown { .. } => (0.0, 1.0, weight(id)),
            Strength::Observed { x } if id == "AN1" && !confirmed => (x.get(), x.get(), 0.35),
            Strength::Observed { x } => (x.get(), x.get(), weight(id)),
        };
        spared *= 1.0 - p * scaled * x;
        spared_hi *= 1.0 - p * scaled * x_hi;
        let evidence = -(1.0 - weight(id)).ln();
        all += evidence;
        if matches!(inputs.strength(factor), Strength::Observed { .. }) {
            seen += evidence;
        }
    }
    let [lo, r, hi] = ends(inputs.impact());
    [
        100.0 * ((1.0 - spared) * r).sqrt(),
        100.0 * ((1.0 - spared_hi) * hi).sqrt(),
        100.0 * ((1.0 - spared) * lo).sqrt(),
        if all == 0.0 {
            100.0
        } else {
            100.0 * seen / all
        },
    ]
}

/// I for each end, from the measures of the resources.
fn ends(targets: &[Target], n: u64) -> [f64; 3] {
    #[expect(clippy::cast_precision_loss, reason = "the logarithm does not see it")]
    let breadth = f64::min(1.0, (1.0 + n as f64).log10() / 4.0);
    let number = |level: Option<f64>, unknown: f64| level.unwrap_or(unknown);
    [[0.3, 0.3, 0.3], [0.5, 0.6, 0.8], [1.0, 1.0, 1.0]].map(|[a, s, e]| {
        let products = targets.iter().map(|target| {
            number(target.authority.map(Authority::value), a)
                * number(target.sensitivity.map(Sensitivity::value), s)
                * number(target.environment.map(Environment::value), e)
        });
        let max = products.fold(0.0, f64::max);
        1.0 - (1.0 - max) * (1.0 - 0.25 * breadth)
    })
}

fn plain_ends(impact: &Impact) -> [f64; 3] {
    match impact {
        Impact::Unknown { .. } => ends(&[Target::UNKNOWN], 1),
        Impact::Summary(summary) => ends(summary.targets(), impact.n()),
        Impact::Reach(_) => {
            let written = serde_json::to_value(impact).unwrap();
            let list = written["resources"].as_array().unwrap();
            let targets: BTreeMap<String, Vec<Target>> =
                list.iter().fold(BTreeMap::new(), |mut all, resource| {
                    let id = resource["id"].as_str().unwrap().to_owned();
                    let target = serde_json::from_value(resource["target"].clone()).unwrap();
                    all.entry(id).or_default().push(target);
                    all
                });
            if targets.is_empty() {
                return [0.0; 3];
            }
            let n = targets.len() as u64;
            ends(&targets.into_values().flatten().collect::<Vec<_>>(), n)
        }
    }
}

fn floors(inputs: &Inputs) -> (f64, f64) {
    use Condition as C;

    let rules: [(f64, &[Condition]); 5] = [
        (85.0, &[C::Public, C::Live, C::MoreThanMetadata]),
        (80.0, &[C::Privileged, C::NoOwner, C::Dormant]),
        (75.0, &[C::NonProduction, C::ReachesProductionSensitive]),
        (75.0, &[C::ThirdPartyApp, C::TenantWideScope, C::NoOwner]),
        (75.0, &[C::Agent, C::WritesTwoSystems, C::StaticCredential]),
    ];
    let known = |condition: &Condition| inputs.conditions().get(*condition);
    let highest = |wanted: &dyn Fn(Truth) -> bool| {
        let there = rules
            .iter()
            .filter(|(_, rule)| rule.iter().all(|condition| wanted(known(condition))));
        there.map(|(minimum, _)| *minimum).fold(0.0, f64::max)
    };
    (
        highest(&|truth| truth == Truth::True),
        highest(&|truth| truth != Truth::False),
    )
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-5
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_engine_says_what_the_formula_says(estate in estate()) {
        let estate: Estate = estate;
        let inputs = estate.inputs();
        let [r, hi, lo, c] = formula(&inputs, plain_ends);
        let (floor, highest) = floors(&inputs);
        let score = score(&inputs);
        prop_assert!(close(score.formula.r, r), "{} {r}", score.formula.r);
        prop_assert!(close(score.formula.hi, hi), "{} {hi}", score.formula.hi);
        prop_assert!(close(score.formula.lo, lo), "{} {lo}", score.formula.lo);
        prop_assert!(close(score.c, c), "{} {c}", score.c);
        prop_assert!(close(score.r, r.max(floor)));
        prop_assert!(close(score.lo, lo.max(floor)));
        prop_assert!(close(score.hi, hi.max(highest)));
    }
}
