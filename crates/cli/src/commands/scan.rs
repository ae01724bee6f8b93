//! `scan`: this machine, and what endpoints serve.

use std::path::PathBuf;

use app::scan;
use app::scan_tls;
use clap::{Args, Subcommand};
use model::text::count;

use super::judging::Judging;
use super::{report, summary};
use crate::cli::{Format, pair};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::progress::Bars;

/// Reads this machine: keys, certificates, credential files, accounts, services, AI agents
///
/// Looks at the places where software keeps credentials, then through home directories and the
/// usual roots, for ten seconds by default. Nothing is sent anywhere and no secret value is kept:
/// each is replaced by a keyed fingerprint where it is read. What could not be read (another
/// user's home, a root-only key) is listed, and the exit code is 3.
///
/// `scan tls` asks endpoints for the certificates they serve.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  countersign scan
  sudo countersign scan --time 0            everything, as long as it takes
  countersign scan --root /srv/app --exclude node_modules
  countersign scan --system-root /mnt/image --scope host=web-1
  countersign scan tls example.org:443 10.0.0.0/28:443,8443"
)]
pub(crate) struct Scan {
    #[command(flatten)]
    host: HostArgs,
    #[command(subcommand)]
    command: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Tls(TlsArgs),
}

#[derive(Debug, Args)]
struct HostArgs {
    /// Search only this directory (below --system-root); may be given several times
    #[arg(long = "root", value_name = "DIR")]
    roots: Vec<String>,
    /// Pass over directories that match; may be given several times
    #[arg(long = "exclude", value_name = "PATTERN")]
    excludes: Vec<String>,
    /// Search also what is passed over by default, such as caches and package stores
    #[arg(long)]
    no_default_excludes: bool,
    /// Read a mounted image or container root as if it were /
    #[arg(long, value_name = "DIR")]
    system_root: Option<PathBuf>,
    /// host=NAME: what to call a machine whose files lie under --system-root
    #[arg(long, value_name = "host=NAME", value_parser = pair)]
    scope: Option<(String, String)>,
    /// Seconds for searching file trees; 0 for no limit
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
    /// Leave other users' homes alone
    #[arg(long)]
    own_home_only: bool,
    /// Also read network file systems
    #[arg(long)]
    network_mounts: bool,
    /// Stay on the device each root lies on
    #[arg(long)]
    same_device: bool,
    /// Do not read the environments of running processes
    #[arg(long)]
    no_processes: bool,
    #[command(flatten)]
    judging: Judging,
}

/// Asks endpoints for the certificate chain they serve, and what is wrong with it
///
/// TARGET is HOST, HOST:PORT, HOST:443,8000-8010, a small CIDR range, or a protocol with
/// STARTTLS: smtp://HOST, imap://, ldap://, postgres://, mysql://. Nothing is sent beyond the
/// handshake.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign scan tls example.org
  countersign scan tls 10.0.0.0/28:443,8443
  countersign scan tls db.internal:5432 --starttls postgres --ca corp.pem")]
struct TlsArgs {
    /// Endpoints
    #[arg(value_name = "TARGET", required = true)]
    targets: Vec<String>,
    /// Begin with STARTTLS of this protocol: smtp, imap, pop3, ldap, postgres, mysql
    #[arg(long, value_name = "PROTOCOL")]
    starttls: Option<String>,
    /// Judge chains by these authorities instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Ask for this name instead of the target's
    #[arg(long, value_name = "NAME")]
    server_name: Option<String>,
    /// Seconds for one endpoint
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// network=NAME: which network private addresses belong to
    #[arg(long, value_name = "network=NAME", value_parser = pair)]
    scope: Option<(String, String)>,
    #[command(flatten)]
    judging: Judging,
}

impl Scan {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Some(Verb::Tls(args)) => args.run(context).await,
            None => self.host.run(context).await,
        }
    }
}

fn scope(given: Option<(String, String)>, wanted: &str) -> Result<Option<String>, Failure> {
    match given {
        None => Ok(None),
        Some((key, name)) if key == wanted => Ok(Some(name)),
        Some((key, _)) => Err(Failure::usage(format!(
            "`{key}` is no scope of this command; write --scope {wanted}=NAME"
        ))),
    }
}

impl HostArgs {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut request = scan::Request {
            time_budget_s: self.time,
            host: scope(self.scope, "host")?,
            ..scan::Request::default()
        };
        let settings = &mut request.settings;
        settings.roots = self.roots;
        settings.excludes = self.excludes;
        settings.default_excludes = !self.no_default_excludes;
        settings.other_homes = !self.own_home_only;
        settings.network_mounts = self.network_mounts;
        settings.same_device = self.same_device;
        settings.processes = !self.no_processes;
        if let Some(root) = self.system_root {
            settings.system_root = root;
            // Processes are those of this machine, not of the image.
            settings.processes = false;
        }
        let installation = context.open_to_write().await?;
        let policy = self.judging.policy(&installation)?;
        let bars = Bars::new(context);
        let mut done = cleared(&bars, scan::run(&installation, request, &bars).await)?;
        let judged = self
            .judging
            .judge(&installation, &policy, &mut done.run, &bars);
        cleared(&bars, judged.await)?;
        if context.format(Format::Table) == Format::Table {
            summary::show(&installation, context).await?;
        } else {
            let mut out = context.out(Format::Table)?;
            out.object(&done)?;
            out.finish()?;
        }
        context.say(&format!(
            "looked at {}, read {}; {} of {} listed; only counted: {} and {} of the distribution",
            count(done.entries, "directory entry"),
            count(done.files_read, "file"),
            done.accounts_listed,
            count(done.accounts, "account"),
            count(done.public_trust_roots, "public trust root"),
            count(done.default_services, "service")
        ));
        let exit = report::run(&done.run, context);
        self.judging.exit(&installation, exit).await
    }
}

/// The outcome, with nothing of the progress left on the terminal.
fn cleared<T, E>(bars: &Bars, outcome: Result<T, E>) -> Result<T, E> {
    bars.clear();
    outcome
}

impl TlsArgs {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let request = scan_tls::Request {
            targets: self.targets,
            starttls: self.starttls,
            ca: self.ca,
            server_name: self.server_name,
            timeout_s: self.timeout,
            scope: scope(self.scope, "network")?,
        };
        let installation = context.open_to_write().await?;
        let policy = self.judging.policy(&installation)?;
        let bars = Bars::new(context);
        let mut done = cleared(&bars, scan_tls::run(&installation, request, &bars).await)?;
        let judged = self
            .judging
            .judge(&installation, &policy, &mut done.run, &bars);
        cleared(&bars, judged.await)?;
        let mut out = context.out(Format::Table)?;
        if !out.object(&done)? {
            super::tls::endpoints(&serde_json::to_value(&done.tls)?, &mut out)?;
            if done.run.assessment.is_some() {
                summary::first(&installation, context, &mut out).await?;
            }
        }
        out.finish()?;
        let exit = report::run_and_gaps(&done.run, context);
        self.judging.exit(&installation, exit).await
    }
}
