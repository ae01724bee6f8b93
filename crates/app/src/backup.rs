//! `db backup` and `db restore`: one file with the key and everything in the database, readable
//! into either kind of database.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use store::MIGRATIONS;

use crate::db::{TABLES, must_be_new};
use crate::installation::{KEY_FILE, read_key, write_key};
use crate::{Error, Installation};

const DATABASE: &str = "database.jsonl.gz";

/// The largest key file taken from a backup.
const MAX_KEY_BYTES: u64 = 4_096;

/// What a backup or restore moved.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Moved {
    /// The file.
    pub file: PathBuf,
    /// Rows in it.
    pub rows: u64,
}

/// Writes a backup: a tar with the fingerprint key and all tables, mode 0600. It holds no secret
/// value, but with the key a guessed secret could be confirmed: keep it like the data directory.
///
/// # Errors
/// The file exists, cannot be written, or the database fails; then no file is left behind.
pub async fn backup(installation: &Installation, file: &Path) -> Result<Moved, Error> {
    must_be_new(file)?;
    let scratch = scratch(installation)?;
    let database = scratch.path().join(DATABASE);
    let rows = installation.db.backup(&database, TABLES).await?;
    let fail = |error: std::io::Error| {
        Error::failed(format!("cannot write `{}`: {error}", file.display()))
    };
    let directory = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let whole = tempfile::NamedTempFile::new_in(directory).map_err(fail)?;
    let mut tar = tar::Builder::new(whole);
    for (name, path) in [
        (KEY_FILE, installation.data_dir.join(KEY_FILE)),
        (DATABASE, database),
    ] {
        let mut source = File::open(path).map_err(fail)?;
        tar.append_file(name, &mut source).map_err(fail)?;
    }
    let whole = tar.into_inner().map_err(fail)?;
    whole.as_file().sync_all().map_err(fail)?;
    whole
        .persist_noclobber(file)
        .map_err(|error| fail(error.error))?;
    Ok(Moved {
        file: file.to_owned(),
        rows,
    })
}

/// Restores a backup into an installation whose database is empty.
///
/// # Errors
/// The file is no backup or is damaged, the database is not empty or older than the backup, or
/// another key is in use; then nothing was changed.
pub async fn restore(installation: &Installation, file: &Path) -> Result<Moved, Error> {
    let scratch = scratch(installation)?;
    let fail = |error: std::io::Error| {
        Error::failed(format!(
            "`{}` is no backup of countersign, or it is damaged: {error}",
            file.display()
        ))
    };
    if !inventory::is_untouched(&installation.db).await? {
        return Err(
            Error::usage("the database is not empty, and a restore never overwrites")
                .hint("name another data directory with --data, or an empty database with --db"),
        );
    }
    unpack(file, scratch.path()).map_err(fail)?;
    let database = scratch.path().join(DATABASE);
    let key = read_key(&scratch.path().join(KEY_FILE))?
        .ok_or_else(|| fail(std::io::Error::other("the key is missing")))?;
    // Read to its end before anything is changed, so that a damaged one changes nothing.
    let rows = installation
        .db
        .restore(&database, MIGRATIONS, installation.clock.now())
        .await?;
    let in_place = installation.data_dir.join(KEY_FILE);
    if read_key(&in_place)? != Some(key) {
        std::fs::remove_file(&in_place).map_err(fail)?;
        write_key(&installation.data_dir, &in_place, &key)?;
    }
    Ok(Moved {
        file: file.to_owned(),
        rows,
    })
}

fn scratch(installation: &Installation) -> Result<tempfile::TempDir, Error> {
    tempfile::tempdir_in(installation.spool_directory()?)
        .map_err(|error| Error::failed(format!("cannot make a temporary directory: {error}")))
}

/// Takes the two members by their names alone; paths in the archive are never followed.
fn unpack(file: &Path, into: &Path) -> std::io::Result<()> {
    let mut archive = tar::Archive::new(File::open(file)?);
    let mut found = 0;
    for entry in archive.entries()?.take(16) {
        let mut entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        let limit = match name.as_str() {
            KEY_FILE => MAX_KEY_BYTES,
            DATABASE => u64::MAX,
            _ => continue,
        };
        let mut target = File::create_new(into.join(&name))?;
        std::io::copy(&mut entry.by_ref().take(limit), &mut target)?;
        found += 1;
    }
    if found == 2 {
        Ok(())
    } else {
        Err(std::io::Error::other(
            "it does not hold a key and a database",
        ))
    }
}
