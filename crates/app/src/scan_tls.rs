//! `scan tls`: certificates as endpoints serve them.

use std::path::PathBuf;
use std::time::Duration;

use inventory::{RunKind, Spool};
use sources::signals::Recognising;
use sources::tls::{self, ScanContext, Settings, Target, TlsReport, TrustRoots};

use crate::progress::Progress;
use crate::runs::{Reading, RunReport};
use crate::{Error, Installation};

/// What to look at.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `HOST`, `HOST:PORT`, `HOST:443,8000-8010`, `smtp://HOST`, a small CIDR range.
    pub targets: Vec<String>,
    /// `--starttls PROTOCOL` for every target.
    pub starttls: Option<String>,
    /// `--ca FILE`: authorities to judge chains by instead of the system's.
    pub ca: Option<PathBuf>,
    /// `--server-name NAME`.
    pub server_name: Option<String>,
    /// `--timeout SECONDS` for one endpoint.
    pub timeout_s: Option<u64>,
    /// `--scope network=NAME`.
    pub scope: Option<String>,
}

/// What was seen, endpoint by endpoint.
#[derive(Debug, serde::Serialize)]
pub struct Report {
    /// What changed in the inventory.
    pub run: RunReport,
    /// The endpoints.
    pub tls: TlsReport,
}

/// Looks at endpoints and stores what they served.
///
/// # Errors
/// `--offline` forbids sockets, a target or option makes no sense, or the database fails. What an
/// endpoint answers is never an error.
pub async fn run(
    installation: &Installation,
    request: Request,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    if installation.config.offline {
        return Err(Error::usage(
            "`scan tls` opens sockets, and --offline refuses every socket",
        ));
    }
    let targets = targets(&request)?;
    let settings = settings(&request)?;
    let title = format!("scan tls {}", request.targets.join(" "));
    let begun = installation.begin_run(RunKind::Scan, &title).await?;
    let mut tls = TlsReport::default();
    let read = look(installation, &targets, &settings, progress, &mut tls).await;
    let run = installation.end_run(begun, read).await?;
    Ok(Report { run, tls })
}

fn targets(request: &Request) -> Result<Vec<Target>, Error> {
    let mut targets = Vec::new();
    for text in &request.targets {
        let target = Target::parse(text).map_err(|error| Error::usage(error.to_string()))?;
        targets.push(match &request.starttls {
            Some(word) => {
                let (protocol, _) = tls::Protocol::parse(word).ok_or_else(|| {
                    Error::usage(format!("`{word}` is not a protocol with STARTTLS; known: smtp, imap, pop3, ldap, postgres, mysql"))
                })?;
                target.with_protocol(protocol)
            }
            None => target,
        });
    }
    Ok(targets)
}

fn settings(request: &Request) -> Result<Settings, Error> {
    let roots = match &request.ca {
        Some(file) => {
            Some(TrustRoots::from_file(file).map_err(|error| Error::failed(error.to_string()))?)
        }
        None => TrustRoots::system(),
    };
    let mut settings = Settings {
        roots,
        server_name: request.server_name.clone(),
        ..Settings::default()
    };
    if let Some(seconds) = request.timeout_s {
        settings.total_timeout = Duration::from_secs(seconds.clamp(1, 300));
        settings.connect_timeout = settings.connect_timeout.min(settings.total_timeout);
    }
    if let Some(scope) = &request.scope {
        settings.scope.clone_from(scope);
    }
    Ok(settings)
}

async fn look(
    installation: &Installation,
    targets: &[Target],
    settings: &Settings,
    progress: &dyn Progress,
    report: &mut TlsReport,
) -> Result<(Spool, Reading), Error> {
    let mut spool = Spool::new(installation.spool_directory()?);
    progress.stage("asking endpoints", None);
    let mut tell = |done: usize, _of: usize| progress.advance(done as u64);
    let mut sink = Recognising::new(&mut spool);
    let mut cx = ScanContext {
        now: installation.clock.now(),
        sink: &mut sink,
        progress: &mut tell,
    };
    *report = tls::scan(targets, settings, &mut cx)
        .await
        .map_err(|error| Error::usage(error.to_string()))?;
    Ok((
        spool,
        Reading {
            complete: true,
            ..Reading::default()
        },
    ))
}
