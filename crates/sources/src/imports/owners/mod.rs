//! Tables of owners and of people: who answers for which identity, who is in which team, and who leaves.

mod people;
mod sheet;
mod table;
#[cfg(test)]
mod tests;
mod xlsx;

use model::{Alias, Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs};

use super::{Document, Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Step};

pub use people::PeopleList;
pub use sheet::{OwnerRow, Owners, parse};
pub(crate) use xlsx::is_workbook;

/// The catalogue entry of tables of owners.
pub const SPEC: ConnectorSpec = ConnectorSpec {
    id: "owners.table",
    title: "Spreadsheet of owners (CSV, XLSX)",
    step: Step::Directories,
    kinds: KINDS,
    authoritative: false,
    adds: "Owners, teams, purposes, environments and review dates that people keep in a sheet.",
    cannot_see: &[
        "Whether anything in the sheet exists or is still true.",
        "Columns of other meanings; they are not read.",
    ],
    obtain: "save the sheet as CSV or XLSX with a column for the identity and one called Owner e-mail",
    permissions: &[],
    doc: include_str!("doc.md"),
};

const KINDS: &[NodeKind] = &[NodeKind::Identity, NodeKind::Person, NodeKind::Team];

/// The format of tables of owners.
#[derive(Debug)]
pub struct OwnersTable;

impl Format for OwnersTable {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        match &probe.shape {
            Shape::Csv { header } if sheet::is_owners(header) => Match::Sure,
            Shape::Binary if is_workbook(probe.head) => Match::Maybe,
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let source = cx.source_or_file(&SPEC, "register", document);
        let (name, at) = (document.name().to_owned(), cx.observed_at(None, document));
        let owners = parse(document)?;
        for row in &owners.rows {
            let place = format!("{name}:line {}", row.line);
            for observation in observations(row, &source.scope, at) {
                cx.observe(&source, observation.at(place.as_str()))?;
            }
        }
        for (line, problem) in owners.problems {
            cx.gap(&source, format!("{name}:line {line}"), problem)?;
        }
        cx.covered(&source, KINDS, "owners", &name)
    }
}

/// What one row says: the identity with its owners, the person, the team.
fn observations(row: &OwnerRow, scope: &str, at: TimeUs) -> Vec<Observation> {
    let Some(key) = row.native_id.as_ref().or(row.name.as_ref()) else {
        return Vec::new();
    };
    let (node, aliases) = super::csv::named(NodeKind::Identity, None, scope, key);
    let mut said = Attributes {
        name: Some(row.name.clone().unwrap_or_else(|| key.clone())),
        tenant: row.account.clone(),
        declared_owner: row.email.clone().or_else(|| row.team.clone()),
        declared_purpose: row.purpose.clone(),
        declared_application: row.application.clone(),
        declared_environment: row.environment.clone(),
        ..Attributes::default()
    };
    if let Some(review) = row.next_review {
        said = said.with("next_review", review.date());
    }
    let mut identity = Observation::new(node, at, said);
    identity.aliases = aliases;
    let mut all = Vec::new();
    for owner in [
        row.email.as_deref().map(|email| person(email, at)),
        row.team.as_deref().map(|name| team(name, at)),
    ]
    .into_iter()
    .flatten()
    {
        let mut edge = ObservedEdge::to(EdgeKind::OwnedBy, owner.node.clone());
        if let Some(role) = row.role {
            edge = edge.with("role", role.name());
        }
        identity = identity.edge(edge);
        all.push(owner);
    }
    all.insert(0, identity);
    all
}

/// A person by e-mail address.
fn person(email: &str, at: TimeUs) -> Observation {
    let node = NodeRef::global(NodeKind::Person, "person", email.to_lowercase());
    let said = Attributes::named(email.to_lowercase(), "person");
    Observation::new(node, at, said).alias(Alias::lookup(format!("email:{}", email.to_lowercase())))
}

/// A team by name.
fn team(name: &str, at: TimeUs) -> Observation {
    let node = NodeRef::global(NodeKind::Team, "team", name.to_lowercase());
    Observation::new(node, at, Attributes::named(name, "team"))
}
