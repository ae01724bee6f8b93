//! Members of a tar, as a stream. Long names are read here with a bound, because the library reads
//! them whole, however long the archive says they are.

use std::io::{self, BufRead, BufReader, Read};

use ::tar::{Archive, Entry, EntryType, Header};
use model::TimeUs;

use super::archive::{self, Place};
use super::desk::{Desk, Stop};
use crate::imports::ReadError;

/// The longest GNU long name or PAX header; paths end at 4,096 bytes, extended attributes at 64 KiB.
const MAX_HEADER_BYTES: u64 = 1 << 20;

const BLOCK_BYTES: usize = 512;

/// True for the first block of a tar: its checksum is right. Old tars have no magic word.
pub(super) fn is_header(head: &[u8]) -> bool {
    let Some(block) = head.get(..BLOCK_BYTES) else {
        return false;
    };
    let Some(field) = block.get(148..156) else {
        return false;
    };
    let text: String = field
        .iter()
        .map(|byte| char::from(*byte))
        .filter(char::is_ascii_digit)
        .collect();
    let Ok(stated) = u32::from_str_radix(&text, 8) else {
        return false;
    };
    // The checksum field itself counts as eight spaces.
    let own: u32 = field.iter().map(|byte| u32::from(*byte)).sum();
    let all: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block.first() != Some(&0) && all - own + 8 * u32::from(b' ') == stated
}

/// Reads the members of a tar in their order.
pub(super) fn members(
    desk: &mut Desk<'_>,
    place: &Place,
    reader: Box<dyn BufRead + '_>,
) -> Result<(), Stop> {
    let mut archive = Archive::new(reader);
    let entries = match archive.entries() {
        Ok(entries) => entries.raw(true),
        Err(error) => return desk.failed(&place.name, &error.into()),
    };
    let mut count = 0_u64;
    let mut links = 0_u64;
    let mut long_name = None;
    for entry in entries {
        desk.check()?;
        let mut entry = match entry {
            Ok(entry) => entry,
            Err(error) => return desk.failed(&place.name, &broken(count, &error)),
        };
        count += 1;
        if count > desk.limits().max_members {
            return desk.failed(&place.name, &too_many(desk.limits().max_members));
        }
        match entry.header().entry_type() {
            EntryType::GNULongName | EntryType::XHeader => match extended_name(&mut entry) {
                Ok(name) => long_name = name.or(long_name),
                Err(error) => return desk.failed(&place.name, &error),
            },
            EntryType::Regular | EntryType::Continuous => {
                let name = long_name
                    .take()
                    .unwrap_or_else(|| String::from_utf8_lossy(&entry.path_bytes()).into_owned());
                let member = place.member(&name, member_time(entry.header()));
                archive::open(desk, &member, Box::new(BufReader::new(entry)))?;
                if let Some(trip) = place.budget.tripped() {
                    return desk.failed(&place.name, &ReadError::Limit(trip.to_string()));
                }
            }
            EntryType::Link | EntryType::Symlink => {
                long_name = None;
                links += 1;
            }
            EntryType::GNUSparse => {
                let reason = "a sparse member; members after it cannot be found either";
                return desk.failed(&place.name, &ReadError::Malformed(reason.to_owned()));
            }
            EntryType::Directory => long_name = None,
            _ => {}
        }
    }
    if links > 0 {
        let reason = format!("{links} links in the archive were not followed");
        desk.skipped(&place.name, &reason)?;
    }
    Ok(())
}

fn too_many(limit: u64) -> ReadError {
    ReadError::Limit(format!(
        "the archive holds more than {limit} members; unpack it and import the folder"
    ))
}

fn broken(count: u64, error: &io::Error) -> ReadError {
    ReadError::Malformed(format!(
        "the tar archive is damaged or cut off after member {count}: {error}"
    ))
}

/// The name a GNU or PAX header gives to the member after it.
fn extended_name(entry: &mut Entry<'_, impl Read>) -> Result<Option<String>, ReadError> {
    let pax = entry.header().entry_type() == EntryType::XHeader;
    let mut bytes = Vec::new();
    entry
        .by_ref()
        .take(MAX_HEADER_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_HEADER_BYTES {
        return Err(ReadError::Limit(
            "a member's name or header is larger than 1 MiB".to_owned(),
        ));
    }
    if !pax {
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
    }
    let mut name = None;
    for extension in ::tar::PaxExtensions::new(&bytes).flatten() {
        match extension.key_bytes() {
            b"path" => name = Some(String::from_utf8_lossy(extension.value_bytes()).into_owned()),
            b"size" => {
                return Err(ReadError::Limit(
                    "a member is larger than 8 GiB; unpack the archive and import the folder"
                        .to_owned(),
                ));
            }
            _ => {}
        }
    }
    Ok(name)
}

/// The member's own time; 0 is what tools write to be reproducible.
fn member_time(header: &Header) -> Option<TimeUs> {
    header
        .mtime()
        .ok()
        .filter(|seconds| *seconds > 0)
        .and_then(|seconds| i64::try_from(seconds).ok())
        .map(TimeUs::from_seconds)
}
