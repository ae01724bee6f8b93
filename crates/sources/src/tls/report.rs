//! What a person is shown after a scan.

use formats::x509::Certificate;
use serde::Serialize;

use super::chain::{Chain, ChainFault, Trust};
use super::probe::{ClientCertificate, Served};
use super::target::Endpoint;

/// The result of one scan.
#[derive(Debug, Default, Serialize)]
pub struct TlsReport {
    /// How many endpoints were asked.
    pub asked: usize,
    /// How many ports were closed.
    pub closed: usize,
    /// How many gave no answer.
    pub silent: usize,
    /// How many answered without TLS.
    pub not_tls: usize,
    /// How many speak TLS and showed no certificate.
    pub refused: usize,
    /// How many could not be asked: no such name, no route.
    pub failed: usize,
    /// Each endpoint that is worth a line, in the order of the targets: all but the closed and
    /// silent ports of ranges.
    pub endpoints: Vec<EndpointReport>,
}

impl TlsReport {
    /// How many showed a certificate.
    pub fn served(&self) -> usize {
        self.endpoints
            .iter()
            .filter(|endpoint| endpoint.state == State::Served)
            .count()
    }
}

/// What became of one endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It showed a certificate.
    Served,
    /// It speaks TLS and showed none.
    Refused,
    /// It answers without TLS.
    NotTls,
    /// The port is closed.
    Closed,
    /// It gave no answer.
    Silent,
    /// It could not be asked.
    Failed,
}

/// One endpoint.
#[derive(Debug, Serialize)]
pub struct EndpointReport {
    /// `host:port`.
    pub endpoint: String,
    /// `tls`, `smtp`, `postgres` …
    pub protocol: &'static str,
    /// What became of it.
    pub state: State,
    /// Why it is not `served`, or why the handshake was not finished; empty when all went well.
    pub reason: String,
    /// The address that answered.
    pub address: Option<String>,
    /// `TLS 1.3` …
    pub tls_version: Option<String>,
    /// IANA's name of the cipher suite.
    pub cipher_suite: Option<String>,
    /// Whether it wants a client certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Whether its chain is trusted.
    pub trust: Option<Trust>,
    /// What is wrong with its chain.
    pub faults: Vec<ChainFault>,
    /// The certificates as served, the leaf first; `None` where one could not be read.
    pub chain: Vec<Option<Certificate>>,
}

impl EndpointReport {
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.name(),
            protocol: endpoint.protocol.name(),
            state: State::Served,
            reason: String::new(),
            address: None,
            tls_version: None,
            cipher_suite: None,
            client_certificate: None,
            trust: None,
            faults: Vec::new(),
            chain: Vec::new(),
        }
    }

    pub(super) fn serve(&mut self, served: Served, chain: Chain) {
        self.address = Some(served.address.ip().to_string());
        self.reason = served.unfinished.unwrap_or_default();
        self.tls_version = served.version;
        self.cipher_suite = served.cipher_suite;
        self.client_certificate = Some(served.client_certificate);
        self.trust = Some(chain.trust);
        self.faults = chain.faults;
        self.chain = chain.served;
    }

    pub(super) fn end(&mut self, state: State, reason: impl Into<String>) {
        self.state = state;
        self.reason = reason.into();
    }
}
