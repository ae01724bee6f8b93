//! Exports as they are, cut, damaged and made up.

use model::{AliasRole, CoverageState};

use crate::imports::ImportOptions;
use crate::imports::testing::{read, read_with};

const HEADER: &str = r#"{"v":1,"type":"header","format":"countersign.export","seq":3,"run":"01M8","as_of":"2026-11-22T19:00:00Z"}"#;
const SOURCE: &str = r#"{"v":1,"type":"source","connector":"kubernetes.objects","scope":"file:prod.json","provisional":true}"#;
const SIGHTING: &str = r#"{"v":1,"type":"sighting","record":"mi:1","node":"mi:1","name":{"kind":"credential","provider":"aws","partition":"","native_id":"AKIA1"},"aliases":[{"text":"aws:key_slot:1","role":"same"},{"text":"x","role":"lookup"}],"connector":"kubernetes.objects","scope":"file:prod.json","observed_at":"2026-11-20T00:00:00.000005Z","place":"prod.json#1","since_run":1,"attributes":{"name":"AKIA1","last_used":{"state":"never"}}}"#;
const EDGE: &str = r#"{"v":1,"type":"edge","kind":"stored_in","from":"mi:1","to":"mi:2","from_name":{"kind":"credential","provider":"aws","partition":"","native_id":"AKIA1"},"to_name":{"kind":"secret_container","provider":"kubernetes","partition":"prod","native_id":"secret:a/b"},"stated_by":"to","connector":"kubernetes.objects","scope":"file:prod.json","observed_at":"2026-11-20T00:00:00.000005Z","place":null,"since_run":1,"attributes":{"key":"token"}}"#;
const COVERAGE: &str = r#"{"v":1,"type":"coverage","connector":"kubernetes.objects","scope":"file:prod.json","kind":"credential","group":"inventory","place":"","state":"complete","reason":"","lag_us":null,"occurrences":3}"#;

fn export(rows: &[&str]) -> Vec<u8> {
    let end = format!(r#"{{"v":1,"type":"end","rows":{}}}"#, rows.len());
    let mut text = rows.join("\n");
    text.push('\n');
    text.push_str(&end);
    text.into_bytes()
}

#[test]
fn every_row_is_said_again_by_its_source() {
    let bytes = export(&[HEADER, SOURCE, SIGHTING, EDGE, COVERAGE]);
    let options = ImportOptions {
        complete: true,
        ..ImportOptions::default()
    };
    let done = read_with("inventory.jsonl", &bytes, &options);
    assert_eq!((done.format, done.error), ("countersign.export", None));
    let [(source, key), (_, stored)] = done.got.observations.as_slice() else {
        panic!("{:?}", done.got.observations);
    };
    assert_eq!(
        (
            source.connector.as_str(),
            source.scope.as_str(),
            source.provisional
        ),
        ("kubernetes.objects", "file:prod.json", true)
    );
    assert_eq!(key.observed.to_string(), "2026-11-20T00:00:00.000005Z");
    assert_eq!(key.place.as_deref(), Some("prod.json#1"));
    assert_eq!(key.attributes.last_used, Some(model::Fact::never()));
    assert_eq!(
        key.aliases
            .iter()
            .map(|alias| alias.role)
            .collect::<Vec<_>>(),
        [AliasRole::Same, AliasRole::Lookup]
    );
    // Stated by the container, so kept under it.
    assert_eq!(stored.node.native_id, "secret:a/b");
    assert!(stored.edges[0].reversed && stored.edges[0].to.native_id == "AKIA1");
    assert_eq!(stored.edges[0].attributes["key"], "token");
    assert_eq!(done.got.coverage.len(), 3);
    assert!(
        done.got
            .coverage
            .iter()
            .all(|said| said.state == CoverageState::Complete)
    );
}

#[test]
fn an_export_proves_completeness_only_when_somebody_says_so() {
    let done = read("inventory.jsonl", &export(&[HEADER, COVERAGE]), &[]);
    assert!(
        done.got
            .coverage
            .iter()
            .all(|said| said.state == CoverageState::Partial)
    );
}

#[test]
fn what_was_cut_or_lost_is_said() {
    let whole = export(&[HEADER, SOURCE, SIGHTING]);
    let cut = &whole[..whole.len() - 30];
    let done = read("cut.jsonl", cut, &[]);
    assert_eq!(done.got.observations.len(), 1);
    assert!(
        done.got
            .coverage
            .iter()
            .any(|gap| gap.state == CoverageState::Truncated),
        "{:?}",
        done.got.coverage
    );
    let lost = [HEADER, SIGHTING, r#"{"v":1,"type":"end","rows":9}"#].join("\n");
    let done = read("lost.jsonl", lost.as_bytes(), &[]);
    assert!(
        done.got.coverage[0].reason.contains("rows were lost"),
        "{:?}",
        done.got.coverage
    );
}

#[test]
fn a_broken_row_is_named_and_the_next_is_read() {
    let hand = SIGHTING.replace("kubernetes.objects", "hand");
    let print = SIGHTING.replace(r#""name":"AKIA1","#, r#""fingerprint":"CANARY-value","#);
    let wrong = EDGE.replace("stored_in", "member_of");
    let later = SIGHTING.replace(r#""v":1"#, r#""v":2"#);
    let rows = [
        HEADER,
        "{\"v\":1,",
        "[]",
        &hand,
        &print,
        &wrong,
        &later,
        r#"{"v":1,"type":"sighting"}"#,
        SIGHTING,
    ];
    let mut bytes = export(&rows);
    bytes.extend_from_slice(b"\n\xff\xfe{");
    let done = read("odd.jsonl", &bytes, &[]);
    assert_eq!(
        done.got.observations.len(),
        1,
        "{:?}",
        done.got.observations
    );
    let places: Vec<&str> = done
        .got
        .coverage
        .iter()
        .map(|gap| gap.place.as_str())
        .collect();
    for line in [2, 3, 4, 5, 6, 7, 8, 11] {
        assert!(
            places.contains(&format!("line {line}").as_str()),
            "{line}: {places:?}"
        );
    }
}

#[test]
fn made_up_numbers_cost_nothing() {
    let often = COVERAGE.replace(r#""occurrences":3"#, r#""occurrences":9223372036854775807"#);
    let done = read("often.jsonl", &export(&[HEADER, &often, COVERAGE]), &[]);
    assert_eq!(done.got.coverage.len(), 100_001);
    let broken = vec!["{"; 2_000];
    let mut rows = vec![HEADER];
    rows.extend(broken);
    let done = read("broken.jsonl", &export(&rows), &[]);
    assert!(done.error.unwrap().contains("export it again"));
}
