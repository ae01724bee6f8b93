//! Answers for people: headings, labelled paragraphs, numbered steps.

use serde_json::Value;

use super::{Out, safe, safe_lines, table};
use crate::exit::Failure;

/// Where no terminal says how wide it is.
const WIDTH: usize = 100;

/// Writes an answer for a person.
pub(crate) struct Text<'a> {
    out: &'a mut Out,
    width: usize,
}

impl<'a> Text<'a> {
    pub(crate) fn new(out: &'a mut Out) -> Self {
        let width = out.width.unwrap_or(WIDTH).clamp(40, 140);
        Self { out, width }
    }

    /// A heading.
    pub(crate) fn heading(&mut self, text: &str) -> Result<(), Failure> {
        let text = self.out.heading(&safe(text));
        self.out.text(&format!("{text}\n"))
    }

    /// A line as it is.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.out.text(&format!("{}\n", safe_lines(text)))
    }

    /// A paragraph that is broken into lines.
    pub(crate) fn paragraph(&mut self, text: &str) -> Result<(), Failure> {
        for line in table::wrap(&safe(text), self.width) {
            self.out.text(&format!("{line}\n"))?;
        }
        Ok(())
    }

    /// A paragraph that is broken into lines, `indent` to the right; its later lines two more.
    pub(crate) fn bullet(&mut self, indent: usize, text: &str) -> Result<(), Failure> {
        let width = self.width.saturating_sub(indent + 2).max(20);
        for (at, line) in table::wrap(&safe(text), width).into_iter().enumerate() {
            let lead = " ".repeat(if at == 0 { indent } else { indent + 2 });
            self.out.text(&format!("{lead}{line}\n"))?;
        }
        Ok(())
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> Result<(), Failure> {
        self.out.text("\n")
    }

    /// A label and a paragraph that is broken into lines.
    pub(crate) fn labelled(&mut self, label: &str, text: &str) -> Result<(), Failure> {
        const INDENT: usize = 12;
        let head = format!("{label:<INDENT$}");
        for (at, line) in table::wrap(&safe(text), self.width - INDENT)
            .into_iter()
            .enumerate()
        {
            let lead = if at == 0 {
                self.out.heading(&head)
            } else {
                " ".repeat(INDENT)
            };
            self.out.text(&format!("{lead}{line}\n"))?;
        }
        Ok(())
    }

    /// A paragraph under a labelled one, with a mark before it.
    pub(crate) fn item(&mut self, mark: &str, text: &str) -> Result<(), Failure> {
        const INDENT: usize = 12;
        let mark = format!("{}{mark} ", " ".repeat(INDENT));
        let indent = mark.chars().count();
        for (at, line) in table::wrap(&safe(text), self.width.saturating_sub(indent).max(20))
            .into_iter()
            .enumerate()
        {
            let lead = if at == 0 {
                mark.clone()
            } else {
                " ".repeat(indent)
            };
            self.out.text(&format!("{lead}{line}\n"))?;
        }
        Ok(())
    }

    /// A command to copy: never broken.
    pub(crate) fn command(&mut self, text: &str) -> Result<(), Failure> {
        self.out
            .text(&format!("{}{}\n", " ".repeat(15), safe(text)))
    }

    /// A small table.
    pub(crate) fn table(&mut self, titles: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| safe(cell)).collect())
            .collect();
        let widths = table::widths(titles, &rows, self.out.width);
        let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
        if titles.iter().any(|title| !title.is_empty()) {
            let head = self.out.heading(&table::line(&titles, &widths));
            self.out.text(&format!("{head}\n"))?;
        }
        for row in &rows {
            let line = table::line(row, &widths);
            self.out.text(&format!("{line}\n"))?;
        }
        Ok(())
    }
}

/// A JSON value as a cell.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => day(text),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(parts) if parts.contains_key("state") && parts.contains_key("at") => {
            when(value)
        }
        other => other.to_string(),
    }
}

/// A fact as a cell: its date, else its state.
pub(crate) fn when(fact: &Value) -> String {
    match (
        fact.get("at").and_then(Value::as_str),
        fact.get("state").and_then(Value::as_str),
    ) {
        (Some(at), _) => day(at),
        (None, Some("nothing_said") | None) => "-".to_owned(),
        (None, Some(state)) => state.replace('_', " "),
    }
}

/// The day of a time; other texts as they are.
fn day(text: &str) -> String {
    let is_time = text.len() >= 20
        && text.ends_with('Z')
        && text.chars().nth(10) == Some('T')
        && text.chars().take(4).all(|ch| ch.is_ascii_digit());
    if is_time {
        text.chars().take(10).collect()
    } else {
        text.to_owned()
    }
}
