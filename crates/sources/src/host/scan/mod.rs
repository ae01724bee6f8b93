//! One scan of this machine: known places first, then the search through file trees.

mod end;
mod files;

use std::collections::{BTreeMap, BTreeSet};

use model::{CoverageState, SinkClosed, SourceRef};

use super::accounts::Accounts;
use super::context::{Finish, HostContext, HostReport};
use super::excludes::Excludes;
use super::files::{EntryKind, FileSystem, join};
use super::gaps::Gaps;
use super::read::out::ReadContext;
use super::settings::HostSettings;
use super::walk::Stop;
use super::{SPEC, cron, process, systemd};

/// The most home directories in one directory; terminal servers have some thousand.
const MAX_HOMES: usize = 20_000;

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
        // Accounts of a directory service (and all of macOS) stand in no passwd file.
        for above in ["/home", "/Users"] {
            let names = self.files.names(above, MAX_HOMES).unwrap_or_default().0;
            for entry in names {
                let home = join(above, &entry.name);
                if entry.kind == EntryKind::Directory && entry.name != "Shared" {
                    self.homes.entry(home).or_insert(entry.name);
                }
            }
        }
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
}
