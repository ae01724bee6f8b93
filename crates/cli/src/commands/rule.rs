//! `rule`: what is looked for.

use std::path::PathBuf;

use app::query::rules::{self, Whole};
use clap::{Args, Subcommand};

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Out, Text};

/// Lists the rules: what each looks for, how much it looked at and what it could not tell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign rule ls
  countersign rule show key-without-passphrase")]
pub(crate) struct Rule {
    /// The policy file; default: policy.toml in the data directory
    #[arg(long, global = true, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List every rule with its population, findings and what nobody can tell
    Ls,
    /// Show what a rule checks, why, what it cannot know and what to do
    Show {
        /// The rule's id
        #[arg(value_name = "RULE")]
        id: String,
    },
}

const COLUMNS: &[Column] = &[
    Column::new("RULE", "/id"),
    Column::new("SEVERITY", "/severity"),
    Column::new("STATE", "/state"),
    Column::new("LOOKED AT", "/population"),
    Column::new("WRONG", "/fired"),
    Column::new("CANNOT TELL", "/unknown"),
    Column::new("TITLE", "/title"),
];

impl Rule {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        let policy = app::policy::load(&installation, self.policy.as_deref())?;
        let mut out = context.out(Format::Table)?;
        match self.command {
            Verb::Ls => {
                let mut listing = Listing::new(&mut out, COLUMNS);
                for row in rules::list(&installation, &policy, context.as_of()).await? {
                    listing.push(&row)?;
                }
                listing.finish(&serde_json::Value::Null)?;
            }
            Verb::Show { id } => {
                let whole = rules::show(&installation, &policy, &id, context.as_of()).await?;
                if !out.object(&whole)? {
                    write(&whole, &mut out)?;
                }
            }
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}

fn write(whole: &Whole, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    text.heading(&format!("{}: {}", whole.row.id, whole.row.title))?;
    text.paragraph(whole.what)?;
    for (title, paragraph) in [("Why", whole.why), ("What it cannot know", whole.limits)] {
        text.gap()?;
        text.heading(title)?;
        text.paragraph(paragraph)?;
    }
    text.gap()?;
    text.heading("What to do")?;
    for (number, remedy) in whole.remedies.iter().enumerate() {
        text.item(&format!("{}.", number + 1), remedy)?;
    }
    text.gap()?;
    text.heading("Controls")?;
    for control in &whole.frameworks {
        text.item(
            "-",
            &format!("{} {}: {}", control.framework, control.id, control.why),
        )?;
    }
    text.gap()?;
    let shown = |number: Option<i64>| {
        number.map_or_else(|| "not judged yet".to_owned(), |number| number.to_string())
    };
    text.labelled("severity   ", &whole.row.severity)?;
    text.labelled("looked at  ", &shown(whole.row.population))?;
    text.labelled("wrong      ", &shown(whole.row.fired))?;
    text.labelled("cannot tell", &shown(whole.row.unknown))?;
    if let Some(why) = &whole.changed {
        text.labelled("policy     ", &format!("{}: {why}", whole.row.state))?;
    }
    Ok(())
}
