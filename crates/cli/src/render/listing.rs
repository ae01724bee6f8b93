//! Lists: one row after the other, in any format, without holding all of them.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Out, csv, safe, table, text};
use crate::cli::Format;
use crate::exit::Failure;

/// Rows held to find out how wide the columns of a table are.
const MEASURED: usize = 1_000;

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its title.
    pub(crate) title: &'static str,
    /// Where its value stands in the row, as a JSON pointer.
    pub(crate) path: &'static str,
}

impl Column {
    pub(crate) const fn new(title: &'static str, path: &'static str) -> Self {
        Self { title, path }
    }
}

/// Writes a list.
pub(crate) struct Listing<'a> {
    out: &'a mut Out,
    columns: &'static [Column],
    held: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
    csv: Option<Vec<String>>,
    rows: usize,
}

impl<'a> Listing<'a> {
    pub(crate) fn new(out: &'a mut Out, columns: &'static [Column]) -> Self {
        Self {
            out,
            columns,
            held: Vec::new(),
            widths: None,
            csv: None,
            rows: 0,
        }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &impl Serialize) -> Result<(), Failure> {
        self.rows += 1;
        match self.out.format {
            Format::Jsonl => self.out.json_line(row),
            Format::Json => {
                let before = if self.rows == 1 {
                    "{\"v\":1,\"rows\":[\n"
                } else {
                    ",\n"
                };
                self.out.text(before)?;
                let line = super::json::line(row)?;
                self.out.text(&line)
            }
            Format::Csv => self.csv(&serde_json::to_value(row)?),
            Format::Table => self.table(&serde_json::to_value(row)?),
        }
    }

    fn csv(&mut self, row: &Value) -> Result<(), Failure> {
        if self.csv.is_none() {
            let columns = csv::header(row);
            self.out.text(&csv::header_line(&columns))?;
            self.out.text("\r\n")?;
            self.csv = Some(columns);
        }
        let line = csv::line(self.csv.as_deref().unwrap_or_default(), row);
        self.out.text(&line)?;
        self.out.text("\r\n")
    }

    fn table(&mut self, row: &Value) -> Result<(), Failure> {
        let cells: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                row.pointer(column.path)
                    .map_or_else(String::new, |value| safe(&text::shown(value)))
            })
            .collect();
        if let Some(widths) = &self.widths {
            let line = table::line(&cells, widths);
            return self.out.text(&format!("{line}\n"));
        }
        self.held.push(cells);
        if self.held.len() >= MEASURED {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title).collect();
        let widths = table::widths(&titles, &self.held, self.out.width);
        let titles: Vec<String> = titles.into_iter().map(str::to_owned).collect();
        let head = self.out.heading(&table::line(&titles, &widths));
        self.out.text(&format!("{head}\n"))?;
        for cells in std::mem::take(&mut self.held) {
            let line = table::line(&cells, &widths);
            self.out.text(&format!("{line}\n"))?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    /// Ends the list. `about` is what a JSON document says besides the rows.
    pub(crate) fn finish(mut self, about: &impl Serialize) -> Result<usize, Failure> {
        match self.out.format {
            Format::Json => {
                let begin = if self.rows == 0 {
                    "{\"v\":1,\"rows\":["
                } else {
                    "\n"
                };
                let mut about = match serde_json::to_value(about)? {
                    Value::Object(about) => about,
                    Value::Null => serde_json::Map::new(),
                    other => {
                        let mut map = serde_json::Map::new();
                        map.insert("about".to_owned(), other);
                        map
                    }
                };
                about.entry("shown").or_insert_with(|| json!(self.rows));
                let tail = super::json::line(&about)?;
                let tail = tail.strip_prefix('{').unwrap_or(&tail);
                self.out.text(&format!("{begin}],{tail}\n"))?;
            }
            Format::Table if !self.held.is_empty() => self.flush()?,
            Format::Table | Format::Jsonl | Format::Csv => {}
        }
        Ok(self.rows)
    }
}
