//! One endpoint: connect, ask for TLS, take what is shown, leave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::handshake::{End, Pump};
use super::legacy::{self, Answer, Progress};
use super::recorder::{Recorder, Seen};
use super::starttls::{Negotiation, Starttls, Step};
use super::target::{Endpoint, Protocol};

/// The most bytes read before TLS begins: the longest greetings are below 2 kB.
const MAX_PLAIN_BYTES: usize = 64 * 1024;
/// The most addresses of one name that are tried until one answers.
const MAX_ADDRESSES: usize = 4;

/// How an endpoint is approached.
#[derive(Debug)]
pub(super) struct Approach {
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) connect_timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) server_name: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It showed a certificate.
    Served(Box<Served>),
    /// It speaks TLS and showed none; the text says why.
    Refused(String),
    /// It answers and does not speak TLS here; the text says what was seen.
    NotTls(String),
    /// The port is closed: an answer of its own.
    Closed,
    /// No answer: dropped by a firewall, no route, no such host.
    Silent(String),
    /// The name does not resolve, or the system failed.
    Failed(String),
}

/// What a server showed.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) address: SocketAddr,
    pub(super) seen: Seen,
    pub(super) version: Option<String>,
    pub(super) cipher_suite: Option<String>,
    pub(super) client_certificate: ClientCertificate,
    /// Why the handshake did not end well, when it did not.
    pub(super) unfinished: Option<String>,
}

/// Whether the server wants a client certificate (mutual TLS).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificate {
    /// It asked for none.
    NotRequested,
    /// It asked for one; whether it insists did not show.
    Requested,
    /// It asked for one and refused to go on without.
    Required,
}

/// Looks at one endpoint.
pub(super) async fn probe(endpoint: &Endpoint, approach: &Approach) -> Outcome {
    match timeout(approach.total_timeout, look(endpoint, approach)).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::Silent(format!(
            "it accepted the connection and did not finish within {} s",
            approach.total_timeout.as_secs_f32()
        )),
    }
}

async fn look(endpoint: &Endpoint, approach: &Approach) -> Outcome {
    let (mut stream, address) = match connect(endpoint, approach).await {
        Ok(connected) => connected,
        Err(outcome) => return outcome,
    };
    if let Err(outcome) = ask_for_tls(&mut stream, endpoint.protocol).await {
        return outcome;
    }
    let first = modern(&mut stream, address, endpoint, approach).await;
    drop(stream);
    match first {
        Modern::Served(served) => Outcome::Served(served),
        Modern::NotTls(what) => Outcome::NotTls(what),
        Modern::TryLegacy(reason) => match legacy_look(address, endpoint, approach).await {
            Some(outcome) => outcome,
            None => Outcome::Refused(reason),
        },
        Modern::ClosedAtHello => match legacy_look(address, endpoint, approach).await {
            Some(outcome) => outcome,
            None => Outcome::NotTls("it ends the connection at a TLS hello".to_owned()),
        },
    }
}

async fn connect(
    endpoint: &Endpoint,
    approach: &Approach,
) -> Result<(TcpStream, SocketAddr), Outcome> {
    let resolving = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port));
    let addresses: Vec<SocketAddr> = match timeout(approach.connect_timeout, resolving).await {
        Err(_) => {
            return Err(Outcome::Failed(
                "the name server does not answer".to_owned(),
            ));
        }
        Ok(Err(error)) => {
            return Err(Outcome::Failed(format!(
                "the name does not resolve: {error}"
            )));
        }
        Ok(Ok(addresses)) => addresses.take(MAX_ADDRESSES).collect(),
    };
    let mut last = Outcome::Failed("the name has no address".to_owned());
    for address in addresses {
        match connect_to(address, approach).await {
            Ok(stream) => return Ok((stream, address)),
            Err(outcome) => last = outcome,
        }
    }
    Err(last)
}

async fn connect_to(address: SocketAddr, approach: &Approach) -> Result<TcpStream, Outcome> {
    use std::io::ErrorKind;
    match timeout(approach.connect_timeout, TcpStream::connect(address)).await {
        Err(_) => Err(Outcome::Silent(format!(
            "no answer within {} s; a firewall may drop the packets",
            approach.connect_timeout.as_secs_f32()
        ))),
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(match error.kind() {
            ErrorKind::ConnectionRefused => Outcome::Closed,
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::TimedOut => {
                Outcome::Silent(error.to_string())
            }
            _ => Outcome::Failed(error.to_string()),
        }),
    }
}

/// Speaks the protocol's plain words until TLS may begin.
async fn ask_for_tls(stream: &mut TcpStream, protocol: Protocol) -> Result<(), Outcome> {
    let Protocol::Starttls(protocol) = protocol else {
        return Ok(());
    };
    let name = protocol.name();
    let failed = |error: std::io::Error| {
        Outcome::NotTls(format!("the connection broke before TLS ({name}): {error}"))
    };
    let mut negotiation = Negotiation::new(protocol);
    let mut buffer = [0; 2_048];
    let mut total = 0;
    loop {
        match negotiation.step() {
            Step::Send(bytes) => stream.write_all(&bytes).await.map_err(failed)?,
            Step::Ready => return Ok(()),
            Step::Refused(why) => {
                return Err(Outcome::NotTls(format!(
                    "it speaks {name} without TLS: {why}"
                )));
            }
            Step::NotSpoken(what) => return Err(not_spoken(protocol, &what)),
            Step::Read => {
                let got = stream.read(&mut buffer).await.map_err(failed)?;
                total += got;
                if got == 0 {
                    return Err(not_spoken(protocol, "it closes the connection"));
                }
                if total > MAX_PLAIN_BYTES {
                    return Err(not_spoken(protocol, "it does not stop talking before TLS"));
                }
                negotiation.push(buffer.get(..got).unwrap_or_default());
            }
        }
    }
}

fn not_spoken(protocol: Starttls, what: &str) -> Outcome {
    Outcome::NotTls(format!(
        "it does not speak {}: {what}; if it speaks TLS at once, write tls://HOST:PORT",
        protocol.name()
    ))
}

enum Modern {
    Served(Box<Served>),
    NotTls(String),
    /// TLS is spoken and the handshake failed before a certificate was seen.
    TryLegacy(String),
    ClosedAtHello,
}

/// A handshake of TLS 1.2 or 1.3.
async fn modern(
    stream: &mut TcpStream,
    address: SocketAddr,
    endpoint: &Endpoint,
    approach: &Approach,
) -> Modern {
    let recorder = Recorder::new(&approach.provider);
    let mut connection = match client(&recorder, endpoint, approach) {
        Ok(connection) => connection,
        Err(error) => return Modern::TryLegacy(error.to_string()),
    };
    let mut pump = Pump::default();
    let end = pump.handshake(stream, &mut connection).await;
    let mut seen = recorder.seen();
    if seen.chain.is_empty() {
        return match end {
            Err(End::NotTls(what)) => Modern::NotTls(what),
            Err(End::Closed | End::Io(_)) if pump.received == 0 => Modern::ClosedAtHello,
            Err(other) => Modern::TryLegacy(other.to_string()),
            Ok(()) => Modern::TryLegacy("it showed no certificate".to_owned()),
        };
    }
    let mut client_certificate = match seen.client_authorities {
        Some(_) => ClientCertificate::Requested,
        None => ClientCertificate::NotRequested,
    };
    let insisted = match &end {
        Ok(()) if client_certificate == ClientCertificate::Requested => {
            pump.refused_afterwards(stream, &mut connection).await
        }
        Err(End::Tls(rustls::Error::AlertReceived(_)) | End::Closed) => {
            seen.client_authorities.is_some()
        }
        _ => false,
    };
    if insisted {
        client_certificate = ClientCertificate::Required;
    }
    if seen.possession.is_none() {
        seen.possession = Some(Err("the handshake ended before the proof".to_owned()));
    }
    Modern::Served(Box::new(Served {
        address,
        version: connection.protocol_version().and_then(version_name),
        // The library marks TLS 1.3 suites in the name; IANA does not.
        cipher_suite: connection
            .negotiated_cipher_suite()
            .map(|suite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_")),
        client_certificate,
        unfinished: match end {
            Ok(()) => None,
            Err(_) if insisted => Some("it requires a client certificate".to_owned()),
            Err(end) => Some(end.to_string()),
        },
        seen,
    }))
}

fn client(
    recorder: &Arc<Recorder>,
    endpoint: &Endpoint,
    approach: &Approach,
) -> Result<ClientConnection, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(approach.provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(recorder.clone())
        .with_client_cert_resolver(recorder.clone());
    config.resumption = rustls::client::Resumption::disabled();
    let name = approach
        .server_name
        .as_deref()
        .unwrap_or(&endpoint.host)
        .to_owned();
    let name = ServerName::try_from(name).map_err(|_| {
        rustls::Error::General("the name cannot be sent as a server name".to_owned())
    })?;
    ClientConnection::new(Arc::new(config), name)
}

/// One hello of TLS 1.2 and older on a fresh connection. `None` when that showed nothing either.
async fn legacy_look(
    address: SocketAddr,
    endpoint: &Endpoint,
    approach: &Approach,
) -> Option<Outcome> {
    let mut stream = connect_to(address, approach).await.ok()?;
    ask_for_tls(&mut stream, endpoint.protocol).await.ok()?;
    let mut random = [0; 32];
    approach.provider.secure_random.fill(&mut random).ok()?;
    let name = approach.server_name.as_deref().unwrap_or(&endpoint.host);
    let is_name = name.parse::<std::net::IpAddr>().is_err();
    stream
        .write_all(&legacy::hello(is_name.then_some(name), random))
        .await
        .ok()?;
    let answer = read_answer(&mut stream).await?;
    if answer.chain.is_empty() {
        return None;
    }
    let version = answer.version.and_then(version_name);
    Some(Outcome::Served(Box::new(Served {
        address,
        cipher_suite: answer.suite.map(legacy::suite_name),
        client_certificate: if answer.client_authorities.is_some() {
            ClientCertificate::Requested
        } else {
            ClientCertificate::NotRequested
        },
        unfinished: Some(format!(
            "it offers nothing newer than {}; the handshake was not completed",
            version.as_deref().unwrap_or("an unknown version")
        )),
        version,
        seen: Seen {
            chain: answer.chain,
            chain_cut: answer.chain_cut,
            possession: Some(Err("the handshake was not completed".to_owned())),
            client_authorities: answer.client_authorities,
            ocsp_stapled: false,
        },
    })))
}

async fn read_answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut answer = Answer::default();
    let mut buffer = [0; 4_096];
    let mut total = 0;
    loop {
        let got = stream.read(&mut buffer).await.ok()?;
        total += got;
        let progress = answer.push(buffer.get(..got).unwrap_or_default());
        let over = got == 0 || total > legacy::MAX_ANSWER_BYTES;
        // What was shown before the end counts, however it ended.
        if over || progress != Progress::More {
            return Some(answer);
        }
    }
}

/// Names of protocol versions as people write them.
fn version_name(version: impl Into<u16>) -> Option<String> {
    Some(
        match version.into() {
            0x0300 => "SSL 3.0",
            0x0301 => "TLS 1.0",
            0x0302 => "TLS 1.1",
            0x0303 => "TLS 1.2",
            0x0304 => "TLS 1.3",
            _ => return None,
        }
        .to_owned(),
    )
}
