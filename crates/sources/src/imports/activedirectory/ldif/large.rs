//! A directory of any size, made up: what a large domain's export costs.
//!
//! `cargo test -p countersign-sources --release -- --nocapture a_directory_of` prints the time.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{
    Class, Coverage, EdgeKind, Fingerprinter, Observation, Sink, SinkClosed, SourceRef, TimeUs,
};

use super::*;
use crate::imports::ImportOptions;

/// Of ten objects six are people, two computers, one a service account, one a group.
fn directory(objects: u32) -> String {
    let mut text = String::from(
        "dn: DC=corp,DC=test\nobjectClass: domainDNS\nobjectSid:: AQQAAAAAAAUVAAAAAQAAAAIAAAADAAAA\ndc: corp\n\n",
    );
    for number in 0..objects {
        let sid = sid(1_000 + number);
        let _ = match number % 10 {
            0..=5 => write!(
                text,
                "dn: CN=Person {number},OU=People,DC=corp,DC=test\nobjectClass: user\nobjectSid:: {sid}\nsAMAccountName: p{number}\ngivenName: P\nsn: N{number}\nuserAccountControl: 512\nprimaryGroupID: 513\nlastLogonTimestamp: 133000000000000000\npwdLastSet: 132900000000000000\n\n"
            ),
            6 | 7 => write!(
                text,
                "dn: CN=HOST{number},OU=Computers,DC=corp,DC=test\nobjectClass: computer\nobjectSid:: {sid}\nsAMAccountName: HOST{number}$\ndNSHostName: host{number}.corp.test\nuserAccountControl: 4096\nservicePrincipalName: HOST/host{number}.corp.test\n\n"
            ),
            8 => write!(
                text,
                "dn: CN=svc_{number},OU=Service Accounts,DC=corp,DC=test\nobjectClass: user\nobjectSid:: {sid}\nsAMAccountName: svc_{number}\nuserAccountControl: 66048\nservicePrincipalName: MSSQLSvc/db{number}.corp.test:1433\npwdLastSet: 132900000000000000\nmanagedBy: CN=Person 0,OU=People,DC=corp,DC=test\nmemberOf: CN=Group {},OU=Groups,DC=corp,DC=test\n\n",
                number + 1
            ),
            _ => {
                let _ = write!(
                    text,
                    "dn: CN=Group {number},OU=Groups,DC=corp,DC=test\nobjectClass: group\nobjectSid:: {sid}\nsAMAccountName: g{number}\n"
                );
                for member in number.saturating_sub(9)..number.saturating_sub(3) {
                    let _ = writeln!(text, "member: CN=Person {member},OU=People,DC=corp,DC=test");
                }
                text.push('\n');
                Ok(())
            }
        };
    }
    text
}

fn sid(rid: u32) -> String {
    let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 1, 2, 3, rid] {
        bytes.extend_from_slice(&u32::to_le_bytes(part));
    }
    STANDARD.encode(bytes)
}

/// Counts what is said and keeps none of it.
#[derive(Default)]
struct Counts {
    subtypes: BTreeMap<String, u64>,
    machines: u64,
    memberships: u64,
    never: u64,
    gaps: Vec<String>,
}

impl Sink for Counts {
    fn observe(&mut self, _: &SourceRef, observation: Observation) -> Result<(), SinkClosed> {
        let said = &observation.attributes;
        if let Some(subtype) = &said.subtype {
            *self.subtypes.entry(subtype.clone()).or_default() += 1;
        }
        self.machines += u64::from(said.class == Some(Class::Machine));
        self.never += u64::from(
            said.last_used
                .as_ref()
                .is_some_and(|fact| fact.state() == "never"),
        );
        let member = |edge: &&model::ObservedEdge| {
            edge.kind == EdgeKind::MemberOf && !edge.attributes.contains_key("primary")
        };
        self.memberships += observation.edges.iter().filter(member).count() as u64;
        Ok(())
    }

    fn cover(&mut self, coverage: Coverage) -> Result<(), SinkClosed> {
        if coverage.state.is_shortfall() {
            self.gaps.push(coverage.reason);
        }
        Ok(())
    }
}

#[test]
fn a_directory_of_a_hundred_thousand_objects() {
    const OBJECTS: u32 = 100_000;
    let text = directory(OBJECTS);
    let bytes = text.len();
    let mut document = Document::new("ad.ldif", None, Cursor::new(text.into_bytes())).unwrap();
    let mut counts = Counts::default();
    let began = std::time::Instant::now();
    Ldif.read(
        &mut document,
        &mut ImportContext {
            fingerprinter: &Fingerprinter::new([7; 32]),
            options: &ImportOptions::default(),
            now: TimeUs::EPOCH,
            sink: &mut counts,
            observed: 0,
        },
    )
    .unwrap();
    eprintln!(
        "{OBJECTS} objects, {} MiB of LDIF, read in {:.1} s",
        bytes >> 20,
        began.elapsed().as_secs_f64()
    );
    assert_eq!(counts.gaps, Vec::<String>::new());
    let told: Vec<(&str, u64)> = counts
        .subtypes
        .iter()
        .map(|(subtype, count)| (subtype.as_str(), *count))
        .collect();
    assert_eq!(
        told,
        [
            ("ad_computer", 20_000),
            ("ad_domain", 1),
            ("ad_group", 10_000),
            ("ad_service_account", 10_000),
            ("ad_user", 60_000),
        ]
    );
    assert_eq!(counts.machines, 10_000);
    // Six people and one service account to a group, whichever side states it.
    assert_eq!(counts.memberships, 70_000);
    // Those without lastLogonTimestamp in an export that has it: computers and service accounts.
    assert_eq!(counts.never, 30_000);
}
