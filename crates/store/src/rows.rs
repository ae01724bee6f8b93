//! Rows packed for a bulk insert: all texts of a batch lie in one buffer, so that a row costs no
//! allocation and the thread that writes reads memory from end to end.

use crate::{StoreError, Value};

/// One value of a row on its way into a batch. `None` is NULL of that type.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// A `BIGINT`.
    Int(Option<i64>),
    /// A `TEXT`. Must not contain U+0000, which PostgreSQL cannot hold.
    Text(Option<&'a str>),
    /// A `DOUBLE PRECISION`. Must not be NaN, which SQLite would store as NULL.
    Real(Option<f64>),
}

impl PartialEq for Cell<'_> {
    /// NULL equals NULL of any type: SQLite does not say of which type a NULL is.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(Some(a)), Self::Int(Some(b))) => a == b,
            (Self::Text(Some(a)), Self::Text(Some(b))) => a == b,
            (Self::Real(Some(a)), Self::Real(Some(b))) => a.to_bits() == b.to_bits(),
            (
                Self::Int(None) | Self::Text(None) | Self::Real(None),
                Self::Int(None) | Self::Text(None) | Self::Real(None),
            ) => true,
            _ => false,
        }
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident($value:ident) $make:expr;)*) => {$(
        impl<'a> From<$from> for Cell<'a> {
            fn from($value: $from) -> Self {
                Self::$variant($make)
            }
        }
    )*};
}

from! {
    i64 => Int(value) Some(value);
    Option<i64> => Int(value) value;
    &'a str => Text(value) Some(value);
    Option<&'a str> => Text(value) value;
    &'a String => Text(value) Some(value.as_str());
    &'a Option<String> => Text(value) value.as_deref();
    model::TimeUs => Int(value) Some(value.as_micros());
    Option<model::TimeUs> => Int(value) value.map(model::TimeUs::as_micros);
}

impl<'a> From<&'a Value> for Cell<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Int(value) => Self::Int(*value),
            Value::Text(value) => Self::Text(value.as_deref()),
            Value::Real(value) => Self::Real(*value),
        }
    }
}

/// A cell without its text.
#[derive(Debug, Clone, Copy)]
enum Packed {
    Int(i64),
    Text(usize),
    Real(f64),
    NoInt,
    NoText,
    NoReal,
}

/// A batch of rows of one table.
#[derive(Debug, Default)]
pub struct Rows {
    cells: Vec<Packed>,
    text: String,
    width: usize,
    count: usize,
    uneven: bool,
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a row.
    pub fn push<'a>(&mut self, row: impl IntoIterator<Item = Cell<'a>>) {
        let before = self.cells.len();
        for cell in row {
            self.cells.push(match cell {
                Cell::Int(Some(value)) => Packed::Int(value),
                Cell::Text(Some(text)) => {
                    self.text.push_str(text);
                    Packed::Text(text.len())
                }
                Cell::Real(Some(value)) => Packed::Real(value),
                Cell::Int(None) => Packed::NoInt,
                Cell::Text(None) => Packed::NoText,
                Cell::Real(None) => Packed::NoReal,
            });
        }
        let width = self.cells.len() - before;
        if self.count == 0 {
            self.width = width;
        }
        self.uneven |= width != self.width || width == 0;
        self.count += 1;
    }

    /// Forgets the rows and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.cells.clear();
        self.text.clear();
        self.width = 0;
        self.count = 0;
        self.uneven = false;
    }

    /// Refuses what only one of the two databases could hold, and rows of different lengths.
    pub(crate) fn check(&self, sql: &str) -> Result<(), StoreError> {
        if self.uneven {
            return Err(StoreError::sql(sql, "rows with different lengths"));
        }
        if memchr::memchr(0, self.text.as_bytes()).is_some() {
            return Err(StoreError::value(
                "a text with the character U+0000 cannot be stored",
            ));
        }
        let nan = |cell: &Packed| matches!(cell, Packed::Real(number) if number.is_nan());
        if self.cells.iter().any(nan) {
            return Err(StoreError::value("NaN cannot be stored"));
        }
        Ok(())
    }

    /// Reads the rows, first to last.
    pub(crate) fn read(&self) -> Reading<'_> {
        Reading {
            rows: self.cells.chunks(self.width.max(1)),
            text: &self.text,
        }
    }
}

/// Where reading a batch stands.
pub(crate) struct Reading<'a> {
    rows: std::slice::Chunks<'a, Packed>,
    text: &'a str,
}

impl<'a> Reading<'a> {
    /// Puts the next row into `row`; false at the end.
    pub(crate) fn next_into(&mut self, row: &mut Vec<Cell<'a>>) -> bool {
        row.clear();
        let Some(cells) = self.rows.next() else {
            return false;
        };
        for cell in cells {
            row.push(match cell {
                Packed::Int(value) => Cell::Int(Some(*value)),
                Packed::Text(length) => {
                    let (text, rest) = self.text.split_at_checked(*length).unwrap_or_default();
                    self.text = rest;
                    Cell::Text(Some(text))
                }
                Packed::Real(value) => Cell::Real(Some(*value)),
                Packed::NoInt => Cell::Int(None),
                Packed::NoText => Cell::Text(None),
                Packed::NoReal => Cell::Real(None),
            });
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_went_in() {
        let mut rows = Rows::default();
        let said = [
            [
                Cell::from(4),
                "é".into(),
                Cell::Text(None),
                Cell::Real(Some(0.5)),
            ],
            [Cell::Int(None), "".into(), "x".into(), Cell::Real(None)],
        ];
        for row in said {
            rows.push(row);
        }
        rows.check("").unwrap();
        let (mut reading, mut row, mut back) = (rows.read(), Vec::new(), Vec::new());
        while reading.next_into(&mut row) {
            back.push(row.clone());
        }
        assert_eq!(back, said);
    }

    #[test]
    fn what_cannot_be_stored_is_refused() {
        for bad in [[Cell::from("a\0b")], [Cell::Real(Some(f64::NAN))]] {
            let mut rows = Rows::default();
            rows.push(bad);
            assert!(matches!(rows.check(""), Err(StoreError::Value { .. })));
        }
        let mut rows = Rows::default();
        rows.push([Cell::from(1)]);
        rows.push([Cell::from(1), Cell::from(2)]);
        assert!(matches!(rows.check(""), Err(StoreError::Sql { .. })));
    }
}
