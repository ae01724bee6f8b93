//! Connection strings taken apart: host, port, database, user; the password only as a secret.

use model::Secret;
use serde::Serialize;

use crate::error::FormatError;
use crate::text::{label, percent_decode};

/// The longest connection string read, in bytes.
pub const MAX_BYTES: usize = 16 << 10;
/// The most hosts of one cluster string.
const MAX_HOSTS: usize = 64;
/// The most options kept.
const MAX_OPTIONS: usize = 64;

/// How the string was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionForm {
    /// `scheme://user:password@host/path`.
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
        jdbc(rest)
    } else if text
        .split_once("://")
        .is_some_and(|(scheme, _)| is_scheme(scheme))
    {
        url(text, ConnectionForm::Url)
    } else if text.contains(';') {
        key_value(text)
    } else {
        libpq(text)
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

fn url(text: &str, form: ConnectionForm) -> Option<Connection> {
    let (scheme, rest) = text.split_once("://")?;
    let (rest, _fragment) = rest
        .split_once('#')
        .filter(|(before, _)| before.contains('@') || !rest.contains('@'))
        .unwrap_or((rest, ""));
    // A raw `/`, `?` or `@` in a password is wrong but common: the last `@` before the query ends the user part.
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let at = rest
        .split_at_checked(authority_end)
        .and_then(|(authority, _)| authority.rfind('@'))
        .or_else(|| {
            let before_query = rest.split('?').next().unwrap_or(rest);
            before_query.rfind('@').filter(|_| {
                before_query
                    .split('@')
                    .next()
                    .is_some_and(|user| user.contains(':'))
            })
        });
    let (user_part, host_part) = match at.and_then(|at| rest.split_at_checked(at)) {
        Some((user, host)) => (Some(user), host.strip_prefix('@').unwrap_or(host)),
        None => (None, rest),
    };
    let (authority, tail) =
        host_part.split_at_checked(host_part.find(['/', '?', ';']).unwrap_or(host_part.len()))?;
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let mut parts = Parts {
        form,
        engine: engine_of(scheme),
        hosts: endpoints(authority),
        ..Parts::default()
    };
    if let Some(user_part) = user_part {
        let (user, password) = user_part
            .split_once(':')
            .map_or((user_part, None), |(user, password)| (user, Some(password)));
        parts.user = Some(percent_decode(user)).filter(|user| !user.is_empty());
        parts.secret = password
            .map(percent_decode)
            .filter(|password| !password.is_empty());
    }
    let (path, jdbc_options) = path.split_once(';').unwrap_or((path, ""));
    parts.database =
        Some(percent_decode(path.trim_start_matches('/'))).filter(|path| !path.is_empty());
    for pair in query.split('&').chain(jdbc_options.split(';')) {
        if let Some((key, value)) = pair.split_once('=') {
            parts.set(key, &percent_decode(value), true);
        }
    }
    // Many services take a token in the user's place: `https://TOKEN@host`.
    if parts.secret.is_none()
        && parts
            .user
            .as_deref()
            .is_some_and(|user| crate::token::recognise(user).is_some())
    {
        parts.secret = parts.user.take();
    }
    (!parts.hosts.is_empty() || parts.secret.is_some()).then(|| parts.finish(scheme))
}

fn jdbc(rest: &str) -> Option<Connection> {
    let lower = rest.to_ascii_lowercase();
    if lower.starts_with("oracle:") {
        return oracle(rest);
    }
    if let Some(properties) = strip_prefix_ignore_case(rest, "sqlserver://") {
        let (authority, properties) = properties.split_once(';').unwrap_or((properties, ""));
        let mut parts = Parts {
            form: ConnectionForm::Jdbc,
            engine: "sqlserver".to_owned(),
            hosts: endpoints(authority),
            ..Parts::default()
        };
        for pair in properties.split(';') {
            if let Some((key, value)) = pair.split_once('=') {
                parts.set(key, value, true);
            }
        }
        return Some(parts.finish("jdbc:sqlserver"));
    }
    let scheme_end = rest.find("://")?;
    let scheme = rest.get(..scheme_end)?.rsplit(':').next_back()?.to_owned();
    let (_, tail) = rest.split_at_checked(scheme_end)?;
    url(&format!("{scheme}{tail}"), ConnectionForm::Jdbc)
}

/// `oracle:thin:user/password@//host:port/service` or `@host:port:sid`.
fn oracle(rest: &str) -> Option<Connection> {
    let body = rest.splitn(3, ':').nth(2)?;
    let (login, target) = body.rsplit_once('@')?;
    let (user, password) = login.split_once('/').unwrap_or((login, ""));
    let target = target
        .trim_start_matches("tcps://")
        .trim_start_matches("tcp://")
        .trim_start_matches('/');
    let (address, service) = target.split_once('/').unwrap_or((target, ""));
    let mut words = address.splitn(3, ':');
    let host = words.next()?.to_owned();
    let port = words.next().and_then(|port| port.parse().ok());
    let database = words
        .next()
        .filter(|sid| !sid.is_empty())
        .unwrap_or(service);
    let parts = Parts {
        form: ConnectionForm::Jdbc,
        engine: "oracle".to_owned(),
        hosts: vec![Endpoint {
            host: label(&host).to_ascii_lowercase(),
            port,
        }],
        database: Some(database.to_owned()).filter(|name| !name.is_empty()),
        user: Some(user.to_owned()).filter(|user| !user.is_empty()),
        secret: Some(password.to_owned()).filter(|password| !password.is_empty()),
        ..Parts::default()
    };
    Some(parts.finish("jdbc:oracle"))
}

fn key_value(text: &str) -> Option<Connection> {
    let mut parts = Parts {
        form: ConnectionForm::KeyValue,
        engine: "odbc".to_owned(),
        ..Parts::default()
    };
    let mut known = 0_usize;
    for pair in split_quoted(text) {
        if let Some((key, value)) = pair.split_once('=') {
            known += usize::from(parts.set(key, unquote(value.trim()), false));
        }
    }
    let lower = text.to_ascii_lowercase();
    parts.engine = if lower.contains("accountkey=")
        || lower.contains("blobendpoint=")
        || lower.contains("accountname=")
    {
        let suffix = parts
            .options
            .iter()
            .find(|(key, _)| key == "endpointsuffix")
            .map_or("core.windows.net", |(_, value)| value.as_str());
        if let Some(account) = parts.user.as_deref().filter(|_| parts.hosts.is_empty()) {
            parts.hosts = vec![Endpoint {
                host: format!("{account}.blob.{suffix}").to_ascii_lowercase(),
                port: None,
            }];
        }
        "azure_storage"
    } else if lower.contains("endpoint=sb://") {
        "azure_service_bus"
    } else if lower.contains("sharedaccesskey=") {
        "azure_iot_hub"
    } else if lower.contains("endpoint=https://") && lower.contains("secret=") {
        "azure_app_configuration"
    } else if lower.contains("initial catalog=")
        || lower.contains("data source=")
        || lower.contains("sql server")
        || lower.contains("trustservercertificate=")
    {
        "sqlserver"
    } else if lower.contains("postgres") {
        "postgresql"
    } else if lower.contains("mysql") || lower.contains("sslmode=") {
        "mysql"
    } else {
        "odbc"
    }
    .to_owned();
    (known >= 2).then(|| parts.finish("connection"))
}

fn libpq(text: &str) -> Option<Connection> {
    let mut parts = Parts {
        form: ConnectionForm::Libpq,
        engine: "postgresql".to_owned(),
        ..Parts::default()
    };
    let mut known = 0_usize;
    for (key, value) in libpq_pairs(text)? {
        known += usize::from(parts.set(&key, &value, false));
    }
    (known >= 2 && !parts.hosts.is_empty()).then(|| parts.finish("libpq"))
}

/// `key = value` with single quotes and backslashes.
fn libpq_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() && pairs.len() < MAX_OPTIONS {
        let (key, after) = rest.split_once('=')?;
        let key = key.trim();
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return None;
        }
        let after = after.trim_start();
        let quoted = after.starts_with('\'');
        let (mut value, mut escaped, mut end) = (String::new(), false, after.len());
        for (at, ch) in after.char_indices().skip(usize::from(quoted)) {
            match ch {
                _ if escaped => {
                    value.push(ch);
                    escaped = false;
                }
                '\\' => escaped = true,
                '\'' if quoted => {
                    end = at + 1;
                    break;
                }
                _ if ch.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                _ => value.push(ch),
            }
        }
        pairs.push((key.to_owned(), value));
        rest = after.get(end..).unwrap_or_default().trim_start();
    }
    Some(pairs)
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

impl Default for ConnectionForm {
    fn default() -> Self {
        Self::Url
    }
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
        } else if HOST_KEYS.contains(&name) && !(in_url && !self.hosts.is_empty()) {
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
                quote = Some(ch)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: (&str, &str, Option<&str>, Option<&str>, Option<&str>)) {
        let got = parse(text).unwrap();
        let hosts: Vec<_> = got
            .hosts
            .iter()
            .map(|e| {
                e.port
                    .map_or_else(|| e.host.clone(), |p| format!("{}:{p}", e.host))
            })
            .collect();
        let secret = got
            .secret
            .as_ref()
            .map(|s| String::from_utf8_lossy(s.expose()).into_owned());
        assert_eq!(
            (
                got.engine.as_str(),
                hosts.join(",").as_str(),
                got.database.as_deref(),
                got.user.as_deref(),
                secret.as_deref()
            ),
            want,
            "{text}"
        );
        let shown = format!("{got:?}{}", serde_json::to_string(&got).unwrap());
        assert!(!shown.contains("CANARY"), "{shown}");
    }

    #[test]
    fn urls() {
        check(
            "postgres://app:CANARY%40x@db.example.com:5433/orders?sslmode=require",
            (
                "postgresql",
                "db.example.com:5433",
                Some("orders"),
                Some("app"),
                Some("CANARY@x"),
            ),
        );
        check(
            "postgresql+psycopg2://app:CANARY@db/orders",
            (
                "postgresql",
                "db",
                Some("orders"),
                Some("app"),
                Some("CANARY"),
            ),
        );
        check(
            "mongodb+srv://u:CANARY@c.mongodb.net/db?authSource=admin",
            (
                "mongodb",
                "c.mongodb.net",
                Some("db"),
                Some("u"),
                Some("CANARY"),
            ),
        );
        check(
            "mongodb://u:CANARY@a:1,b:2/db",
            ("mongodb", "a:1,b:2", Some("db"), Some("u"), Some("CANARY")),
        );
        check(
            "redis://:CANARY@cache:6379/0",
            ("redis", "cache:6379", Some("0"), None, Some("CANARY")),
        );
        check(
            "amqps://u:CA/NARY@mq/vhost",
            ("amqp", "mq", Some("vhost"), Some("u"), Some("CA/NARY")),
        );
        check(
            "https://u@[2001:db8::1]:8443/x",
            ("https", "2001:db8::1:8443", Some("x"), Some("u"), None),
        );
        check(
            "postgres://app:${DB_PASSWORD}@db/x",
            ("postgresql", "db", Some("x"), Some("app"), None),
        );
    }

    #[test]
    fn jdbc_strings() {
        check(
            "jdbc:postgresql://db:5432/orders?user=app&password=CANARY",
            (
                "postgresql",
                "db:5432",
                Some("orders"),
                Some("app"),
                Some("CANARY"),
            ),
        );
        check(
            "jdbc:sqlserver://db:1433;databaseName=orders;user=app;password=CANARY;encrypt=true",
            (
                "sqlserver",
                "db:1433",
                Some("orders"),
                Some("app"),
                Some("CANARY"),
            ),
        );
        check(
            "jdbc:oracle:thin:app/CANARY@//db:1521/svc",
            (
                "oracle",
                "db:1521",
                Some("svc"),
                Some("app"),
                Some("CANARY"),
            ),
        );
        check(
            "jdbc:oracle:thin:app/CANARY@db:1521:sid",
            (
                "oracle",
                "db:1521",
                Some("sid"),
                Some("app"),
                Some("CANARY"),
            ),
        );
    }

    #[test]
    fn key_value_strings() {
        check(
            "Server=tcp:db.database.windows.net,1433;Initial Catalog=orders;User ID=app;Password=\"CANARY;x\";Encrypt=True",
            (
                "sqlserver",
                "db.database.windows.net:1433",
                Some("orders"),
                Some("app"),
                Some("CANARY;x"),
            ),
        );
        check(
            "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=CANARY==;EndpointSuffix=core.windows.net",
            (
                "azure_storage",
                "acme.blob.core.windows.net",
                None,
                Some("acme"),
                Some("CANARY=="),
            ),
        );
        check(
            "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=CANARY=;EntityPath=q",
            (
                "azure_service_bus",
                "ns.servicebus.windows.net",
                Some("q"),
                Some("Root"),
                Some("CANARY="),
            ),
        );
        check(
            "host=db port=5432 dbname='orders x' user=app password='CANARY\\' y'",
            (
                "postgresql",
                "db:5432",
                Some("orders x"),
                Some("app"),
                Some("CANARY' y"),
            ),
        );
    }

    #[test]
    fn ordinary_text_is_not_a_connection() {
        for text in [
            "hello",
            "a=b",
            "x; y; z",
            "ftp",
            "://",
            "foo://bar",
            "a=b;c=d",
            "",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
