//! One document to read: a file, a member of an archive, or standard input.

use std::io::{BufRead, Read};

use model::TimeUs;

use super::json::{self, JsonElement};
use super::probe::Probe;
use super::utf16::{self, Utf16Reader};
use super::{Format, ReadError};

/// The most bytes a format may hold in memory at once, for formats that cannot be read piecewise
/// (key stores, kubeconfigs, YAML documents). 64 MiB is far above any real one.
pub const MAX_WHOLE_BYTES: u64 = 64 * 1024 * 1024;

/// The longest line read by [`Document::lines`]; LDIF values of photos and certificates stay below.
pub const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// How much of the beginning of a document is looked at to tell its format.
pub const HEAD_BYTES: usize = 64 * 1024;

/// A document under its name, readable once from the start.
pub struct Document<'a> {
    name: String,
    modified: Option<TimeUs>,
    head: Vec<u8>,
    rest: Box<dyn BufRead + 'a>,
}

impl std::fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// One line of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line without its line ending, lossy where it is not UTF-8 (`lossy` says so).
    Text {
        /// Line number from 1.
        number: u64,
        /// The text.
        text: &'a str,
        /// True when bytes that are no UTF-8 were replaced.
        lossy: bool,
    },
    /// A line longer than [`MAX_LINE_BYTES`], skipped whole.
    TooLong {
        /// Line number from 1.
        number: u64,
    },
}

impl<'a> Document<'a> {
    /// Wraps a reader, reading the head at once. UTF-16 with its mark is given on as UTF-8.
    ///
    /// # Errors
    /// The reader fails.
    pub fn new(
        name: impl Into<String>,
        modified: Option<TimeUs>,
        mut reader: impl BufRead + 'a,
    ) -> std::io::Result<Self> {
        let mut head = Vec::new();
        reader
            .by_ref()
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)?;
        let rest: Box<dyn BufRead + 'a> = if utf16::is_utf16(&head) {
            let raw = std::io::Cursor::new(std::mem::take(&mut head)).chain(reader);
            let mut converted = Utf16Reader::new(raw);
            converted
                .by_ref()
                .take(HEAD_BYTES as u64)
                .read_to_end(&mut head)?;
            Box::new(converted)
        } else {
            Box::new(reader)
        };
        Ok(Self {
            name: model::text::label(&name.into()),
            modified,
            head,
            rest,
        })
    }

    /// The name to show: path, or `archive!member`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last part of the name, without directories.
    pub fn short_name(&self) -> &str {
        self.name
            .rsplit(['/', '\\', '!'])
            .next()
            .unwrap_or(&self.name)
    }

    /// The modification time of the file, when known.
    pub fn modified(&self) -> Option<TimeUs> {
        self.modified
    }

    /// The first [`HEAD_BYTES`] bytes.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// What the beginning tells.
    pub fn probe(&self) -> Probe<'_> {
        Probe::new(&self.name, &self.head)
    }

    /// The whole content from the start; the document is used up.
    pub fn reader(&mut self) -> impl BufRead + use<'_, 'a> {
        let head = std::mem::take(&mut self.head);
        std::io::Cursor::new(head).chain(&mut self.rest)
    }

    /// Reads everything into memory.
    ///
    /// # Errors
    /// The medium fails, or there is more than [`MAX_WHOLE_BYTES`].
    pub fn bytes(&mut self) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        self.reader()
            .take(MAX_WHOLE_BYTES + 1)
            .read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_WHOLE_BYTES {
            return Err(ReadError::Limit(format!(
                "larger than {} MiB, which is more than any document of this format",
                MAX_WHOLE_BYTES >> 20
            )));
        }
        Ok(bytes)
    }

    /// Gives the document line by line with bounded memory.
    ///
    /// # Errors
    /// The medium fails, or `each` returns an error.
    pub fn lines(
        &mut self,
        mut each: impl FnMut(Line<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let mut reader = self.reader();
        let mut number = 0_u64;
        let mut line = Vec::new();
        loop {
            line.clear();
            let got = reader
                .by_ref()
                .take(MAX_LINE_BYTES as u64 + 1)
                .read_until(b'\n', &mut line)?;
            if got == 0 {
                return Ok(());
            }
            number += 1;
            let ended = line.last() == Some(&b'\n');
            if !ended && got > MAX_LINE_BYTES {
                skip_line(&mut reader)?;
                each(Line::TooLong { number })?;
                continue;
            }
            while matches!(line.last(), Some(b'\n' | b'\r')) {
                line.pop();
            }
            match std::str::from_utf8(&line) {
                Ok(text) => each(Line::Text {
                    number,
                    text,
                    lossy: false,
                })?,
                Err(_) => each(Line::Text {
                    number,
                    text: &String::from_utf8_lossy(&line),
                    lossy: true,
                })?,
            }
        }
    }

    /// Gives the elements of a JSON document one by one with bounded memory; see [`json`].
    ///
    /// # Errors
    /// The medium fails, the text is not JSON from some byte on, or `each` returns an error.
    pub fn json_elements(
        &mut self,
        each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        json::elements(&mut self.reader(), each)
    }

    /// As [`Self::json_elements`], going into the object under one top-level key; see
    /// [`json::elements_within`].
    ///
    /// # Errors
    /// As [`Self::json_elements`].
    pub fn json_elements_within(
        &mut self,
        within: &'static str,
        each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        json::elements_within(&mut self.reader(), Some(within), each)
    }

    /// Gives the JSON texts of a stream whole (one object, or one a line); see [`json::documents`].
    ///
    /// # Errors
    /// The medium fails, the text is not JSON from some byte on, or `each` returns an error.
    pub fn json_documents(
        &mut self,
        each: &mut dyn FnMut(JsonElement<'_>) -> Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        json::documents(&mut self.reader(), each)
    }

    /// Chooses the surest format of a list.
    pub fn choose(&self, formats: &[&'static dyn Format]) -> Option<&'static dyn Format> {
        let probe = self.probe();
        let mut best: Option<(super::Match, &'static dyn Format)> = None;
        for format in formats {
            let sure = format.detect(&probe);
            if sure > best.map_or(super::Match::No, |(best, _)| best) {
                best = Some((sure, *format));
            }
        }
        best.map(|(_, format)| format)
    }
}

/// Reads on to the end of the line without keeping it.
fn skip_line(reader: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, done) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(used);
        if done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_too_long_is_skipped_and_the_next_is_read() {
        let mut text = vec![b'x'; MAX_LINE_BYTES + 10];
        text.extend_from_slice(b"\nafter\xff\n");
        let mut document = Document::new("a.txt", None, std::io::Cursor::new(text)).unwrap();
        let mut seen = Vec::new();
        document
            .lines(|line| {
                seen.push(match line {
                    Line::Text {
                        number,
                        text,
                        lossy,
                    } => format!("{number} {text} {lossy}"),
                    Line::TooLong { number } => format!("{number} too long"),
                });
                Ok(())
            })
            .unwrap();
        assert_eq!(seen, ["1 too long", "2 after\u{fffd} true"]);
    }

    #[test]
    fn the_head_is_read_again_with_the_rest() {
        let text = vec![b'a'; HEAD_BYTES * 2 + 7];
        let mut document =
            Document::new("dir/x.zip!b", None, std::io::Cursor::new(text.clone())).unwrap();
        assert_eq!(document.head().len(), HEAD_BYTES);
        assert_eq!(document.short_name(), "b");
        assert_eq!(document.bytes().unwrap(), text);
    }
}
