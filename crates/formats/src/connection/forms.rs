//! The ways a connection string is written.

use super::{
    Connection, ConnectionForm, Endpoint, MAX_OPTIONS, Parts, endpoints, engine_of, split_quoted,
    strip_prefix_ignore_case, unquote,
};
use crate::text::{label, percent_decode};

pub(super) fn url(text: &str, form: ConnectionForm) -> Option<Connection> {
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

pub(super) fn jdbc(rest: &str) -> Option<Connection> {
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

pub(super) fn key_value(text: &str) -> Option<Connection> {
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
    let engine = if lower.contains("accountkey=")
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
    };
    engine.clone_into(&mut parts.engine);
    (known >= 2).then(|| parts.finish("connection"))
}

pub(super) fn libpq(text: &str) -> Option<Connection> {
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
