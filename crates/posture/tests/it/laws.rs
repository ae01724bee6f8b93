//! The same facts are the same score, in whatever order and however often they are said.

use posture::score::{Factor, Impact, Inputs, Ratio, Reach, Resource, Score, Strength, score};
use proptest::prelude::*;

use crate::bytes;
use crate::estates::{Estate, estate, factor, ratio, resources};

fn from_evidence(evidence: &[(Factor, Ratio)], impact: Vec<Resource>) -> Inputs {
    let mut inputs = Inputs::nothing_applies("2026-11").unwrap();
    for (factor, x) in evidence {
        inputs.observe(*factor, *x);
    }
    inputs.set_impact(Impact::Reach(Reach::new(impact).unwrap()));
    inputs
}

proptest! {
    #[test]
    fn the_order_of_saying_does_not_matter(
        (evidence, shuffled) in prop::collection::vec((factor(), ratio()), 0..24)
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        (reached, turned) in resources()
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let one = from_evidence(&evidence, reached);
        let other = from_evidence(&shuffled, turned);
        prop_assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&other).unwrap());
        prop_assert_eq!(bytes(&score(&one)), bytes(&score(&other)));
    }

    #[test]
    fn evidence_said_twice_does_not_add(
        evidence in prop::collection::vec((factor(), ratio()), 0..24),
        reached in resources(),
    ) {
        let once = from_evidence(&evidence, reached.clone());
        let weaker = evidence.iter().map(|(factor, x)| (*factor, Ratio::new(x.get() / 2.0).unwrap()));
        let twice: Vec<_> = evidence.iter().copied().chain(weaker).chain(evidence.clone()).collect();
        let doubled = reached.iter().chain(&reached).cloned().collect();
        prop_assert_eq!(bytes(&score(&once)), bytes(&score(&from_evidence(&twice, doubled))));
    }

    #[test]
    fn mitigations_in_any_order_give_the_same_bytes(
        (estate, mut turned) in estate().prop_map(|estate| (estate.clone(), estate))
    ) {
        // Of two controls for one factor the last one stands, so only different ones are turned.
        let mut seen = Vec::new();
        let mut estate: Estate = estate;
        estate.mitigations.retain(|one| {
            let scales: Vec<_> = one.scales().map(|(factor, _)| factor).collect();
            let fresh = !seen.contains(&scales);
            seen.push(scales);
            fresh
        });
        turned.mitigations = estate.mitigations.iter().rev().chain(&estate.mitigations).cloned().collect();
        prop_assert_eq!(bytes(&score(&estate.inputs())), bytes(&score(&turned.inputs())));
    }

    #[test]
    fn the_same_inputs_give_the_same_bytes(estate in estate()) {
        let inputs = estate.inputs();
        let written = serde_json::to_string(&inputs).unwrap();
        let read: Inputs = serde_json::from_str(&written).unwrap();
        prop_assert_eq!(&read, &inputs);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), written);
        let own = score(&inputs);
        prop_assert_eq!(bytes(&own), bytes(&score(&read)));
        let back: Score = serde_json::from_str(&bytes(&own)).unwrap();
        prop_assert_eq!(bytes(&back), bytes(&own));
    }

    #[test]
    fn the_policy_version_and_the_reasons_change_no_number(estate in estate()) {
        let inputs = estate.inputs();
        let mut written = serde_json::to_value(&inputs).unwrap();
        written["policy"] = "another".into();
        for factor in Factor::all() {
            if matches!(inputs.strength(factor), Strength::Unknown { .. }) {
                written["factors"][factor.id()]["reason"] = "another".into();
            }
        }
        let other: Inputs = serde_json::from_value(written).unwrap();
        prop_assert_eq!(bytes(&score(&other)), bytes(&score(&inputs)));
    }
}
