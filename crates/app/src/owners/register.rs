//! A register of owners kept by hand, CSV or XLSX, beside what is really there; and what of it is said
//! by hand from then on.

use std::io::BufReader;
use std::path::Path;

use inventory::RunKind;
use inventory::edit::{self, Field, Other, RelationChange, Statement};
use inventory::owners::{SheetRow, reconcile};
use model::labels::{OwnerRole, SaidFact};
use model::{Attributes, Class, EdgeKind, NodeKind, NodeRef};
use serde::Serialize;
use sources::imports::Document;
use sources::imports::owners::{OwnerRow, parse};

use super::propose::Ground;
use crate::query::views::VERSION;
use crate::{Error, Installation};

/// A register beside reality.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Register {
    /// The contract's version.
    pub v: u8,
    /// Rows with one record.
    pub matched: Vec<Line>,
    /// Rows of a record that an earlier row names already.
    pub repeated: Vec<Line>,
    /// Rows that several records fit.
    pub ambiguous: Vec<Line>,
    /// Rows that no record fits.
    pub only_in_sheet: Vec<Line>,
    /// Identities that no row names.
    pub only_in_reality: Vec<Line>,
    /// Rows that could not be read, with their line.
    pub problems: Vec<(u64, String)>,
    /// How many records something was said about; 0 when it was only compared.
    pub said: usize,
}

/// A row, a record, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The row; null of what no row names.
    pub line: Option<u64>,
    /// As the row, else the record, is called.
    pub name: String,
    /// The records that fit, by id.
    pub records: Vec<String>,
    /// How the record was found.
    pub by: Option<&'static str>,
}

/// Connectors that are registers themselves: what only they show is not reality.
const REGISTERS: &[&str] = &["owners.table", "csv.mapped"];

/// Compares a register with what is there and, unless only asked to compare, says by hand what it says
/// about the records it names.
///
/// # Errors
/// The file is no such table, or the database fails.
pub async fn register(
    installation: &Installation,
    file: &Path,
    only_compare: bool,
) -> Result<Register, Error> {
    let cannot = |why: String| Error::failed(format!("cannot read `{}`: {why}", file.display()));
    let reader = std::fs::File::open(file).map_err(|error| cannot(error.to_string()))?;
    let mut document = Document::new(file.display().to_string(), None, BufReader::new(reader))
        .map_err(|error| cannot(error.to_string()))?;
    let sheet = tokio::task::block_in_place(|| parse(&mut document)).map_err(|error| {
        cannot(error.to_string())
            .hint("a table has a heading, a column for the identity, and one for the owner's address or the team")
    })?;
    let now = installation.clock.now();
    let reader = crate::query::reader(installation, None).await?;
    let ground = Ground::load(&reader, now).await?;
    drop(reader);
    let rows: Vec<SheetRow> = sheet.rows.iter().map(sheet_row).collect();
    let found = reconcile(&rows, &ground.estate, |connector| {
        REGISTERS.contains(&connector)
    });
    let mut said = Vec::new();
    for matched in &found.matched {
        let row = sheet.rows.iter().find(|row| row.line == matched.row.line);
        let key = ground.estate.node(matched.ix).map(|node| node.key);
        if let (Some(row), Some(key)) = (row, key) {
            said.extend(statement(row, key, file));
        }
    }
    let count = said.len();
    if !only_compare && count > 0 {
        let start = installation.run_start(RunKind::Edit, "owner import")?;
        edit::say(&installation.db, &start, &said, now).await?;
    }
    let of = |matched: &inventory::owners::Matched| Line {
        line: Some(matched.row.line),
        name: matched.name.clone(),
        records: vec![matched.id.to_string()],
        by: Some(matched.by),
    };
    let named = |row: &SheetRow, records: Vec<String>| Line {
        line: Some(row.line),
        name: row
            .name
            .clone()
            .or(row.native_id.clone())
            .unwrap_or_default(),
        records,
        by: None,
    };
    Ok(Register {
        v: VERSION,
        matched: found.matched.iter().map(of).collect(),
        repeated: found.repeated.iter().map(of).collect(),
        ambiguous: found
            .ambiguous
            .iter()
            .map(|(row, all)| named(row, all.iter().map(|(id, _)| id.to_string()).collect()))
            .collect(),
        only_in_sheet: found
            .only_in_sheet
            .iter()
            .map(|row| named(row, Vec::new()))
            .collect(),
        only_in_reality: found
            .only_in_reality
            .iter()
            .map(|(id, name)| Line {
                line: None,
                name: name.clone(),
                records: vec![id.to_string()],
                by: None,
            })
            .collect(),
        problems: sheet.problems,
        said: if only_compare { 0 } else { count },
    })
}

fn sheet_row(row: &OwnerRow) -> SheetRow {
    SheetRow {
        line: row.line,
        native_id: row.native_id.clone(),
        name: row.name.clone(),
        account: row.account.clone(),
    }
}

/// What a row says about its record; nothing when it has neither owner nor word.
fn statement(row: &OwnerRow, subject: i64, file: &Path) -> Option<Statement> {
    let role = row.role.unwrap_or(OwnerRole::Technical);
    let owner = |node: NodeRef, attributes: Attributes| RelationChange {
        kind: EdgeKind::OwnedBy,
        other: Other::Named(node, Box::new(attributes)),
        role: Some(role),
        stated: true,
    };
    let person = row.email.as_ref().map(|email| {
        let attributes = Attributes {
            class: Some(Class::Human),
            ..Attributes::named(email.clone(), "person")
        };
        owner(
            NodeRef::global(NodeKind::Person, "person", email.to_lowercase()),
            attributes,
        )
    });
    let team = row.team.as_ref().map(|team| {
        owner(
            NodeRef::global(NodeKind::Team, "team", team.to_lowercase()),
            Attributes::named(team.clone(), "team"),
        )
    });
    let relations: Vec<RelationChange> = person.into_iter().chain(team).collect();
    let review = row.next_review.map(model::TimeUs::date);
    let facts: Vec<(Field, Option<String>)> = [
        (SaidFact::Purpose, &row.purpose),
        (SaidFact::Application, &row.application),
        (SaidFact::Environment, &row.environment),
        (SaidFact::NextReview, &review),
    ]
    .into_iter()
    .filter_map(|(fact, value)| {
        // A word the sheet has of its own is no value of ours; the comparison is not stopped by it.
        let value = edit::check(Field::Fact(fact), value.as_ref()?).ok()?;
        Some((Field::Fact(fact), Some(value)))
    })
    .collect();
    (!relations.is_empty() || !facts.is_empty()).then(|| Statement {
        subject,
        facts,
        relations,
        why: format!("{}, line {}", file.display(), row.line),
    })
}
