//! Any table of identities or credentials: the spreadsheet people keep today.
//!
//! A register is what somebody wrote down, so it is never authoritative: it names, dates and
//! describes what other sources prove, and shows what only it knows.

mod columns;
pub(crate) mod dates;
pub(crate) mod records;
mod rows;

use model::{Coverage, CoverageState, NodeKind};

use super::document::Document;
use super::{Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Step};

use columns::Columns;
use records::{Record, Records};
use rows::Row;
pub(crate) use rows::{is_secret, named};

pub use columns::{FIELDS, check_mapping};

/// The catalogue entry.
pub const SPEC: ConnectorSpec = ConnectorSpec {
    id: "csv.mapped",
    title: "Spreadsheet of identities or credentials (CSV)",
    step: Step::Directories,
    kinds: KINDS,
    authoritative: false,
    adds: "The register kept by hand: owners, purposes and expiry dates that no system knows, and what exists only in the sheet.",
    cannot_see: &[
        "Whether anything in the sheet exists or is still true.",
        "Columns that are not mapped; they are named and not read.",
    ],
    obtain: "save the sheet as CSV; name columns of other names with --map 'Column=field'",
    permissions: &[],
    doc: include_str!("doc.md"),
};

const KINDS: &[NodeKind] = &[NodeKind::Identity, NodeKind::Credential];

/// Rows in a row that cannot be read before the rest is given up: it is no such table.
const MAX_BAD_ROWS: u64 = 10_000;

/// The format.
#[derive(Debug)]
pub struct MappedCsv;

impl Format for MappedCsv {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        match probe.shape {
            Shape::Csv { .. } => Match::Maybe,
            _ => Match::No,
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let source = cx.source_or_file(&SPEC, "register", document);
        let name = document.name().to_owned();
        let at = cx.observed_at(None, document);
        let mut records = Records::new(document);
        let Some(header) = records.header()? else {
            let reason = "the table has no header line";
            return Err(ReadError::Malformed(reason.to_owned()));
        };
        let columns = Columns::of(&header, &cx.options.columns);
        if let Some(reason) = not_read(&header, &columns) {
            let state = CoverageState::NotAttempted;
            cx.sink
                .cover(Coverage::gap(&source, state, name.as_str(), reason))?;
        }
        if !columns.names_rows() {
            return Ok(());
        }
        let mut bad = 0_u64;
        while let Some(record) = records.next()? {
            let (line, found, problems) = match record {
                Record::TooLong { line } => (line, None, vec![records::TOO_LONG.to_owned()]),
                Record::Row { line, fields } if fields.len() != header.len() => {
                    let (got, want) = (fields.len(), header.len());
                    let reason = format!("the row has {got} fields where the header has {want}");
                    (line, None, vec![reason])
                }
                Record::Row { line, fields } => {
                    let row = Row::new(&columns, &fields);
                    let (found, problems) = row.observation(&source.scope, cx.fingerprinter, at);
                    (line, found, problems)
                }
            };
            let place = format!("{name}:line {line}");
            bad = if found.is_some() { 0 } else { bad + 1 };
            if let Some(observation) = found {
                cx.observe(&source, observation.at(place.as_str()))?;
            }
            for problem in problems {
                cx.gap(&source, place.as_str(), problem)?;
            }
            if bad > MAX_BAD_ROWS {
                return Err(ReadError::Limit(format!(
                    "more than {MAX_BAD_ROWS} rows in a row cannot be read; the rest was left out"
                )));
            }
        }
        cx.covered(&source, KINDS, "inventory", &name)
    }
}

/// What of the table is left out before its first row.
fn not_read(header: &[String], columns: &Columns) -> Option<String> {
    if !columns.names_rows() {
        let known: Vec<&str> = header.iter().take(20).map(String::as_str).collect();
        return Some(format!(
            "a table without a column known as `id` or `name`; say which it is with --map 'Column=name' (columns: {})",
            known.join(", ")
        ));
    }
    (!columns.ignored.is_empty()).then(|| {
        let ignored = columns.ignored.join(", ");
        format!("columns that are not mapped were not read: {ignored}")
    })
}

#[cfg(test)]
mod tests;
