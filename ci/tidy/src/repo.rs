//! Reading the repository: the files git knows or would add.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One file of the repository.
#[derive(Debug, Clone)]
pub struct File {
    /// The path from the root, with `/`.
    pub path: String,
    /// Its text; bytes that are not UTF-8 are replaced, which no check minds.
    pub text: String,
    /// Its size on disk.
    pub size_bytes: usize,
}

impl File {
    /// A file for a test of a check.
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            size_bytes: text.len(),
        }
    }
}

/// The root of the repository, two folders above this package.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Reads every file that is tracked or would be (untracked and not ignored).
///
/// # Errors
/// Says so when git cannot list the files or one cannot be read.
pub fn files(root: &Path) -> Result<Vec<File>, String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "git ls-files failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let mut files = Vec::new();
    for name in String::from_utf8_lossy(&output.stdout)
        .split('\0')
        .filter(|name| !name.is_empty())
    {
        let path = root.join(name);
        // A symlink or a file deleted but still in the index has no text of its own.
        if !path.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
            continue;
        }
        let bytes =
            std::fs::read(&path).map_err(|error| format!("cannot read `{name}`: {error}"))?;
        files.push(File {
            path: name.to_owned(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            size_bytes: bytes.len(),
        });
    }
    Ok(files)
}

/// Asks cargo about the workspace, offline. With `whole_tree` every dependency is described, else
/// the members alone.
///
/// # Errors
/// Gives cargo's own words when it cannot answer, and the way out.
pub fn metadata(root: &Path, whole_tree: bool) -> Result<serde_json::Value, String> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root);
    if !whole_tree {
        command.arg("--no-deps");
    }
    let output = command
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "cargo metadata failed (run `cargo fetch --locked` once): {words}"
        ));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata is not JSON: {error}"))
}
