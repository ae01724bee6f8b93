//! Inputs of scores, drawn from estates in shorthand.

use graph::shorthand;

use super::*;
use crate::rules::testing::{AsWritten, policy};
use crate::{Clockwork, score::Score};

fn inputs_of(text: &str, label: &str) -> Option<Inputs> {
    let estate = shorthand::estate(text).unwrap();
    let (policy, clockwork) = (policy(), Clockwork::default());
    let classify = AsWritten(&estate);
    let ix = shorthand::find(&estate, label).unwrap();
    let case = Case::open(&estate, &policy, &classify, &clockwork, ix).unwrap();
    is_scored(&case).then(|| inputs(&case, "test").unwrap())
}

fn score(text: &str, label: &str) -> Score {
    score::score(&inputs_of(text, label).unwrap())
}

fn x(text: &str, factor: Factor) -> Option<f64> {
    match inputs_of(text, "identity:a").unwrap().strength(factor) {
        Strength::Observed { x } => Some(x.get()),
        _ => None,
    }
}

fn is_unknown(text: &str, factor: Factor) -> bool {
    matches!(
        inputs_of(text, "identity:a").unwrap().strength(factor),
        Strength::Unknown { .. }
    )
}

const WITH_KEY: &str = "credential:k -authenticates-> identity:a
    identity:a class=machine
    credential:k type=access_key";

#[test]
fn what_is_scored() {
    assert!(inputs_of("identity:a class=machine", "identity:a").is_some());
    assert!(inputs_of("identity:a class=human", "identity:a").is_none());
    assert!(inputs_of("identity:a class=machine status=disabled", "identity:a").is_none());
    assert!(inputs_of("credential:k type=api_key", "credential:k").is_some());
    assert!(
        inputs_of(WITH_KEY, "credential:k").is_none(),
        "its identity is"
    );
    assert!(inputs_of("credential:k type=grant", "credential:k").is_none());
}

#[test]
fn the_worst_credential_speaks_for_its_identity() {
    let two = |first: &str, second: &str| {
        format!(
            "{WITH_KEY} {first}
            credential:l -authenticates-> identity:a
            credential:l type=access_key {second}"
        )
    };
    let old = "created=-270d";
    assert_eq!(x(&two(old, "created=-1d"), Factor::Ag1), Some(1.0));
    assert_eq!(
        x(&two("created=-1d", "created=-2d"), Factor::Ag1),
        Some(0.0)
    );
    assert_eq!(x(&two(old, ""), Factor::Ag1), Some(1.0));
    assert!(
        is_unknown(&two("created=-1d", ""), Factor::Ag1),
        "the other may be old"
    );
    let off = "created=-900d status=disabled";
    assert_eq!(x(&two("created=-1d", off), Factor::Ag1), Some(0.0));
}

#[test]
fn without_a_credential_only_trust_says_that_none_is_needed() {
    assert!(is_unknown("identity:a class=machine", Factor::Ag2));
    let role = "identity:a class=machine
        identity:a -trusts-> identity:b";
    assert_eq!(
        *inputs_of(role, "identity:a").unwrap().strength(Factor::Ag2),
        Strength::NotApplicable
    );
}

#[test]
fn owners_reviews_and_use_enter_as_they_are_known() {
    for (state, expected) in [
        ("governed", Some(0.0)),
        ("person_only", Some(0.0)),
        ("team_only", Some(0.5)),
        ("owner_left", Some(1.0)),
        ("unowned", Some(1.0)),
        ("unknown", None),
    ] {
        let text = format!("{WITH_KEY}\nidentity:a tag.judged.owner={state}");
        assert_eq!(x(&text, Factor::Ow1), expected, "{state}");
    }
    let idle = |days: i64| format!("{WITH_KEY}\nidentity:a cadence=30 last_used=-{days}d");
    assert_eq!(x(&idle(30), Factor::Us1), Some(0.0));
    assert_eq!(x(&idle(120), Factor::Us1), Some(1.0));
    assert!(is_unknown(WITH_KEY, Factor::Us1));
}

#[test]
fn looking_less_widens_the_interval_and_never_lowers_its_upper_end() {
    let all = format!(
        "{WITH_KEY} created=-400d expires=never\nidentity:a tag.judged.owner=governed last_used=-1d env=production privileged=yes"
    );
    let less = all
        .replace(" created=-400d", "")
        .replace(" last_used=-1d", "");
    let (whole, part) = (score(&all, "identity:a"), score(&less, "identity:a"));
    assert!(part.hi >= whole.hi && part.lo <= whole.lo, "{part:?}");
    assert!(part.c < whole.c);
}

#[test]
fn privileged_ownerless_and_dormant_meets_its_floor() {
    let text = format!(
        "{WITH_KEY} created=-10d expires=never
        identity:a privileged=yes tag.judged.owner=unowned last_used=-400d env=production sensitivity=low"
    );
    let score = score(&text, "identity:a");
    assert!(score.r >= 80.0, "{}", score.vector);
    assert!(score.formula.r < 80.0, "the floor is what lifts it");
}

#[test]
fn shared_across_environments_counts_whole() {
    let users = |second: &str| {
        format!(
            "{WITH_KEY}
            workload:w env=production
            workload:v env={second}
            workload:w -runs_as-> identity:a
            workload:v -runs_as-> identity:a"
        )
    };
    assert_eq!(x(&users("production"), Factor::Sh1), Some(0.25));
    assert_eq!(x(&users("test"), Factor::Sh1), Some(1.0));
    assert!(is_unknown(WITH_KEY, Factor::Sh1));
}

#[test]
fn a_mitigation_counts_only_when_every_credential_has_it() {
    let with = |signals: &str| {
        format!(
            "{WITH_KEY} +source_restricted
            credential:l -authenticates-> identity:a
            credential:l type=access_key {signals}"
        )
    };
    let count = |text: &str| {
        inputs_of(text, "identity:a")
            .unwrap()
            .mitigations()
            .iter()
            .count()
    };
    assert_eq!(count(&with("+source_restricted")), 1);
    assert_eq!(count(&with("")), 0);
}
