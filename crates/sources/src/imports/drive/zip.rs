//! Members of a zip, by its index.

use std::io::{self, Read, Seek, SeekFrom};

use ::zip::ZipArchive;
use ::zip::result::ZipError;
use model::TimeUs;

use super::archive::{self, Place};
use super::desk::{Desk, Stop};
use crate::imports::ReadError;

/// The end record with the longest comment: 22 bytes and 65,535 of comment.
const END_BYTES: u64 = 22 + 65_535;

/// The largest index read: a million members with long names.
const MAX_INDEX_BYTES: u64 = 256 << 20;

/// Indexes of up to this many times the member bound are read and then cut; above, the index alone
/// would take too much memory.
const INDEX_FACTOR: u64 = 10;

/// Reads the members of a zip in the order of its index. `size` is that of the whole archive.
pub(super) fn members(
    desk: &mut Desk<'_>,
    place: &Place,
    mut reader: impl Read + Seek,
    size: u64,
) -> Result<(), Stop> {
    let limits = desk.limits();
    let stated = match index_size(&mut reader, size) {
        Ok((members, bytes))
            if members > limits.max_members.saturating_mul(INDEX_FACTOR)
                || bytes > MAX_INDEX_BYTES =>
        {
            return desk.failed(&place.name, &too_many(members, limits.max_members));
        }
        Ok((members, _)) => members,
        Err(error) => return desk.failed(&place.name, &error),
    };
    let mut archive = match ZipArchive::new(reader) {
        Ok(archive) => archive,
        Err(error) => return desk.failed(&place.name, &unreadable(error)),
    };
    let count = archive.len() as u64;
    if stated > count {
        let reason = format!(
            "{} of {stated} members have names that occur twice and were not read",
            stated - count
        );
        desk.failed(&place.name, &ReadError::Malformed(reason))?;
    }
    for index in 0..archive.len() {
        desk.check()?;
        if index as u64 >= limits.max_members {
            return desk.failed(&place.name, &too_many(count, limits.max_members));
        }
        member(desk, place, &mut archive, index, size)?;
        place.budget.forgive_ratio();
        if let Some(trip) = place.budget.tripped() {
            return desk.failed(&place.name, &ReadError::Limit(trip.to_string()));
        }
    }
    Ok(())
}

fn member(
    desk: &mut Desk<'_>,
    place: &Place,
    archive: &mut ZipArchive<impl Read + Seek>,
    index: usize,
    size: u64,
) -> Result<(), Stop> {
    // Looked at raw first: an encrypted member has a name to report all the same.
    let (member, encrypted, is_file) = match archive.by_index_raw(index) {
        Ok(file) => {
            let name = match file.name() {
                Ok(name) => name.into_owned(),
                Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
            };
            let time = file.last_modified().and_then(time);
            // DOS times carry no zone; a member is never newer than the archive around it.
            let time = time.map(|time| place.modified.map_or(time, |whole| time.min(whole)));
            (place.member(&name, time), file.encrypted(), file.is_file())
        }
        Err(error) => {
            let name = format!("{}!#{index}", place.name);
            return desk.failed(&name, &unreadable(error));
        }
    };
    if !is_file {
        return Ok(());
    }
    if encrypted {
        let reason =
            "the member is encrypted; unpack the archive with its password and import the folder";
        return desk.failed(&member.name, &ReadError::Malformed(reason.to_owned()));
    }
    match archive.by_index(index) {
        Ok(file) => {
            let packed = file.compressed_size().min(size);
            archive::compressed_member(desk, &member, file, packed)
        }
        Err(error) => desk.failed(&member.name, &unreadable(error)),
    }
}

/// The time of a member; 1980-01-01 is what tools write to be reproducible.
fn time(time: ::zip::DateTime) -> Option<TimeUs> {
    if (time.year(), time.month(), time.day()) == (1980, 1, 1) {
        return None;
    }
    TimeUs::parse(&format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    ))
    .ok()
}

fn too_many(members: u64, limit: u64) -> ReadError {
    ReadError::Limit(format!(
        "the archive holds {members} members, more than the {limit} that are read; unpack it and import the folder"
    ))
}

fn unreadable(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) => ReadError::Io(error),
        other => ReadError::Malformed(format!("the zip archive cannot be read: {other}")),
    }
}

/// How many members the end record announces and how large the index is, before it is read.
fn index_size(reader: &mut (impl Read + Seek), size: u64) -> Result<(u64, u64), ReadError> {
    let tail_at = size.saturating_sub(END_BYTES);
    let tail = bytes_at(reader, tail_at, END_BYTES)?;
    let Some(end) = memchr::memmem::rfind(&tail, b"PK\x05\x06") else {
        return Err(ReadError::Malformed(
            "the zip archive is cut off: its index at the end is missing".to_owned(),
        ));
    };
    let members = number(&tail, end + 10, 2);
    let bytes = number(&tail, end + 12, 4);
    let locator = end.checked_sub(20);
    let sizes = match locator {
        Some(at) if tail.get(at..at + 4) == Some(b"PK\x06\x07") => {
            let record = bytes_at(reader, number(&tail, at + 8, 8), 56)?;
            (number(&record, 32, 8), number(&record, 40, 8))
        }
        _ => (members, bytes),
    };
    reader.seek(SeekFrom::Start(0))?;
    Ok(sizes)
}

fn bytes_at(reader: &mut (impl Read + Seek), at: u64, count: u64) -> io::Result<Vec<u8>> {
    reader.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    reader.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A little-endian number; 0 where the bytes are missing.
fn number(bytes: &[u8], at: usize, count: usize) -> u64 {
    bytes
        .get(at..at + count)
        .unwrap_or_default()
        .iter()
        .rev()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
