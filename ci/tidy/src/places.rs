//! Things that have one place: I/O, the database drivers, our environment, sockets, randomness, SQL.

use crate::repo::File;
use crate::rust::{Hit, crate_of, find};

/// Addresses (`std::net::IpAddr`) are values; sockets are not.
const IO: &[&str] = &[
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "std::os::unix::net",
    "std::env",
    "std::process",
    "std::thread",
    "tokio",
    "SystemTime",
    "Instant",
];
const ENVIRONMENT: &[&str] = &[
    "env::var",
    "env::var_os",
    "env::vars",
    "env::vars_os",
    "env::home_dir",
];
const SOCKETS: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "TcpSocket",
    "UdpSocket",
    "UnixStream",
    "UnixListener",
    "UnixDatagram",
    "ToSocketAddrs",
    "lookup_host",
];
/// Where the security model says sockets are opened.
const SOCKET_HOMES: &[&str] = &["crates/sources/src/tls/", "crates/store/src/postgres"];
const RANDOMNESS: &[&str] = &[
    "getrandom",
    "rand",
    "OsRng",
    "SystemRandom",
    "Ulid::new",
    "Ulid::generate",
];
const SQL: &[&str] = &["SELECT", "INSERT INTO", "DELETE FROM", "CREATE TABLE"];

fn lines(hits: &[Hit<'_>], way_out: &str) -> Vec<String> {
    hits.iter()
        .map(|hit| format!("{}:{}: `{}`: {way_out}", hit.path, hit.line, hit.word))
        .collect()
}

/// The pure crates of the ground do no I/O and own no clock.
pub fn purity(files: &[File]) -> Vec<String> {
    let pure = |path: &str| matches!(crate_of(path), Some("model" | "formats" | "graph"));
    lines(
        &find(files, pure, IO),
        "this crate is pure; take bytes, a clock or a path's text as an argument",
    )
}

/// One file names each database driver.
pub fn drivers(files: &[File]) -> Vec<String> {
    let mut violations = Vec::new();
    for (driver, home) in [
        ("rusqlite", "crates/store/src/sqlite"),
        ("tokio_postgres", "crates/store/src/postgres"),
    ] {
        let elsewhere = |path: &str| !path.starts_with(home);
        violations.extend(lines(
            &find(files, elsewhere, &[driver]),
            "only the driver's own file in the store names it; go through the seam",
        ));
    }
    violations
}

/// Only the app's configuration reads our environment.
pub fn environment(files: &[File]) -> Vec<String> {
    let elsewhere = |path: &str| !path.starts_with("crates/app/src/config");
    lines(
        &find(files, elsewhere, ENVIRONMENT),
        "only app::config reads the environment; take the value as an argument",
    )
}

/// Only `scan tls` and the PostgreSQL driver open sockets or look names up.
pub fn sockets(files: &[File]) -> Vec<String> {
    let elsewhere = |path: &str| !SOCKET_HOMES.iter().any(|home| path.starts_with(home));
    lines(
        &find(files, elsewhere, SOCKETS),
        "sockets are opened in crates/sources/src/tls and the PostgreSQL driver of the store only; docs/SECURITY-MODEL.md promises it",
    )
}

/// Only the installation draws random bytes: for its key and for ULIDs.
pub fn randomness(files: &[File]) -> Vec<String> {
    let elsewhere = |path: &str| path != "crates/app/src/installation.rs";
    lines(
        &find(files, elsewhere, RANDOMNESS),
        "only app::installation draws randomness; take the id or the bytes as an argument",
    )
}

/// SQL text stands in the store and the inventory alone.
pub fn sql(files: &[File]) -> Vec<String> {
    let elsewhere = |path: &str| !matches!(crate_of(path), Some("store" | "inventory"));
    lines(
        &find(files, elsewhere, SQL),
        "SQL belongs into the store or the inventory",
    )
}

/// Every migration file is named in the store's list.
pub fn migrations(files: &[File]) -> Vec<String> {
    let code: Vec<&File> = files
        .iter()
        .filter(|file| file.path.starts_with("crates/store/src/"))
        .collect();
    files
        .iter()
        .filter(|file| file.path.starts_with("crates/store/") && file.path.contains("/migrations/"))
        .filter(|file| {
            file.path.rsplit('.').next() == Some("sql") && !file.path.contains("/tests/")
        })
        .filter(|file| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            !code
                .iter()
                .any(|code| code.path.rsplit('.').next() == Some("rs") && code.text.contains(name))
        })
        .map(|file| {
            format!(
                "{}: not in the list of migrations in crates/store/src",
                file.path
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(check: fn(&[File]) -> Vec<String>, path: &str, text: &str) -> usize {
        check(&[File::new(path, text)]).len()
    }

    #[test]
    fn input_and_output_in_the_ground_is_caught() {
        assert_eq!(
            one(
                purity,
                "crates/formats/src/pem.rs",
                "fn f() { std::fs::read(p); }"
            ),
            1
        );
        assert_eq!(
            one(
                purity,
                "crates/model/src/time.rs",
                "use std::time::SystemTime;"
            ),
            1
        );
        assert_eq!(
            one(
                purity,
                "crates/sources/src/host/mod.rs",
                "fn f() { std::fs::read(p); }"
            ),
            0
        );
    }

    #[test]
    fn addresses_are_values_and_sockets_are_not() {
        let path = "crates/formats/src/x509.rs";
        assert_eq!(one(purity, path, "use std::net::Ipv4Addr;"), 0);
        assert_eq!(one(purity, path, "use std::net::{Ipv4Addr, TcpStream};"), 1);
    }

    #[test]
    fn a_driver_outside_its_file_is_caught() {
        assert_eq!(
            one(
                drivers,
                "crates/store/src/sqlite.rs",
                "use rusqlite::Connection;"
            ),
            0
        );
        assert_eq!(
            one(
                drivers,
                "crates/store/src/sqlite/pool.rs",
                "use rusqlite::Connection;"
            ),
            0
        );
        assert_eq!(
            one(
                drivers,
                "crates/store/src/postgres.rs",
                "use rusqlite::Connection;"
            ),
            1
        );
        assert_eq!(
            one(
                drivers,
                "crates/inventory/src/lib.rs",
                "use tokio_postgres::Row;"
            ),
            1
        );
    }

    #[test]
    fn the_environment_has_one_reader() {
        assert_eq!(
            one(
                environment,
                "crates/app/src/config/mod.rs",
                "std::env::var(\"HOME\")"
            ),
            0
        );
        assert_eq!(
            one(
                environment,
                "crates/cli/src/main.rs",
                "std::env::var_os(\"HOME\")"
            ),
            1
        );
        assert_eq!(
            one(environment, "crates/cli/src/main.rs", "std::env::args_os()"),
            0
        );
    }

    #[test]
    fn a_socket_anywhere_else_is_caught() {
        let connect = "let stream = tokio::net::TcpStream::connect(address).await;";
        let resolve = "use std::net::{IpAddr, ToSocketAddrs};";
        for path in [
            "crates/sources/src/host/mod.rs",
            "crates/sources/src/tls.rs",
            "crates/store/src/sqlite.rs",
            "crates/app/src/doctor.rs",
        ] {
            assert_eq!(one(sockets, path, connect), 1, "{path}");
            assert_eq!(one(sockets, path, resolve), 1, "{path}");
        }
        for path in [
            "crates/sources/src/tls/probe.rs",
            "crates/store/src/postgres.rs",
            "crates/store/src/postgres/tls.rs",
            "crates/sources/tests/it/tls_servers.rs",
            "crates/testkit/src/cluster.rs",
        ] {
            assert_eq!(one(sockets, path, connect), 0, "{path}");
        }
        assert_eq!(
            one(
                sockets,
                "crates/model/src/a.rs",
                "use std::net::{IpAddr, SocketAddr};"
            ),
            0
        );
    }

    #[test]
    fn randomness_anywhere_else_is_caught() {
        let path = "crates/inventory/src/edit/mod.rs";
        for text in [
            "getrandom::fill(&mut bytes)?;",
            "let n: u64 = rand::random();",
            "let id = ulid::Ulid::new();",
            "let random = ring::rand::SystemRandom::new();",
        ] {
            assert_ne!(one(randomness, path, text), 0, "{text}");
            assert_eq!(
                one(randomness, "crates/app/src/installation.rs", text),
                0,
                "{text}"
            );
            assert_eq!(
                one(randomness, "crates/formats/tests/it/keys.rs", text),
                0,
                "{text}"
            );
        }
        assert_eq!(
            one(randomness, path, "let ulid = ulid::Ulid::from_parts(a, b);"),
            0
        );
    }

    #[test]
    fn sql_in_the_app_is_caught() {
        assert_eq!(
            one(
                sql,
                "crates/app/src/who.rs",
                "let q = \"SELECT id FROM node\";"
            ),
            1
        );
        assert_eq!(
            one(
                sql,
                "crates/store/src/nodes.rs",
                "let q = \"SELECT id FROM node\";"
            ),
            0
        );
    }

    #[test]
    fn a_forgotten_migration_is_caught() {
        let listed = File::new(
            "crates/store/src/migrations.rs",
            "include_str!(\"0001_start.sql\")",
        );
        let first = File::new("crates/store/migrations/0001_start.sql", "");
        let second = File::new("crates/store/migrations/0002_more.sql", "");
        assert_eq!(
            migrations(&[listed.clone(), first.clone()]),
            Vec::<String>::new()
        );
        assert_eq!(migrations(&[listed, first, second]).len(), 1);
    }
}
