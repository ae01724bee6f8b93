//! The bounded search through file trees: names first, content only where a name promises it.
//!
//! Breadth first, because keys lie near the top and a time budget may cut the search off. Links
//! are not followed, so there are no loops; what a link points to lies in a tree of its own.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::CoverageState;

use super::excludes::Excludes;
use super::files::{EntryKind, FileSystem, Unread, join};
use super::gaps::Gaps;
use super::kind::{FileKind, is_worth_a_look, kind_of};
use super::mounts::Mount;
use super::settings::{HostSettings, MAX_DEPTH, MAX_ENTRIES, MAX_WAITING_DIRECTORIES};

/// The most names read of one directory. Mail and cache directories hold more, key directories do not.
const MAX_NAMES: usize = 100_000;

/// Files looked for in directories that are passed over otherwise.
const PEEKS: &[(&str, &[&str])] = &[
    (".git", &["config"]),
    (
        "site-packages",
        &["certifi/cacert.pem", "pip/_vendor/certifi/cacert.pem"],
    ),
    (
        "dist-packages",
        &["certifi/cacert.pem", "pip/_vendor/certifi/cacert.pem"],
    ),
];

/// What the search asks the scan: whether to go on, and to take what it finds.
pub(super) trait Visitor {
    /// A file whose name or first bytes promise something.
    fn file(&mut self, path: &str, kind: Option<FileKind>) -> Result<(), Stop>;
    /// Called for each directory; says when to stop.
    fn go_on(&mut self, directory: &str, entries: u64) -> Result<(), Stop>;
}

/// Why the search stops early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The time budget is used up.
    TimeUp,
    /// The person stopped it.
    Cancelled,
    /// A limit of entries or observations was met.
    Limit,
    /// Nobody takes observations any more.
    Closed,
}

/// How a root was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// Searched to its end; what could not be read below it is in the gaps.
    Searched,
    /// Not there.
    Absent,
    /// There and not readable.
    Unreadable,
}

/// The state of one search over several roots.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    files: &'a FileSystem,
    settings: &'a HostSettings,
    excludes: Excludes,
    mounts: BTreeMap<String, Mount>,
    visited: BTreeSet<String>,
    /// Directory entries looked at.
    pub(super) entries: u64,
    /// Directories read.
    pub(super) directories: u64,
    /// How many directories were passed over, by reason, with the first of them.
    pub(super) passed_over: BTreeMap<&'static str, (u64, String)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        files: &'a FileSystem,
        settings: &'a HostSettings,
        mounts: Vec<Mount>,
    ) -> Self {
        Self {
            files,
            settings,
            excludes: Excludes::new(settings),
            mounts: mounts
                .into_iter()
                .map(|mount| (mount.place.clone(), mount))
                .collect(),
            visited: BTreeSet::new(),
            entries: 0,
            directories: 0,
            passed_over: BTreeMap::new(),
        }
    }

    /// Searches one root; what was cut off is in the gaps. Returns how the root was found.
    pub(super) fn root(
        &mut self,
        root: &str,
        visitor: &mut dyn Visitor,
        gaps: &mut Gaps,
    ) -> Result<Root, Stop> {
        match self.files.directory_state(root) {
            Ok(()) => {}
            Err(Unread::Absent | Unread::NotAFile) => return Ok(Root::Absent),
            Err(unread) => {
                gaps.directory_in(self.files, root, &unread);
                return Ok(Root::Unreadable);
            }
        }
        if let Err(unread) = self.files.names(root, 1) {
            gaps.directory_in(self.files, root, &unread);
            return Ok(Root::Unreadable);
        }
        let device = self.files.device(root);
        let mut waiting: VecDeque<(String, usize)> = VecDeque::from([(root.to_owned(), 0)]);
        while let Some((directory, depth)) = waiting.pop_front() {
            if let Err(stop) = visitor.go_on(&directory, self.entries) {
                Self::cut_off(root, stop, waiting.len() + 1, &directory, gaps);
                return Err(stop);
            }
            if depth > 0 && !self.may_enter(&directory, device, gaps) {
                continue;
            }
            if !self.visited.insert(directory.clone()) {
                continue;
            }
            if let Err(stop) = self.directory(&directory, depth, &mut waiting, visitor, gaps) {
                Self::cut_off(root, stop, waiting.len() + 1, &directory, gaps);
                return Err(stop);
            }
        }
        Ok(Root::Searched)
    }

    fn directory(
        &mut self,
        directory: &str,
        depth: usize,
        waiting: &mut VecDeque<(String, usize)>,
        visitor: &mut dyn Visitor,
        gaps: &mut Gaps,
    ) -> Result<(), Stop> {
        let (names, more) = match self.files.names(directory, MAX_NAMES) {
            Ok(names) => names,
            Err(unread) => {
                gaps.directory_in(self.files, directory, &unread);
                return Ok(());
            }
        };
        self.directories += 1;
        if more {
            gaps.place(
                directory,
                CoverageState::Truncated,
                format!("more than {MAX_NAMES} names in one directory; the rest was not looked at"),
            );
        }
        for entry in names {
            self.entries += 1;
            if self.entries >= MAX_ENTRIES {
                return Err(Stop::Limit);
            }
            let path = join(directory, &entry.name);
            match entry.kind {
                EntryKind::Directory => self.wait(path, depth + 1, waiting, gaps),
                EntryKind::File => {
                    let kind = kind_of(&path);
                    if kind.is_some() || is_worth_a_look(&path) {
                        visitor.file(&path, kind)?;
                    }
                }
                EntryKind::Link | EntryKind::Other => {}
            }
            if entry.kind == EntryKind::Directory {
                self.peek(directory, &entry.name, visitor)?;
            }
        }
        Ok(())
    }

    /// Looks for the few files that matter within a directory that is passed over.
    fn peek(&self, directory: &str, name: &str, visitor: &mut dyn Visitor) -> Result<(), Stop> {
        let Some((_, wanted)) = PEEKS.iter().find(|(peeked, _)| *peeked == name) else {
            return Ok(());
        };
        for file in *wanted {
            let path = join(&join(directory, name), file);
            if self.files.facts(&path).is_ok() {
                visitor.file(&path, kind_of(&path))?;
            }
        }
        Ok(())
    }

    fn wait(
        &self,
        path: String,
        depth: usize,
        waiting: &mut VecDeque<(String, usize)>,
        gaps: &mut Gaps,
    ) {
        if depth > MAX_DEPTH {
            gaps.place(
                &path,
                CoverageState::Truncated,
                format!("deeper than {MAX_DEPTH} directories below the root"),
            );
        } else if waiting.len() >= MAX_WAITING_DIRECTORIES {
            gaps.place(
                super::files::parent(&path),
                CoverageState::Truncated,
                "too many directories at once; scan this one alone",
            );
        } else if !self.visited.contains(&path) {
            waiting.push_back((path, depth));
        }
    }

    fn may_enter(&mut self, directory: &str, device: Option<u64>, gaps: &mut Gaps) -> bool {
        if let Some(reason) = self.excludes.reason(directory) {
            let (count, example) = self.passed_over.entry(reason).or_default();
            *count += 1;
            if example.is_empty() {
                directory.clone_into(example);
            }
            return false;
        }
        if let Some(mount) = self.mounts.get(directory) {
            if mount.network && self.settings.network_mounts {
                return true;
            }
            if mount.network {
                gaps.place(
                    directory,
                    CoverageState::NotAttempted,
                    format!(
                        "a network file system ({}); scan it with --network-mounts",
                        mount.kind
                    ),
                );
            }
            return false;
        }
        if self.settings.same_device && self.files.device(directory) != device {
            gaps.place(
                directory,
                CoverageState::NotAttempted,
                "on another device; scan it without --same-device",
            );
            return false;
        }
        true
    }

    fn cut_off(root: &str, stop: Stop, left: usize, example: &str, gaps: &mut Gaps) {
        let why = match stop {
            Stop::TimeUp => "the time budget is used up; give more time or fewer roots",
            Stop::Cancelled => "stopped by the user",
            Stop::Limit => "a limit on entries or observations is met; scan fewer roots",
            Stop::Closed => return,
        };
        gaps.place(
            root,
            CoverageState::Truncated,
            format!(
                "{why}: at least {left} directories were not looked at, the first is `{example}`"
            ),
        );
    }

    /// Says that a root was not begun at all.
    pub(super) fn not_begun(&self, root: &str, stop: Stop, gaps: &mut Gaps) {
        if self.files.is_directory(root) && !self.visited.contains(root) {
            Self::cut_off(root, stop, 1, root, gaps);
        }
    }
}
