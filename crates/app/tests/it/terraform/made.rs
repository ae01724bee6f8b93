//! A configuration applied by a real OpenTofu with real providers, and what it writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::counterpart;

/// What is kept of a run; the names of the files in `recorded/`.
pub(crate) const FILES: &[&str] = &[
    "plan-create.json",
    "plan-change.json",
    "terraform.tfstate.d/staging/terraform.tfstate",
    "pulled.tfstate",
    "state.json",
    "out/web.key",
    "out/web.crt",
];

/// Runs it in a folder of its own; `None` when the programs are not built.
pub(crate) fn run(folder: &Path) -> Option<()> {
    let tofu = counterpart("tofu")?.join("tofu");
    let mirror = folder.join("mirror");
    provider(&mirror, "local", "2.9.0", &counterpart("terraform-local")?);
    provider(&mirror, "tls", "1.2.0", &counterpart("terraform-tls")?);
    let configuration = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/terraform/configuration"
    );
    for file in ["main.tf", "worker/main.tf"] {
        std::fs::create_dir_all(folder.join("worker")).unwrap();
        std::fs::copy(Path::new(configuration).join(file), folder.join(file)).unwrap();
    }
    let tofu = |arguments: &[&str], password: &str| {
        let done = Command::new(&tofu)
            .args(arguments)
            .current_dir(folder)
            .env("TF_VAR_db_password", password)
            .env("TF_CLI_CONFIG_FILE", folder.join("none"))
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "tofu {arguments:?}: {error}");
        done.stdout
    };
    let keep = |name: &str, text: Vec<u8>| std::fs::write(folder.join(name), text).unwrap();
    std::fs::write(folder.join("none"), "").unwrap();
    let first = "CANARY-first-9d2f";
    let mirror = format!("-plugin-dir={}", mirror.display());
    tofu(&["init", "-no-color", &mirror], first);
    tofu(&["workspace", "new", "staging"], first);
    tofu(&["plan", "-no-color", "-out", "plan.bin"], first);
    keep(
        "plan-create.json",
        tofu(&["show", "-json", "plan.bin"], first),
    );
    tofu(&["apply", "-no-color", "plan.bin"], first);
    keep("pulled.tfstate", tofu(&["state", "pull"], first));
    keep("state.json", tofu(&["show", "-json"], first));
    let second = "CANARY-second-77ab";
    tofu(&["plan", "-no-color", "-out", "change.bin"], second);
    keep(
        "plan-change.json",
        tofu(&["show", "-json", "change.bin"], second),
    );
    Some(())
}

/// Where a mirror of the registry keeps a provider.
fn provider(mirror: &Path, name: &str, version: &str, built: &Path) {
    let platform = if cfg!(target_arch = "aarch64") {
        "linux_arm64"
    } else {
        "linux_amd64"
    };
    let folder: PathBuf = mirror
        .join("registry.opentofu.org/hashicorp")
        .join(name)
        .join(version)
        .join(platform);
    std::fs::create_dir_all(&folder).unwrap();
    let program = format!("terraform-provider-{name}");
    std::fs::copy(
        built.join(&program),
        folder.join(format!("{program}_v{version}")),
    )
    .unwrap();
}
