//! One installation: its data directory, its fingerprint key, its database.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Clock, Fingerprinter, TimeUs};
use store::{Db, MIGRATIONS};

use crate::Error;
use crate::config::{Config, Options};

/// The file that holds the installation's key K, in the data directory.
pub const KEY_FILE: &str = "fingerprint.key";

/// An open installation.
pub struct Installation {
    /// The database, at the current schema.
    pub db: Db,
    /// Replaces secret values.
    pub fingerprinter: Fingerprinter,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Everything the installation keeps.
    pub data_dir: PathBuf,
    /// The settings in force.
    pub config: Config,
}

impl std::fmt::Debug for Installation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Installation")
            .field("data_dir", &self.data_dir)
            .field("db", &self.db)
            .finish_non_exhaustive()
    }
}

/// The clock of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one clock everything else is given"
    )]
    fn now(&self) -> TimeUs {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        TimeUs::from_micros(since.map_or(0, |since| {
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        }))
    }
}

impl Installation {
    /// Opens the installation, setting it up on first use: the data directory (mode 0700), the key
    /// (mode 0600) and the database with its schema.
    ///
    /// # Errors
    /// The directory cannot be made or read, the key is damaged, the database cannot be reached or
    /// is newer than this program.
    pub async fn open(options: &Options) -> Result<Self, Error> {
        Self::open_at(options, Arc::new(SystemClock)).await
    }

    /// As [`Installation::open`], with a clock of the caller's.
    ///
    /// # Errors
    /// As [`Installation::open`].
    pub async fn open_at(options: &Options, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let config = Config::resolve(options)?;
        let data_dir = config.data.clone();
        private_directory(&data_dir)?;
        let key = key(&data_dir)?;
        let db = Db::open(&config.db).await?;
        db.migrate(MIGRATIONS, clock.now()).await?;
        Ok(Self {
            db,
            fingerprinter: Fingerprinter::new(key),
            clock,
            data_dir,
            config,
        })
    }

    /// Where temporary files go; only the owner can read it.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn spool_directory(&self) -> Result<PathBuf, Error> {
        let directory = self.data_dir.join("spool");
        private_directory(&directory)?;
        Ok(directory)
    }

    /// A new ULID for runs.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn new_ulid(&self) -> Result<String, Error> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Error::failed(format!("the system gives no randomness: {error}")))?;
        let millis = u64::try_from(self.clock.now().as_micros() / 1_000).unwrap_or(0);
        Ok(ulid::Ulid::from_parts(millis, u128::from_be_bytes(random)).to_string())
    }
}

fn private_directory(path: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| {
        Error::failed(format!(
            "cannot make the directory `{}`: {error}",
            path.display()
        ))
        .hint("name another with --data DIR")
    })
}

/// Reads the installation's key, or makes one. Two processes starting at once agree on one key,
/// because the finished file is linked into place and only the first link succeeds.
fn key(data_dir: &Path) -> Result<[u8; 32], Error> {
    let path = data_dir.join(KEY_FILE);
    if let Some(key) = read_key(&path)? {
        return Ok(key);
    }
    let mut key = [0_u8; 32];
    getrandom::fill(&mut key)
        .map_err(|error| Error::failed(format!("the system gives no randomness: {error}")))?;
    write_key(data_dir, &path, &key)?;
    read_key(&path)?
        .ok_or_else(|| Error::failed(format!("cannot keep the key in `{}`", path.display())))
}

pub(crate) fn read_key(path: &Path) -> Result<Option<[u8; 32]>, Error> {
    let damaged = |why: &str| {
        Error::failed(format!("the fingerprint key `{}` {why}", path.display())).hint(
            "restore it from a backup; with a new key, secrets already recorded are no longer recognised",
        )
    };
    let mut text = String::new();
    match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(damaged(&format!("cannot be read: {error}"))),
        Ok(file) => {
            file.take(4_096)
                .read_to_string(&mut text)
                .map_err(|error| damaged(&format!("cannot be read: {error}")))?;
        }
    }
    let mut key = [0_u8; 32];
    hex::decode_to_slice(text.trim(), &mut key).map_err(|_| damaged("is damaged"))?;
    Ok(Some(key))
}

pub(crate) fn write_key(data_dir: &Path, path: &Path, key: &[u8; 32]) -> Result<(), Error> {
    let fail = |error: std::io::Error| {
        Error::failed(format!(
            "cannot write the key `{}`: {error}",
            path.display()
        ))
    };
    let mut file = tempfile::Builder::new()
        .prefix(".key-")
        .tempfile_in(data_dir)
        .map_err(fail)?;
    std::io::Write::write_all(&mut file, hex::encode(key).as_bytes()).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(fail(error.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let first = key(directory.path()).unwrap();
        assert_eq!(key(directory.path()).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(directory.path().join(KEY_FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(directory.path().join(KEY_FILE), "CANARY-not-hex").unwrap();
        let error = key(directory.path()).unwrap_err().to_string();
        assert!(
            error.contains("is damaged") && !error.contains("CANARY"),
            "{error}"
        );
    }
}
