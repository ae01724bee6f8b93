//! A private PostgreSQL server for the tests of this process.
//!
//! - `COUNTERSIGN_TEST_POSTGRES=postgres://…` names a server to use instead (`make test` starts
//!   one for all test programs).
//! - `COUNTERSIGN_TEST_ALLOW_SKIP=1` lets tests pass, saying so, where there is no PostgreSQL.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use store::{Db, DbUrl};

use crate::database::stop;

/// The user PostgreSQL runs as when the tests run as root, which it refuses: "nobody".
pub(crate) const NOBODY: u32 = 65_534;

/// Waits on its standard input, which ends with the test process however that ends; then stops the
/// server and removes its folder.
const KEEPER: &str =
    r#""$@" & server=$!; read -r _; kill -QUIT $server; wait $server; rm -rf "$CLUSTER""#;

/// Without syncing: these databases do not outlive the test.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=128MB",
    "max_connections=200",
    "listen_addresses=127.0.0.1",
];

struct Cluster {
    address: String,
    /// Its standard input is what keeps the server alive.
    _keeper: Child,
}

/// The server's URL, started on first use; `None` when there is none and skipping is allowed.
pub(crate) fn server() -> Option<String> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    if let Some(given) = environment("COUNTERSIGN_TEST_POSTGRES") {
        return Some(given);
    }
    match CLUSTER.get_or_init(start) {
        Ok(cluster) => Some(cluster.address.clone()),
        Err(_) if environment("COUNTERSIGN_TEST_ALLOW_SKIP").as_deref() == Some("1") => {
            #[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
            {
                eprintln!("skipped: no PostgreSQL");
            }
            None
        }
        Err(why) => stop(&format!(
            "no PostgreSQL for the tests: {why}; install it (`apt-get install postgresql`), name a \
             server in COUNTERSIGN_TEST_POSTGRES, or set COUNTERSIGN_TEST_ALLOW_SKIP=1"
        )),
    }
}

/// The server's URL with another database.
pub(crate) fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    // The path begins after the host, not in the `//` before it: a server may be named without one.
    let host = base.find("://").map_or(0, |at| at + 3);
    let end = base
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(base.len(), |at| host + at);
    let front = base.get(..end).unwrap_or(base);
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{front}/{name}{mark}{query}")
}

#[expect(clippy::disallowed_methods, reason = "the tests' own two switches")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn start() -> Result<Cluster, String> {
    let programs = find_programs()?;
    let folder = tempfile::Builder::new()
        .prefix("countersign-pg-")
        .tempdir()
        .map_err(|e| e.to_string())?
        .keep();
    let started = start_in(&programs, &folder);
    if started.is_err() {
        // The folder is of no more use; a leftover does no harm.
        drop(std::fs::remove_dir_all(&folder));
    }
    started
}

fn start_in(programs: &Path, folder: &Path) -> Result<Cluster, String> {
    let root = running_as_root();
    if root {
        give_to_nobody(folder)?;
    }
    let data = folder.join("data");
    let init = unprivileged(root, &programs.join("initdb"))
        .args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
        ])
        .arg(&data)
        .current_dir(folder)
        .output()
        .map_err(|e| format!("initdb: {e}"))?;
    if !init.status.success() {
        return Err(format!(
            "initdb: {}",
            String::from_utf8_lossy(&init.stderr).trim()
        ));
    }
    let port = free_port()?;
    let mut server = unprivileged(root, &programs.join("postgres"));
    server
        .arg("-D")
        .arg(&data)
        .arg("-p")
        .arg(port.to_string())
        .arg("-k")
        .arg(folder);
    for setting in SETTINGS {
        server.args(["-c", setting]);
    }
    let log = std::fs::File::create(folder.join("log")).map_err(|e| e.to_string())?;
    let keeper = Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(server.get_program())
        .args(server.get_args())
        .env("CLUSTER", folder)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(|e| format!("sh: {e}"))?;
    let address = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    await_ready(&address).map_err(|why| {
        let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        format!("{why}; its log: {}", log.trim())
    })?;
    Ok(Cluster {
        address,
        _keeper: keeper,
    })
}

fn find_programs() -> Result<PathBuf, String> {
    let asked = Command::new("pg_config").arg("--bindir").output();
    let configured = asked
        .ok()
        .map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    let mut places: Vec<PathBuf> = configured.into_iter().collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    versions.sort();
    places.extend(versions.into_iter().rev());
    places
        .into_iter()
        .find(|place| place.join("initdb").exists() && place.join("postgres").exists())
        .ok_or_else(|| "initdb and postgres were not found".to_owned())
}

pub(crate) fn running_as_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| owner(&me) == 0)
}

/// PostgreSQL refuses to run as root.
fn unprivileged(root: bool, program: &Path) -> Command {
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")])
        .args(["--clear-groups", "--"])
        .arg(program);
    command
}

#[cfg(unix)]
fn owner(metadata: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(metadata)
}

#[cfg(not(unix))]
fn owner(_: &std::fs::Metadata) -> u32 {
    NOBODY
}

#[cfg(unix)]
fn give_to_nobody(folder: &Path) -> Result<(), String> {
    std::os::unix::fs::chown(folder, Some(NOBODY), Some(NOBODY)).map_err(|e| e.to_string())
}

#[cfg(not(unix))]
fn give_to_nobody(_: &Path) -> Result<(), String> {
    Ok(())
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    Ok(listener.local_addr().map_err(|e| e.to_string())?.port())
}

fn await_ready(address: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let url = DbUrl::parse(address).map_err(|e| e.to_string())?;
    let mut last = String::new();
    for _ in 0..600 {
        match runtime.block_on(Db::open(&url)) {
            Ok(_) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(format!("the server did not start within 30 s: {last}"))
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn a_database_is_named_whatever_the_address_holds() {
        let named = |server| with_database(server, "t_1");
        assert_eq!(
            named("postgres://p@127.0.0.1:5432"),
            "postgres://p@127.0.0.1:5432/t_1"
        );
        assert_eq!(
            named("postgres://p@127.0.0.1:5432/x?a=b"),
            "postgres://p@127.0.0.1:5432/t_1?a=b"
        );
    }
}
