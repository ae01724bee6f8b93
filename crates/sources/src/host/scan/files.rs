//! The part of a scan that looks for files: known places, then the search.

use std::collections::BTreeSet;

use model::{Coverage, CoverageState, SinkClosed};

use super::Scan;
use crate::host::files::{EntryKind, Unread, join};
use crate::host::kind::{FileKind, is_material, kind_of};
use crate::host::read::out::{Output, ReadContext};
use crate::host::settings::{DEFAULT_ROOTS, MAX_OBSERVATIONS};
use crate::host::walk::{Root, Stop, Visitor, Walk};
use crate::host::{agents, known, mounts, read, sshd, trust_places};

/// The most bytes of a file whose name says nothing.
const HEAD_BYTES: u64 = 64;

/// How the reason of an exclude ends whose content is read in another way.
const READ_APART: &str = "apart";

impl<'d> Scan<'_, '_, 'd> {
    /// Directories searched, the current user's home first.
    pub(super) fn choose_roots(&self) -> Vec<String> {
        if !self.settings.roots.is_empty() {
            return self.settings.roots.clone();
        }
        let mut roots: Vec<String> = self.cx.own_home.iter().cloned().collect();
        if self.settings.other_homes {
            roots.extend(self.homes.keys().cloned());
        }
        let homes_above = ["/root", "/home", "/Users"];
        roots.extend(
            DEFAULT_ROOTS
                .iter()
                .filter(|root| self.settings.other_homes || !homes_above.contains(*root))
                .map(|root| (*root).to_owned()),
        );
        let mut seen = BTreeSet::new();
        roots.retain(|root| seen.insert(root.clone()) && !self.excluded.hides(root));
        roots
    }

    /// Reads what is worth reading on every machine, whatever the time budget.
    pub(super) fn known_places(&mut self) -> Result<(), Stop> {
        let homes = self.readable_homes();
        for home in &homes {
            self.tell("known places", home);
            for (place, kind) in known::HOME_FILES {
                self.known_file(&format!("{home}/{place}"), *kind)?;
            }
            for place in agents::home_files() {
                self.known_file(&format!("{home}/{place}"), FileKind::AgentConfig)?;
            }
            for (directory, kind) in known::HOME_DIRECTORIES {
                self.known_directory(&format!("{home}/{directory}"), *kind)?;
            }
        }
        if !self.settings.roots.is_empty() {
            return Ok(());
        }
        let named = sshd::named_files(self.files, &self.accounts, &mut self.gaps);
        for (path, kind) in named {
            self.visit(&path, Some(kind))?;
        }
        for (place, kind) in known::SYSTEM_FILES {
            self.known_file(place, *kind)?;
        }
        for place in agents::system_files() {
            self.known_file(place, FileKind::AgentConfig)?;
        }
        for (directory, kind) in known::SYSTEM_DIRECTORIES {
            self.known_directory(directory, *kind)?;
        }
        self.tell("trust stores", "/etc/ssl/certs");
        let outputs = trust_places::read(
            self.files,
            self.read_context(),
            self.settings.max_store_bytes,
            &mut self.gaps,
        );
        self.places_read.extend(trust_places::places());
        for output in outputs {
            self.take(output, "/etc/ssl/certs")
                .map_err(|SinkClosed| Stop::Closed)?;
        }
        Ok(())
    }

    pub(super) fn may_read_home(&self, home: &str) -> bool {
        let own = self.cx.own_home.as_deref() == Some(home);
        (own || self.settings.other_homes)
            && self.files.is_directory(home)
            && !self.excluded.hides(home)
    }

    fn readable_homes(&mut self) -> Vec<String> {
        let mut homes: Vec<String> = self.cx.own_home.iter().cloned().collect();
        if self.settings.other_homes {
            homes.extend(
                self.homes
                    .keys()
                    .filter(|home| Some(*home) != self.cx.own_home.as_ref())
                    .cloned(),
            );
        } else if self.homes.len() > 1 {
            self.gaps.place(
                "/home",
                CoverageState::NotAttempted,
                "other users' homes are switched off by a setting",
            );
        }
        if !self.settings.roots.is_empty() {
            homes.retain(|home| self.roots.iter().any(|root| is_within(home, root)));
        }
        homes.retain(|home| self.may_read_home(home));
        homes
    }

    fn known_directory(&mut self, directory: &str, kind: Option<FileKind>) -> Result<(), Stop> {
        /// Known directories hold a handful of files.
        const MAX_NAMES: usize = 2_000;
        match self.files.names(directory, MAX_NAMES) {
            Ok((names, _)) => {
                for entry in names {
                    let path = join(directory, &entry.name);
                    let kind = kind.or_else(|| kind_of(&path));
                    if entry.kind != EntryKind::Directory {
                        self.visit(&path, kind)?;
                    }
                }
            }
            Err(unread) => self.gaps.directory_in(self.files, directory, &unread),
        }
        Ok(())
    }

    fn known_file(&mut self, path: &str, kind: FileKind) -> Result<(), Stop> {
        self.visit(path, Some(kind))
    }

    pub(super) fn search(&mut self) -> Result<(), Stop> {
        let text = self
            .files
            .read("/proc/self/mountinfo", self.settings.max_text_bytes)
            .map(|(_, bytes)| String::from_utf8_lossy(bytes.expose()).into_owned())
            .unwrap_or_default();
        let mut walk = Walk::new(self.files, self.settings, mounts::passed_over(&text));
        let roots = self.roots.clone();
        let mut gaps = std::mem::take(&mut self.gaps);
        for pattern in self
            .settings
            .excludes
            .iter()
            .filter(|pattern| pattern.starts_with('/'))
        {
            gaps.place(
                pattern,
                CoverageState::NotAttempted,
                "excluded by a setting",
            );
        }
        let mut result = Ok(());
        let mut done: Vec<&String> = Vec::new();
        for root in &roots {
            if let Err(stop) = result {
                walk.not_begun(root, stop, &mut gaps);
                continue;
            }
            match walk.root(root, self, &mut gaps) {
                Ok(Root::Searched) => done.push(root),
                Ok(Root::Absent) if !self.settings.roots.is_empty() => {
                    gaps.place(root, CoverageState::Failed, "no such directory");
                }
                Ok(Root::Absent | Root::Unreadable) => {}
                Err(stop) => result = Err(stop),
            }
        }
        for root in done {
            let mut row = Coverage::complete(&self.source, None, "inventory");
            row.place.clone_from(root);
            if self.cx.sink.cover(row).is_err() {
                self.closed = true;
            }
        }
        self.report.entries = walk.entries;
        self.report.directories = walk.directories;
        for (reason, (count, example)) in &walk.passed_over {
            if reason.ends_with(READ_APART) {
                continue;
            }
            gaps.place(
                example,
                CoverageState::NotAttempted,
                format!(
                    "{count} directories such as this one were passed over by default ({reason}); name one as a root or switch the default excludes off to read them"
                ),
            );
        }
        gaps.absorb(std::mem::take(&mut self.gaps));
        self.gaps = gaps;
        result
    }

    /// Reads one file, once.
    fn visit(&mut self, path: &str, kind: Option<FileKind>) -> Result<(), Stop> {
        if self.closed {
            return Err(Stop::Closed);
        }
        if self.report.observed >= MAX_OBSERVATIONS {
            return Err(Stop::Limit);
        }
        if self.excluded.hides(path) || !self.read_paths.insert(path.to_owned()) {
            return Ok(());
        }
        match self.contents(path, kind) {
            Ok(Some(output)) => self.take(output, path).map_err(|SinkClosed| Stop::Closed),
            Ok(None) => Ok(()),
            Err(unread) => {
                self.gaps.file_in(self.files, path, &unread);
                Ok(())
            }
        }
    }

    fn contents(&mut self, path: &str, kind: Option<FileKind>) -> Result<Option<Output>, Unread> {
        if kind.is_none() {
            let head = match self.files.head(path, HEAD_BYTES) {
                // The name promises nothing, so a file we may not open is only a gap of the whole.
                Err(Unread::Denied) => return Err(Unread::Denied),
                Err(_) => return Ok(None),
                Ok(head) => head,
            };
            if !is_material(head.expose()) {
                return Ok(None);
            }
        }
        let limit = match kind {
            Some(kind) if kind.is_store() => self.settings.max_store_bytes,
            _ => self.settings.max_text_bytes,
        };
        let (facts, bytes) = self.files.read(path, limit)?;
        if let Some(same) = facts.same_file
            && !self.read.insert(same)
        {
            return Ok(None);
        }
        self.report.files_read += 1;
        let owner = self.home_owner(path);
        let cx = ReadContext {
            user: owner.map(|(_, user)| user),
            home: owner.map(|(home, _)| home),
            ..self.read_context()
        };
        Ok(Some(read::file(kind, &facts, bytes.expose(), cx)))
    }

    /// The home directory in which a path lies, and its account.
    fn home_owner(&self, path: &str) -> Option<(&str, &str)> {
        let mut directory = path;
        while let Some((above, _)) = directory.rsplit_once('/') {
            if let Some((home, name)) = self.homes.get_key_value(above) {
                return Some((home, name));
            }
            directory = above;
        }
        None
    }

    /// What readers are given for files of no home directory.
    pub(super) fn read_context(&self) -> ReadContext<'d> {
        ReadContext {
            fingerprinter: self.cx.fingerprinter,
            observed: self.cx.now,
            now: self.cx.now,
            partition: &self.cx.identity.id,
            user: None,
            home: None,
            on_host: true,
        }
    }
}

impl Visitor for Scan<'_, '_, '_> {
    fn file(&mut self, path: &str, kind: Option<FileKind>) -> Result<(), Stop> {
        // Opening a key store takes a hundred times as long as reading a directory.
        self.may_go_on()?;
        self.visit(path, kind)
    }

    fn go_on(&mut self, directory: &str, entries: u64) -> Result<(), Stop> {
        self.report.entries = entries;
        self.may_go_on()?;
        self.tell("searching", directory);
        Ok(())
    }
}

fn is_within(path: &str, root: &str) -> bool {
    let root = root.trim_end_matches('/');
    path == root
        || path
            .strip_prefix(root)
            .is_some_and(|rest| rest.starts_with('/'))
}
