//! Vectors read back to the same score, and nothing else reads at all.

use posture::score::{Basis, Factor, Impact, Mitigation, Score, score, vector};
use proptest::prelude::*;

use crate::bytes;
use crate::estates::estate;

/// A score without the words that a vector does not carry.
fn numbers(mut score: Score) -> String {
    score.what_if.clear();
    score.reach.resource = None;
    score.reach.path.clear();
    let mut written: serde_json::Value = serde_json::from_str(&bytes(&score)).unwrap();
    for line in written["mitigations"].as_array_mut().unwrap() {
        line["mitigation"].as_object_mut().unwrap().remove("reason");
    }
    written.to_string()
}

proptest! {
    #[test]
    fn a_vector_reads_back_to_the_same_score(estate in estate()) {
        let inputs = estate.inputs();
        let text = vector::write(&inputs);
        let read = vector::parse(&text).unwrap();
        prop_assert_eq!(vector::write(&read), text);
        prop_assert_eq!(numbers(score(&read)), numbers(score(&inputs)));
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,200}", tail in "[A-Z0-9:/?.@-]{0,60}") {
        drop(vector::parse(&text));
        if let Ok(inputs) = vector::parse(&format!("NRS:1.0/{tail}")) {
            prop_assert!(score(&inputs).hi <= 100.0);
        }
        if let Ok(inputs) = vector::parse(&format!("NRS:1.0/AG1:1{tail}/A:1/S:1/E:1/N:1{tail}")) {
            prop_assert!(score(&inputs).hi <= 100.0);
        }
    }
}

#[test]
fn everything_a_vector_can_say() {
    let text = "NRS:1.0/AG1:0/AN1:1C/EX4:?/A:0.5/S:0.6/E:1/A:0.5/S:?/E:?/N:7/DECLARED:1/SENDERBOUND:1\
                /SOURCECONDITION:1/HARDWAREKEY:1/JUSTINTIME:1/CONTROL:AG1@2026-01-31/CONTROL:OW1@2025-06-30\
                /AGENT:1/DORMANT:?/LIVE:1/MORETHANMETADATA:1/NONPROD:1/NOOWNER:1/PRIVILEGED:1/PUBLIC:1\
                /REACHESPROD:?/STATIC:1/TENANTWIDE:1/THIRDPARTY:1/WRITESTWO:1";
    let inputs = vector::parse(text).unwrap();
    assert_eq!(vector::write(&inputs), text);
    assert_eq!(inputs.impact().basis(), Basis::Declared);
    assert!(inputs.incident().unwrap().confirmed);
    let controls: Vec<(Factor, String)> = inputs
        .mitigations()
        .iter()
        .filter_map(|mitigation| match mitigation {
            Mitigation::CompensatingControl(control) => Some((control.factor(), control.date())),
            _ => None,
        })
        .collect();
    assert_eq!(
        controls,
        [
            (Factor::Ag1, "2026-01-31".to_owned()),
            (Factor::Ow1, "2025-06-30".to_owned())
        ]
    );
}

#[test]
fn parts_may_stand_in_any_order() {
    let one = vector::parse("NRS:1.0/OW1:1/AG1:0.5/A:1/S:1/E:1/N:2/LIVE:1").unwrap();
    let other = vector::parse("NRS:1.0/LIVE:1/N:2/A:1/S:1/E:1/AG1:0.5/OW1:1").unwrap();
    assert_eq!(one, other);
}

#[test]
fn nothing_reached_and_nothing_known_are_written_apart() {
    let nothing = vector::parse("NRS:1.0/EX1:1/N:0").unwrap();
    assert_eq!(score(&nothing).hi.to_bits(), 0);
    assert_eq!(vector::write(&nothing), "NRS:1.0/EX1:1/N:0");
    let unknown = vector::parse("NRS:1.0/EX1:1/A:?/S:?/E:?/N:?").unwrap();
    assert!(matches!(unknown.impact(), Impact::Unknown { .. }));
    assert!(score(&unknown).lo > 0.0);
}

#[test]
fn what_is_no_vector_is_refused_with_the_part_that_is_wrong() {
    let end = "/A:1/S:1/E:1/N:1";
    for (text, part) in [
        ("", ""),
        ("NRS:2.0/A:1/S:1/E:1/N:1", "NRS:2.0"),
        ("CVSS:4.0/AV:N", "CVSS:4.0"),
        ("NRS:1.0", "N"),
        ("NRS:1.0/N:1/A:1/S:1", "A"),
        ("NRS:1.0/A:1/E:1/S:1/N:1", "E:1"),
        ("NRS:1.0/S:1/N:1", "S:1"),
        ("NRS:1.0/A:0.7/S:1/E:1/N:1", "A:0.7"),
        ("NRS:1.0/A:1/S:1/E:1/N:?", "N:?"),
        ("NRS:1.0/A:1/S:1/E:1/N:-1", "N:-1"),
        ("NRS:1.0/A:1/S:1/E:1/N:1.5", "N:1.5"),
        ("NRS:1.0/A:1/S:1/E:1/N:1/N:1", "N:1"),
        (
            "NRS:1.0/A:1/S:1/E:1/N:99999999999999999999",
            "N:99999999999999999999",
        ),
    ] {
        assert_wrong(text, part);
    }
    for part in [
        "AG1:NaN",
        "AG1:inf",
        "AG1:-0",
        "AG1:+1",
        "AG1:1e-3",
        "AG1:.5",
        "AG1:1.",
        "AG1:1.01",
        "AG1:",
        "AG1",
        "AG1:1C",
        "ag1:1",
        "AG9:1",
        "AN1:0.5C",
        "LIVE:0",
        "LIVE:yes",
        "JUSTINTIME:?",
        "DECLARED:0",
        "CONTROL:AG1",
        "CONTROL:AG9@2026-01-31",
        "CONTROL:AG1@tomorrow",
    ] {
        assert_wrong(&format!("NRS:1.0/{part}{end}"), part);
    }
    for part in ["AG1:1", "LIVE:1", "JUSTINTIME:1", "CONTROL:AG1@2026-01-31"] {
        assert_wrong(&format!("NRS:1.0/{part}{end}/{part}"), part);
    }
    let two = "NRS:1.0/A:1/S:1/E:1/N:1/CONTROL:AG1@2026-01-31/CONTROL:AG1@2026-02-01";
    assert_wrong(two, "CONTROL:AG1@2026-02-01");
    assert!(vector::parse("NRS:1.0/A:1/S:1/E:1/N:0").is_err());
    assert!(vector::parse("NRS:1.0/N:5").is_err());
    assert!(vector::parse(&format!("NRS:1.0{}{end}", "/A:1/S:1/E:1".repeat(4))).is_err());
    assert!(vector::parse(&format!("NRS:1.0/AG1:0.{}{end}", "0".repeat(20_000))).is_err());
}

fn assert_wrong(text: &str, part: &str) {
    let error = vector::parse(text).unwrap_err().to_string();
    let wanted = format!("the vector cannot be read at `{part}`: ");
    assert!(error.starts_with(&wanted), "{text}: {error}");
}
