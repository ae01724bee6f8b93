//! A list of people: teams, managers, and who leaves when.

use model::{EdgeKind, Fact, NodeKind, ObservedEdge, Status};

use super::table::{self, cell, column};
use super::{person, team};
use crate::imports::csv::dates;
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Step};

const EMAIL: &[&str] = &[
    "email",
    "mail",
    "emailaddress",
    "workemail",
    "userprincipalname",
];
const LAST_DAY: &[&str] = &[
    "lastday",
    "lastworkingday",
    "leavingdate",
    "terminationdate",
    "exitdate",
    "leaves",
];
const MANAGER: &[&str] = &[
    "manager",
    "manageremail",
    "reportsto",
    "lineManager",
    "linemanager",
];
const TEAM: &[&str] = &["team", "department", "squad", "orgunit"];

/// The catalogue entry.
const SPEC: ConnectorSpec = ConnectorSpec {
    id: "people.list",
    title: "List of people or leavers (CSV)",
    step: Step::Directories,
    kinds: KINDS,
    authoritative: false,
    adds: "Who is in which team, who manages whom, and who leaves when: their identities get new owners the same day.",
    cannot_see: &["People who are not on the list."],
    obtain: "export it from the system of the personnel department; columns: e-mail, and team, manager or last day",
    permissions: &[],
    doc: include_str!("doc.md"),
};

const KINDS: &[NodeKind] = &[NodeKind::Person, NodeKind::Team];

/// The format.
#[derive(Debug)]
pub struct PeopleList;

impl Format for PeopleList {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let Shape::Csv { header } = &probe.shape else {
            return Match::No;
        };
        let has = |names| column(header, names).is_some();
        if has(EMAIL) && (has(LAST_DAY) || has(MANAGER)) {
            Match::Sure
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let source = cx.source_or_file(&SPEC, "people", document);
        let (name, at) = (document.name().to_owned(), cx.observed_at(None, document));
        let table = table::read(document)?;
        let of = |names| column(&table.header, names);
        let columns = [of(EMAIL), of(LAST_DAY), of(MANAGER), of(TEAM)];
        for (line, problem) in &table.problems {
            cx.gap(&source, format!("{name}:line {line}"), problem.as_str())?;
        }
        for (line, row) in &table.rows {
            let place = format!("{name}:line {line}");
            let [email, last_day, manager, of_team] =
                columns.map(|at| cell(row, at).ok().flatten());
            let Some(email) = email.filter(|email| is_address(email)) else {
                cx.gap(&source, place, "a row without an e-mail address")?;
                continue;
            };
            let mut one = person(&email, at);
            if let Some(text) = last_day {
                match dates::fact(&text) {
                    Ok(Fact::Known { value, .. }) => {
                        one.attributes.expires = Some(Fact::known(value));
                        let gone = value <= cx.now;
                        one.attributes.status = Some(if gone {
                            Status::Disabled
                        } else {
                            Status::Enabled
                        });
                    }
                    Ok(_) => one.attributes.status = Some(Status::Enabled),
                    Err(reason) => {
                        cx.gap(&source, place.as_str(), format!("last day: {reason}"))?;
                    }
                }
            }
            if let Some(manager) = manager.filter(|manager| is_address(manager)) {
                let manager = person(&manager, at);
                one = one.edge(ObservedEdge::to(EdgeKind::ManagedBy, manager.node.clone()));
            }
            if let Some(name) = of_team {
                let group = team(&name, at);
                one = one.edge(ObservedEdge::to(EdgeKind::MemberOf, group.node.clone()));
                cx.observe(&source, group.at(place.as_str()))?;
            }
            cx.observe(&source, one.at(place))?;
        }
        cx.covered(&source, KINDS, "owners", &name)
    }
}

fn is_address(text: &str) -> bool {
    text.contains('@') && text.len() <= 254 && !text.contains(char::is_whitespace)
}
