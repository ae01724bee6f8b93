use super::super::super::testing::{ends, read};
use super::*;
use model::EdgeKind;

/// The frame of <https://bloodhound.specterops.io/opengraph/schema>, edges before the nodes.
const GRAPH: &str = r#"{"metadata":{"source_kind":"Base"},"graph":{"edges":[
  {"kind":"MemberOf","start":{"value":"S-1-5-21-1-2-3-1108"},"end":{"value":"S-1-5-21-1-2-3-512"}},
  {"kind":"GenericAll","start":{"match_by":"name","value":"OPS@LAB.TEST"},"end":{"match_by":"id","value":"S-1-5-21-1-2-3-1108"},"properties":{"isinherited":true}},
  {"kind":"AdminTo","start":{"value":"S-1-5-21-1-2-3-1108"},"end":{"value":"S-1-5-21-1-2-3-9999","kind":"Computer"}},
  {"kind":"AZOwns","start":{"value":"44444444-0000-4000-8000-00000000000A"},"end":{"value":"55555555-0000-4000-8000-000000000001"}},
  {"kind":"HasSession","start":{"value":"a"},"end":{"value":"b"}},
  {"kind":"MemberOf","start":{"value":"nobody"},"end":{"value":"S-1-5-21-1-2-3-512"}},
  {"kind":"MemberOf","start":7}
],"nodes":[
  {"id":"S-1-5-21-1-2-3-1108","kinds":["User","Base"],"properties":{"domain":"LAB.TEST","name":"SVC_SQL@LAB.TEST","samaccountname":"svc_sql","enabled":true,"hasspn":true,"unicodepassword":"CANARY-1"}},
  {"id":"S-1-5-21-1-2-3-512","kinds":["Base","Group"],"properties":{"domain":"LAB.TEST","name":"DOMAIN ADMINS@LAB.TEST"}},
  {"id":"S-1-5-21-1-2-3-1200","kinds":["Group"],"properties":{"domain":"LAB.TEST","name":"OPS@LAB.TEST"}},
  {"id":"44444444-0000-4000-8000-00000000000A","kinds":["AZUser","AZBase"],"properties":{"displayname":"Anna","tenantid":"99999999-0000-4000-8000-000000000000"}},
  {"id":"55555555-0000-4000-8000-000000000001","kinds":["AZServicePrincipal"],"properties":{"displayname":"billing","tenantid":"99999999-0000-4000-8000-000000000000"}},
  {"id":"x1","kinds":["OktaUser","OktaBase"]},{"id":"x2","kinds":["OktaUser"]},
  {"kinds":["User"]}
]}}"#;

#[test]
fn a_graph_is_told_by_its_content() {
    let sure = |text: &str| OpenGraph.detect(&Probe::new("x", text.as_bytes()));
    assert_eq!(sure(GRAPH), Match::Sure);
    assert_eq!(sure(r#"{"graph":{"nodes":[]}}"#), Match::Maybe);
    assert_eq!(sure(r#"{"data":[],"graph":1}"#), Match::No);
}

#[test]
fn known_kinds_become_records_and_the_others_are_counted() {
    let read = read(&OpenGraph, "g.json", GRAPH.as_bytes(), &[]);
    read.result.as_ref().unwrap();
    let sql = read.node("S-1-5-21-1-2-3-1108");
    assert_eq!(
        sql.attributes.subtype.as_deref(),
        Some("ad_service_account")
    );
    assert_eq!(ends(&sql, EdgeKind::MemberOf), ["S-1-5-21-1-2-3-512"]);
    assert_eq!(ends(&sql, EdgeKind::Grants), ["S-1-5-21-1-2-3-9999"]);
    let operators = read.node("S-1-5-21-1-2-3-1200");
    let grant = operators
        .edges
        .iter()
        .find(|edge| edge.kind == EdgeKind::Grants)
        .unwrap();
    assert_eq!(grant.to.native_id, "S-1-5-21-1-2-3-1108");
    assert_eq!(grant.attributes["action"], "full_control");
    assert_eq!(grant.attributes["inherited"], true);
    let principal = read.node("55555555-0000-4000-8000-000000000001");
    assert_eq!(
        ends(&principal, EdgeKind::OwnedBy),
        ["44444444-0000-4000-8000-00000000000a"]
    );
    let left_out: Vec<&str> = read
        .collected
        .coverage
        .iter()
        .filter(|row| row.state == CoverageState::NotAttempted)
        .map(|row| row.reason.as_str())
        .collect();
    assert_eq!(
        left_out,
        [
            "2 nodes have no counterpart here and were left out: 2 of kind `OktaUser`",
            "1 edges have no counterpart here and were left out: 1 of kind `HasSession`",
            "1 edges name nodes that are not in this file; import the whole graph",
        ]
    );
    assert_eq!(
        read.shortfalls().len(),
        2,
        "one broken edge, one broken node"
    );
    assert!(!OpenGraph.spec().authoritative);
}

#[test]
fn a_graph_that_is_cut_off_gives_what_came_before_the_cut() {
    let cut = GRAPH
        .split_once(r#"{"id":"S-1-5-21-1-2-3-1200""#)
        .unwrap()
        .0;
    let read = read(&OpenGraph, "g.json", cut.as_bytes(), &[]);
    assert!(read.result.is_err());
    assert_eq!(
        ends(&read.node("S-1-5-21-1-2-3-1108"), EdgeKind::MemberOf),
        ["S-1-5-21-1-2-3-512"]
    );
}
