//! The file system as a scan sees it: below one root, bounded, never stuck on a pipe.

use std::fs::{File, Metadata};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use model::{Secret, TimeUs};

/// What the file system says about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    /// The path as this machine writes it, below the system root.
    pub path: String,
    /// Permission bits, where the system has them.
    pub mode: Option<u32>,
    /// Owner, where the system has one.
    pub uid: Option<u32>,
    /// True when the group of the file has the number of its owner: by convention it is his alone.
    pub own_group: bool,
    /// Size in bytes.
    pub size: u64,
    /// When the content last changed.
    pub modified: Option<TimeUs>,
    /// Device and number of the file, so that one file under two names is read once.
    pub same_file: Option<(u64, u64)>,
}

impl FileFacts {
    /// Facts about a document that is no file of this machine.
    pub fn document(name: &str, size: u64, modified: Option<TimeUs>) -> Self {
        Self {
            path: name.to_owned(),
            mode: None,
            uid: None,
            own_group: false,
            size,
            modified,
            same_file: None,
        }
    }

    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path
            .rsplit(['/', '\\', '!'])
            .next()
            .unwrap_or(&self.path)
    }

    /// Who besides the owner may read it, when known: the group, everyone, both or nobody.
    pub fn readable_by_others(&self) -> Option<&'static str> {
        let mode = self.mode?;
        Some(match (mode & 0o040 != 0, mode & 0o004 != 0) {
            (_, true) => "everyone",
            (true, false) => "group",
            (false, false) => "nobody",
        })
    }

    fn new(path: String, meta: &Metadata) -> Self {
        #[cfg(unix)]
        let (mode, uid, own_group, same_file) = {
            use std::os::unix::fs::MetadataExt as _;
            (
                Some(meta.mode() & 0o7777),
                Some(meta.uid()),
                meta.gid() == meta.uid(),
                Some((meta.dev(), meta.ino())),
            )
        };
        #[cfg(not(unix))]
        let (mode, uid, own_group, same_file) = (None, None, false, None);
        Self {
            path,
            mode,
            uid,
            own_group,
            size: meta.len(),
            modified: modified(meta),
            same_file,
        }
    }
}

fn modified(meta: &Metadata) -> Option<TimeUs> {
    let since = meta
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    i64::try_from(since.as_micros())
        .ok()
        .map(TimeUs::from_micros)
}

/// Why a file or directory was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is not there.
    Absent,
    /// A permission is missing.
    Denied,
    /// It is something else than expected: a pipe, a device, a link out of the system root.
    NotAFile,
    /// It is larger than the limit, in bytes.
    TooLarge {
        /// Its size.
        size: u64,
    },
    /// The system failed in another way; its own words.
    Failed(String),
}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Self::Absent,
            std::io::ErrorKind::PermissionDenied => Self::Denied,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// The file system below one root.
#[derive(Debug, Clone)]
pub(super) struct FileSystem {
    root: PathBuf,
    whole: bool,
}

impl FileSystem {
    /// Takes `root` for `/`.
    pub(super) fn new(root: &Path) -> Self {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
        Self {
            whole: root.parent().is_none(),
            root,
        }
    }

    /// Where a path of this machine really lies.
    pub(super) fn real(&self, path: &str) -> PathBuf {
        if self.whole {
            return PathBuf::from(path);
        }
        let mut real = self.root.clone();
        // `..` is dropped: a path from a configuration file must not climb out of the root.
        for part in Path::new(path).components() {
            if let Component::Normal(part) = part {
                real.push(part);
            }
        }
        real
    }

    /// Opens a regular file without waiting for a writer, should it be a pipe.
    fn open(&self, path: &str) -> Result<(File, Metadata), Unread> {
        let mut real = self.real(path);
        if !self.whole {
            real = real.canonicalize()?;
            if !real.starts_with(&self.root) {
                return Err(Unread::NotAFile);
            }
        }
        // A device or pipe is not even opened; the check after opening closes the race.
        if !std::fs::metadata(&real)?.is_file() {
            return Err(Unread::NotAFile);
        }
        let mut options = File::options();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
            options.custom_flags(flags.bits().cast_signed());
        }
        let file = options.open(&real)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(Unread::NotAFile);
        }
        Ok((file, meta))
    }

    /// What the system says about a file, without reading it. Links are followed.
    ///
    /// # Errors
    /// Why it could not be looked at.
    pub(super) fn facts(&self, path: &str) -> Result<FileFacts, Unread> {
        let meta = std::fs::metadata(self.real(path))?;
        if !meta.is_file() {
            return Err(Unread::NotAFile);
        }
        Ok(FileFacts::new(path.to_owned(), &meta))
    }

    /// Reads a file of at most `max_bytes` whole. The content may hold secrets, so it is wiped
    /// when dropped.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(super) fn read(&self, path: &str, max_bytes: u64) -> Result<(FileFacts, Secret), Unread> {
        let (file, meta) = self.open(path)?;
        if meta.len() > max_bytes {
            return Err(Unread::TooLarge { size: meta.len() });
        }
        // Files of /proc say length 0, so the limit is applied to what comes.
        let capacity = usize::try_from(meta.len().min(max_bytes)).unwrap_or(0) + 1;
        let mut bytes = Vec::with_capacity(capacity);
        file.take(max_bytes + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > max_bytes {
            return Err(Unread::TooLarge {
                size: bytes.len() as u64,
            });
        }
        Ok((FileFacts::new(path.to_owned(), &meta), Secret::new(bytes)))
    }

    /// Reads the first bytes of a file.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(super) fn head(&self, path: &str, bytes: u64) -> Result<Secret, Unread> {
        let (file, _) = self.open(path)?;
        let mut head = Vec::new();
        file.take(bytes).read_to_end(&mut head)?;
        Ok(Secret::new(head))
    }

    /// The names in a directory, sorted, at most `max`; the flag says whether there were more.
    ///
    /// # Errors
    /// Why it could not be read.
    pub(super) fn names(&self, path: &str, max: usize) -> Result<(Vec<Entry>, bool), Unread> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.real(path))? {
            if names.len() == max {
                names.sort();
                return Ok((names, true));
            }
            let entry = entry?;
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let raw = entry.file_name();
            names.push(Entry {
                // A name that is no UTF-8 cannot be a path in an observation; it is shown lossy
                // and will be reported as not found when it is tried.
                name: raw.to_string_lossy().into_owned(),
                kind: if kind.is_dir() {
                    EntryKind::Directory
                } else if kind.is_file() {
                    EntryKind::File
                } else if kind.is_symlink() {
                    EntryKind::Link
                } else {
                    EntryKind::Other
                },
            });
        }
        names.sort();
        Ok((names, false))
    }

    /// Where a link points, as written in it.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        std::fs::read_link(self.real(path))
            .ok()
            .map(|target| target.to_string_lossy().into_owned())
    }

    /// The device a directory lies on, where the system says it.
    pub(super) fn device(&self, path: &str) -> Option<u64> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            std::fs::symlink_metadata(self.real(path))
                .ok()
                .map(|meta| meta.dev())
        }
        #[cfg(not(unix))]
        {
            let _unused = path;
            None
        }
    }

    /// The directory that may not be entered and so hides a path; `None` when the path itself is
    /// what may not be read.
    pub(super) fn closed_above(&self, path: &str) -> Option<String> {
        let mut above = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let directory = if above.is_empty() {
                "/"
            } else {
                above.as_str()
            };
            let next = join(directory, part);
            let found = std::fs::symlink_metadata(self.real(&next)).map_err(Unread::from);
            if matches!(found, Err(Unread::Denied)) {
                return Some(directory.to_owned());
            }
            above = next;
        }
        None
    }

    /// Whether a path is there as a directory.
    pub(super) fn is_directory(&self, path: &str) -> bool {
        std::fs::metadata(self.real(path)).is_ok_and(|meta| meta.is_dir())
    }

    /// Whether a directory is there and may be entered; `Absent` when it is not there.
    pub(super) fn directory_state(&self, path: &str) -> Result<(), Unread> {
        let meta = std::fs::metadata(self.real(path))?;
        if meta.is_dir() {
            Ok(())
        } else {
            Err(Unread::NotAFile)
        }
    }
}

/// A name in a directory and what it is, as the directory itself says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The name.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: EntryKind,
}

/// What a name in a directory stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe, socket or device.
    Other,
}

/// Puts a directory and a name together.
pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.ends_with('/') {
        format!("{directory}{name}")
    } else {
        format!("{directory}/{name}")
    }
}

/// Whether a name ends with `.` and this extension, as systemd and sshd compare it: exactly.
pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, end)| end == extension)
}

/// The directory a path lies in.
pub(super) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((directory, _)) => directory,
    }
}
