//! Files and folders: sorted, without following links, without recursion.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use super::archive::{self, Kind, Place};
use super::desk::{self, Desk, Stop};
use super::meter::Counted;
use super::zip;
use crate::imports::ReadError;

/// Reads a path the user named. A link is followed and a pipe is read, because they were named.
pub(super) fn path(desk: &mut Desk<'_>, path: &Path, name: &str) -> Result<(), Stop> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => folder(desk, path, name),
        Ok(metadata) if metadata.is_file() => file(desk, path, name),
        Ok(_) => match File::open(path) {
            Ok(pipe) => {
                let place = Place::top(name.to_owned(), None, desk.limits());
                let counted = Counted::new(pipe, desk.meter);
                archive::open(desk, &place, Box::new(BufReader::new(counted)))
            }
            Err(error) => desk.failed(name, &error.into()),
        },
        Err(error) => desk.failed(name, &error.into()),
    }
}

/// Reads one regular file: a zip by its index, everything else as a stream.
fn file(desk: &mut Desk<'_>, path: &Path, name: &str) -> Result<(), Stop> {
    desk.check()?;
    let opened = File::open(path).and_then(|file| {
        let metadata = file.metadata()?;
        Ok((file, metadata))
    });
    let (mut file, metadata) = match opened {
        Ok(opened) => opened,
        Err(error) => return desk.failed(name, &error.into()),
    };
    let place = Place::top(name.to_owned(), desk::modified(&metadata), desk.limits());
    let mut head = Vec::new();
    let read = (&mut file)
        .take(archive::PEEK_BYTES)
        .read_to_end(&mut head)
        .and_then(|_| file.rewind());
    if let Err(error) = read {
        return desk.failed(name, &error.into());
    }
    let counted = Counted::new(file, desk.meter);
    if archive::kind(&head) == Kind::Zip {
        return zip::members(desk, &place, BufReader::new(counted), metadata.len());
    }
    archive::open(
        desk,
        &place,
        Box::new(BufReader::with_capacity(64 * 1024, counted)),
    )
}

enum Entry {
    File,
    Folder,
    Link,
    Other,
}

/// One folder on the way down: its path, its name, and what of it is still to be read.
struct Level {
    path: PathBuf,
    name: String,
    entries: std::vec::IntoIter<(OsString, Entry)>,
}

fn folder(desk: &mut Desk<'_>, root: &Path, name: &str) -> Result<(), Stop> {
    let limits = desk.limits();
    // A link is judged by where it ends, so the root has to be without links too.
    let real_root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let mut looked_at = 0_u64;
    let name = name.trim_end_matches('/').to_owned();
    let mut levels: Vec<Level> = level(desk, root.to_owned(), name)?.into_iter().collect();
    while let Some(current) = levels.last_mut() {
        let Some((entry_name, entry)) = current.entries.next() else {
            levels.pop();
            continue;
        };
        looked_at += 1;
        let path = current.path.join(&entry_name);
        let name = format!("{}/{}", current.name, entry_name.to_string_lossy());
        if looked_at > limits.max_entries {
            let reason = format!(
                "the folder holds more than {} files and folders; import its parts one by one",
                limits.max_entries
            );
            return desk.failed(&name, &ReadError::Limit(reason));
        }
        match entry {
            Entry::File => file(desk, &path, &name)?,
            Entry::Folder if levels.len() >= limits.max_folder_depth => {
                let reason = format!(
                    "folders lie deeper than {} in each other; import this one by itself",
                    limits.max_folder_depth
                );
                desk.failed(&name, &ReadError::Limit(reason))?;
            }
            Entry::Folder => levels.extend(level(desk, path, name)?),
            Entry::Link => link(desk, &path, &name, &real_root)?,
            Entry::Other => desk.skipped(
                &name,
                "no regular file (a pipe, socket or device); name it by itself to read it",
            )?,
        }
    }
    Ok(())
}

/// Lists a folder, sorted by the bytes of the names so that every run has the same order.
fn level(desk: &mut Desk<'_>, path: PathBuf, name: String) -> Result<Option<Level>, Stop> {
    desk.check()?;
    let listing = match fs::read_dir(&path) {
        Ok(listing) => listing,
        Err(error) => {
            desk.failed(&name, &error.into())?;
            return Ok(None);
        }
    };
    let most = usize::try_from(desk.limits().max_entries).unwrap_or(usize::MAX);
    let mut entries = Vec::new();
    // One more than the bound is kept, so that the walk notices and says so.
    for entry in listing.take(most.saturating_add(1)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                desk.failed(&name, &error.into())?;
                continue;
            }
        };
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_symlink() => Entry::Link,
            Ok(kind) if kind.is_dir() => Entry::Folder,
            Ok(kind) if kind.is_file() => Entry::File,
            Ok(_) => Entry::Other,
            Err(error) => {
                let name = format!("{name}/{}", entry.file_name().to_string_lossy());
                desk.failed(&name, &error.into())?;
                continue;
            }
        };
        entries.push((entry.file_name(), kind));
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(Some(Level {
        path,
        name,
        entries: entries.into_iter(),
    }))
}

/// A link is never followed: what it points to inside the folder is read at its own place.
fn link(desk: &mut Desk<'_>, path: &Path, name: &str, real_root: &Path) -> Result<(), Stop> {
    match fs::canonicalize(path) {
        Ok(target) if target.starts_with(real_root) => Ok(()),
        Ok(_) => desk.skipped(
            name,
            "a symbolic link that leads out of the imported folder; name its target to import it",
        ),
        Err(_) => desk.skipped(name, "a symbolic link that leads nowhere or in a circle"),
    }
}
