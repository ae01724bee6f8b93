//! Connection strings taken apart: host, port, database, user; the password only as a secret.

mod forms;
#[cfg(test)]
mod tests;

use model::Secret;
use serde::Serialize;

use crate::error::FormatError;
use crate::text::label;

/// The longest connection string read, in bytes.
pub const MAX_BYTES: usize = 16 << 10;
/// The most hosts of one cluster string.
const MAX_HOSTS: usize = 64;
/// The most options kept.
const MAX_OPTIONS: usize = 64;

/// How the string was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[derive(Default)]
pub enum ConnectionForm {
    /// `scheme://user:password@host/path`.
    #[default]
    Url,
    /// `jdbc:…`.
    Jdbc,
    /// `Key=value;…` (ADO.NET, ODBC, Azure).
    KeyValue,
    /// `host=… user=…` (libpq).
    Libpq,
}

/// One server of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// Host name or address, lower case.
    pub host: String,
    /// Port as written; absent means the engine's default.
    pub port: Option<u16>,
}

/// A connection string without its secret.
#[derive(Debug, Serialize)]
pub struct Connection {
    /// How it was written.
    pub form: ConnectionForm,
    /// The engine or protocol: `postgresql`, `mysql`, `mongodb`, `redis`, `amqp`, `https`, `azure_storage` …
    pub engine: String,
    /// The servers.
    pub hosts: Vec<Endpoint>,
    /// Database, virtual host or path.
    pub database: Option<String>,
    /// User, account or key name.
    pub user: Option<String>,
    /// Options that say how the connection is protected or what it may reach.
    pub options: Vec<(String, String)>,
    /// The string with the password replaced; safe to show.
    pub redacted: String,
    /// True when there is a password or key.
    pub has_secret: bool,
    /// The password, key or signature.
    #[serde(skip)]
    pub secret: Option<Secret>,
}

/// Engines by URL scheme, with the name we use.
const SCHEMES: &[(&str, &str)] = &[
    ("postgres", "postgresql"),
    ("postgresql", "postgresql"),
    ("mysql", "mysql"),
    ("mariadb", "mariadb"),
    ("mongodb", "mongodb"),
    ("mongodb+srv", "mongodb"),
    ("redis", "redis"),
    ("rediss", "redis"),
    ("valkey", "redis"),
    ("amqp", "amqp"),
    ("amqps", "amqp"),
    ("mssql", "sqlserver"),
    ("sqlserver", "sqlserver"),
    ("oracle", "oracle"),
    ("clickhouse", "clickhouse"),
    ("cockroachdb", "postgresql"),
    ("cassandra", "cassandra"),
    ("neo4j", "neo4j"),
    ("neo4j+s", "neo4j"),
    ("bolt", "neo4j"),
    ("nats", "nats"),
    ("kafka", "kafka"),
    ("mqtt", "mqtt"),
    ("mqtts", "mqtt"),
    ("http", "http"),
    ("https", "https"),
    ("git", "git"),
    ("git+https", "https"),
    ("ssh", "ssh"),
    ("ftp", "ftp"),
    ("ftps", "ftp"),
    ("sftp", "sftp"),
    ("smtp", "smtp"),
    ("smtps", "smtp"),
    ("imap", "imap"),
    ("imaps", "imap"),
    ("ldap", "ldap"),
    ("ldaps", "ldap"),
    ("socks5", "socks5"),
    ("snowflake", "snowflake"),
    ("elasticsearch", "elasticsearch"),
];

/// Options worth keeping: they change protection or reach. Anything else may hold a secret.
const OPTIONS: &[&str] = &[
    "sslmode",
    "ssl",
    "tls",
    "usessl",
    "requiressl",
    "encrypt",
    "trustservercertificate",
    "authsource",
    "replicaset",
    "authmechanism",
    "integrated security",
    "trusted_connection",
    "authentication",
    "role",
    "warehouse",
    "schema",
    "driver",
    "provider",
    "endpointsuffix",
    "defaultendpointsprotocol",
    "entitypath",
    "applicationname",
    "application_name",
    "channel_binding",
    "target_session_attrs",
    "sp",
    "se",
    "st",
    "sv",
    "sip",
    "spr",
    "si",
    "sr",
    "ss",
    "srt",
];

const SECRET_KEYS: &[&str] = &[
    "password",
    "pwd",
    "pass",
    "passwd",
    "accountkey",
    "sharedaccesskey",
    "sharedaccesssignature",
    "accesskey",
    "secret",
    "token",
    "sig",
    "secretkey",
    "sslpassword",
    "api_key",
    "apikey",
    "access_token",
    "private_token",
    "auth_token",
    "authtoken",
];
const USER_KEYS: &[&str] = &[
    "user",
    "user id",
    "uid",
    "username",
    "user_name",
    "accountname",
    "sharedaccesskeyname",
    "login",
];
const HOST_KEYS: &[&str] = &[
    "host",
    "server",
    "data source",
    "datasource",
    "address",
    "addr",
    "hostaddr",
    "network address",
    "endpoint",
    "hostname",
    "servername",
];
const DATABASE_KEYS: &[&str] = &[
    "dbname",
    "database",
    "initial catalog",
    "databasename",
    "db",
    "entitypath",
];

/// Takes a connection string apart.
///
/// # Errors
/// When the text is none; its content is never part of the error.
pub fn parse(text: &str) -> Result<Connection, FormatError> {
    let text = text.trim();
    FormatError::check_size("the connection string", text.as_bytes(), MAX_BYTES)?;
    let found = if text.contains('\n') {
        None
    } else if let Some(rest) = strip_prefix_ignore_case(text, "jdbc:") {
        forms::jdbc(rest)
    } else if text
        .split_once("://")
        .is_some_and(|(scheme, _)| is_scheme(scheme))
    {
        forms::url(text, ConnectionForm::Url)
    } else if text.contains(';') {
        forms::key_value(text)
    } else {
        forms::libpq(text)
    };
    found.ok_or_else(|| FormatError::not("a connection string"))
}

fn is_scheme(text: &str) -> bool {
    let scheme = text.to_ascii_lowercase();
    let base = scheme
        .split_once('+')
        .map_or(scheme.as_str(), |(base, _)| base);
    // SQLAlchemy writes `postgresql+psycopg2`.
    SCHEMES
        .iter()
        .any(|(name, _)| *name == scheme || *name == base)
}

fn engine_of(scheme: &str) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let base = scheme
        .split_once('+')
        .map_or(scheme.as_str(), |(base, _)| base);
    SCHEMES
        .iter()
        .find(|(name, _)| *name == scheme)
        .or_else(|| SCHEMES.iter().find(|(name, _)| *name == base))
        .map_or_else(|| label(base), |(_, engine)| (*engine).to_owned())
}

#[derive(Default)]
struct Parts {
    form: ConnectionForm,
    engine: String,
    hosts: Vec<Endpoint>,
    database: Option<String>,
    user: Option<String>,
    secret: Option<String>,
    options: Vec<(String, String)>,
}

impl Parts {
    /// Files a pair where it belongs; true when the key is one we know.
    fn set(&mut self, key: &str, value: &str, in_url: bool) -> bool {
        let key = key.trim().to_ascii_lowercase();
        let value = value.trim();
        let name = key.as_str();
        if value.is_empty() {
            return SECRET_KEYS.contains(&name) || USER_KEYS.contains(&name);
        }
        if SECRET_KEYS.contains(&name) {
            self.secret.get_or_insert_with(|| value.to_owned());
        } else if USER_KEYS.contains(&name) {
            self.user = Some(value.to_owned());
        } else if HOST_KEYS.contains(&name) && (!in_url || self.hosts.is_empty()) {
            let bare = value
                .split_once("://")
                .map_or(value, |(_, rest)| rest)
                .trim_end_matches('/');
            let bare = bare.strip_prefix("tcp:").unwrap_or(bare);
            self.hosts = endpoints(&bare.replacen(
                ',',
                ":",
                usize::from(self.form == ConnectionForm::KeyValue),
            ));
        } else if name == "port" {
            let port = value.parse().ok();
            for host in &mut self.hosts {
                host.port = host.port.or(port);
            }
            if self.hosts.is_empty() {
                self.hosts.push(Endpoint {
                    host: String::new(),
                    port,
                });
            }
        } else if DATABASE_KEYS.contains(&name) {
            self.database = Some(value.to_owned());
        } else if OPTIONS.contains(&name) && self.options.len() < MAX_OPTIONS {
            self.options.push((name.to_owned(), label(value)));
        } else {
            return false;
        }
        true
    }

    fn finish(mut self, scheme: &str) -> Connection {
        self.hosts.retain(|endpoint| !endpoint.host.is_empty());
        // `${DB_PASSWORD}` is a reference to a value, not a value.
        let secret = self
            .secret
            .filter(|value| !crate::files::is_placeholder(value));
        let user = self.user.map(|user| label(&user));
        let database = self.database.map(|name| label(&name));
        let hosts: Vec<String> = self
            .hosts
            .iter()
            .map(|endpoint| {
                endpoint.port.map_or_else(
                    || endpoint.host.clone(),
                    |port| format!("{}:{port}", endpoint.host),
                )
            })
            .collect();
        let login = match (&user, &secret) {
            (None, None) => String::new(),
            (user, None) => format!("{}@", user.as_deref().unwrap_or_default()),
            (user, Some(_)) => format!("{}:***@", user.as_deref().unwrap_or_default()),
        };
        let path = database
            .as_ref()
            .map(|name| format!("/{name}"))
            .unwrap_or_default();
        Connection {
            form: self.form,
            engine: self.engine,
            redacted: format!("{}://{login}{}{path}", label(scheme), hosts.join(",")),
            hosts: self.hosts,
            database,
            user,
            options: self.options,
            has_secret: secret.is_some(),
            secret: secret.map(|value| Secret::new(value.into_bytes())),
        }
    }
}

fn endpoints(text: &str) -> Vec<Endpoint> {
    text.split(',')
        .filter(|part| !part.trim().is_empty())
        .take(MAX_HOSTS)
        .map(endpoint)
        .collect()
}

fn endpoint(text: &str) -> Endpoint {
    let text = text.trim();
    let (host, port) =
        if let Some((inner, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            (inner, rest.strip_prefix(':'))
        } else if text.matches(':').count() == 1 {
            text.split_once(':')
                .map_or((text, None), |(host, port)| (host, Some(port)))
        } else {
            (text, None)
        };
    Endpoint {
        host: label(host).to_ascii_lowercase(),
        port: port.and_then(|port| port.parse().ok()),
    }
}

/// Splits at `;` outside quotes and braces.
fn split_quoted(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quote) = (Vec::new(), 0, None::<char>);
    for (at, ch) in text.char_indices() {
        match (quote, ch) {
            (Some(open), _) if ch == open => quote = None,
            (None, '\'' | '"')
                if text
                    .get(..at)
                    .is_some_and(|before| before.trim_end().ends_with('=')) =>
            {
                quote = Some(ch);
            }
            (None, '{') => quote = Some('}'),
            (None, ';') => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

fn unquote(value: &str) -> &str {
    for (open, close) in [('"', '"'), ('\'', '\''), ('{', '}')] {
        if let Some(inner) = value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
        {
            return inner;
        }
    }
    value
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.split_at_checked(prefix.len())
        .filter(|(head, _)| head.eq_ignore_ascii_case(prefix))
        .map(|(_, rest)| rest)
}
