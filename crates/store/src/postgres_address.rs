//! The address of a PostgreSQL server: reading it, showing it, connecting to it.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use crate::StoreError;
use crate::postgres::unreachable;
use crate::postgres_tls::{Plan, Wishes};

/// How long to wait for a connection when the URL does not say.
const CONNECT_SECONDS: u64 = 10;

/// A parsed PostgreSQL URL and how to show it.
#[derive(Clone)]
pub(crate) struct Address {
    config: Config,
    /// `None`: in clear.
    tls: Option<Plan>,
    pub(crate) place: Arc<str>,
}

impl Address {
    /// Reads a URL; the error never repeats it, because it may hold a password.
    pub(crate) fn parse(text: &str) -> Result<Self, StoreError> {
        let refuse = |detail: String| StoreError::Url { detail };
        let (rest, wishes) = Wishes::split(text).map_err(refuse)?;
        let mut config: Config = rest.parse().map_err(|_| {
            refuse(
                "not a PostgreSQL URL, or it has a parameter that is not known; write \
                 `postgres://user@host:5432/database`"
                    .to_owned(),
            )
        })?;
        if config.get_hosts().is_empty() {
            // The driver wants a name to verify; the address is one.
            for address in config.get_hostaddrs().to_owned() {
                config.host(address.to_string());
            }
        }
        let remote = config.get_hosts().iter().any(is_remote)
            || config
                .get_hostaddrs()
                .iter()
                .any(|address| !address.is_loopback());
        let mut tls = wishes.settle(remote).map_err(refuse)?;
        if config.get_hosts().iter().all(is_socket) && config.get_hostaddrs().is_empty() {
            // The server speaks no TLS over a Unix socket, and libpq ignores the mode there.
            tls = None;
        }
        config
            .ssl_mode(tls.as_ref().map_or(SslMode::Disable, Plan::driver_mode))
            .application_name("countersign");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(CONNECT_SECONDS));
        }
        let place = describe(&config).into();
        Ok(Self { config, tls, place })
    }

    /// Connects, over TLS where the URL says so.
    pub(crate) async fn connect(&self) -> Result<Client, StoreError> {
        let fail = |error| unreachable(&self.place, &error);
        let Some(plan) = &self.tls else {
            let (client, connection) = self.config.connect(NoTls).await.map_err(fail)?;
            drive(connection, &self.place);
            return Ok(client);
        };
        let connector = plan
            .connector(self.config.get_ssl_negotiation())
            .map_err(|detail| StoreError::Unreachable {
                place: self.place.clone(),
                detail,
            })?;
        let (client, connection) = self.config.connect(connector).await.map_err(fail)?;
        drive(connection, &self.place);
        Ok(client)
    }

    /// The address without its password.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }
}

fn is_remote(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let address: Result<std::net::IpAddr, _> = name.parse();
            name != "localhost" && !address.is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => false,
    }
}

fn is_socket(host: &Host) -> bool {
    match host {
        Host::Tcp(_) => false,
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// Runs the connection until it ends.
fn drive<T>(connection: Connection<Socket, T>, place: &Arc<str>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let place = place.clone();
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%place, %error, "connection ended");
        }
    });
}

fn describe(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let port = config.get_ports().first().map_or(5432, |port| *port);
    let user = config
        .get_user()
        .map(|user| format!("{user}@"))
        .unwrap_or_default();
    let name = config
        .get_dbname()
        .or(config.get_user())
        .unwrap_or_default();
    format!("postgres://{user}{host}:{port}/{name}")
}
