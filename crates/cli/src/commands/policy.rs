//! `policy`: what is demanded.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use model::text::count;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// Shows what is demanded of credentials and identities, and checks a policy file
///
/// The policy is policy.toml in the data directory, else the one that comes with the program. It says
/// how old each form of credential may grow, when somebody must act, which rules are off and which
/// findings are excepted until when; every line has its reason.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign policy show
  countersign policy show > policy.toml
  countersign policy check policy.toml")]
pub(crate) struct Policy {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the policy in force, as a file that can be changed
    Show,
    /// Check a policy file: every field, every rule id, every reason
    Check {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

impl Policy {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Verb::Show => {
                let installation = context.open().await?;
                let policy = app::policy::load(&installation, None)?;
                let mut out = context.out(Format::Table)?;
                out.text(&policy.text)?;
                out.finish()?;
                let from = policy.file.as_ref().map_or_else(
                    || "the policy that comes with the program".to_owned(),
                    |file| file.display().to_string(),
                );
                context.say(&format!("in force: {from}"));
            }
            Verb::Check { file } => {
                let text = app::policy::read(&file)?;
                let policy = app::policy::check(&file, &text)?;
                context.say(&format!(
                    "`{}` is right: {}, {}, {}",
                    file.display(),
                    count(policy.limits.len(), "limit"),
                    count(policy.exceptions.len(), "exception"),
                    count(policy.rules.len(), "changed rule"),
                ));
            }
        }
        Ok(Exit::Done)
    }
}
