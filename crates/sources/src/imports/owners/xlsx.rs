//! The first sheet of a workbook, with bounds on what it unfolds to.

use std::io::{Cursor, Read as _};

use calamine::{DataRef, Reader as _, Xlsx};
use zip::ZipArchive;

use super::table::{MAX_ROWS, Table};
use crate::imports::ReadError;

/// What all parts of a workbook may unfold to: a million rows of ten columns are half of it.
const MAX_UNPACKED: u64 = 256 << 20;
/// Unfolded bytes for each packed byte; sheets of one repeated word reach 100.
const MAX_RATIO: u64 = 200;
/// Small workbooks may be very repetitive.
const RATIO_FROM: u64 = 8 << 20;
/// Parts of a workbook.
const MAX_PARTS: usize = 10_000;
/// Columns that are read; those of such a sheet end below a hundred.
const MAX_COLUMNS: u32 = 512;

/// True for a zip whose first member is one that office documents begin with.
pub(crate) fn is_workbook(head: &[u8]) -> bool {
    let name = head.get(30..).unwrap_or_default();
    head.starts_with(b"PK\x03\x04")
        && [
            &b"[Content_Types].xml"[..],
            b"_rels/.rels",
            b"xl/",
            b"docProps/",
        ]
        .iter()
        .any(|first| name.starts_with(first))
}

/// Reads the first sheet.
pub(super) fn read(bytes: Vec<u8>) -> Result<Table, ReadError> {
    bounded(&bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let name = workbook.sheet_names().into_iter().next();
    let name = name.ok_or_else(|| ReadError::Malformed("the workbook has no sheet".to_owned()))?;
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(broken)?;
    let mut table = Table::default();
    let mut row: Vec<String> = Vec::new();
    let mut at: Option<u32> = None;
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (line, column) = cell.get_position();
        if column >= MAX_COLUMNS {
            continue;
        }
        if at != Some(line) {
            take(&mut table, at, &mut row)?;
            at = Some(line);
        }
        let column = column as usize;
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        if let Some(slot) = row.get_mut(column) {
            *slot = text(cell.get_value());
        }
    }
    take(&mut table, at, &mut row)?;
    if table.header.is_empty() {
        return Err(ReadError::Malformed("the first sheet is empty".to_owned()));
    }
    Ok(table)
}

/// Puts a finished row into the table; the first is the header.
fn take(table: &mut Table, at: Option<u32>, row: &mut Vec<String>) -> Result<(), ReadError> {
    let row = std::mem::take(row);
    if row.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(());
    }
    if table.header.is_empty() {
        table.header = row.iter().map(|name| name.trim().to_owned()).collect();
        return Ok(());
    }
    if table.rows.len() >= MAX_ROWS {
        return Err(ReadError::Limit(format!(
            "more than {MAX_ROWS} rows; split the sheet"
        )));
    }
    table.rows.push((u64::from(at.unwrap_or(0)) + 1, row));
    Ok(())
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        // Days as Excel counts them; dates are read from that.
        DataRef::DateTime(time) => time.as_f64().floor().to_string(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Unfolds every part once, counting only: what the index claims about sizes is not believed.
fn bounded(bytes: &[u8]) -> Result<(), ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAX_PARTS {
        return Err(ReadError::Limit(format!(
            "the workbook has more than {MAX_PARTS} parts"
        )));
    }
    let most = MAX_UNPACKED.min(
        (bytes.len() as u64)
            .saturating_mul(MAX_RATIO)
            .max(RATIO_FROM),
    );
    let mut left = most;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(broken)?;
        let got = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())?;
        if got > left {
            return Err(ReadError::Limit(format!(
                "the workbook unfolds to more than {most} bytes; save the sheet as CSV"
            )));
        }
        left -= got;
    }
    Ok(())
}

fn broken(error: impl std::fmt::Display) -> ReadError {
    let text = model::text::label(&model::text::bounded(&error.to_string(), 200));
    ReadError::Malformed(format!("the workbook cannot be read: {text}"))
}
