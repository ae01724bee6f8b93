//! One scan of this machine: known places first, then the search through file trees.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Attributes, Class, Coverage, CoverageState, NodeKind, Observation, SinkClosed, SourceRef,
};

use super::accounts::Accounts;
use super::context::{Finish, HostContext, HostReport, Progress};
use super::excludes::Excludes;
use super::files::{FileSystem, Unread};
use super::gaps::Gaps;
use super::kind::{FileKind, is_material};
use super::read::out::{Output, ReadContext};
use super::settings::{DEFAULT_ROOTS, HostSettings, MAX_OBSERVATIONS};
use super::walk::{Root, Stop, Visitor, Walk};
use super::{SPEC, agents, cron, known, mounts, process, read, sshd, systemd, trust_places};

/// The most bytes of a file whose name says nothing.
const HEAD_BYTES: u64 = 64;

/// How the reason of an exclude ends whose content is read in another way.
const READ_APART: &str = "apart";

/// What is kept of `/etc/passwd` and the like.
const MAX_ACCOUNT_BYTES: u64 = 64 * 1024 * 1024;

/// Looks at this machine.
///
/// Known places are read whatever the time budget says; the search through file trees stops when
/// it is used up. What could not be read is coverage, never silence.
///
/// # Errors
/// Nobody takes observations any more.
pub fn scan(settings: &HostSettings, cx: &mut HostContext<'_>) -> Result<HostReport, SinkClosed> {
    let files = FileSystem::new(&settings.system_root);
    let mut scan = Scan::new(settings, cx, &files);
    let finish = scan.run()?;
    scan.end(finish)
}

/// The state of one scan.
struct Scan<'s, 'c, 'd> {
    settings: &'s HostSettings,
    cx: &'c mut HostContext<'d>,
    files: &'s FileSystem,
    source: SourceRef,
    accounts: Accounts,
    /// Home directories and their accounts.
    homes: BTreeMap<String, String>,
    /// Files already read, by device and number.
    read: BTreeSet<(u64, u64)>,
    read_paths: BTreeSet<String>,
    gaps: Gaps,
    /// Accounts that something speaks about.
    named: BTreeSet<String>,
    roots: Vec<String>,
    report: HostReport,
    closed: bool,
    /// What the person does not want read, known or not.
    excluded: Excludes,
    /// Places outside the roots that were read whole.
    places_read: Vec<&'static str>,
}

impl<'s, 'c, 'd> Scan<'s, 'c, 'd> {
    fn new(settings: &'s HostSettings, cx: &'c mut HostContext<'d>, files: &'s FileSystem) -> Self {
        Self {
            source: SourceRef::new(SPEC.id, cx.identity.id.clone()),
            settings,
            cx,
            files,
            accounts: Accounts::default(),
            homes: BTreeMap::new(),
            read: BTreeSet::new(),
            read_paths: BTreeSet::new(),
            gaps: Gaps::default(),
            named: BTreeSet::new(),
            roots: Vec::new(),
            report: HostReport {
                finish: Finish::Whole,
                entries: 0,
                directories: 0,
                files_read: 0,
                observed: 0,
                public_trust_roots: 0,
                known_hosts: 0,
                accounts: (0, 0),
                default_services: 0,
                gaps: 0,
            },
            closed: false,
            excluded: Excludes::own(settings),
            places_read: Vec::new(),
        }
    }

    fn run(&mut self) -> Result<Finish, SinkClosed> {
        self.read_accounts();
        self.roots = self.choose_roots();
        if self.settings.accounts_and_services && self.settings.roots.is_empty() {
            self.tell("accounts", "/etc/passwd");
            self.services()?;
        }
        let stopped = self.known_places().and_then(|()| self.search());
        if self.closed {
            return Err(SinkClosed);
        }
        Ok(match stopped {
            Ok(()) => Finish::Whole,
            Err(Stop::TimeUp) => Finish::TimeUp,
            Err(Stop::Cancelled) => Finish::Cancelled,
            Err(Stop::Limit | Stop::Closed) => Finish::Limit,
        })
    }

    // ---- accounts, services, processes ------------------------------------------------------

    fn read_accounts(&mut self) {
        let passwd = self.text("/etc/passwd");
        let shadow = self.text("/etc/shadow");
        let group = self.text("/etc/group");
        self.accounts = Accounts::parse(
            passwd.as_deref().unwrap_or_default(),
            shadow.as_deref(),
            group.as_deref(),
        );
        self.homes = self.accounts.homes();
        if let Some(own) = &self.cx.own_home
            && !self.homes.contains_key(own)
        {
            let name = own.rsplit('/').next().unwrap_or(own).to_owned();
            self.homes.insert(own.clone(), name);
        }
    }

    /// A text file of accounts; what is not readable is a gap.
    fn text(&mut self, path: &str) -> Option<String> {
        match self.files.read(path, MAX_ACCOUNT_BYTES) {
            Ok((_, bytes)) => Some(String::from_utf8_lossy(bytes.expose()).into_owned()),
            Err(unread) => {
                self.gaps.file_in(self.files, path, &unread);
                None
            }
        }
    }

    fn services(&mut self) -> Result<(), SinkClosed> {
        let cx = self.read_context();
        if systemd::is_there(self.files) {
            let units = systemd::read(self.files, cx, &mut self.gaps);
            self.report.default_services += units.counted;
            for output in units.outputs {
                self.take(output, "/etc/systemd")?;
            }
            for (path, unit) in units.environment_files {
                self.environment_file(&path, &unit)?;
            }
        }
        self.places_read.extend(systemd::places());
        for (home, user) in self.homes.clone() {
            if self.may_read_home(&home) {
                let cx = ReadContext {
                    user: Some(&user),
                    home: Some(&home),
                    ..self.read_context()
                };
                for output in systemd::user_units(self.files, cx, &mut self.gaps) {
                    self.take(output, &home)?;
                }
            }
        }
        let jobs = cron::read(self.files, self.read_context(), &mut self.gaps);
        self.report.default_services += jobs.counted;
        for output in jobs.outputs {
            self.take(output, "/etc/cron")?;
        }
        if self.settings.processes {
            self.tell("processes", "/proc");
            let cancelled = self.cx.cancelled;
            let outputs = process::read(
                self.files,
                &self.accounts,
                self.read_context(),
                &mut self.gaps,
                &|| !cancelled(),
            );
            for output in outputs {
                self.take(output, "/proc")?;
            }
            if self.files.is_directory("/proc") {
                self.places_read.push("/proc");
            }
        } else {
            self.gaps.place(
                "/proc",
                CoverageState::NotAttempted,
                "process environments are switched off by a setting",
            );
        }
        Ok(())
    }

    /// A file of settings that a unit reads: its secrets are used by the unit.
    fn environment_file(&mut self, path: &str, unit: &model::NodeRef) -> Result<(), SinkClosed> {
        let Ok((facts, bytes)) = self.files.read(path, self.settings.max_text_bytes) else {
            return Ok(());
        };
        let output = systemd::environment_file(self.read_context(), &facts, bytes.expose(), unit);
        self.take(output, path)
    }

    // ---- files ------------------------------------------------------------------------------

    /// Directories searched, the current user's home first.
    fn choose_roots(&self) -> Vec<String> {
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
    fn known_places(&mut self) -> Result<(), Stop> {
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

    fn may_read_home(&self, home: &str) -> bool {
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
                    let path = super::files::join(directory, &entry.name);
                    let kind = kind.or_else(|| super::kind::kind_of(&path));
                    if entry.kind != super::files::EntryKind::Directory {
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

    fn search(&mut self) -> Result<(), Stop> {
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
        gaps.absorb(std::mem::replace(&mut self.gaps, Gaps::default()));
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
    fn read_context(&self) -> ReadContext<'d> {
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

    // ---- the way out ------------------------------------------------------------------------

    fn take(&mut self, output: Output, path: &str) -> Result<(), SinkClosed> {
        self.report.known_hosts += output.known_hosts;
        self.report.public_trust_roots += output.trust_roots;
        self.named.extend(output.users);
        for gap in output.gaps {
            let place = if gap.place.is_empty() {
                path.to_owned()
            } else {
                format!("{path}:{}", gap.place)
            };
            self.gaps.place(&place, gap.state, gap.reason);
        }
        for observation in output.observations {
            self.give(observation)?;
        }
        Ok(())
    }

    fn give(&mut self, mut observation: Observation) -> Result<(), SinkClosed> {
        observation.attributes.sanitise();
        self.report.observed += 1;
        self.cx
            .sink
            .observe(&self.source, observation)
            .inspect_err(|SinkClosed| self.closed = true)
    }

    fn may_go_on(&self) -> Result<(), Stop> {
        if (self.cx.cancelled)() {
            return Err(Stop::Cancelled);
        }
        if (self.cx.time_is_up)() {
            return Err(Stop::TimeUp);
        }
        Ok(())
    }

    fn tell(&mut self, doing: &'static str, place: &str) {
        let progress = Progress {
            doing,
            place: place.to_owned(),
            entries: self.report.entries,
            files_read: self.report.files_read,
            observed: self.report.observed,
        };
        (self.cx.progress)(&progress);
    }

    fn end(mut self, finish: Finish) -> Result<HostReport, SinkClosed> {
        self.report.finish = finish;
        let listed = if self.settings.accounts_and_services && self.settings.roots.is_empty() {
            self.accounts.listed(&self.named)
        } else {
            self.named.clone()
        };
        self.report.accounts = (self.accounts.len() as u64, listed.len() as u64);
        for name in &listed {
            if let Some(observation) =
                self.accounts
                    .observation(name, self.cx.identity, self.cx.now)
            {
                self.give(observation)?;
            }
        }
        for name in std::mem::take(&mut self.named) {
            if !self.accounts.has(&name) {
                self.give(self.unlisted_account(&name))?;
            }
        }
        self.give(self.host())?;
        self.cx.sink.cover(Coverage::complete(
            &self.source,
            Some(NodeKind::Host),
            "inventory",
        ))?;
        for place in std::mem::take(&mut self.places_read) {
            let mut row = Coverage::complete(&self.source, None, "inventory");
            place.clone_into(&mut row.place);
            self.cx.sink.cover(row)?;
        }
        let gaps = std::mem::take(&mut self.gaps);
        self.report.gaps = gaps.give(&self.source, self.cx.sink)?;
        Ok(self.report)
    }

    /// An account that something here speaks of and `/etc/passwd` does not list: one of a directory
    /// service, or one that was deleted.
    fn unlisted_account(&self, name: &str) -> Observation {
        let attributes = Attributes::named(name, "local_user").with("in_passwd", false);
        Observation::new(
            read::out::local_user(&self.cx.identity.id, name),
            self.cx.now,
            attributes,
        )
        .at("/etc/passwd")
    }

    fn host(&self) -> Observation {
        let identity = self.cx.identity;
        let mut attributes = Attributes::named(identity.name.clone(), "host")
            .with("accounts", self.report.accounts.0)
            .with("accounts_listed", self.report.accounts.1)
            .with("public_trust_roots", self.report.public_trust_roots)
            .with("known_hosts", self.report.known_hosts)
            .with("default_services", self.report.default_services)
            .with("named_by_host_name", identity.named_by_host_name);
        attributes.class = Some(Class::Device);
        Observation::new(identity.node(), self.cx.now, attributes)
            .alias(model::Alias::lookup(format!(
                "hostname:{}",
                identity.name.to_lowercase()
            )))
            .at("/")
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
