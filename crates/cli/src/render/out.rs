//! Where an answer goes.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use serde::Serialize;

use super::json;
use crate::cli::Format;
use crate::exit::Failure;

/// The answer's destination and format.
pub(crate) struct Out {
    writer: BufWriter<Box<dyn Write>>,
    /// The format asked for.
    pub(crate) format: Format,
    /// Whether headings are set off by colour.
    pub(crate) colour: bool,
    /// How wide a line may be; `None` where no person looks.
    pub(crate) width: Option<usize>,
}

impl Out {
    /// Opens standard output, or the file.
    pub(crate) fn open(format: Format, file: Option<&Path>, colour: bool) -> Result<Self, Failure> {
        let writer: Box<dyn Write> = match file {
            None => Box::new(io::stdout()),
            Some(path) => Box::new(File::create(path).map_err(|error| {
                app::Error::failed(format!("cannot write `{}`: {error}", path.display()))
            })?),
        };
        let on_terminal = file.is_none() && io::stdout().is_terminal();
        Ok(Self {
            writer: BufWriter::with_capacity(1 << 16, writer),
            format,
            colour: colour && file.is_none(),
            width: on_terminal
                .then(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
                .flatten(),
        })
    }

    /// Writes text.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.writer.write_all(text.as_bytes())?)
    }

    /// Writes one JSON value on one line.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let line = json::line(value)?;
        self.text(&line)?;
        self.text("\n")
    }

    /// Writes one answer as JSON; `false` when another format was asked for.
    pub(crate) fn object(&mut self, value: &impl Serialize) -> Result<bool, Failure> {
        match self.format {
            Format::Table => Ok(false),
            Format::Json => {
                let text = json::pretty(value)?;
                self.text(&text)?;
                self.text("\n")?;
                Ok(true)
            }
            Format::Jsonl => self.json_line(value).map(|()| true),
            Format::Csv => Err(Failure::usage(
                "this answer is no list; use -f table, -f json or -f jsonl",
            )),
        }
    }

    /// A heading: bold on a terminal.
    pub(crate) fn heading(&self, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Ends the answer.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        Ok(self.writer.flush()?)
    }
}
