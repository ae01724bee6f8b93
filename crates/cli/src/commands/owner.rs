//! `owner`: who answers for what.

use app::owners;
use app::query::Found;
use clap::{Args, Subcommand, ValueEnum};
use model::labels::OwnerRole;

use super::{judging, records};
use crate::context::Context;
use crate::exit::{Exit, Failure};

/// Says who answers for what
///
/// What a person says here stands before what sources say, is dated, and is kept with its reason. A
/// thing is governed when a person and a team answer for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign owner assign deploy-bot jane.doe@acme.example
  countersign owner assign deploy-bot Payments --role business --why 'they pay for it'
  countersign owner unassign deploy-bot jane.doe@acme.example")]
pub(crate) struct Owner {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say that somebody answers for a thing
    Assign(Assign),
    /// Take back that somebody answers for a thing
    Unassign(Assign),
}

#[derive(Debug, Args)]
struct Assign {
    /// The thing: name, id, native id, fingerprint or alias
    #[arg(value_name = "THING")]
    thing: String,
    /// A person, team, group or person's account; an e-mail address may be of somebody nobody has seen yet
    #[arg(value_name = "OWNER")]
    owner: String,
    /// What the owner does
    #[arg(long, value_enum, value_name = "ROLE", default_value_t = Role::Technical)]
    role: Role,
    /// Why; kept with the word
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// What an owner does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Decides whether it is still needed and pays for it.
    Business,
    /// Operates it: rotates, watches, retires.
    Technical,
    /// Stands in for the others.
    Backup,
    /// Approves access and exceptions.
    Approver,
}

impl From<Role> for OwnerRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Business => Self::Business,
            Role::Technical => Self::Technical,
            Role::Backup => Self::Backup,
            Role::Approver => Self::Approver,
        }
    }
}

impl Owner {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.command {
            Verb::Assign(assign) => assign.run(true, context).await,
            Verb::Unassign(assign) => assign.run(false, context).await,
        }
    }
}

impl Assign {
    async fn run(self, stated: bool, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open_to_write().await?;
        let subject = match records::target(&installation, &self.thing, context).await? {
            Ok(key) => key,
            Err(exit) => return Ok(exit),
        };
        let party = match owners::party(&installation, &self.owner).await? {
            Found::One(party) => *party,
            Found::Candidates(candidates) => return records::choose(&candidates, context),
        };
        let role = self.role.into();
        let applied =
            owners::assign(&installation, subject, party, role, stated, &self.why).await?;
        context.say(&format!("said in run {}", applied.seq));
        judging::follow(&installation, context).await?;
        Ok(Exit::Done)
    }
}
