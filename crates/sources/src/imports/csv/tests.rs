use std::collections::BTreeMap;
use std::io::Cursor;

use model::observation::Collected;
use model::{EdgeKind, Fingerprinter, Observation, TimeUs};

use super::*;
use crate::imports::ImportOptions;

fn read(text: &[u8], map: &[(&str, &str)]) -> Collected {
    let fingerprinter = Fingerprinter::new([3; 32]);
    let options = ImportOptions {
        columns: map
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect(),
        scopes: BTreeMap::from([("register".to_owned(), "cmdb".to_owned())]),
        ..ImportOptions::default()
    };
    let mut document = Document::new("r.csv", None, Cursor::new(text.to_vec())).unwrap();
    assert_eq!(MappedCsv.detect(&document.probe()), Match::Maybe);
    let mut sink = Collected::default();
    let mut cx = ImportContext {
        fingerprinter: &fingerprinter,
        options: &options,
        now: TimeUs::EPOCH,
        sink: &mut sink,
        observed: 0,
    };
    MappedCsv.read(&mut document, &mut cx).unwrap();
    let shown = serde_json::to_string(&(&sink.observations, &sink.coverage)).unwrap();
    assert!(!shown.contains("CANARY"));
    sink
}

fn one<'s>(sink: &'s Collected, name: &str) -> &'s Observation {
    let found = sink
        .observations
        .iter()
        .find(|(_, one)| one.attributes.name.as_deref() == Some(name));
    &found.unwrap_or_else(|| panic!("{name}")).1
}

fn gaps(sink: &Collected) -> Vec<String> {
    sink.coverage
        .iter()
        .filter(|gap| gap.state == CoverageState::Failed)
        .map(|gap| format!("{} {}", gap.place, gap.reason))
        .collect()
}

#[test]
fn a_register_with_its_good_and_bad_rows() {
    let token = format!("ghp_CANARY{}", "0".repeat(30));
    let text = format!(
        "\u{feff}Name;ID;Type;Owner;Environment;Created;Expires;Last used;Status;System;Salary\r\n\
deploy;arn:aws:iam::123456789012:user/deploy;Service Account;payments@example.com;prod;2023-01-02;never;n/a;active;Shop;CANARY\r\n\
backup;;API key;;;31/12/2022;03/04/2026;;odd;;\r\n\
short;row\r\n\
;;;;;;;;;;\r\n\
robot;{token};token;;;;;;;;\r\n\
jane;CORP\\jane;human user;\"Doe; Jane\";;;;;disabled;;\r\n"
    );
    let sink = read(text.as_bytes(), &[]);
    let deploy = one(&sink, "deploy");
    assert_eq!(
        (deploy.node.kind, &*deploy.node.provider),
        (NodeKind::Identity, "aws")
    );
    let attributes = &deploy.attributes;
    assert_eq!(attributes.class, Some(model::Class::Machine));
    assert_eq!(attributes.subtype.as_deref(), Some("service_account"));
    assert_eq!(
        attributes.declared_owner.as_deref(),
        Some("payments@example.com")
    );
    assert_eq!(attributes.expires.as_ref().unwrap().state(), "never");
    assert_eq!(
        attributes.last_used.as_ref().unwrap().state(),
        "no_data_yet"
    );
    assert_eq!(deploy.edges[0].to.native_id, "shop");
    assert_eq!(deploy.place.as_deref(), Some("r.csv:line 2"));
    let backup = one(&sink, "backup");
    assert_eq!(backup.node.kind, NodeKind::Credential);
    assert_eq!(&*backup.node.partition, "cmdb");
    assert_eq!(
        backup
            .attributes
            .created
            .as_ref()
            .unwrap()
            .value()
            .unwrap()
            .date(),
        "2022-12-31"
    );
    assert_eq!(
        (&backup.attributes.expires, &backup.attributes.last_used),
        (&None, &None)
    );
    let jane = one(&sink, "jane");
    assert_eq!(jane.attributes.declared_owner.as_deref(), Some("Doe; Jane"));
    assert_eq!(jane.aliases[0].text, "sam:corp\\jane");
    let robot = one(&sink, "secret written in a table");
    assert!(robot.node.native_id.starts_with("fp1:"));
    assert_eq!(
        gaps(&sink),
        [
            "r.csv:line 3 `odd` is no status; write enabled, disabled or deleted",
            "r.csv:line 3 expires: `03/04/2026` can be read as two dates (day first or month first); write 2026-01-31",
            "r.csv:line 4 the row has 2 fields where the header has 11",
            "r.csv:line 5 a row without an id and a name",
        ]
    );
    assert!(sink.coverage[0].reason.ends_with("not read: Salary"));
}

#[test]
fn columns_as_the_user_says_and_tables_nobody_knows() {
    let text = b"Bezeichnung,Besitzer\nx,y\n";
    let sink = read(text, &[]);
    assert!(sink.observations.is_empty());
    assert_eq!(sink.coverage[0].state, CoverageState::NotAttempted);
    assert!(
        sink.coverage[0]
            .reason
            .contains("(columns: Bezeichnung, Besitzer)")
    );
    let sink = read(text, &[("Bezeichnung", "name"), ("Besitzer", "owner")]);
    assert_eq!(
        one(&sink, "x").attributes.declared_owner.as_deref(),
        Some("y")
    );
}

#[test]
fn every_other_table_wins_over_this_one() {
    for (text, want) in [
        (
            "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n",
            "aws.credential_report",
        ),
        ("Name,StartName,PathName\n", "windows.services"),
        (
            "HostName,TaskName,Task To Run,Run As User\n",
            "windows.tasks",
        ),
        ("name,owner\n", "csv.mapped"),
    ] {
        let document = Document::new("x.csv", None, Cursor::new(text)).unwrap();
        let format = document.choose(crate::catalog::FORMATS).unwrap();
        assert_eq!(format.spec().id, want);
    }
}

#[test]
fn signer_and_consumers_of_a_code_signing_certificate() {
    let text = "Name;Type;Signer;Consumers;Created;Expires\r\n\
release signing;code signing certificate;arn:aws:iam::123456789012:role/release;Windows installer; Updater;2026-01-02;2027-01-02T10:00:00Z\r\n";
    // A cell with `;` is quoted where the columns are told apart by it.
    let text = text.replace(
        "Windows installer; Updater",
        "\"Windows installer; Updater\"",
    );
    let sink = read(text.as_bytes(), &[]);
    let certificate = one(&sink, "release signing");
    assert_eq!(certificate.node.kind, NodeKind::Credential);
    let users: Vec<_> = certificate
        .edges
        .iter()
        .map(|edge| {
            let role = edge.attributes["role"].as_str().unwrap();
            (edge.kind, edge.to.kind, edge.to.native_id.as_str(), role)
        })
        .collect();
    assert_eq!(
        users,
        [
            (
                EdgeKind::UsedBy,
                NodeKind::Identity,
                "arn:aws:iam::123456789012:role/release",
                "signer"
            ),
            (
                EdgeKind::UsedBy,
                NodeKind::Workload,
                "Windows installer",
                "consumer"
            ),
            (EdgeKind::UsedBy, NodeKind::Workload, "Updater", "consumer"),
        ]
    );
    // A date without a clock is known to the day.
    let precision = |fact: &Option<model::Fact<TimeUs>>| fact.as_ref().unwrap().precision();
    assert_eq!(
        precision(&certificate.attributes.created),
        Some(model::Precision::Day)
    );
    assert_eq!(
        precision(&certificate.attributes.expires),
        Some(model::Precision::Exact)
    );
    let wrong = read("Name;Kind;Signer\r\nbox;host;x\r\n".as_bytes(), &[]);
    assert!(gaps(&wrong)[0].contains("signer says who uses a credential"));
}
