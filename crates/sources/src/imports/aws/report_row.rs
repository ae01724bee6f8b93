//! The rows of the credential report: cells by column name, and what their words mean.

use std::collections::BTreeMap;

use model::{Fact, TimeUs};
use serde_json::Value;

use crate::imports::fields::precision_of;

/// Columns read of one row; the report has 23.
const MAX_COLUMNS: usize = 256;

/// One row, its cells by column name, whatever order or number of columns the report has.
pub(super) struct Row<'r> {
    pub(super) columns: &'r BTreeMap<String, usize>,
    pub(super) cells: &'r [String],
}

impl Row<'_> {
    pub(super) fn cell(&self, column: &str) -> Cell {
        let text = self
            .columns
            .get(column)
            .and_then(|at| self.cells.get(*at))
            .map(|cell| cell.trim().to_owned());
        match text {
            None => Cell::Absent,
            Some(text) if text.is_empty() => Cell::Empty,
            Some(text) => Cell::Text(text),
        }
    }
}

/// A cell of the report. The provider's words for "nothing" stay apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// The report has no such column.
    Absent,
    /// The cell is empty.
    Empty,
    /// What stands there: a value, `N/A`, `no_information`, `not_supported`.
    Text(String),
}

impl Cell {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Empty => None,
        }
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.word()
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    pub(super) fn time(&self) -> Option<TimeUs> {
        self.word().and_then(|text| TimeUs::parse(text).ok())
    }

    /// A flag as JSON: true, false, the provider's other word, null for an empty cell, or nothing.
    pub(super) fn flag(&self) -> Option<Value> {
        Some(match self {
            Self::Absent => return None,
            Self::Empty => Value::Null,
            Self::Text(_) if self.is("true") => true.into(),
            Self::Text(_) if self.is("false") => false.into(),
            Self::Text(text) => model::text::bounded(text, 64).into(),
        })
    }

    /// A date, with what `N/A` means in its column; `no_information` and `not_supported` mean the
    /// same in every column.
    pub(super) fn fact(&self, not_applicable: &Fact<TimeUs>) -> Option<Fact<TimeUs>> {
        let text = match self {
            Self::Absent => return None,
            Self::Empty => return Some(Fact::no_data_yet("the cell of the report is empty")),
            Self::Text(text) => text,
        };
        Some(if let Some(time) = self.time() {
            Fact::known_to(time, precision_of(text))
        } else if self.is("N/A") {
            not_applicable.clone()
        } else if self.is("no_information") {
            Fact::no_data_yet(
                "no_information: never used, or not since AWS began to record it on 2014-10-20",
            )
        } else if self.is("not_supported") {
            Fact::not_observable("not_supported: AWS does not report this for the root user")
        } else {
            Fact::no_data_yet(format!(
                "the report writes `{}`, which is no time",
                model::text::bounded(text, 40)
            ))
        })
    }
}

/// The cells of one line, quoted or not.
pub(super) fn cells(line: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(ch) = chars.next() {
        match ch {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(ch),
        }
        if cells.len() > MAX_COLUMNS {
            break;
        }
    }
    cells.push(cell);
    cells
}

/// User names may hold commas. Where they were written without quotes, the name and the ARN that
/// repeats it are put together again.
pub(super) fn rejoined(cells: Vec<String>, columns: usize) -> Vec<String> {
    let more = cells.len().saturating_sub(columns);
    if more == 0 || !more.is_multiple_of(2) {
        return cells;
    }
    let part = more / 2 + 1;
    let (Some(name), Some(arn)) = (cells.get(..part), cells.get(part..part * 2)) else {
        return cells;
    };
    let (name, arn) = (name.join(","), arn.join(","));
    if !arn.starts_with("arn:") || !arn.ends_with(&name) {
        return cells;
    }
    [name, arn]
        .into_iter()
        .chain(cells.into_iter().skip(part * 2))
        .collect()
}
