//! A real Kubernetes control plane (etcd, API server, controllers; no kubelet) for one test.
//!
//! The programs are built from Go modules by `ci/counterparts.sh`, which `make test` does first; a
//! test says `skipped:` where they are not, and continuous integration counts that as a failure.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::cluster::{NOBODY, running_as_root};
use crate::counterpart;
use crate::database::stop;

const SCRIPT: &str = include_str!("control_plane.sh");

/// How long an object may take to become what its controller makes of it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A control plane; dropped, it ends and its folder is removed.
#[derive(Debug)]
pub struct ControlPlane {
    folder: PathBuf,
    kubectl: PathBuf,
    keeper: Child,
    /// Closed, the keeper ends everything.
    standing: Option<ChildStdin>,
}

impl ControlPlane {
    /// A control plane that answers; `None`, said aloud, when its programs were not built.
    ///
    /// # Panics
    /// The programs are there and do not start.
    pub fn start() -> Option<Self> {
        let kubernetes = counterpart("kubernetes")?;
        let etcd = counterpart("etcd")?;
        Some(Self::start_with(&kubernetes, &etcd).unwrap_or_else(|why| stop(&why)))
    }

    fn start_with(kubernetes: &Path, etcd: &Path) -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix("countersign-k8s-")
            .tempdir()
            .map_err(|e| e.to_string())?
            .keep();
        let nobody = if running_as_root() {
            NOBODY.to_string()
        } else {
            String::new()
        };
        let mut keeper = Command::new("sh")
            .args(["-c", SCRIPT, "control-plane"])
            .env("HOME_OF_CLUSTER", &folder)
            .env("KUBERNETES", kubernetes)
            .env("ETCD", etcd)
            .env("PORTS", free_ports(4)?)
            .env("NOBODY", nobody)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("sh: {e}"))?;
        let mut word = String::new();
        if let Some(said) = keeper.stdout.take() {
            BufReader::new(said)
                .read_line(&mut word)
                .map_err(|e| e.to_string())?;
        }
        let plane = Self {
            kubectl: kubernetes.join("kubectl"),
            folder,
            standing: keeper.stdin.take(),
            keeper,
        };
        match word.trim() {
            "ready" => Ok(plane),
            other => Err(format!("the control plane did not start: {other}")),
        }
    }

    /// A folder that lives as long as the control plane.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `kubectl` prints, run as the cluster's administrator.
    ///
    /// # Panics
    /// It fails.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.checked(arguments, None)
    }

    /// `kubectl apply` of manifests.
    ///
    /// # Panics
    /// It fails.
    pub fn apply(&self, manifests: &str) {
        self.checked(&["apply", "-f", "-"], Some(manifests));
    }

    /// Asks with `kubectl` until the answer pleases, for what controllers do in their own time.
    ///
    /// # Panics
    /// It does not within a minute.
    pub fn until(&self, arguments: &[&str], pleases: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let output = self.run(arguments, None);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() && pleases(&text) {
                return text;
            }
            if begun.elapsed() > PATIENCE {
                let error = String::from_utf8_lossy(&output.stderr);
                stop(&format!(
                    "kubectl {} after a minute: {text}{error}",
                    arguments.join(" ")
                ));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn checked(&self, arguments: &[&str], input: Option<&str>) -> String {
        let output = self.run(arguments, input);
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            stop(&format!("kubectl {}: {error}", arguments.join(" ")));
        }
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn run(&self, arguments: &[&str], input: Option<&str>) -> Output {
        let mut child = Command::new(&self.kubectl)
            .arg("--kubeconfig")
            .arg(self.folder.join("kubeconfig"))
            .arg("--cache-dir")
            .arg(self.folder.join("cache"))
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| stop(&format!("kubectl: {e}")));
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            // What it does not read it complains of by itself.
            drop(pipe.write_all(input.as_bytes()));
        }
        child
            .wait_with_output()
            .unwrap_or_else(|e| stop(&format!("kubectl: {e}")))
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        drop(self.standing.take());
        // It ends its children first; there is nobody to tell when it cannot.
        drop(self.keeper.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Ports free a moment ago, drawn together so that no two are equal.
fn free_ports(count: usize) -> Result<String, String> {
    let held: Result<Vec<TcpListener>, _> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect();
    let ports: Result<Vec<String>, _> = held
        .map_err(|e| e.to_string())?
        .iter()
        .map(|listener| listener.local_addr().map(|at| at.port().to_string()))
        .collect();
    Ok(ports.map_err(|e| e.to_string())?.join(" "))
}
