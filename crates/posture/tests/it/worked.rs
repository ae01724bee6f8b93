//! The published examples with all their printed numbers.

use std::num::NonZeroU32;

use model::filter::Truth;
use posture::score::{
    Authority, Band, Condition, Environment, Factor, Fix, FloorRule, FloorState, Impact, Inputs,
    Outcome, Ratio, Reach, Resource, Sensitivity, Strength, Summary, Target, WhatIf, score,
    two_decimals, vector,
};

use crate::{inputs, x};

/// The service-account key of the first example, without the conditions of floors.
fn key() -> Inputs {
    let mut key = Inputs::nothing_applies("2026-11").unwrap();
    let limit = NonZeroU32::new(90).unwrap();
    let cadence = NonZeroU32::new(30).unwrap();
    key.observe(Factor::Ag1, Ratio::of_age(1_100, limit));
    key.observe(Factor::Ag2, Ratio::ONE);
    key.observe(Factor::Ow1, Ratio::ONE);
    key.observe(Factor::Us1, Ratio::of_idleness(140, cadence));
    key.observe(Factor::Ex3, Ratio::COPY_IN_REPOSITORY_OR_HOST);
    key.observe(Factor::Bd1, Ratio::ONE);
    let reason = "who can read the pipeline could not be read";
    key.set(Factor::Ex4, Strength::unknown(reason));
    key.set_impact(reach(
        40,
        Target::known(Authority::Write, Sensitivity::High, Environment::Production),
    ));
    key
}

fn reach(n: usize, target: Target) -> Impact {
    let resource = |number| Resource {
        id: format!("bucket {number:02}"),
        path: vec!["key".to_owned(), "roles/editor".to_owned()],
        target,
    };
    Impact::Reach(Reach::new((0..n).map(resource).collect()).unwrap())
}

/// The same with its conditions and the fixes people would weigh up.
fn key_with_fixes() -> Inputs {
    let mut key = key();
    for condition in [
        Condition::Privileged,
        Condition::NoOwner,
        Condition::Dormant,
        Condition::Live,
        Condition::MoreThanMetadata,
        Condition::StaticCredential,
    ] {
        key.set_condition(condition, Truth::True);
    }
    let metadata = Target::known(
        Authority::ReadMetadata,
        Sensitivity::High,
        Environment::Production,
    );
    let fixes = [
        WhatIf::removing("replace key and remove copy", &[Factor::Ag1, Factor::Ex3]),
        WhatIf::removing(
            "federate",
            &[Factor::Ag1, Factor::Ag2, Factor::Bd1, Factor::Ex3],
        )
        .with(Condition::StaticCredential, Truth::False),
        WhatIf::reaching("narrow to read on one resource", reach(1, metadata))
            .with(Condition::Privileged, Truth::False),
    ];
    for fix in fixes {
        key.add_what_if(fix).unwrap();
    }
    key
}

fn printed(after: &Outcome) -> (String, String) {
    (two_decimals(after.formula.r), two_decimals(after.r))
}

#[test]
fn the_service_account_key_scores_as_published() {
    let score = score(&key_with_fixes());
    assert_eq!(two_decimals(score.r), "80.45");
    assert_eq!(two_decimals(score.lo), "80.45");
    assert_eq!(two_decimals(score.hi), "84.31");
    assert_eq!(two_decimals(score.c), "80.69");
    assert_eq!(format!("{:.4}", score.likelihood.r), "0.7806");
    assert_eq!(format!("{:.4}", score.impact.r), "0.8292");
    assert_eq!(score.band, Band::Critical);
    assert_eq!(score.reach.resource.as_deref(), Some("bucket 00"));
    assert_eq!(score.reach.path, ["key", "roles/editor"]);
    assert_eq!(score.reach.n, 40);

    // "Privileged, ownerless, dormant" applies and does not bind.
    assert_eq!(score.floors.len(), 1);
    assert_eq!(score.floors[0].rule, FloorRule::PrivilegedOwnerlessDormant);
    assert_eq!(score.floors[0].minimum, 80.0);
    assert_eq!(score.floors[0].state, FloorState::Applies);
    assert!(!score.floors[0].binds);
}

#[test]
fn its_shares_are_the_published_ones() {
    let score = score(&key());
    let shares: Vec<(Factor, String, u32)> = score
        .shares
        .iter()
        .map(|share| {
            (
                share.factor,
                format!("{:.1}", share.percent),
                share.hundredths,
            )
        })
        .collect();
    // To one decimal they are 99.9 together; the hundredths are 100 % by largest remainder.
    let wanted = [
        (Factor::Ag1, "28.4", 2840),
        (Factor::Ag2, "14.7", 1471),
        (Factor::Bd1, "10.7", 1072),
        (Factor::Ex3, "20.7", 2075),
        (Factor::Ow1, "14.7", 1471),
        (Factor::Us1, "10.7", 1071),
    ];
    let wanted = wanted.map(|(factor, percent, all)| (factor, percent.to_owned(), all));
    assert_eq!(shares, wanted);
}

#[test]
fn its_fixes_have_the_published_effects() {
    let score = score(&key_with_fixes());
    let removal = |factor| {
        let found = score.removals.iter().find(|fix| fix.factor == factor);
        printed(&found.unwrap().after)
    };
    let change = |name: &str| {
        let found = score.what_if.iter().find(|change| change.name == name);
        printed(&found.unwrap().after)
    };
    let pair = |formula: &str, r: &str| (formula.to_owned(), r.to_owned());
    // The published number is the formula's; where the floor of 80 still applies the risk is 80.
    assert_eq!(
        change("replace key and remove copy"),
        pair("66.76", "80.00")
    );
    assert_eq!(removal(Factor::Ex3), pair("76.15", "80.00"));
    assert_eq!(removal(Factor::Ow1), pair("77.57", "77.57"));
    assert_eq!(change("federate"), pair("51.51", "80.00"));
    assert_eq!(
        change("narrow to read on one resource"),
        pair("47.06", "47.06")
    );
    // Narrow the role first, by either number.
    let fixes = score.fixes();
    assert!(
        matches!(fixes[0], Fix::Change(change) if change.name == "narrow to read on one resource")
    );
    let least = fixes
        .iter()
        .map(|fix| fix.after().formula.r)
        .fold(f64::INFINITY, f64::min);
    assert_eq!(least, fixes[0].after().formula.r);
}

#[test]
fn without_floors_the_fixes_are_the_published_numbers_themselves() {
    let mut key = key();
    let fix = WhatIf::removing("replace key and remove copy", &[Factor::Ag1, Factor::Ex3]);
    key.add_what_if(fix).unwrap();
    let score = score(&key);
    assert_eq!(two_decimals(score.what_if[0].after.r), "66.76");
    let removals: Vec<String> = score
        .removals
        .iter()
        .map(|removal| format!("{} {}", removal.factor, two_decimals(removal.after.r)))
        .collect();
    assert_eq!(
        removals,
        [
            "AG1 74.11",
            "AG2 77.57",
            "BD1 78.43",
            "EX3 76.15",
            "OW1 77.57",
            "US1 78.43"
        ]
    );
}

#[test]
fn its_vector_is_the_published_one() {
    let published = "NRS:1.0/AG1:1/AG2:1/BD1:1/EX3:0.6/EX4:?/OW1:1/US1:1/A:0.9/S:0.9/E:1/N:40";
    assert_eq!(vector::write(&key()), published);
    let parsed = score(&vector::parse(published).unwrap());
    let own = score(&key());
    assert_eq!(parsed.r.to_bits(), own.r.to_bits());
    assert_eq!(parsed.hi.to_bits(), own.hi.to_bits());
    assert_eq!(parsed.c.to_bits(), own.c.to_bits());
}

/// The same on every machine: these bits were written down once.
#[test]
fn the_bits_are_pinned() {
    let score = score(&key());
    let bits = [score.r, score.lo, score.hi, score.c].map(f64::to_bits);
    assert_eq!(bits, BITS, "{bits:#018x?}");
}

const BITS: [u64; 4] = [
    0x4054_1cd5_4ec2_c1f1,
    0x4054_1cd5_4ec2_c1f1,
    0x4055_1428_c4ed_4793,
    0x4054_2c13_61cf_3eaf,
];

#[test]
fn the_federated_role_scores_as_published() {
    let mut role = inputs(&[(Factor::Cf1, Ratio::WILDCARD_INSIDE_ORGANISATION.get())]);
    role.set_impact(reach(
        5,
        Target::known(
            Authority::ReadMetadata,
            Sensitivity::Medium,
            Environment::Production,
        ),
    ));
    let loose = score(&role);
    assert_eq!(two_decimals(loose.r), "20.97");
    assert_eq!(loose.band, Band::Low);
    assert_eq!(two_decimals(loose.removals[0].after.r), "0.00");

    role.set(Factor::Cf1, x(0.0));
    let tight = score(&role);
    assert_eq!(tight.r.to_bits(), 0);
    assert_eq!(tight.shares, []);
}

#[test]
fn the_public_test_key_scores_as_published() {
    let mut key = inputs(&[(Factor::Ex1, 1.0)]);
    let target = Target::known(
        Authority::ReadMetadata,
        Sensitivity::Low,
        Environment::Development,
    );
    key.set_impact(Impact::Summary(Summary::computed(target, 1).unwrap()));
    key.set_condition(Condition::Public, Truth::True);
    key.set_condition(Condition::Live, Truth::True);
    let public = score(&key);
    assert_eq!(two_decimals(public.r), "22.68");
    // The floor is not met: metadata only.
    assert_eq!(public.floors, []);
    assert_eq!(public.shares[0].factor, Factor::Ex1);
    assert_eq!(public.shares[0].hundredths, 10_000);

    key.set_condition(Condition::MoreThanMetadata, Truth::True);
    let more = score(&key);
    assert_eq!(two_decimals(more.r), "85.00");
    assert_eq!(two_decimals(more.formula.r), "22.68");
    assert!(more.floors[0].binds);
    assert_eq!(two_decimals(more.removals[0].after.r), "0.00");

    key.set_condition(Condition::MoreThanMetadata, Truth::Unknown);
    let unsure = score(&key);
    assert_eq!(two_decimals(unsure.r), "22.68");
    assert_eq!(two_decimals(unsure.hi), "85.00");
    assert_eq!(unsure.floors[0].state, FloorState::MayApply);
    assert!(unsure.floors[0].binds);
}

#[test]
fn a_confirmed_incident_weighs_more() {
    use model::TimeUs;
    use posture::score::Incident;

    let mut role = inputs(&[]);
    let target = Target::known(
        Authority::FullControl,
        Sensitivity::Critical,
        Environment::Production,
    );
    role.set_impact(Impact::Summary(Summary::declared(target, 1).unwrap()));
    let incident = |confirmed| Incident {
        confirmed,
        expires: TimeUs::parse("2026-12-01").unwrap(),
        link: "incident 17".to_owned(),
    };
    role.open_incident(incident(false)).unwrap();
    assert_eq!(score(&role).likelihood.r, 1.0 - (1.0 - 0.35));
    let unconfirmed = score(&role).c;
    role.open_incident(incident(true)).unwrap();
    assert_eq!(score(&role).likelihood.r, 1.0 - (1.0 - 0.9));
    assert_eq!(score(&role).c, unconfirmed);
    role.set(Factor::An1, Strength::unknown("usage was not read"));
    let unread = score(&role);
    assert_eq!(unread.likelihood.r, 0.0);
    assert_eq!(unread.likelihood.hi, 1.0 - (1.0 - 0.9));
    assert_eq!(unread.c, 0.0);
}
