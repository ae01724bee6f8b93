//! `identity`: principals.

use app::edit::Words;
use app::query::list::IDENTITIES;
use clap::{Args, Subcommand};

use super::judging;
use super::records::{self, Records};
use crate::cli::pair;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::Column;

/// Lists, shows, merges and splits identities: principals that can authenticate
///
/// An identity is a service account, cloud role, app registration, local account, AI agent or
/// person; its class says which sort of actor it is. What proves it is a credential.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign identity ls --filter 'class = machine AND last_used < now-90d'
  countersign identity ls --by-risk --limit 20
  countersign identity ls --filter 'provider = aws AND owner = unknown' -f csv -o unowned.csv
  countersign identity show arn:aws:iam::123456789012:user/deploy
  countersign identity merge mi:0123… mi:4567…")]
pub(crate) struct Identity {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Records(records::Verb),
    Set(Set),
    /// Say that two records are one thing
    ///
    /// Records that share an identifying name are merged by themselves; this is for those that do
    /// not. The plainer of the two names becomes the record, the other its member.
    Merge {
        /// One record
        a: String,
        /// The other
        b: String,
    },
    /// Say that a merged record is another thing after all
    Split {
        /// Id or native id of the member, as `identity show` lists it under `merged`
        member: String,
    },
}

/// Say what a thing is for, where it runs, how sensitive it is …; it is judged at once
///
/// What a person says stands against every source until it is taken back, and is kept with who said
/// it, when and why. THING may be of any kind.
#[derive(Debug, Args)]
#[command(after_help = "\
Keys: environment, purpose, application, justification, sensitivity, privileged, third_party,
security_critical, still_needed, still_needed_until, next_review, cadence_days, vendor, class, and
signals.NAME for an answer to a question that rules ask.

Examples:
  countersign identity set deploy-bot environment=production purpose='rolls out the shop'
  countersign identity set deploy-bot still_needed=yes still_needed_until=2027-06-30 --why CHG-7
  countersign identity set backup-key signals.hardware_held=yes
  countersign identity set deploy-bot --unset privileged")]
struct Set {
    /// Name, id, native id, fingerprint or alias
    #[arg(value_name = "THING")]
    thing: String,
    /// What is said
    #[arg(value_name = "KEY=VALUE", value_parser = pair)]
    facts: Vec<(String, String)>,
    /// Take back what people said about KEY
    #[arg(long, value_name = "KEY")]
    unset: Vec<String>,
    /// Why; kept with each word
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

impl Set {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut words = Words::default();
        for (key, value) in &self.facts {
            words.set(key, value)?;
        }
        for key in &self.unset {
            words.unset(key)?;
        }
        let installation = context.open_to_write().await?;
        let key = match records::target(&installation, &self.thing, context).await? {
            Ok(key) => key,
            Err(exit) => return Ok(exit),
        };
        let applied = app::edit::set(&installation, key, words, &self.why).await?;
        context.say(&format!("said in run {}", applied.seq));
        judging::follow(&installation, context).await?;
        Ok(Exit::Done)
    }
}

const COLUMNS: &[Column] = &[
    Column::new("NAME", "/name"),
    Column::new("CLASS", "/class"),
    Column::new("SUBTYPE", "/subtype"),
    Column::new("TENANT", "/tenant"),
    Column::new("ENVIRONMENT", "/environment"),
    Column::new("OWNER", "/owner"),
    Column::new("RISK", "/shown_risk"),
    Column::new("LAST USED", "/last_used"),
    Column::new("SEEN", "/seen_at"),
    Column::new("ID", "/id"),
];

impl Identity {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Verb::Records(verb) => {
                let records = Records {
                    scope: IDENTITIES,
                    columns: COLUMNS,
                };
                records.run(verb, context).await
            }
            Verb::Set(set) => set.run(context).await,
            Verb::Merge { a, b } => merge(&a, &b, context).await,
            Verb::Split { member } => split(&member, context).await,
        }
    }
}

async fn merge(a: &str, b: &str, context: &Context) -> Result<Exit, Failure> {
    let installation = context.open_to_write().await?;
    let a = match records::target(&installation, a, context).await? {
        Ok(key) => key,
        Err(exit) => return Ok(exit),
    };
    let b = match records::target(&installation, b, context).await? {
        Ok(key) => key,
        Err(exit) => return Ok(exit),
    };
    let applied = app::edit::merge(&installation, a, b).await?;
    context.say(&format!("merged in run {}", applied.seq));
    Ok(Exit::Done)
}

async fn split(member: &str, context: &Context) -> Result<Exit, Failure> {
    let installation = context.open_to_write().await?;
    let Some(key) = app::query::find::member(&installation, member).await? else {
        return Err(app::Error::no_single_match(format!(
            "no merged record goes by `{}`",
            model::text::label(member)
        ))
        .hint("`identity show` lists what was merged into a record, by id")
        .into());
    };
    let applied = app::edit::split(&installation, key).await?;
    context.say(&format!("split in run {}", applied.seq));
    Ok(Exit::Done)
}
