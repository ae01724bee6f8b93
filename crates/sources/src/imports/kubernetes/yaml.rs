//! YAML streams in pieces: documents at `---`, and the items of a list at their dashes.
//!
//! `kubectl get -o yaml` writes a whole cluster as one document. Cut by indentation, each item is
//! parsed by itself, so memory is bounded by the largest item and a broken one is the only loss.

use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Options};

use super::Reader;
use crate::imports::ReadError;
use crate::imports::document::{Document, Line};
use crate::imports::json::{MAX_DEPTH, MAX_ELEMENT_BYTES};

pub(super) fn read(
    document: &mut Document<'_>,
    reader: &mut Reader<'_, '_>,
) -> Result<(), ReadError> {
    let mut splitter = Splitter::default();
    document.lines(|line| match line {
        Line::Text {
            number,
            text,
            lossy,
        } => {
            if lossy {
                reader.gap(
                    format!("line {number}"),
                    "not UTF-8; the bytes were replaced",
                )?;
            }
            splitter.line(number, text, reader)
        }
        Line::TooLong { number } => {
            splitter.broken = Some("it holds a line longer than 8 MiB");
            reader.gap(format!("line {number}"), "the line is longer than 8 MiB")
        }
    })?;
    splitter.piece_ends(reader)
}

/// Collects lines to the next border.
#[derive(Default)]
struct Splitter {
    piece: String,
    first_line: u64,
    /// The column of the dashes when inside the `items:` of a list.
    items: Items,
    broken: Option<&'static str>,
    item_kind: Option<String>,
    /// At the keys `kubectl` writes after the items: `kind: List` and empty metadata.
    after_items: bool,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Items {
    /// Not in a list.
    #[default]
    No,
    /// `items:` was read, its first dash was not.
    Begin,
    /// In items whose dashes stand at this column.
    At(usize),
}

impl Splitter {
    fn line(
        &mut self,
        number: u64,
        text: &str,
        reader: &mut Reader<'_, '_>,
    ) -> Result<(), ReadError> {
        if is_document_border(text) {
            self.piece_ends(reader)?;
            self.items = Items::No;
            self.item_kind = None;
            self.after_items = false;
            // Content may follow on the line of the marker: `--- {kind: …}`.
            if let Some(rest) = text.strip_prefix("--- ") {
                self.push(number, rest);
            }
            return Ok(());
        }
        if text.trim_end() == "items:" {
            // The keys before it belong to the list: `apiVersion`, `kind: PodList`.
            self.item_kind = kind_of_items(&self.piece);
            self.piece.clear();
            self.items = Items::Begin;
            return Ok(());
        }
        let column = text.len() - text.trim_start_matches(' ').len();
        let dash = text.trim_start_matches(' ').starts_with("- ");
        if self.items == Items::Begin && dash {
            self.items = Items::At(column);
        }
        if let Items::At(at) = self.items {
            if dash && column == at {
                self.piece_ends(reader)?;
                // The dash becomes indentation, so the item is a mapping of its own.
                let item = text.replacen('-', " ", 1);
                self.push(number, &item);
                return Ok(());
            }
            let left = text
                .bytes()
                .next()
                .is_some_and(|byte| !byte.is_ascii_whitespace());
            if column <= at && left && !dash && !text.starts_with('#') {
                // Back at the keys of the list after its items.
                self.piece_ends(reader)?;
                self.items = Items::No;
                self.after_items = true;
            }
        }
        self.push(number, text);
        Ok(())
    }

    fn push(&mut self, number: u64, text: &str) {
        if self.piece.is_empty() {
            self.first_line = number;
        }
        if self.piece.len() + text.len() > MAX_ELEMENT_BYTES {
            self.broken = Some("the document is larger than 32 MiB");
        }
        if self.broken.is_none() {
            self.piece.push_str(text);
            self.piece.push('\n');
        } else if self.piece.is_empty() {
            // So that the border knows there was something.
            self.piece.push('\n');
        }
    }

    fn piece_ends(&mut self, reader: &mut Reader<'_, '_>) -> Result<(), ReadError> {
        let piece = std::mem::take(&mut self.piece);
        let place = format!("line {}", self.first_line);
        if let Some(reason) = self.broken.take() {
            return reader.gap(place, reason);
        }
        let blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if self.after_items || piece.lines().all(blank) {
            return Ok(());
        }
        match parse(&piece) {
            Ok(value) if value.is_null() => Ok(()),
            Ok(value) => reader.value(&value, self.item_kind.as_deref(), &place),
            Err(reason) => reader.gap(place, reason),
        }
    }
}

fn is_document_border(text: &str) -> bool {
    matches!(text.trim_end(), "---" | "...") || text.starts_with("--- ")
}

/// The kind a typed list gives to its items: `PodList` → `Pod`.
fn kind_of_items(head: &str) -> Option<String> {
    let kind = head.lines().find_map(|line| line.strip_prefix("kind:"))?;
    kind.trim()
        .strip_suffix("List")
        .filter(|kind| !kind.is_empty())
        .map(str::to_owned)
}

/// Parses one document. The text of the library's error may quote the document, so only the place
/// and a reason of ours are told.
fn parse(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
        let place = error.location().map_or_else(String::new, |location| {
            format!(
                " at its line {} column {}",
                location.line(),
                location.column()
            )
        });
        let limit = is_limit(&error);
        if limit {
            format!("the document expands beyond the bounds for YAML{place}; it was not read")
        } else {
            format!("not YAML{place}")
        }
    })
}

/// True when a bound was met rather than a rule of YAML broken.
fn is_limit(error: &serde_saphyr::Error) -> bool {
    use serde_saphyr::Error;
    match error {
        Error::AliasError { error, .. } | Error::WithSnippet { error, .. } => is_limit(error),
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => true,
        _ => false,
    }
}

/// Kubernetes writes no aliases; a few are allowed for manifests by hand.
fn options() -> Options {
    let mut options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_depth: MAX_DEPTH,
            max_documents: 1,
        },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    options.alias_limits.max_total_replayed_events = 100_000;
    options
}
