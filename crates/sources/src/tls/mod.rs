//! `scan tls`: connects to endpoints, records the chain as served, and judges it.
//!
//! The scanner accepts every certificate in order to see it; it sends nothing but the hello of the
//! protocol, reads within bounds and leaves. What it could not look at is coverage: a refused
//! connection, a silent host and a port without TLS are three different things.

pub mod chain;
mod handshake;
mod hosts;
mod judge;
mod legacy;
mod observe;
mod pieces;
mod probe;
mod recorder;
mod report;
pub mod starttls;
pub mod target;
pub mod trust;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::{Coverage, CoverageState, NodeKind, Sink, SinkClosed, SourceRef, TimeUs};
use rustls::crypto::CryptoProvider;
use tokio::task::JoinSet;

pub use chain::{Chain, ChainFault, FaultCode, Trust};
pub use judge::judge_chain;
pub use legacy::{Answer as LegacyAnswer, Progress as LegacyProgress};
pub use observe::endpoint_node;
pub use probe::ClientCertificate;
pub use report::{EndpointReport, State, TlsReport};
pub use target::{Endpoint, Protocol, Target, TargetError};
pub use trust::{TrustError, TrustRoots};

use crate::spec::{ConnectorSpec, Permission, Step};
use judge::judge;
use probe::{Approach, Outcome, Served};

/// What the TLS scanner is.
pub const SPEC: ConnectorSpec = ConnectorSpec {
    id: "tls",
    title: "TLS endpoints",
    step: Step::KeysAndCertificates,
    kinds: &[NodeKind::Resource, NodeKind::Credential],
    authoritative: true,
    adds: "the certificates that servers really present, with their chains, names, expiry and faults",
    cannot_see: &[
        "certificates that a server shows only under another server name",
        "servers behind the other addresses of a name: the first address that answers is looked at",
        "client certificates, and certificates that no reachable endpoint presents",
        "revocation: no OCSP responder or revocation list is asked",
    ],
    obtain: "countersign scan tls HOST[:PORT]…",
    permissions: &[Permission {
        action: "a network path to the endpoint",
        why: "to open one or two TCP connections to each host and port that is named",
        without_it: "",
    }],
    doc: include_str!("doc.md"),
};

/// How a scan is made.
#[derive(Debug)]
pub struct Settings {
    /// How many endpoints are looked at at once.
    pub concurrency: usize,
    /// How long a connection may take to open.
    pub connect_timeout: Duration,
    /// How long one endpoint may take in all.
    pub total_timeout: Duration,
    /// The authorities chains are judged by; `None` when there are none to judge by.
    pub roots: Option<TrustRoots>,
    /// The server name to send and to look for in certificates, instead of the target's host.
    pub server_name: Option<String>,
    /// The scope of the source: the network the endpoints were looked at from.
    pub scope: String,
}

impl Default for Settings {
    /// 32 at once: quick for a /24 and within the file descriptors of any system. 5 s to connect
    /// is above every live network; 10 s in all bounds servers that answer drop by drop.
    fn default() -> Self {
        Self {
            concurrency: 32,
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(10),
            roots: None,
            server_name: None,
            scope: "network".to_owned(),
        }
    }
}

/// What a scan gets from its caller.
pub struct ScanContext<'a> {
    /// The current time.
    pub now: TimeUs,
    /// Where observations go.
    pub sink: &'a mut dyn Sink,
    /// Told after each endpoint: how many are done, and of how many.
    pub progress: &'a mut dyn FnMut(usize, usize),
}

impl std::fmt::Debug for ScanContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScanContext")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

/// Why a scan stopped.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The targets are too many.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Nobody wants more.
    #[error(transparent)]
    Closed(#[from] SinkClosed),
}

/// Looks at every endpoint of the targets and says what was seen, in the order of the targets.
///
/// # Errors
/// There are too many targets (the user names fewer), or the sink is closed. What an endpoint
/// answers is never an error: it stands in the report and in the coverage.
pub async fn scan(
    targets: &[Target],
    settings: &Settings,
    cx: &mut ScanContext<'_>,
) -> Result<TlsReport, ScanError> {
    let endpoints: Vec<Arc<Endpoint>> = target::endpoints(targets)?
        .into_iter()
        .map(Arc::new)
        .collect();
    let approach = Arc::new(Approach {
        provider: Arc::new(rustls::crypto::ring::default_provider()),
        connect_timeout: settings.connect_timeout,
        total_timeout: settings.total_timeout,
        server_name: settings.server_name.clone(),
    });
    let total = endpoints.len();
    let mut waiting = endpoints.iter().cloned().enumerate();
    let mut running = JoinSet::new();
    let mut speaker = Speaker::new(settings, approach.provider.clone(), total);
    // Outcomes that came before their turn: reports stay in the order of the targets.
    let mut early: BTreeMap<usize, Outcome> = BTreeMap::new();
    let (mut done, mut next) = (0, 0);
    loop {
        while running.len() < settings.concurrency.max(1) {
            let Some((at, endpoint)) = waiting.next() else {
                break;
            };
            let approach = approach.clone();
            running.spawn(async move { (at, probe::probe(&endpoint, &approach).await) });
        }
        let Some(joined) = running.join_next().await else {
            break;
        };
        done += 1;
        (cx.progress)(done, total);
        if let Ok((at, outcome)) = joined {
            early.insert(at, outcome);
        }
        while let (Some(outcome), Some(endpoint)) = (early.remove(&next), endpoints.get(next)) {
            speaker.say(endpoint, outcome, cx)?;
            next += 1;
        }
    }
    // A probe that did not come back (its task was lost) leaves a hole, which is said.
    for (at, endpoint) in endpoints.iter().enumerate().skip(next) {
        let outcome = early
            .remove(&at)
            .unwrap_or_else(|| Outcome::Failed("the look at this endpoint was lost".to_owned()));
        speaker.say(endpoint, outcome, cx)?;
    }
    speaker.finish(cx)
}

/// Turns outcomes into observations, coverage and the report.
struct Speaker<'a> {
    settings: &'a Settings,
    provider: Arc<CryptoProvider>,
    source: SourceRef,
    report: TlsReport,
    /// Endpoints of ranges that gave no answer, by host.
    silent: BTreeMap<String, (usize, String)>,
}

impl<'a> Speaker<'a> {
    fn new(settings: &'a Settings, provider: Arc<CryptoProvider>, total: usize) -> Self {
        Self {
            settings,
            provider,
            source: SourceRef::new(SPEC.id, settings.scope.as_str()),
            report: TlsReport {
                asked: total,
                ..TlsReport::default()
            },
            silent: BTreeMap::new(),
        }
    }

    fn say(
        &mut self,
        endpoint: &Endpoint,
        outcome: Outcome,
        cx: &mut ScanContext<'_>,
    ) -> Result<(), ScanError> {
        let name = endpoint.name();
        let mut report = EndpointReport::new(endpoint);
        match outcome {
            Outcome::Served(served) => self.serve(endpoint, *served, &mut report, cx)?,
            Outcome::Closed if endpoint.in_range => {
                // A closed port is an answer: nothing is served here.
                self.report.closed += 1;
                return self.covered(&name, cx);
            }
            Outcome::NotTls(what) if endpoint.in_range => {
                self.report.not_tls += 1;
                report.end(State::NotTls, what);
                self.covered(&name, cx)?;
            }
            Outcome::Silent(why) if endpoint.in_range => {
                self.report.silent += 1;
                let entry = self.silent.entry(endpoint.host.clone()).or_insert((0, why));
                entry.0 += 1;
                return Ok(());
            }
            Outcome::Closed => {
                self.report.closed += 1;
                let why = "the connection is refused: nothing listens there, or a firewall rejects";
                report.end(State::Closed, why);
                self.gap(&name, why, cx)?;
            }
            Outcome::NotTls(what) => {
                self.report.not_tls += 1;
                self.gap(&name, &what, cx)?;
                report.end(State::NotTls, what);
            }
            Outcome::Silent(why) => {
                self.report.silent += 1;
                self.gap(&name, &why, cx)?;
                report.end(State::Silent, why);
            }
            Outcome::Refused(why) => {
                self.report.refused += 1;
                let why = format!("endpoint speaks TLS but refused: {why}");
                self.gap(&name, &why, cx)?;
                report.end(State::Refused, why);
            }
            Outcome::Failed(why) => {
                self.report.failed += 1;
                self.gap(&name, &why, cx)?;
                report.end(State::Failed, why);
            }
        }
        self.report.endpoints.push(report);
        Ok(())
    }

    /// Judges what was shown and says it.
    fn serve(
        &self,
        endpoint: &Endpoint,
        served: Served,
        report: &mut EndpointReport,
        cx: &mut ScanContext<'_>,
    ) -> Result<(), ScanError> {
        let name = self.settings.server_name.as_deref();
        let chain = judge(
            &served.seen.chain,
            name.unwrap_or(&endpoint.host),
            cx.now,
            self.settings.roots.as_ref(),
            &self.provider,
        );
        for mut observation in observe::observations(endpoint, &served, &chain, cx.now) {
            observation.attributes.sanitise();
            cx.sink.observe(&self.source, observation)?;
        }
        report.serve(served, chain);
        self.covered(&endpoint.name(), cx)
    }

    /// The endpoint was looked at to its end: what it presented before and not now is gone.
    fn covered(&self, name: &str, cx: &mut ScanContext<'_>) -> Result<(), ScanError> {
        for kind in SPEC.kinds {
            let mut coverage = Coverage::complete(&self.source, Some(*kind), "inventory");
            name.clone_into(&mut coverage.place);
            cx.sink.cover(coverage)?;
        }
        Ok(())
    }

    fn gap(&self, name: &str, why: &str, cx: &mut ScanContext<'_>) -> Result<(), ScanError> {
        let gap = Coverage::gap(&self.source, CoverageState::Failed, name, why);
        Ok(cx.sink.cover(gap)?)
    }

    /// Silence in a range is usual and still no proof that nothing is there: said once a host.
    fn finish(self, cx: &mut ScanContext<'_>) -> Result<TlsReport, ScanError> {
        for (host, (count, why)) in &self.silent {
            let reason = format!(
                "{count} ports of the range gave no answer ({why}); an unused address and a firewall that drops look the same"
            );
            cx.sink.cover(Coverage::gap(
                &self.source,
                CoverageState::Partial,
                host.as_str(),
                reason,
            ))?;
        }
        Ok(self.report)
    }
}
