//! The policy in force: the file somebody named, else `policy.toml` beside the database, else the
//! default that comes with the program.

use std::io::Read;
use std::path::{Path, PathBuf};

use posture::Policy;
use posture::rules::RULES;
use sha2::{Digest, Sha256};

use crate::{Error, Installation};

/// The name of the policy file in the data directory.
pub const FILE: &str = "policy.toml";

/// The longest file that is read; the parser refuses the same length.
const MAX_BYTES: u64 = 1 << 20;

/// A policy with where it comes from.
#[derive(Debug, Clone)]
pub struct InForce {
    /// What it demands.
    pub policy: Policy,
    /// Where it was read; `None` for the default.
    pub file: Option<PathBuf>,
    /// Its text.
    pub text: String,
    /// SHA-256 of its text: two assessments under one digest were judged alike.
    pub digest: String,
}

/// Reads the policy in force.
///
/// # Errors
/// The file cannot be read or is no policy; the message names the place and the way out.
pub fn load(installation: &Installation, named: Option<&Path>) -> Result<InForce, Error> {
    let beside = installation.data_dir.join(FILE);
    let file = match named {
        Some(named) => Some(named.to_owned()),
        None => beside.is_file().then_some(beside),
    };
    let Some(file) = file else {
        return Ok(InForce {
            policy: Policy::default(),
            file: None,
            text: posture::policy::DEFAULT.to_owned(),
            digest: digest(posture::policy::DEFAULT),
        });
    };
    let text = read(&file)?;
    let policy = check(&file, &text)?;
    Ok(InForce {
        policy,
        file: Some(file),
        digest: digest(&text),
        text,
    })
}

/// Checks the text of a policy file.
///
/// # Errors
/// It is no policy.
pub fn check(file: &Path, text: &str) -> Result<Policy, Error> {
    let known: Vec<&str> = RULES.iter().map(|rule| rule.spec().id).collect();
    Policy::parse(text, &known).map_err(|error| {
        Error::failed(format!("`{}` is no policy: {error}", file.display()))
            .hint("`countersign policy show` prints one that is right, with its reasons")
    })
}

/// Reads a policy file.
///
/// # Errors
/// It cannot be read, is too long or is no text.
pub fn read(file: &Path) -> Result<String, Error> {
    let cannot = |why: String| Error::failed(format!("cannot read `{}`: {why}", file.display()));
    let mut text = String::new();
    std::fs::File::open(file)
        .map_err(|error| cannot(error.to_string()))?
        .take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| cannot(error.to_string()))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(cannot(format!("it is longer than {MAX_BYTES} bytes")));
    }
    Ok(text)
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
