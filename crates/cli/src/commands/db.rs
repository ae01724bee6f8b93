//! `db`: tending the database.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::TimeUs;
use model::text::count;
use serde_json::json;

use super::records;
use crate::cli::{Format, time};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::Text;

/// Tends the database: upgrade, back up, restore, check, compact, forget
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign db backup countersign-2026-01-31.tar
  countersign --data /new/place db restore countersign-2026-01-31.tar
  countersign --db postgres://user@localhost/countersign db restore countersign-2026-01-31.tar
  countersign db retain --before 2025-01-31")]
pub(crate) struct Db {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Upgrade the database to the schema of this program
    ///
    /// Every command does so by itself; this one only says to which version.
    Migrate,
    /// Write a backup: the database and the fingerprint key, to a new file only the owner can read
    ///
    /// It restores into SQLite and PostgreSQL alike. With the key in it a guessed secret could be
    /// confirmed: keep it like the data directory.
    Backup {
        /// The file to write
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Restore a backup into an empty installation; nothing is ever overwritten
    Restore {
        /// The backup
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Look for damage and contradictions; exits with 1 when there are some
    Check,
    /// Give unused space back and renew the planner's statistics
    Compact,
    /// Forget history that ended before a time; --as-of then reaches back to it and no further
    Retain {
        /// The time
        #[arg(long, value_name = "TIME", value_parser = time)]
        before: TimeUs,
    },
    /// Erase a leaver's personal data; what they owned stays known as owned by one and the same
    ErasePerson {
        /// The person or human identity
        #[arg(value_name = "THING")]
        person: String,
    },
}

impl Db {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open_to_write().await?;
        match self.command {
            Verb::Migrate => {
                let version = app::db::schema_version(&installation).await?;
                let mut out = context.out(Format::Table)?;
                if !out.object(&json!({"v": 1, "schema": version}))? {
                    Text::new(&mut out).line(&format!("the database has schema {version}"))?;
                }
                out.finish()?;
            }
            Verb::Backup { file } => {
                let moved = app::backup::backup(&installation, &file).await?;
                let rows = count(moved.rows, "row");
                context.say(&format!("wrote {rows} to {}", file.display()));
            }
            Verb::Restore { file } => {
                let moved = app::backup::restore(&installation, &file).await?;
                let rows = count(moved.rows, "row");
                context.say(&format!("restored {rows} from {}", file.display()));
            }
            Verb::Check => return check(&installation, context).await,
            Verb::Compact => {
                app::db::compact(&installation).await?;
                context.say("compacted");
            }
            Verb::Retain { before } => {
                let kept = app::edit::retain(&installation, before).await?;
                context.say(&format!(
                    "forgot {} that ended before {before}, of {}",
                    count(kept.rows, "row"),
                    count(kept.runs, "run")
                ));
            }
            Verb::ErasePerson { person } => {
                let key = match records::target(&installation, &person, context).await? {
                    Ok(key) => key,
                    Err(exit) => return Ok(exit),
                };
                let erased = app::edit::erase_person(&installation, key).await?;
                context.say(&format!(
                    "erased; the record is now {} ({}), and was quoted in {}",
                    erased.id,
                    erased.pseudonym,
                    count(erased.quoted_in, "other record")
                ));
            }
        }
        Ok(Exit::Done)
    }
}

async fn check(installation: &app::Installation, context: &Context) -> Result<Exit, Failure> {
    let problems = app::db::check(installation).await?;
    let mut out = context.out(Format::Table)?;
    if !out.object(&json!({"v": 1, "healthy": problems.is_empty(), "problems": problems}))? {
        let mut text = Text::new(&mut out);
        if problems.is_empty() {
            text.line("the database is healthy")?;
        }
        for problem in &problems {
            text.line(problem)?;
        }
    }
    out.finish()?;
    Ok(if problems.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}
