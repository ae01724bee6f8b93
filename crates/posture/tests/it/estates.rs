//! Inputs of every shape, for properties.

use model::TimeUs;
use model::filter::Truth;
use posture::score::{
    Authority, Basis, CONDITIONS, Condition, Control, Environment, Factor, Impact, Incident,
    Inputs, Mitigation, Mitigations, Ratio, Reach, Resource, Sensitivity, Strength, Summary,
    Target, WhatIf,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

pub(crate) fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![Just(0.0), Just(1.0), Just(0.5), 0.0..=1.0, 0.0..1e-12]
        .prop_map(|number| Ratio::new(number).unwrap())
}

pub(crate) fn strength() -> impl Strategy<Value = Strength> {
    prop_oneof![
        4 => ratio().prop_map(Strength::observed),
        1 => Just(Strength::unknown("the audit log could not be read")),
        2 => Just(Strength::NotApplicable),
    ]
}

pub(crate) fn factor() -> impl Strategy<Value = Factor> {
    select(Factor::all().collect::<Vec<_>>())
}

pub(crate) fn truth() -> impl Strategy<Value = Truth> {
    select(vec![Truth::True, Truth::False, Truth::Unknown])
}

pub(crate) fn condition() -> impl Strategy<Value = Condition> {
    select(CONDITIONS.map(|(condition, _)| condition).to_vec())
}

pub(crate) fn target() -> impl Strategy<Value = Target> {
    (
        option::weighted(0.8, select(Authority::ALL)),
        option::weighted(0.8, select(Sensitivity::ALL)),
        option::weighted(0.8, select(Environment::ALL)),
    )
        .prop_map(|(authority, sensitivity, environment)| Target {
            authority,
            sensitivity,
            environment,
        })
}

pub(crate) fn known_target() -> impl Strategy<Value = Target> {
    (
        select(Authority::ALL),
        select(Sensitivity::ALL),
        select(Environment::ALL),
    )
        .prop_map(|(authority, sensitivity, environment)| {
            Target::known(authority, sensitivity, environment)
        })
}

pub(crate) fn resources() -> impl Strategy<Value = Vec<Resource>> {
    let resource = (0..8u8, target()).prop_map(|(number, target)| Resource {
        id: format!("resource {number}"),
        path: vec!["role".to_owned()],
        target,
    });
    prop::collection::vec(resource, 0..8)
}

pub(crate) fn impact() -> impl Strategy<Value = Impact> {
    let basis = select(vec![Basis::Computed, Basis::Declared]);
    let count = prop_oneof![1..20_000u64, 1..=u64::MAX];
    let summary = (basis, prop::collection::vec(target(), 1..=3), count);
    prop_oneof![
        3 => resources().prop_map(|list| Impact::Reach(Reach::new(list).unwrap())),
        3 => summary.prop_map(|(basis, targets, n)| Impact::Summary(Summary::of(basis, targets, n).unwrap())),
        1 => Just(Impact::Unknown { reason: "policies were not read".to_owned() }),
    ]
}

pub(crate) fn mitigation() -> impl Strategy<Value = Mitigation> {
    let control = (factor(), 0..20_000i64).prop_map(|(factor, day)| {
        let date = TimeUs::EPOCH.plus_days(day);
        Mitigation::CompensatingControl(Control::new(factor, date, "watched closely").unwrap())
    });
    prop_oneof![
        Just(Mitigation::SenderConstrained),
        Just(Mitigation::SourceCondition),
        Just(Mitigation::HardwareKey),
        Just(Mitigation::JustInTime),
        control,
    ]
}

fn what_if() -> impl Strategy<Value = WhatIf> {
    (
        prop::collection::vec(factor(), 0..4),
        prop::collection::vec(mitigation(), 0..3),
        prop::collection::btree_map(condition(), truth(), 0..3),
        option::of(impact()),
    )
        .prop_map(|(removes, adds, conditions, impact)| {
            let mut mitigations = Mitigations::none();
            for add in adds {
                mitigations.add(add);
            }
            WhatIf {
                name: "another way".to_owned(),
                removes,
                adds: mitigations,
                conditions,
                impact,
            }
        })
}

/// Everything a score can be computed from.
#[derive(Debug, Clone)]
pub(crate) struct Estate {
    pub(crate) strengths: Vec<(Factor, Strength)>,
    pub(crate) incident: Option<bool>,
    pub(crate) mitigations: Vec<Mitigation>,
    pub(crate) conditions: Vec<(Condition, Truth)>,
    pub(crate) impact: Impact,
    pub(crate) what_ifs: Vec<WhatIf>,
}

impl Estate {
    pub(crate) fn inputs(&self) -> Inputs {
        let mut inputs = Inputs::unknown("2026-11").unwrap();
        for (factor, strength) in &self.strengths {
            inputs.set(*factor, strength.clone());
        }
        if let Some(confirmed) = self.incident {
            let incident = Incident {
                confirmed,
                expires: TimeUs::EPOCH,
                link: "incident 17".to_owned(),
            };
            inputs.open_incident(incident).unwrap();
        }
        for mitigation in &self.mitigations {
            inputs.mitigate(mitigation.clone());
        }
        for (condition, truth) in &self.conditions {
            inputs.set_condition(*condition, *truth);
        }
        inputs.set_impact(self.impact.clone());
        for what_if in &self.what_ifs {
            inputs.add_what_if(what_if.clone()).unwrap();
        }
        inputs
    }
}

fn conditions() -> impl Strategy<Value = Vec<(Condition, Truth)>> {
    // Mostly untrue, or floors would hide the formula.
    let one =
        prop_oneof![6 => Just(Truth::False), 1 => Just(Truth::Unknown), 2 => Just(Truth::True)];
    let quiet = prop::collection::vec(one, CONDITIONS.len());
    let loud = prop::collection::vec(truth(), CONDITIONS.len());
    let none = Just(vec![Truth::False; CONDITIONS.len()]);
    prop_oneof![quiet, loud, none].prop_map(|truths| {
        let names = CONDITIONS.iter().map(|(condition, _)| *condition);
        names.zip(truths).collect()
    })
}

pub(crate) fn estate() -> impl Strategy<Value = Estate> {
    (
        prop::collection::vec(strength(), 16),
        option::weighted(0.3, any::<bool>()),
        prop::collection::vec(mitigation(), 0..4),
        conditions(),
        impact(),
        prop::collection::vec(what_if(), 0..3),
    )
        .prop_map(
            |(strengths, incident, mitigations, conditions, impact, what_ifs)| Estate {
                strengths: Factor::all().zip(strengths).collect(),
                incident,
                mitigations,
                conditions,
                impact,
                what_ifs,
            },
        )
}
