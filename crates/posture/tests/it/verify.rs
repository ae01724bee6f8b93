//! An exported score is computed again, to the last bit.

use posture::score::{Factor, Inputs, Verdict, export, verify};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::estates::{Estate, estate};
use crate::inputs;

/// The document as it comes back from a file.
fn document(inputs: &Inputs) -> Value {
    let written = serde_json::to_string_pretty(&export(inputs)).unwrap();
    serde_json::from_str(&written).unwrap()
}

fn places(verdict: Verdict) -> Vec<String> {
    match verdict {
        Verdict::Different {
            differences, more, ..
        } => {
            assert!(!more);
            differences
                .into_iter()
                .map(|difference| difference.at)
                .collect()
        }
        other => vec![format!("{other:?}")],
    }
}

/// The places of all doubles below a value.
fn doubles(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(number) if number.is_f64() => found.push(at.to_owned()),
        Value::Array(list) => {
            for (place, item) in list.iter().enumerate() {
                doubles(item, &format!("{at}/{place}"), found);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                doubles(item, &format!("{at}/{key}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn an_export_computes_to_itself(estate in estate()) {
        let estate: Estate = estate;
        let inputs = estate.inputs();
        match verify(&document(&inputs)) {
            Verdict::Same { score } => prop_assert_eq!(*score, export(&inputs).score),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_last_bit_of_any_number_counts(estate in estate(), pick in any::<prop::sample::Index>()) {
        let mut document = document(&estate.inputs());
        let mut all = Vec::new();
        doubles(&document["score"], "/score", &mut all);
        let place = pick.get(&all);
        let number = document.pointer_mut(place).unwrap();
        let bits = number.as_f64().unwrap().to_bits();
        *number = json!(f64::from_bits(bits + 1));
        let text = document.to_string();
        let read = serde_json::from_str(&text).unwrap();
        let found = places(verify(&read)).join(" ");
        let wanted = place.trim_start_matches('/').replace('/', ".");
        let found = found.replace('[', ".").replace(']', "");
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn no_document_breaks_the_reader(estate in estate(), pick in any::<prop::sample::Index>(), junk in 0..6u8) {
        let mut document = document(&estate.inputs());
        let mut all = vec!["/inputs".to_owned(), "/inputs/factors/AG1".to_owned(), "/inputs/impact".to_owned()];
        doubles(&document, "", &mut all);
        let place = pick.get(&all);
        *document.pointer_mut(place).unwrap() = match junk {
            0 => Value::Null,
            1 => json!(-1),
            2 => json!("1"),
            3 => json!([[[]]]),
            4 => json!({"x": 1e308}),
            _ => json!(1.5),
        };
        let same = matches!(verify(&document), Verdict::Same { .. });
        prop_assert!(!same, "{place}");
    }
}

#[test]
fn the_verdict_says_which_number_differs() {
    let mut document = document(&inputs(&[(Factor::Ow1, 1.0), (Factor::Ag2, 0.5)]));
    document["score"]["shares"][1]["hundredths"] = json!(1);
    document["score"]["c"] = json!(99.5);
    document["score"].as_object_mut().unwrap().remove("band");
    document["score"]["note"] = json!("looks fine");
    let Verdict::Different { differences, .. } = verify(&document) else {
        panic!("it differs");
    };
    let said: Vec<String> = differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "`score.c` is written as 99.5 and computes to 100.0",
            "`score.band` is written as nothing and computes to \"medium\"",
            "`score.shares[1].hundredths` is written as 1 and computes to 6793",
            "`score.note` is written as \"looks fine\" and computes to nothing",
        ]
    );
}

#[test]
fn other_spellings_of_the_same_number_are_the_same() {
    let inputs = inputs(&[(Factor::Ow1, 1.0)]);
    let text = serde_json::to_string(&export(&inputs)).unwrap();
    assert!(text.contains("\"c\":100.0"));
    let text = text.replace("\"c\":100.0", "\"c\":1e2");
    let read: Value = serde_json::from_str(&text).unwrap();
    assert!(matches!(verify(&read), Verdict::Same { .. }));
    let text = text.replace("\"c\":1e2", "\"c\":100");
    let read: Value = serde_json::from_str(&text).unwrap();
    assert!(matches!(verify(&read), Verdict::Same { .. }));
}

#[test]
fn what_is_beside_the_score_is_not_looked_at() {
    let mut document = document(&inputs(&[]));
    document["identity"] = json!("mi:0123");
    assert!(matches!(verify(&document), Verdict::Same { .. }));
}

#[test]
fn changed_inputs_show_in_the_score() {
    let mut document = document(&inputs(&[(Factor::Ow1, 1.0)]));
    document["inputs"]["factors"]["OW1"]["x"] = json!(0.5);
    let found = places(verify(&document));
    assert!(found.contains(&"score.r".to_owned()), "{found:?}");
    assert!(found.contains(&"score.vector".to_owned()), "{found:?}");
}

#[test]
fn what_cannot_be_computed_again_says_why() {
    let whole = document(&inputs(&[]));
    let changed = |place: &str, value: Value| {
        let mut document = whole.clone();
        *document.pointer_mut(place).unwrap() = value;
        match verify(&document) {
            Verdict::Unreadable { reason } => reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(changed("/v", json!(2)), "the document is not of version 1");
    assert_eq!(
        changed("/nrs", json!("2.0")),
        "the score is not of the formula NRS 1.0"
    );
    let unknown_field = changed("/inputs/factors/AG1", json!({"state": "sometimes"}));
    assert!(
        unknown_field.starts_with("the inputs cannot be scored: unknown variant `sometimes`"),
        "{unknown_field}"
    );
    for document in [
        json!(null),
        json!([]),
        json!({}),
        json!({"v": 1, "nrs": "1.0"}),
    ] {
        assert!(matches!(verify(&document), Verdict::Unreadable { .. }));
    }
}

#[test]
fn a_document_full_of_differences_is_cut() {
    let mut document = document(&inputs(&[]));
    document["score"]["floors"] = json!(vec![0; 1_000]);
    let Verdict::Different {
        differences, more, ..
    } = verify(&document)
    else {
        panic!("it differs");
    };
    assert!(more);
    assert_eq!(differences.len(), 100);
}
