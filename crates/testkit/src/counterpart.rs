//! Real programs that tests run against, built from source by `ci/counterparts.sh`.

use std::path::PathBuf;
use std::process::Command;

/// Where `ci/counterparts.sh` keeps what it built of this name; `None`, said aloud, when it has not.
pub fn counterpart(name: &str) -> Option<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let asked = Command::new("bash")
        .args(["ci/counterparts.sh", "--path", name])
        .current_dir(root)
        .output();
    let folder = asked.ok().map(|out| {
        let told = String::from_utf8_lossy(&out.stdout);
        PathBuf::from(told.trim())
    });
    let built = folder.filter(|folder| folder.join("complete").exists());
    if built.is_none() {
        #[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
        {
            eprintln!("skipped: {name} is not built; `ci/counterparts.sh {name}` builds it");
        }
    }
    built
}
