//! Real servers on loopback, unprivileged, in throw-away directories.
//!
//! A missing program fails the test and names the package; `COUNTERSIGN_TEST_ALLOW_SKIP=1` turns
//! that into a line on standard error.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The user that servers run as when the tests run as root (Debian's `nobody`).
const NOBODY: u32 = 65_534;
const START_LIMIT: Duration = Duration::from_secs(20);

/// Where servers lie that are not on the PATH of every user.
const EXTRA_DIRECTORIES: &[&str] = &["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin"];

/// Finds a program, or says which package has it.
pub(crate) fn program(name: &str, package: &str) -> Option<PathBuf> {
    let path = environment("PATH").unwrap_or_default();
    let found = path
        .split(':')
        .chain(EXTRA_DIRECTORIES.iter().copied())
        .map(|directory| Path::new(directory).join(name))
        .chain(
            postgres_directories()
                .into_iter()
                .map(|directory| directory.join(name)),
        )
        .find(|path| path.is_file());
    missing_unless(
        found,
        &format!("`{name}` is missing: apt-get install {package}"),
    )
}

/// The Python that has aiosmtpd.
pub(crate) fn python_with_aiosmtpd() -> Option<PathBuf> {
    let python = environment("COUNTERSIGN_TEST_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let works = Command::new(&python)
        .args(["-c", "import aiosmtpd"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    missing_unless(
        works.then(|| PathBuf::from(&python)),
        &format!(
            "`{python}` has no aiosmtpd: python3 -m venv V && V/bin/pip install aiosmtpd, then COUNTERSIGN_TEST_PYTHON=V/bin/python"
        ),
    )
}

fn missing_unless(found: Option<PathBuf>, message: &str) -> Option<PathBuf> {
    if found.is_none() {
        let allowed = environment("COUNTERSIGN_TEST_ALLOW_SKIP").as_deref() == Some("1");
        assert!(allowed, "{message}");
        eprintln!("skipped: {message}");
    }
    found
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests are told where their programs are"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Debian keeps one directory a version.
fn postgres_directories() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("/usr/lib/postgresql") else {
        return Vec::new();
    };
    let mut all: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    all.sort();
    all.reverse();
    all
}

/// A throw-away directory for one test and the servers that live in it.
pub(crate) struct Lab {
    pub(crate) dir: tempfile::TempDir,
    servers: Vec<Child>,
    root: bool,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new()
            .prefix("cs-")
            .tempdir_in("/tmp")
            .unwrap();
        let root = std::fs::metadata("/proc/self")
            .is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
        std::fs::set_permissions(
            dir.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        Self {
            dir,
            servers: Vec::new(),
            root,
        }
    }

    /// A path inside the directory.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.path().join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.dir.path().join(name), text).unwrap();
    }

    /// Writes `name` as the concatenation of PEM files.
    pub(crate) fn join(&self, name: &str, parts: &[&str]) {
        let all: Vec<u8> = parts.iter().flat_map(|part| self.read(part)).collect();
        self.write(name, all);
    }

    /// Runs openssl in the directory.
    pub(crate) fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.dir.path())
            .output()
            .unwrap_or_else(|error| {
                panic!("openssl is missing: apt-get install openssl ({error})")
            });
        assert!(
            output.status.success(),
            "openssl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Makes `NAME.key` and a self-signed `NAME.pem`.
    pub(crate) fn self_signed(&self, name: &str, key: &[&str], subject: &str, extensions: &[&str]) {
        let (key_file, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let mut all = vec!["req", "-x509", "-nodes", "-days", "3650", "-subj", subject];
        all.extend(["-keyout", &key_file, "-out", &certificate, "-newkey"]);
        all.extend_from_slice(key);
        all.extend(
            extensions
                .iter()
                .flat_map(|extension| ["-addext", extension]),
        );
        self.openssl(&all);
    }

    /// Makes `NAME.key` and `NAME.pem`, issued by the key and certificate `issuer`.
    pub(crate) fn issued(&self, name: &str, issuer: &str, given: &Issue<'_>) {
        let file = |kind: &str| format!("{name}.{kind}");
        let mut request = vec!["req", "-nodes", "-subj", given.subject, "-newkey"];
        request.extend_from_slice(given.key);
        let (key, csr, extensions, certificate) =
            (file("key"), file("csr"), file("ext"), file("pem"));
        request.extend(["-keyout", &key, "-out", &csr]);
        self.openssl(&request);
        self.write(&extensions, given.extensions.join("\n"));
        let days = given.days.to_string();
        let (ca, ca_key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let mut sign = vec![
            "x509",
            "-req",
            "-in",
            &csr,
            "-out",
            &certificate,
            "-days",
            &days,
        ];
        sign.extend([
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-CAcreateserial",
            "-extfile",
            &extensions,
        ]);
        sign.push(given.digest);
        self.openssl(&sign);
    }

    /// A command that runs without privileges in the directory, once [`Lab::hand_over`] was called.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = if self.root {
            let mut command = Command::new("setpriv");
            command
                .args([
                    &format!("--reuid={NOBODY}"),
                    &format!("--regid={NOBODY}"),
                    "--clear-groups",
                ])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .current_dir(self.dir.path())
            .env("HOME", self.dir.path())
            .stdin(Stdio::null());
        command
    }

    /// Gives every file of the directory to the user the servers run as.
    pub(crate) fn hand_over(&self) {
        if self.root {
            chown(self.dir.path());
        }
    }

    /// Starts a server, its words in `LOG`.
    pub(crate) fn start(&mut self, mut command: Command, log: &str) {
        let file = std::fs::File::create(self.dir.path().join(log)).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        self.servers.push(
            command
                .spawn()
                .unwrap_or_else(|error| panic!("{command:?}: {error}")),
        );
    }

    /// Waits until the newest server listens.
    pub(crate) fn wait_for(&mut self, port: u16, log: &str) {
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self
                .servers
                .last_mut()
                .and_then(|server| server.try_wait().unwrap());
            assert!(
                ended.is_none() && started.elapsed() < START_LIMIT,
                "the server on port {port} did not start ({ended:?}):\n{}",
                String::from_utf8_lossy(&self.read(log))
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for server in &mut self.servers {
            // INT lets PostgreSQL and Dovecot end their own children; KILL would orphan them.
            let pid = server.id().to_string();
            drop(Command::new("kill").args(["-INT", &pid]).status());
            let started = Instant::now();
            while matches!(server.try_wait(), Ok(None)) {
                if started.elapsed() > Duration::from_secs(3) {
                    drop(server.kill());
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// What a certificate to be issued says.
pub(crate) struct Issue<'a> {
    pub(crate) subject: &'a str,
    pub(crate) key: &'a [&'a str],
    pub(crate) extensions: &'a [&'a str],
    pub(crate) days: u32,
    pub(crate) digest: &'a str,
}

/// An elliptic-curve key: quick to make.
pub(crate) const EC: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
/// The names a server on loopback goes by.
pub(crate) const LOOPBACK: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1";

impl Default for Issue<'_> {
    fn default() -> Self {
        Self {
            subject: "/CN=localhost",
            key: EC,
            extensions: &[
                LOOPBACK,
                "basicConstraints=CA:FALSE",
                "authorityKeyIdentifier=keyid",
            ],
            days: 90,
            digest: "-sha256",
        }
    }
}

/// Ports nobody listens on, all reserved at once so that no two are equal.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    std::array::from_fn(|at| listeners[at].local_addr().unwrap().port())
}

fn chown(path: &Path) {
    std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            chown(&entry.unwrap().path());
        }
    }
}
