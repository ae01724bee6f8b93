//! `completions`: for the shell.

use clap::Args;
use clap_complete::Shell;

use crate::cli::{self, Format};
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// Writes a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign completions bash > /etc/bash_completion.d/countersign
  countersign completions zsh > \"${fpath[1]}/_countersign\"")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut cli::command(), "countersign", &mut script);
        let mut out = context.out(Format::Table)?;
        out.text(&String::from_utf8_lossy(&script))?;
        out.finish()?;
        Ok(Exit::Done)
    }
}
