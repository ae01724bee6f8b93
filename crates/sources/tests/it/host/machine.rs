//! A made-up machine in a temporary directory, with keys by openssl, ssh-keygen and keytool.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use model::observation::Collected;
use model::{EdgeKind, Fingerprinter, Observation, TimeUs};
use sources::host::{HostContext, HostIdentity, HostReport, HostSettings, scan};

pub(crate) struct Machine {
    directory: tempfile::TempDir,
}

impl Machine {
    /// An empty machine with three accounts.
    pub(crate) fn bare() -> Self {
        let machine = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        machine.write(
            "/etc/passwd",
            "root:x:0:0:root:/root:/bin/bash\n\
             daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
             app:x:998:998:The application:/srv/app:/usr/sbin/nologin\n\
             ann:x:1000:1000:Ann:/home/ann:/bin/bash\n",
        );
        machine.write(
            "/etc/shadow",
            "root:*:20000:0:99999:7:::\nann:$y$j9T$CANARY$CANARY:20100:0:99999:7:::\n",
        );
        machine
    }

    pub(crate) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn real(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let real = self.real(path);
        fs::create_dir_all(real.parent().unwrap()).unwrap();
        fs::write(real, content).unwrap();
    }

    pub(crate) fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.real(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn link(&self, target: &str, path: &str) {
        let real = self.real(path);
        fs::create_dir_all(real.parent().unwrap()).unwrap();
        symlink(target, real).unwrap();
    }

    /// Runs a tool in a directory of the machine.
    pub(crate) fn run(&self, directory: &str, line: &str) {
        let real = self.real(directory);
        fs::create_dir_all(&real).unwrap();
        let mut words = line
            .split(' ')
            .map(|word| if word == "''" { "" } else { word });
        let output = Command::new(words.next().unwrap())
            .args(words)
            .current_dir(real)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    pub(crate) fn settings(&self) -> HostSettings {
        HostSettings {
            system_root: self.root().to_path_buf(),
            ..HostSettings::default()
        }
    }

    pub(crate) fn scan(&self) -> Scanned {
        scan_with(&self.settings(), &|| false)
    }
}

/// Scans a machine whose root is already there.
pub(crate) fn scan_at(root: &Path) -> Scanned {
    let settings = HostSettings {
        system_root: root.to_path_buf(),
        ..HostSettings::default()
    };
    scan_with(&settings, &|| false)
}

pub(crate) fn scan_with(settings: &HostSettings, time_is_up: &dyn Fn() -> bool) -> Scanned {
    let identity = HostIdentity::from_machine_id(Some("0123456789abcdef0123456789abcdef"), "web1");
    let fingerprinter = Fingerprinter::new([7; 32]);
    let mut sink = Collected::default();
    let mut places = Vec::new();
    let report = scan(
        settings,
        &mut HostContext {
            identity: &identity,
            own_home: Some("/home/ann".to_owned()),
            fingerprinter: &fingerprinter,
            now: TimeUs::from_seconds(1_760_000_000),
            sink: &mut sink,
            progress: &mut |progress| places.push(progress.place.clone()),
            cancelled: &|| false,
            time_is_up,
        },
    )
    .unwrap();
    let scanned = Scanned { report, sink };
    scanned.obeys_the_model();
    scanned
}

pub(crate) struct Scanned {
    pub(crate) report: HostReport,
    pub(crate) sink: Collected,
}

impl Scanned {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Observation> {
        self.sink.observations.iter().map(|(_, one)| one)
    }

    pub(crate) fn of(&self, subtype: &str) -> Vec<&Observation> {
        self.all()
            .filter(|one| one.attributes.subtype.as_deref() == Some(subtype))
            .collect()
    }

    pub(crate) fn named(&self, native_id: &str) -> Option<&Observation> {
        self.all().find(|one| one.node.native_id == native_id)
    }

    /// Credentials that lie in a file.
    pub(crate) fn in_file(&self, path: &str) -> Vec<&Observation> {
        self.all()
            .filter(|one| one.place.as_deref() == Some(path))
            .filter(|one| one.edges.iter().any(|edge| edge.kind == EdgeKind::StoredIn))
            .collect()
    }

    /// `kind end` of an observation's edges.
    pub(crate) fn edges(one: &Observation) -> Vec<String> {
        one.edges
            .iter()
            .map(|edge| {
                let arrow = if edge.reversed { "<-" } else { "->" };
                format!("{}{arrow}{}", edge.kind, edge.to.native_id)
            })
            .collect()
    }

    pub(crate) fn coverage(&self) -> Vec<String> {
        self.sink
            .coverage
            .iter()
            .map(|row| format!("{} {}: {}", row.state, row.place, row.reason))
            .collect()
    }

    pub(crate) fn text(&self) -> String {
        let mut text = serde_json::to_string(&self.sink.coverage).unwrap();
        for one in self.all() {
            text.push('\n');
            text.push_str(&serde_json::to_string(one).unwrap());
        }
        text
    }

    /// What every scan owes: no secret value, edges the table of kinds allows, a place each.
    fn obeys_the_model(&self) {
        let text = self.text();
        let leak = text.find("CANARY").map(|at| {
            let from = at.saturating_sub(300);
            String::from_utf8_lossy(text.as_bytes().get(from..at + 40).unwrap_or_default())
                .into_owned()
        });
        assert_eq!(leak, None, "a secret value leaked");
        for one in self.all() {
            assert!(one.place.is_some(), "{one:?}");
            for edge in &one.edges {
                let (from, to) = if edge.reversed {
                    (&edge.to, &one.node)
                } else {
                    (&one.node, &edge.to)
                };
                assert!(
                    edge.kind.allows(from.kind, to.kind),
                    "{} {} {}",
                    from.kind,
                    edge.kind,
                    to.kind
                );
            }
        }
    }
}
