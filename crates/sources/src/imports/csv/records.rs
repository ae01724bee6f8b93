//! Rows of a CSV with bounded memory: a quote that is never closed costs one row, not the machine.

use std::io::{self, BufRead};

use crate::imports::document::Document;

/// The longest row; real ones end below 64 KiB.
const MAX_ROW_BYTES: usize = 1 << 20;

/// The most fields of a row; spreadsheets end at 16,384 columns.
const MAX_FIELDS: usize = 16_384;

/// What is said about a row that is too long.
pub(crate) const TOO_LONG: &str =
    "the row is longer than 1 MiB or has more than 16,384 fields; is a quote not closed?";

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// A row and the line it begins at, from 1.
    Row { line: u64, fields: Vec<String> },
    /// A row that was passed over to the end of the line it became too long in.
    TooLong { line: u64 },
}

/// Reads rows; the separator is told from the header.
pub(crate) struct Records<'d> {
    reader: Box<dyn BufRead + 'd>,
    separator: u8,
    line: u64,
}

impl<'d> Records<'d> {
    pub(crate) fn new<'a: 'd>(document: &'d mut Document<'a>) -> Self {
        let separator = separator(document.head());
        Self {
            reader: Box::new(document.reader()),
            separator,
            line: 1,
        }
    }

    /// The first row that is a header: Excel writes `sep=;` before it and PowerShell `#TYPE …`.
    pub(crate) fn header(&mut self) -> io::Result<Option<Vec<String>>> {
        while let Some(record) = self.next()? {
            let Record::Row { fields, .. } = record else {
                return Ok(None);
            };
            let first = fields.first().map(String::as_str).unwrap_or_default();
            let first = first.trim_start_matches('\u{feff}');
            if is_preamble(first) {
                continue;
            }
            let header = std::iter::once(first)
                .chain(fields.iter().skip(1).map(String::as_str))
                .map(|name| name.trim().to_owned())
                .collect();
            return Ok(Some(header));
        }
        Ok(None)
    }

    /// The next row that is not blank.
    pub(crate) fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            match self.row()? {
                Some(Record::Row { fields, .. }) if is_blank(&fields) => {}
                other => return Ok(other),
            }
        }
    }

    fn row(&mut self) -> io::Result<Option<Record>> {
        let line = self.line;
        let mut row = RowState::default();
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(row.began.then(|| row.finish(line)));
            }
            let mut used = 0;
            let mut ended = false;
            for &byte in buffer {
                used += 1;
                row.began = true;
                if byte == b'\n' {
                    self.line += 1;
                }
                if row.take(byte, self.separator) {
                    ended = true;
                    break;
                }
            }
            self.reader.consume(used);
            if ended {
                return Ok(Some(row.finish(line)));
            }
        }
    }
}

#[derive(Default)]
struct RowState {
    fields: Vec<String>,
    field: Vec<u8>,
    bytes: usize,
    began: bool,
    quoted: bool,
    /// A quote was read inside a quoted field: the end of it, or the first half of `""`.
    quote_pending: bool,
    too_long: bool,
}

impl RowState {
    /// Takes one byte; true when the row ends with it.
    fn take(&mut self, byte: u8, separator: u8) -> bool {
        self.bytes += 1;
        if self.bytes > MAX_ROW_BYTES || self.fields.len() > MAX_FIELDS {
            self.too_long = true;
        }
        if self.too_long {
            self.field = Vec::new();
            return byte == b'\n';
        }
        if self.quote_pending {
            self.quote_pending = false;
            if byte == b'"' {
                self.field.push(b'"');
                return false;
            }
            self.quoted = false;
        }
        match byte {
            b'"' if self.quoted => self.quote_pending = true,
            b'"' if self.field.is_empty() => self.quoted = true,
            _ if self.quoted => self.field.push(byte),
            b'\n' => return true,
            _ if byte == separator => self.end_field(),
            _ => self.field.push(byte),
        }
        false
    }

    fn end_field(&mut self) {
        let field = std::mem::take(&mut self.field);
        self.fields
            .push(String::from_utf8_lossy(&field).into_owned());
    }

    fn finish(mut self, line: u64) -> Record {
        if self.too_long {
            return Record::TooLong { line };
        }
        if self.field.last() == Some(&b'\r') {
            self.field.pop();
        }
        self.end_field();
        Record::Row {
            line,
            fields: self.fields,
        }
    }
}

fn is_blank(fields: &[String]) -> bool {
    matches!(fields, [only] if only.trim().is_empty())
}

/// A line of Excel or PowerShell before the header.
pub(crate) fn is_preamble(line: &str) -> bool {
    let line = line.trim();
    line.starts_with("#TYPE ") || (line.starts_with("sep=") && line.len() <= 5)
}

/// The mark that stands most often in the header.
fn separator(head: &[u8]) -> u8 {
    let text = String::from_utf8_lossy(head);
    let header = text
        .trim_start_matches('\u{feff}')
        .lines()
        .find(|line| !line.trim().is_empty() && !is_preamble(line))
        .unwrap_or_default();
    let mut counts = [(0_usize, b','), (0, b';'), (0, b'\t')];
    let mut quoted = false;
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        for (count, mark) in &mut counts {
            *count += usize::from(!quoted && byte == *mark);
        }
    }
    // The first of equals wins, so a header without any mark is read by commas.
    counts
        .iter()
        .rev()
        .max_by_key(|(count, _)| *count)
        .map_or(b',', |(_, mark)| *mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Vec<Record> {
        let mut document = Document::new("x.csv", None, io::Cursor::new(text.to_vec())).unwrap();
        let mut records = Records::new(&mut document);
        std::iter::from_fn(|| records.next().unwrap()).collect()
    }

    fn row(line: u64, fields: &[&str]) -> Record {
        Record::Row {
            line,
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
        }
    }

    #[test]
    fn quotes_separators_and_line_ends() {
        assert_eq!(
            rows(b"a;b;c\r\n1;\"x;\"\"y\"\"\nz\";3\r\n\r\n;;\n\xff;5\" pipe;\"6"),
            [
                row(1, &["a", "b", "c"]),
                row(2, &["1", "x;\"y\"\nz", "3"]),
                row(5, &["", "", ""]),
                row(6, &["\u{fffd}", "5\" pipe", "6"]),
            ]
        );
        assert_eq!(rows(b""), []);
        assert_eq!(rows(b"a\tb,c\td"), [row(1, &["a", "b,c", "d"])]);
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_one_row() {
        let mut text = b"a,b\n1,\"open\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', MAX_ROW_BYTES));
        text.extend(b"\n2,two\n");
        assert_eq!(
            rows(&text),
            [
                row(1, &["a", "b"]),
                Record::TooLong { line: 2 },
                row(4, &["2", "two"])
            ]
        );
    }

    #[test]
    fn preambles_are_no_header() {
        for text in [
            "sep=;\nName;Owner\n",
            "#TYPE Selected.X\n\"Name\";\"Owner\"\n",
            "\u{feff}Name;Owner\n",
        ] {
            let mut document =
                Document::new("x", None, io::Cursor::new(text.as_bytes().to_vec())).unwrap();
            let header = Records::new(&mut document).header().unwrap().unwrap();
            assert_eq!(header, ["Name", "Owner"], "{text}");
        }
    }
}
