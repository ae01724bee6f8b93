//! TLS to a real server: each `sslmode`, with right and wrong certificates.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use store::{Db, DbUrl, StoreError};

/// The user PostgreSQL runs as when the tests run as root, which it refuses: "nobody".
const NOBODY: u32 = 65_534;
/// Stops the server when its standard input ends, as it does with the test however that ends.
const KEEPER: &str = r#""$@" & server=$!; read -r _; kill -QUIT $server; wait $server"#;
const ACCESS: &str = "\
local   all all      trust
hostssl all certain  127.0.0.1/32 cert
hostssl all bound    127.0.0.1/32 scram-sha-256
host    all postgres 127.0.0.1/32 trust
";

/// A server that speaks TLS, with the certificates of both sides in its folder.
struct Server {
    folder: tempfile::TempDir,
    port: u16,
    keeper: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        drop(self.keeper.wait());
    }
}

impl Server {
    async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            #[expect(clippy::disallowed_methods, reason = "the tests' own switch")]
            let may_skip = std::env::var("COUNTERSIGN_TEST_ALLOW_SKIP").is_ok_and(|v| v == "1");
            assert!(may_skip, "no PostgreSQL: `apt-get install postgresql`");
            eprintln!("skipped: no PostgreSQL");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        give_to_server(folder.path());
        certificates(folder.path());
        let data = folder.path().join("data");
        let mut init = unprivileged(folder.path(), &programs.join("initdb"));
        init.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]);
        run(init.args(["--no-sync", "-D"]).arg(&data));
        fs::write(data.join("pg_hba.conf"), ACCESS).unwrap();
        // Not on the command line, which would outrank a change.
        fs::write(data.join("postgresql.auto.conf"), "ssl = on\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args(arguments(&unprivileged(
                folder.path(),
                &programs.join("postgres"),
            )))
            .args(["-D", &file("data"), "-k", &file("")])
            .args(["-p", &port.to_string()])
            .args(["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "shared_buffers=16MB"])
            .args(["-c", &format!("ssl_cert_file={}", file("server.crt"))])
            .args(["-c", &format!("ssl_key_file={}", file("server.key"))])
            .args(["-c", &format!("ssl_ca_file={}", file("ca.crt"))])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let server = Self {
            folder,
            port,
            keeper,
        };
        server.until("", Result::is_ok).await;
        Some(server)
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    async fn connect(&self, user: &str, query: &str) -> Result<Db, StoreError> {
        let port = self.port;
        let text = format!("postgres://{user}@127.0.0.1:{port}/postgres?{query}");
        Db::open(&DbUrl::parse(&text)?).await
    }

    /// True when the connection that these words give is encrypted, as the server sees it.
    async fn encrypted(&self, user: &str, query: &str) -> Result<bool, String> {
        let db = self.connect(user, query).await.map_err(|e| {
            let unreachable = matches!(e, StoreError::Unreachable { .. });
            let text = format!("{e} {e:?}");
            assert!(unreachable && !text.contains("CANARY"), "{text}");
            e.to_string()
        })?;
        let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        Ok(db.read(sql, vec![]).await.unwrap()[0].get_i64(0).unwrap() == 1)
    }

    async fn assert_encrypted(&self, user: &str, query: &str) {
        assert_eq!(self.encrypted(user, query).await, Ok(true), "{query}");
    }

    async fn assert_clear(&self, query: &str) {
        assert_eq!(
            self.encrypted("postgres", query).await,
            Ok(false),
            "{query}"
        );
    }

    async fn assert_refused(&self, user: &str, query: &str, words: &str) {
        let error = self.encrypted(user, query).await.unwrap_err();
        assert!(error.contains(words), "{query}: {error}");
    }

    /// Waits until the server has started, or has read its settings again.
    async fn until(&self, query: &str, is_so: impl Fn(&Result<bool, String>) -> bool) {
        let mut answer = Ok(false);
        for _ in 0..400 {
            answer = self.encrypted("postgres", query).await;
            if is_so(&answer) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let log = fs::read_to_string(self.file("log")).unwrap_or_default();
        panic!("{query}: {answer:?}; the server's log: {log}");
    }

    async fn sql(&self, statement: &str) {
        let db = self.connect("postgres", "sslmode=disable").await.unwrap();
        db.outside_transaction(statement).await.unwrap();
    }
}

fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output();
    let configured = asked
        .into_iter()
        .map(|out| PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()));
    let mut versions: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versions.sort();
    configured
        .chain(versions.into_iter().rev())
        .find(|place| place.join("initdb").exists() && place.join("postgres").exists())
}

fn run(command: &mut Command) {
    let out = command.output().unwrap();
    let words = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{command:?}: {words}");
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn give_to_server(path: &Path) {
    if is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn unprivileged(folder: &Path, program: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")])
            .args(["--clear-groups", "--"])
            .arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn arguments(command: &Command) -> Vec<&std::ffi::OsStr> {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .collect()
}

/// Two authorities; a server's and a client's certificate by the first; a self-signed one made as
/// PostgreSQL's manual says, which counts as an authority too.
fn certificates(folder: &Path) {
    let openssl = |line: &str| {
        let mut command = Command::new("openssl");
        run(command.args(line.split(' ')).current_dir(folder));
    };
    let new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let names = "subjectAltName=IP:127.0.0.1,DNS:localhost";
    fs::write(folder.join("names"), names).unwrap();
    for (name, more) in [
        ("ca", ""),
        ("other", ""),
        ("self", &*format!(" -addext {names}")),
    ] {
        openssl(&format!(
            "req -x509 {new} -keyout {name}.key -out {name}.crt -days 2 -subj /CN={name}{more}"
        ));
    }
    for (name, subject, more) in [
        ("server", "db", " -extfile names"),
        ("client", "certain", ""),
    ] {
        openssl(&format!(
            "req {new} -keyout {name}.key -out {name}.csr -subj /CN={subject}"
        ));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
             -out {name}.crt{more}"
        ));
    }
    give_to_server(&folder.join("server.key"));
}

#[tokio::test]
async fn each_sslmode_does_what_it_says() {
    let Some(server) = Server::start().await else {
        return;
    };
    modes(&server).await;
    names(&server).await;
    identities(&server).await;
    self_signed(&server).await;
    without_tls(&server).await;
}

async fn modes(server: &Server) {
    let (right, wrong) = (server.file("ca.crt"), server.file("other.crt"));
    server.assert_clear("").await;
    server.assert_clear("sslmode=disable").await;
    for query in [
        "sslmode=prefer".to_owned(),
        "sslmode=require".to_owned(),
        format!("sslmode=require&sslrootcert={right}"),
        format!("sslmode=verify-ca&sslrootcert={right}"),
        format!("sslmode=verify-full&sslrootcert={right}"),
        format!("sslrootcert={right}"),
    ] {
        server.assert_encrypted("postgres", &query).await;
    }
    let words = "not signed by a trusted authority; give the authority's certificate as \
                 `sslrootcert=FILE`";
    for query in [
        "sslmode=verify-full".to_owned(),
        format!("sslmode=prefer&sslrootcert={wrong}"),
        format!("sslmode=require&sslrootcert={wrong}"),
        format!("sslmode=verify-ca&sslrootcert={wrong}"),
        format!("sslmode=verify-full&sslrootcert={wrong}"),
    ] {
        // Without a file the system's own authorities are asked, where there are any.
        if query.contains("sslrootcert") || Path::new("/etc/ssl/certs/ca-certificates.crt").exists()
        {
            server.assert_refused("postgres", &query, words).await;
        }
    }
    let missing = format!("sslrootcert={}", server.file("nowhere"));
    server
        .assert_refused("postgres", &missing, "cannot be read")
        .await;
    let empty = format!("sslrootcert={}", server.file("names"));
    server
        .assert_refused("postgres", &empty, "holds no certificate")
        .await;
}

async fn names(server: &Server) {
    let (port, right) = (server.port, server.file("ca.crt"));
    let as_other = |mode: &str| {
        let text = format!(
            "postgres://postgres@db.example.com:{port}/postgres?hostaddr=127.0.0.1\
             &sslmode={mode}&sslrootcert={right}"
        );
        DbUrl::parse(&text).unwrap()
    };
    let error = Db::open(&as_other("verify-full")).await.err().unwrap();
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    let error = error.to_string();
    assert!(error.contains("for other names"), "{error}");
    assert!(error.contains("localhost"), "{error}");
    Db::open(&as_other("verify-ca")).await.unwrap();
    let bare = format!(
        "postgres:///postgres?user=postgres&hostaddr=127.0.0.1&port={port}&sslrootcert={right}"
    );
    Db::open(&DbUrl::parse(&bare).unwrap()).await.unwrap();
}

async fn identities(server: &Server) {
    server
        .sql("CREATE ROLE certain LOGIN; CREATE ROLE bound LOGIN PASSWORD 'CANARY-pw'")
        .await;
    let right = format!("sslrootcert={}", server.file("ca.crt"));
    let ours = |name: &str| {
        let (certificate, key) = (format!("{name}.crt"), format!("{name}.key"));
        let (certificate, key) = (server.file(&certificate), server.file(&key));
        format!("{right}&sslcert={certificate}&sslkey={key}")
    };
    server.assert_encrypted("certain", &ours("client")).await;
    server
        .assert_refused("certain", &right, "requires a valid client certificate")
        .await;
    server
        .assert_refused("certain", &ours("other"), "refuses our certificate")
        .await;
    for (file, by, words) in [
        ("other", "client", "does not belong"),
        // Of version 1 by most versions of openssl: then only the server can compare it.
        ("client", "other", "certificate"),
    ] {
        let crossed = ours(file).replace(&format!("{file}.key"), &format!("{by}.key"));
        server.assert_refused("certain", &crossed, words).await;
    }
    let bound = format!("{right}&channel_binding=require");
    server.assert_encrypted("bound:CANARY-pw", &bound).await;
    server
        .assert_refused("bound:CANARY-no", &bound, "password authentication failed")
        .await;
}

async fn self_signed(server: &Server) {
    for end in ["crt", "key"] {
        let path = server.file(&format!("server.{end}"));
        fs::copy(server.file(&format!("self.{end}")), path).unwrap();
    }
    server.sql("SELECT pg_reload_conf()").await;
    let itself = format!(
        "sslmode=verify-full&sslrootcert={}",
        server.file("self.crt")
    );
    server.until(&itself, |answer| *answer == Ok(true)).await;
    let former = format!("sslrootcert={}", server.file("ca.crt"));
    server
        .assert_refused(
            "postgres",
            &former,
            "its own authority; give this very certificate",
        )
        .await;
    server.assert_encrypted("postgres", "sslmode=require").await;
}

async fn without_tls(server: &Server) {
    server.sql("ALTER SYSTEM SET ssl = off").await;
    server.sql("SELECT pg_reload_conf()").await;
    server
        .until("sslmode=prefer", |answer| *answer == Ok(false))
        .await;
    for query in [
        "sslmode=require".to_owned(),
        format!("sslrootcert={}", server.file("self.crt")),
    ] {
        server
            .assert_refused("postgres", &query, "does not speak TLS; switch it on there")
            .await;
    }
    server.assert_clear("sslmode=disable").await;
}
