//! Where the database is: a file, or a PostgreSQL server.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::{Dialect, StoreError, postgres};

/// The address of a database. Neither `Debug` nor `Display` shows a password.
#[derive(Clone)]
pub struct DbUrl(Address);

#[derive(Clone)]
pub(crate) enum Address {
    Sqlite(PathBuf),
    Postgres(Box<postgres::Address>),
}

impl DbUrl {
    /// Reads `sqlite:/path/file.db`, a plain path, or `postgres://user@host/database`.
    ///
    /// A PostgreSQL URL may say `sslmode`, `sslrootcert` (a PEM file, or `system`), `sslcert` and
    /// `sslkey` as for libpq. Without `sslmode`, a server on another machine is spoken to over
    /// TLS and verified (`verify-full`), one on this machine in clear.
    ///
    /// # Errors
    /// The text is empty, another scheme, or no valid PostgreSQL URL, or its TLS parameters
    /// contradict each other.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self(Address::Postgres(Box::new(postgres::Address::parse(
                text,
            )?))));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        if path.is_empty() || path.contains("://") || path.contains('\0') {
            let detail = "write `sqlite:/path/file.db`, a path, or `postgres://user@host/database`";
            return Err(StoreError::Url {
                detail: detail.to_owned(),
            });
        }
        Ok(Self::sqlite(path))
    }

    /// Names a SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Address::Sqlite(path.into()))
    }

    /// The file, when it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Address::Sqlite(path) => Some(path),
            Address::Postgres(_) => None,
        }
    }

    /// Which of the two databases it is.
    pub fn dialect(&self) -> Dialect {
        match &self.0 {
            Address::Sqlite(_) => Dialect::Sqlite,
            Address::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) fn address(&self) -> &Address {
        &self.0
    }
}

impl fmt::Display for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Sqlite(path) => write!(f, "{}", path.display()),
            Address::Postgres(address) => f.write_str(address.place()),
        }
    }
}

impl fmt::Debug for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DbUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        let url = DbUrl::parse("postgres://me:CANARY-pw@127.0.0.1:5433/inventory").unwrap();
        assert_eq!(url.to_string(), "postgres://me@127.0.0.1:5433/inventory");
        assert!(!format!("{url:?}").contains("CANARY"));
        let bad = DbUrl::parse("postgres://me:CANARY-pw@127.0.0.1:notaport/x").unwrap_err();
        assert!(!format!("{bad} {bad:?}").contains("CANARY"), "{bad}");
    }

    #[test]
    fn files_are_files() {
        assert_eq!(
            DbUrl::parse("sqlite:/a/b.db").unwrap().path(),
            Some(Path::new("/a/b.db"))
        );
        assert_eq!(
            DbUrl::parse("b.db").unwrap().path(),
            Some(Path::new("b.db"))
        );
        assert!(DbUrl::parse("mysql://x/y").is_err());
        assert!(DbUrl::parse("").is_err());
    }

    #[test]
    fn tls_parameters_are_read_and_contradictions_refused() {
        for query in [
            "",
            "?sslmode=disable",
            "?sslmode=prefer",
            "?sslmode=require&channel_binding=require",
            "?sslmode=verify-ca&sslrootcert=/ca.pem",
            "?sslmode=verify-full&sslcert=/c.pem&sslkey=/k.pem",
        ] {
            for host in ["localhost", "db.example.com", "%2Frun%2Fpostgresql"] {
                let url = DbUrl::parse(&format!("postgres://me:CANARY@{host}/x{query}"));
                assert!(!format!("{:?}", url.unwrap()).contains("CANARY"));
            }
        }
        for query in [
            "?sslmode=allow",
            "?sslmode=verify-ca",
            "?sslcert=/c.pem",
            "?sslcrl=/c",
        ] {
            let text = format!("postgres://me:CANARY@db.example.com/x{query}");
            let error = DbUrl::parse(&text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
        }
    }

    #[test]
    fn an_address_without_a_name_is_shown() {
        let url = DbUrl::parse("postgres:///x?hostaddr=10.0.0.7&user=me").unwrap();
        assert_eq!(url.to_string(), "postgres://me@10.0.0.7:5432/x");
    }
}
