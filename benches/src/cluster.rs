//! A private PostgreSQL server that syncs to disk as a real one does.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use store::{Db, DbUrl};

/// "nobody": PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;

/// Durable (`fsync` stays on); the memory and log sizes a small server would be given.
pub const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "listen_addresses=127.0.0.1",
];

/// Ends the server when this program ends, however that happens.
const KEEPER: &str =
    r#""$@" & server=$!; read -r _; kill -INT $server; wait $server; rm -rf "$CLUSTER""#;

/// A running server.
#[derive(Debug)]
pub struct Cluster {
    /// Its URL, without a database.
    pub base: String,
    keeper: Child,
}

impl Cluster {
    /// Starts one in a new folder under `folder`.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs()?;
        let home = tempfile::Builder::new()
            .prefix("pg-")
            .tempdir_in(folder)?
            .keep();
        #[cfg(unix)]
        if is_root() {
            std::os::unix::fs::chown(&home, Some(NOBODY), Some(NOBODY))?;
        }
        let data = home.join("data");
        let made = unprivileged(&programs.join("initdb"))
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "-D",
            ])
            .arg(&data)
            .current_dir(&home)
            .output()?;
        if !made.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&made.stderr));
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = unprivileged(&programs.join("postgres"));
        server
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string()])
            .arg("-k")
            .arg(&home);
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let log = std::fs::File::create(home.join("log"))?;
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(server.get_program())
            .args(server.get_args())
            .env("CLUSTER", &home)
            .current_dir(&home)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let cluster = Self {
            base: format!("postgres://postgres@127.0.0.1:{port}"),
            keeper,
        };
        cluster.await_ready()?;
        Ok(cluster)
    }

    fn await_ready(&self) -> anyhow::Result<()> {
        let url = DbUrl::parse(&format!("{}/postgres", self.base))?;
        let runtime = tokio::runtime::Runtime::new()?;
        for _ in 0..600 {
            if runtime.block_on(Db::open(&url)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL did not start within 30 s")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut stdin) = self.keeper.stdin.take() {
            // The keeper may have ended already.
            drop(stdin.write_all(b"\n"));
        }
        drop(self.keeper.wait());
    }
}

fn programs() -> anyhow::Result<PathBuf> {
    let mut places: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    places.sort();
    places
        .into_iter()
        .rev()
        .find(|place| place.join("initdb").exists())
        .context("PostgreSQL is not installed; `apt-get install postgresql`, or name a server with --postgres")
}

#[cfg(unix)]
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}

fn unprivileged(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")])
        .args(["--clear-groups", "--"])
        .arg(program);
    command
}
