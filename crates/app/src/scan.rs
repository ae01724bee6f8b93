//! `scan`: this machine.

use std::path::PathBuf;

use inventory::{RunKind, Spool};
use model::TimeUs;
use sources::host::{self, Finish, HostContext, HostIdentity, HostReport, HostSettings};
use sources::signals::Recognising;

use crate::progress::Progress;
use crate::runs::{Reading, RunReport};
use crate::{Error, Installation, config};

/// What to scan.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// What is looked at; the defaults suit a laptop and a server.
    pub settings: HostSettings,
    /// How long to look around, in seconds; `Some(0)` for no limit.
    pub time_budget_s: Option<u64>,
    /// `--scope host=NAME`: the name of a machine whose files are mounted under another root.
    pub host: Option<String>,
}

/// What a scan did.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Report {
    /// What changed in the inventory.
    pub run: RunReport,
    /// Directory entries looked at.
    pub entries: u64,
    /// Files whose content was read.
    pub files_read: u64,
    /// Public trust roots, counted and not listed.
    pub public_trust_roots: u64,
    /// Accounts of this machine in all.
    pub accounts: u64,
    /// Accounts listed because they hold credentials, run something or can log in.
    pub accounts_listed: u64,
    /// Services and jobs of the distribution, counted and not listed.
    pub default_services: u64,
}

/// Reads this machine and stores what was found.
///
/// # Errors
/// A root is not there, or the database fails. What could not be read is no error: it is in the
/// report and in the coverage.
pub async fn run(
    installation: &Installation,
    request: Request,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let begun = installation.begin_run(RunKind::Scan, "scan").await?;
    let mut done = None;
    let read = tokio::task::block_in_place(|| read(installation, &request, progress, &mut done));
    let run = installation.end_run(begun, read).await?;
    let done = done.ok_or_else(|| Error::failed("the scan gave no report"))?;
    Ok(Report {
        run,
        entries: done.entries,
        files_read: done.files_read,
        public_trust_roots: done.public_trust_roots,
        accounts: done.accounts.0,
        accounts_listed: done.accounts.1,
        default_services: done.default_services,
    })
}

fn read(
    installation: &Installation,
    request: &Request,
    progress: &dyn Progress,
    done: &mut Option<HostReport>,
) -> Result<(Spool, Reading), Error> {
    let mut spool = Spool::new(installation.spool_directory()?);
    let identity = identity(request);
    let started = installation.clock.now();
    let budget_s = request.time_budget_s.unwrap_or(host::DEFAULT_TIME_BUDGET_S);
    let time_is_up = || budget_s > 0 && elapsed_s(started, installation.clock.now()) >= budget_s;
    let cancelled = || progress.cancelled();
    let mut doing = "";
    let mut tell = |now: &host::Progress| {
        if doing != now.doing {
            doing = now.doing;
            progress.stage(doing, None);
        }
        progress.advance(now.entries);
    };
    let mut sink = Recognising::new(&mut spool);
    let mut cx = HostContext {
        identity: &identity,
        own_home: config::home().map(|home| home.to_string_lossy().into_owned()),
        fingerprinter: &installation.fingerprinter,
        now: started,
        sink: &mut sink,
        progress: &mut tell,
        cancelled: &cancelled,
        time_is_up: &time_is_up,
    };
    let report = host::scan(&request.settings, &mut cx).map_err(|error| {
        Error::failed(error.to_string())
            .hint("free some space in the data directory, or name other roots")
    })?;
    progress.stage("storing", None);
    let reading = Reading {
        complete: report.finish == Finish::Whole,
        cancelled: report.finish == Finish::Cancelled,
        notes: notes(&report, budget_s),
    };
    *done = Some(report);
    Ok((spool, reading))
}

fn elapsed_s(from: TimeUs, to: TimeUs) -> u64 {
    u64::try_from((to.as_micros() - from.as_micros()) / 1_000_000).unwrap_or(0)
}

fn notes(report: &HostReport, budget_s: u64) -> Vec<String> {
    let mut notes = Vec::new();
    match report.finish {
        Finish::Whole => {}
        Finish::TimeUp => notes.push(format!(
            "the search of file trees stopped after {budget_s} s, known places were all read; --time SECONDS gives it longer, --time 0 no limit"
        )),
        Finish::Cancelled => notes.push("stopped on request; what was read is kept".to_owned()),
        Finish::Limit => notes.push("a limit on entries or observations was met; name fewer roots with --root".to_owned()),
    }
    notes
}

/// Who this machine is: a mounted tree has its own machine id below the root.
fn identity(request: &Request) -> HostIdentity {
    if let Some(name) = &request.host {
        return HostIdentity {
            id: model::text::label(name),
            name: model::text::label(name),
            named_by_host_name: true,
        };
    }
    let root: &PathBuf = &request.settings.system_root;
    let machine_id = ["etc/machine-id", "var/lib/dbus/machine-id"]
        .iter()
        .find_map(|path| std::fs::read_to_string(root.join(path)).ok());
    HostIdentity::from_machine_id(
        machine_id.as_deref(),
        &gethostname::gethostname().to_string_lossy(),
    )
}
