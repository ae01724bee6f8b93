//! Moves a TLS machine through its handshake over a socket, within bounds.

use std::time::Duration;

use rustls::{AlertDescription, ClientConnection, PeerIncompatible};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The most bytes read of a handshake.
const MAX_HANDSHAKE_BYTES: usize = 1024 * 1024;
/// How long a TLS 1.3 server gets to say that it wanted a client certificate; it can only say so
/// after the handshake.
const CLIENT_CERTIFICATE_WAIT: Duration = Duration::from_millis(400);

/// Why a handshake ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum End {
    #[error("{}", refusal(.0))]
    Tls(rustls::Error),
    #[error("{0}")]
    NotTls(String),
    #[error("it closes the connection in the middle of the handshake")]
    Closed,
    #[error("the connection broke: {0}")]
    Io(#[from] std::io::Error),
    #[error("the handshake is larger than {MAX_HANDSHAKE_BYTES} bytes")]
    TooLarge,
}

/// Moves bytes between the socket and the TLS machine.
#[derive(Debug, Default)]
pub(super) struct Pump {
    /// Bytes received so far.
    pub(super) received: usize,
}

impl Pump {
    /// Runs the handshake to its end.
    pub(super) async fn handshake(
        &mut self,
        stream: &mut TcpStream,
        connection: &mut ClientConnection,
    ) -> Result<(), End> {
        flush(stream, connection).await?;
        while connection.is_handshaking() {
            let read = self.read(stream, connection).await;
            // Our own alert is worth sending also when the peer's bytes were wrong.
            let flushed = flush(stream, connection).await;
            read?;
            flushed?;
        }
        Ok(())
    }

    async fn read(
        &mut self,
        stream: &mut TcpStream,
        connection: &mut ClientConnection,
    ) -> Result<(), End> {
        let mut buffer = [0; 4_096];
        let got = stream.read(&mut buffer).await?;
        if got == 0 {
            return Err(End::Closed);
        }
        let mut bytes = buffer.get(..got).unwrap_or_default();
        if self.received == 0 && !is_tls_record(bytes) {
            return Err(End::NotTls(format!(
                "it answers a TLS hello with {}",
                shown(bytes)
            )));
        }
        self.received += got;
        if self.received > MAX_HANDSHAKE_BYTES {
            return Err(End::TooLarge);
        }
        while !bytes.is_empty() {
            if connection.read_tls(&mut bytes)? == 0 {
                return Ok(());
            }
            connection.process_new_packets().map_err(End::Tls)?;
        }
        Ok(())
    }

    /// After a TLS 1.3 handshake: true when the server now refuses for want of a certificate.
    pub(super) async fn refused_afterwards(
        &mut self,
        stream: &mut TcpStream,
        connection: &mut ClientConnection,
    ) -> bool {
        match timeout(CLIENT_CERTIFICATE_WAIT, self.read(stream, connection)).await {
            Ok(Err(End::Tls(rustls::Error::AlertReceived(_)))) => true,
            Ok(Ok(()) | Err(_)) | Err(_) => false,
        }
    }
}

async fn flush(stream: &mut TcpStream, connection: &mut ClientConnection) -> Result<(), End> {
    while connection.wants_write() {
        let mut bytes = Vec::new();
        connection.write_tls(&mut bytes)?;
        stream.write_all(&bytes).await?;
    }
    Ok(())
}

/// Handshake or alert, version 3.x.
fn is_tls_record(bytes: &[u8]) -> bool {
    matches!(bytes, [0x15 | 0x16] | [0x15 | 0x16, 3, ..])
}

fn shown(bytes: &[u8]) -> String {
    const MAX_SHOWN_BYTES: usize = 40;
    let head = bytes.get(..MAX_SHOWN_BYTES).unwrap_or(bytes);
    format!(
        "`{}`",
        model::text::label(String::from_utf8_lossy(head).trim_end())
    )
}

/// What a failed handshake means for a person.
fn refusal(error: &rustls::Error) -> String {
    use rustls::Error;
    match error {
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            "it speaks no TLS version that is still in use (1.2, 1.3)".to_owned()
        }
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            "it answers only to server names it knows; scan it by that name".to_owned()
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "it found no cipher suite or key exchange in common (alert handshake_failure)"
                .to_owned()
        }
        Error::AlertReceived(alert) => format!("it refused with alert {alert:?}"),
        other => other.to_string(),
    }
}
