//! Rows of a table, from CSV or a workbook, under one form.

use crate::imports::csv::records::{Record, Records, TOO_LONG};
use crate::imports::{Document, ReadError};

use super::xlsx;

/// Rows of one table; Excel ends at 1,048,576.
pub(super) const MAX_ROWS: usize = 1_100_000;

/// A header and rows with their line or row number, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<(u64, Vec<String>)>,
    pub(super) problems: Vec<(u64, String)>,
}

/// Reads a table whole.
pub(super) fn read(document: &mut Document<'_>) -> Result<Table, ReadError> {
    if xlsx::is_workbook(document.head()) {
        return xlsx::read(document.bytes()?);
    }
    let mut records = Records::new(document);
    let mut table = Table {
        header: records
            .header()?
            .ok_or_else(|| ReadError::Malformed("the table has no header line".to_owned()))?,
        ..Table::default()
    };
    while let Some(record) = records.next()? {
        if table.rows.len() >= MAX_ROWS {
            return Err(ReadError::Limit(format!(
                "more than {MAX_ROWS} rows; split the table"
            )));
        }
        match record {
            Record::TooLong { line } => table.problems.push((line, TOO_LONG.to_owned())),
            Record::Row { line, fields } if fields.len() > table.header.len() => {
                let (got, want) = (fields.len(), table.header.len());
                let reason = format!("the row has {got} fields where the header has {want}");
                table.problems.push((line, reason));
            }
            Record::Row { line, fields } => table.rows.push((line, fields)),
        }
    }
    Ok(table)
}

/// Letters and digits in lower case.
pub(super) fn plain(name: &str) -> String {
    name.chars()
        .filter(|ch| ch.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Which column has one of these names.
pub(super) fn column(header: &[String], names: &[&str]) -> Option<usize> {
    // In the order of names: the surest first.
    names
        .iter()
        .find_map(|name| header.iter().position(|column| plain(column) == *name))
}

/// The cell of a column, unless it is empty or holds a secret.
pub(super) fn cell(row: &[String], column: Option<usize>) -> Result<Option<String>, String> {
    let Some(text) = column.and_then(|at| row.get(at)).map(|cell| cell.trim()) else {
        return Ok(None);
    };
    if text.is_empty()
        || matches!(
            text.to_lowercase().as_str(),
            "n/a" | "na" | "none" | "-" | "?" | "tbd"
        )
    {
        return Ok(None);
    }
    if text.split_whitespace().any(crate::imports::csv::is_secret) {
        return Err("a cell holds a secret value and was left out".to_owned());
    }
    Ok(Some(model::text::label(text)))
}
