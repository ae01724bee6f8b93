//! `doctor`: is everything in order here?

use inventory::read;
use model::TimeUs;
use serde::Serialize;

use super::views::VERSION;
use super::who::count;
use crate::installation::KEY_FILE;
use crate::{Error, Installation};

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The contract's version.
    pub v: u8,
    /// `ok`, `attention`, `broken`.
    pub state: &'static str,
    /// What was checked.
    pub check: &'static str,
    /// What was found.
    pub found: String,
    /// What to do; null when all is well.
    pub remedy: Option<String>,
}

/// A source that was not read for this long is stale.
const STALE_DAYS: i64 = 30;

/// Checks this installation.
///
/// # Errors
/// The database cannot be read.
pub async fn doctor(installation: &Installation) -> Result<Vec<Finding>, Error> {
    let mut findings = vec![
        private(installation, "data directory", ""),
        private(installation, "fingerprint key", KEY_FILE),
    ];
    findings.push(ok(
        "database",
        format!(
            "{}, schema {}",
            installation.db.url(),
            installation.db.schema_version().await?
        ),
    ));
    let reader = super::reader(installation, None).await?;
    let now = installation.clock.now();
    runs(&read::runs(&reader, 20).await?, &mut findings);
    sources(&read::sources(&reader).await?, now, &mut findings);
    let short = read::shortfalls(&reader).await?;
    findings.push(if short.is_empty() {
        ok(
            "coverage",
            "everything that was asked for could be read".to_owned(),
        )
    } else {
        attention(
            "coverage",
            format!("{} that something could not be read", say(short.len())),
            "`countersign coverage --gaps` lists them with the way out",
        )
    });
    Ok(findings)
}

/// `1 statement says`, `2 statements say`.
fn say(statements: usize) -> String {
    let verb = if statements == 1 { "says" } else { "say" };
    format!("{} {verb}", count(statements, "statement"))
}

fn ok(check: &'static str, found: String) -> Finding {
    Finding {
        v: VERSION,
        state: "ok",
        check,
        found,
        remedy: None,
    }
}

fn attention(check: &'static str, found: String, remedy: impl Into<String>) -> Finding {
    Finding {
        v: VERSION,
        state: "attention",
        check,
        found,
        remedy: Some(remedy.into()),
    }
}

/// Only the owner may read the data directory and the key.
fn private(installation: &Installation, check: &'static str, name: &str) -> Finding {
    let path = match name {
        "" => installation.data_dir.clone(),
        name => installation.data_dir.join(name),
    };
    let shown = path.display();
    match std::fs::metadata(&path) {
        Err(error) => Finding {
            v: VERSION,
            state: "broken",
            check,
            found: format!("{shown}: {error}"),
            remedy: Some("restore it from a backup".to_owned()),
        },
        Ok(metadata) if is_open(&metadata) => attention(
            check,
            format!("{shown} can be read by others"),
            format!("chmod go-rwx '{shown}'"),
        ),
        Ok(_) => ok(check, format!("{shown}, readable by its owner only")),
    }
}

#[cfg(unix)]
fn is_open(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &std::fs::Metadata) -> bool {
    false
}

fn runs(runs: &[read::Run], findings: &mut Vec<Finding>) {
    let Some(newest) = runs.first() else {
        findings.push(attention(
            "runs",
            "nothing was read yet".to_owned(),
            "`countersign scan`, or `countersign import FILE…`",
        ));
        return;
    };
    findings.push(match newest.state.as_str() {
        "committed" if newest.complete => {
            ok("runs", format!("the newest, {}, is complete", newest.id))
        }
        "committed" => attention(
            "runs",
            format!("the newest, {}, is incomplete", newest.id),
            format!(
                "`countersign run show {}` says what could not be read",
                newest.id
            ),
        ),
        state => attention(
            "runs",
            format!("the newest, {}, is {state}", newest.id),
            "run it again; nothing of it was kept",
        ),
    });
}

fn sources(sources: &[read::Source], now: TimeUs, findings: &mut Vec<Finding>) {
    for source in sources.iter().filter(|source| source.removed_at.is_none()) {
        let name = read::source_label(&source.connector, &source.scope);
        if source.provisional {
            findings.push(attention(
                "scopes",
                format!("{name} is named after a file"),
                format!(
                    "`countersign source merge-scope '{}' SCOPE` says what it is",
                    source.scope
                ),
            ));
        }
        let age = source.observed_at.map(|at| now.days_since(at));
        if let Some(days) = age.filter(|days| *days > STALE_DAYS) {
            findings.push(attention(
                "freshness",
                format!("{name} speaks of {days} days ago"),
                "read it again",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_says_and_two_say() {
        assert_eq!(say(1), "1 statement says");
        assert_eq!(say(2), "2 statements say");
    }
}
