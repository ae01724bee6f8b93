use std::io::{Cursor, Write as _};

use model::labels::OwnerRole;
use model::{Fact, NodeKind, Status, TimeUs};

use super::*;
use crate::imports::testing::{edges, read};

const SHEET: &str = "Identity,ARN,Owner E-mail,Team,Role,Purpose,Review date,Salary\n\
deploy,arn:aws:iam::123456789012:user/deploy,Ann@Example.com,Payments,technical owner,ships,2026-12-01,CANARY\n\
sync,,nobody,,boss,,soon,\n\
,,x@example.com,,,,,\n\
backup,,bob@example.com,,,ghp_CANARY000000000000000000000000000000,,\n";

#[test]
fn a_sheet_of_owners() {
    let read = read("owners.csv", SHEET.as_bytes(), &[("register", "cmdb")]);
    assert_eq!(read.format, "owners.table");
    let deploy = read.node(NodeKind::Identity, "arn:aws:iam::123456789012:user/deploy");
    assert_eq!(
        edges(deploy),
        ["owned_by -> ann@example.com", "owned_by -> payments"]
    );
    assert_eq!(deploy.edges[0].attributes["role"], "technical");
    assert_eq!(deploy.attributes.declared_purpose.as_deref(), Some("ships"));
    assert_eq!(deploy.attributes.extra["next_review"], "2026-12-01");
    assert!(
        read.find(NodeKind::Team, "nobody").is_some(),
        "a name without an address"
    );
    let gaps = read.gaps().join("\n");
    for part in [
        "line 3: `boss` is no role",
        "line 3: review date",
        "line 4: a row without an identity",
        "line 5: a cell holds a secret",
    ] {
        assert!(gaps.contains(part), "{part} in {gaps}");
    }
}

#[test]
fn a_workbook_says_the_same_as_a_sheet() {
    let bytes = include_bytes!("fixtures/owners.xlsx");
    let mut document = Document::new("owners.xlsx", None, Cursor::new(bytes.to_vec())).unwrap();
    let owners = parse(&mut document).unwrap();
    assert_eq!(owners.problems, []);
    let row = &owners.rows[0];
    assert_eq!((row.line, row.name.as_deref()), (2, Some("deploy")));
    assert_eq!(row.email.as_deref(), Some("ann@example.com"));
    assert_eq!(row.role, Some(OwnerRole::Business));
    assert_eq!(
        row.next_review.map(TimeUs::date).as_deref(),
        Some("2026-12-01")
    );
    assert_eq!(owners.rows[1].line, 4, "an empty row between");
    let read = read("in/owners.xlsx", bytes, &[]);
    assert_eq!(read.format, "owners.table");
    assert!(read.find(NodeKind::Person, "ann@example.com").is_some());
}

/// A workbook whose sheet is so many zeros.
fn bomb(size: usize) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("[Content_Types].xml", options).unwrap();
    zip.write_all(b"<Types/>").unwrap();
    zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..size >> 20 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn workbooks_that_unfold_too_far_or_are_cut_are_refused() {
    let mut document = Document::new("b.xlsx", None, Cursor::new(bomb(64 << 20))).unwrap();
    let error = parse(&mut document).unwrap_err().to_string();
    assert!(error.contains("unfolds to more than"), "{error}");
    let whole = include_bytes!("fixtures/owners.xlsx");
    for cut in (40..whole.len()).step_by(97) {
        let mut document =
            Document::new("c.xlsx", None, Cursor::new(whole[..cut].to_vec())).unwrap();
        assert!(parse(&mut document).is_err(), "cut at {cut}");
    }
}

#[test]
fn leavers_keep_their_last_day() {
    let text = "E-mail,Team,Manager,Last day\nann@example.com,Payments,eve@example.com,2026-11-01\n\
        bob@example.com,,,2027-01-01\nno address,,,\ncy@example.com,,,03/04/2026\n";
    let read = read("leavers.csv", text.as_bytes(), &[("people", "hr")]);
    assert_eq!(read.format, "people.list");
    let ann = read.node(NodeKind::Person, "ann@example.com");
    assert_eq!(ann.attributes.status, Some(Status::Disabled));
    assert_eq!(
        edges(ann),
        ["managed_by -> eve@example.com", "member_of -> payments"]
    );
    let bob = read.node(NodeKind::Person, "bob@example.com");
    assert_eq!(
        bob.attributes.status,
        Some(Status::Enabled),
        "the day is to come"
    );
    assert!(matches!(bob.attributes.expires, Some(Fact::Known { .. })));
    let gaps = read.gaps();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
}
