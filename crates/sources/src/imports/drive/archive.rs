//! What lies in what: streams are looked at, unpacked by content, and handed on.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use model::TimeUs;

use super::desk::{Desk, Stop};
use super::meter::{Bounded, Budget, Tally};
use super::{Limits, tar, zip};
use crate::imports::{Document, ReadError};

/// How much of a stream tells whether it is an archive: a tar header is 512 bytes.
pub(super) const PEEK_BYTES: u64 = 1_024;

/// How much of a nested zip is kept in memory before it goes to an unnamed temporary file.
const SPOOL_MEMORY_BYTES: usize = 16 << 20;

/// The longest name of a member kept; file systems end at 4,096.
const MAX_MEMBER_NAME_BYTES: usize = 1_024;

/// Where in an input something lies, and what is left of its budget.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) modified: Option<TimeUs>,
    pub(super) nesting: u8,
    pub(super) budget: Rc<Budget>,
}

impl Place {
    pub(super) fn top(name: String, modified: Option<TimeUs>, limits: Limits) -> Self {
        Self {
            name,
            modified,
            nesting: 0,
            budget: Budget::new(limits),
        }
    }

    /// The place of a member of the archive at this place.
    pub(super) fn member(&self, name: &str, modified: Option<TimeUs>) -> Self {
        Self {
            name: format!("{}!{}", self.name, member_name(name)),
            modified: modified.or(self.modified),
            nesting: self.nesting + 1,
            budget: Rc::clone(&self.budget),
        }
    }

    fn short_name(&self) -> &str {
        self.name
            .rsplit(['/', '\\', '!'])
            .next()
            .unwrap_or_default()
    }
}

/// What a stream is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Gzip,
    Zip,
    Tar,
    /// Compressed in a way that is not read.
    Other(&'static str),
    Plain,
}

pub(super) fn kind(head: &[u8]) -> Kind {
    match head {
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        // A workbook is a document, though a zip.
        _ if crate::imports::owners::is_workbook(head) => Kind::Plain,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, ..] => Kind::Other("bzip2"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Kind::Other("xz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Kind::Other("zstd"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Kind::Other("7-Zip"),
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Kind::Other("RAR"),
        _ if tar::is_header(head) => Kind::Tar,
        _ => Kind::Plain,
    }
}

/// Reads what `reader` gives: a document, or an archive of some.
pub(super) fn open(
    desk: &mut Desk<'_>,
    place: &Place,
    reader: Box<dyn BufRead + '_>,
) -> Result<(), Stop> {
    let (head, reader) = match peek(reader) {
        Ok(peeked) => peeked,
        Err(error) => return desk.failed(&place.name, &error.into()),
    };
    let kind = kind(&head);
    let too_deep = place.nesting >= desk.limits().max_nesting;
    match kind {
        Kind::Gzip | Kind::Zip | Kind::Tar if too_deep => {
            let reason = format!(
                "archives lie more than {} deep in each other; unpack it and import the folder",
                desk.limits().max_nesting
            );
            desk.failed(&place.name, &ReadError::Limit(reason))
        }
        Kind::Gzip => gzip(desk, place, reader),
        Kind::Tar => tar::members(desk, place, reader),
        Kind::Zip => spooled_zip(desk, place, reader),
        Kind::Other(what) => desk.skipped(
            &place.name,
            &format!("{what} compression is not read; unpack it and import what it holds"),
        ),
        Kind::Plain => document(desk, place, reader),
    }
}

/// Reads a document with the format that knows it.
fn document(desk: &mut Desk<'_>, place: &Place, reader: Box<dyn BufRead + '_>) -> Result<(), Stop> {
    match Document::new(place.name.as_str(), place.modified, reader) {
        Ok(mut document) => desk.document(&mut document, &place.budget),
        Err(error) => desk.failed(&place.name, &error.into()),
    }
}

/// A gzip stream: of a tar, whose members belong to this place, or of one document.
fn gzip(desk: &mut Desk<'_>, place: &Place, reader: Box<dyn BufRead + '_>) -> Result<(), Stop> {
    let (tally, packed) = Tally::new(reader);
    let decoder = MultiGzDecoder::new(BufReader::new(tally));
    let bounded = Bounded::new(decoder, packed, Rc::clone(&place.budget));
    let (head, unpacked) = match peek(Box::new(BufReader::new(bounded))) {
        Ok(peeked) => peeked,
        Err(error) => return desk.failed(&place.name, &error.into()),
    };
    if kind(&head) == Kind::Tar {
        return tar::members(desk, place, unpacked);
    }
    let short = place.short_name();
    let inner = short
        .strip_suffix(".gz")
        .or_else(|| short.strip_suffix(".GZ"))
        .unwrap_or(short)
        .to_owned();
    open(desk, &place.member(&inner, None), unpacked)
}

/// A zip that has no file of its own is kept aside, because a zip is read from its end.
fn spooled_zip(
    desk: &mut Desk<'_>,
    place: &Place,
    reader: Box<dyn BufRead + '_>,
) -> Result<(), Stop> {
    let limit = desk.limits().max_spooled_bytes;
    let mut spool = tempfile::spooled_tempfile(SPOOL_MEMORY_BYTES);
    let copied = io::copy(&mut reader.take(limit + 1), &mut spool)
        .and_then(|copied| spool.flush().map(|()| copied))
        .and_then(|copied| spool.seek(SeekFrom::Start(0)).map(|_| copied));
    match copied {
        Ok(copied) if copied > limit => {
            let reason = format!(
                "a zip of more than {limit} bytes from a stream or in another archive; unpack it and import the folder"
            );
            desk.failed(&place.name, &ReadError::Limit(reason))
        }
        Ok(copied) => zip::members(desk, place, BufReader::new(spool), copied),
        Err(error) => desk.failed(&place.name, &error.into()),
    }
}

/// Reads one member of an archive that gives decompressed bytes of its own.
pub(super) fn compressed_member(
    desk: &mut Desk<'_>,
    place: &Place,
    member: impl Read,
    packed: u64,
) -> Result<(), Stop> {
    let budget = Rc::clone(&place.budget);
    let bounded = Bounded::new(member, Rc::new(Cell::new(packed)), budget);
    open(desk, place, Box::new(BufReader::new(bounded)))
}

type Peeked<'r> = (Vec<u8>, Box<dyn BufRead + 'r>);

/// Looks at the first bytes and puts them back.
fn peek<'r>(mut reader: Box<dyn BufRead + 'r>) -> io::Result<Peeked<'r>> {
    let mut head = Vec::new();
    reader.by_ref().take(PEEK_BYTES).read_to_end(&mut head)?;
    let again = Cursor::new(head.clone()).chain(reader);
    Ok((head, Box::new(again)))
}

/// A member's name as a label. Nothing is ever written under it, so `..` does no harm; it is left
/// out because the name may be shown as a place.
fn member_name(name: &str) -> String {
    let parts: Vec<&str> = name
        .split(['/', '\\'])
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    model::text::bounded(&model::text::label(&parts.join("/")), MAX_MEMBER_NAME_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_names_are_labels() {
        assert_eq!(member_name("../../etc/passwd"), "etc/passwd");
        assert_eq!(member_name("/a//b/./c"), "a/b/c");
        assert_eq!(member_name("..\\..\\x\u{1b}[2J"), "x\u{fffd}[2J");
        assert!(member_name(&"x".repeat(100_000)).len() <= MAX_MEMBER_NAME_BYTES);
    }

    #[test]
    fn kinds_by_content() {
        assert_eq!(kind(b"\x1f\x8b\x08\x00"), Kind::Gzip);
        assert_eq!(kind(b"PK\x03\x04"), Kind::Zip);
        assert_eq!(kind(b"\xfd7zXZ\x00"), Kind::Other("xz"));
        assert_eq!(kind(b"PK, a text"), Kind::Plain);
        assert_eq!(kind(b""), Kind::Plain);
    }
}
