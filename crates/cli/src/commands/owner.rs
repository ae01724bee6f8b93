//! `owner`: who answers for what.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use app::owners::{self, Candidate, Coverage, Leaving, Line, Proposed, Register, Team};
use app::query::Found;
use clap::{Args, Subcommand, ValueEnum};
use model::labels::OwnerRole;
use model::text::count;
use serde_json::Value;

use super::{judging, records};
use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Out, Text};

/// Says who answers for what, proposes who probably does, and hands over what leavers leave
///
/// What a person says here stands before what sources say, is dated, and is kept with its reason. A
/// proposal is a guess with its evidence and owns nothing until a person accepts it. A thing is
/// governed when a person and a team answer for it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign owner ls
  countersign owner assign deploy-bot jane.doe@acme.example
  countersign owner assign deploy-bot Payments --role business --why 'they pay for it'
  countersign owner propose deploy-bot
  countersign owner accept deploy-bot Payments
  countersign owner leaver jane.doe@acme.example")]
pub(crate) struct Owner {
    #[command(subcommand)]
    command: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// How far things have owners, by team; what has nobody; whose review is overdue
    Ls,
    /// Say that somebody answers for a thing
    Assign(Assign),
    /// Take back that somebody answers for a thing
    Unassign(Assign),
    /// Propose owners by evidence; without THING the best for each identity that has nobody
    Propose {
        /// The thing: name, id, native id, fingerprint or alias
        #[arg(value_name = "THING")]
        thing: Option<String>,
    },
    /// Agree to a proposal: the candidate is an owner from then on
    Accept(Accept),
    /// Disagree with a proposal; it comes back only on new evidence
    Reject(Reject),
    /// Compare a register of owners (CSV, XLSX) with what is there, and say by hand what it says
    ///
    /// Printed are the rows with one record, those no record fits, those several fit, and the identities no
    /// row names. What is said of records that fit is as if each were said with `owner assign` and `identity
    /// set`.
    Import {
        /// The table
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Compare only; nothing is said
        #[arg(long)]
        only_compare: bool,
    },
    /// Everything a leaver answers for or made, and who may take it over; nothing is changed
    Leaver {
        /// An e-mail address, or a file with one a line or ADDRESS,LAST-DAY; - for standard input
        #[arg(value_name = "FILE|EMAIL")]
        who: String,
    },
}

#[derive(Debug, Args)]
struct Accept {
    /// The thing
    #[arg(value_name = "THING")]
    thing: String,
    /// The candidate's name or id, as `owner propose` lists it
    #[arg(value_name = "OWNER")]
    owner: String,
    /// What the owner does, when not as proposed
    #[arg(long, value_enum, value_name = "ROLE")]
    role: Option<Role>,
    /// Why; kept with the word
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

#[derive(Debug, Args)]
struct Reject {
    /// The thing
    #[arg(value_name = "THING")]
    thing: String,
    /// The candidate's name or id, as `owner propose` lists it
    #[arg(value_name = "OWNER")]
    owner: String,
    /// Why; kept with the word
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
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
            Verb::Ls => ls(context).await,
            Verb::Propose { thing } => propose(thing.as_deref(), context).await,
            Verb::Accept(accept) => accept.run(context).await,
            Verb::Reject(reject) => reject.run(context).await,
            Verb::Import { file, only_compare } => import(&file, only_compare, context).await,
            Verb::Leaver { who } => leaver(&who, context).await,
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

impl Accept {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open_to_write().await?;
        let role = self.role.map(OwnerRole::from);
        match owners::accept(&installation, &self.thing, &self.owner, role, &self.why).await? {
            Found::One(decided) => {
                context.say(&format!(
                    "{} answers for {} now",
                    decided.candidate.name,
                    decided.subject.label()
                ));
                judging::follow(&installation, context).await?;
                Ok(Exit::Done)
            }
            Found::Candidates(candidates) => records::choose(&candidates, context),
        }
    }
}

impl Reject {
    async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open_to_write().await?;
        match owners::reject(&installation, &self.thing, &self.owner, &self.why).await? {
            Found::One(decided) => {
                context.say(&format!(
                    "{} is not proposed for {} again on this evidence",
                    decided.candidate.name,
                    decided.subject.label()
                ));
                judging::follow(&installation, context).await?;
                Ok(Exit::Done)
            }
            Found::Candidates(candidates) => records::choose(&candidates, context),
        }
    }
}

/// The longest file that is read.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a file, or standard input when it is `-`.
pub(super) fn read_text(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(MAX_BYTES)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| app::Error::failed(format!("cannot read `{}`: {error}", file.display())))?;
    Ok(text)
}

async fn ls(context: &Context) -> Result<Exit, Failure> {
    let installation = context.open().await?;
    let coverage = owners::coverage(&installation, context.as_of()).await?;
    let mut out = context.out(Format::Table)?;
    if !out.object(&coverage)? {
        write(&coverage, &mut out)?;
    }
    out.finish()?;
    Ok(Exit::Done)
}

fn write(coverage: &Coverage, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    let row = |name: &str, team: &Team| {
        let state = |name: &str| team.states.get(name).copied().unwrap_or(0).to_string();
        let mut cells = vec![name.to_owned(), team.total.to_string()];
        cells.push(format!("{:.0} %", 100.0 * team.governed));
        cells.extend(
            [
                "governed",
                "person_only",
                "team_only",
                "owner_left",
                "unowned",
                "unknown",
            ]
            .map(state),
        );
        cells.push(
            team.confidence
                .map_or_else(|| "-".to_owned(), |sure| format!("{:.0} %", 100.0 * sure)),
        );
        cells
    };
    let mut rows: Vec<Vec<String>> = coverage
        .teams
        .iter()
        .map(|team| row(team.team.as_deref().unwrap_or("(no team)"), team))
        .collect();
    rows.push(row("all", &coverage.all));
    text.table(
        &[
            "TEAM",
            "IDENTITIES",
            "COVERED",
            "GOVERNED",
            "PERSON ONLY",
            "TEAM ONLY",
            "OWNER LEFT",
            "UNOWNED",
            "UNKNOWN",
            "SURE",
        ],
        &rows,
    )?;
    if !coverage.unowned.is_empty() {
        text.gap()?;
        text.heading("Nobody answers for (the highest risk first)")?;
        let rows: Vec<Vec<String>> = coverage
            .unowned
            .iter()
            .map(|row| {
                vec![
                    row.score
                        .as_ref()
                        .map_or_else(String::new, |score| format!("{:.0}", score.r)),
                    row.name.clone(),
                    row.subtype.clone().unwrap_or_default(),
                    row.id.clone(),
                ]
            })
            .collect();
        text.table(&["RISK", "NAME", "SUBTYPE", "ID"], &rows)?;
        text.line(&format!(
            "Somebody is more likely than not for {} of those without an owner: `countersign owner propose`.",
            coverage.proposable
        ))?;
    }
    if !coverage.overdue.is_empty() {
        text.gap()?;
        text.heading("Reviews overdue")?;
        for due in &coverage.overdue {
            text.bullet(
                2,
                &format!(
                    "{} was due on {}, {} ago ({})",
                    due.name,
                    due.due.date(),
                    count(due.days, "day"),
                    due.id
                ),
            )?;
        }
    }
    Ok(())
}

const PROPOSED: &[Column] = &[
    Column::new("SURE", "/shown/sure"),
    Column::new("THING", "/subject/name"),
    Column::new("PROPOSED", "/shown/name"),
    Column::new("AS", "/shown/role"),
    Column::new("BECAUSE", "/shown/because"),
    Column::new("ID", "/subject/id"),
];

async fn propose(thing: Option<&str>, context: &Context) -> Result<Exit, Failure> {
    let installation = context.open().await?;
    let Some(thing) = thing else {
        let all = owners::queue(&installation, context.as_of()).await?;
        let mut out = context.out(Format::Table)?;
        let table = out.format == Format::Table;
        let mut listing = Listing::new(&mut out, PROPOSED);
        for one in &all {
            if table {
                listing.push(&for_people(one)?)?;
            } else {
                listing.push(one)?;
            }
        }
        listing.finish(&Value::Null)?;
        out.finish()?;
        if all.is_empty() {
            context.say("nobody is proposed: every identity has an owner, or there is no evidence");
        }
        return Ok(Exit::Done);
    };
    match owners::propose(&installation, thing, context.as_of()).await? {
        Found::One(proposed) => {
            let mut out = context.out(Format::Table)?;
            if !out.object(&proposed)? {
                candidates(&proposed, &mut out)?;
            }
            out.finish()?;
            Ok(Exit::Done)
        }
        Found::Candidates(candidates) => records::choose(&candidates, context),
    }
}

fn for_people(one: &Proposed) -> Result<Value, Failure> {
    let mut value = serde_json::to_value(one)?;
    if let (Some(parts), Some(best)) = (value.as_object_mut(), one.candidates.first()) {
        let because = best
            .evidence
            .first()
            .map_or("", |reason| reason.what.as_str());
        parts.insert(
            "shown".to_owned(),
            serde_json::json!({"sure": sure(best), "name": best.name, "role": best.role, "because": because}),
        );
    }
    Ok(value)
}

fn sure(candidate: &Candidate) -> String {
    format!("{:.0} %", 100.0 * candidate.confidence)
}

fn candidates(proposed: &Proposed, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    text.heading(&format!(
        "{}  {}",
        proposed.subject.label(),
        proposed.subject.id
    ))?;
    if proposed.candidates.is_empty() {
        text.line("Nobody is proposed: no source shows anything that points to somebody, or they are owners already.")?;
    }
    for candidate in &proposed.candidates {
        let role = serde_json::to_value(candidate.role)?;
        text.gap()?;
        text.heading(&format!(
            "{}  {} ({}, as {} owner)  {}",
            sure(candidate),
            candidate.name,
            candidate.kind,
            role.as_str().unwrap_or_default(),
            candidate.id
        ))?;
        for reason in &candidate.evidence {
            let place = reason
                .place
                .as_deref()
                .map_or_else(String::new, |place| format!(", {place}"));
            text.bullet(
                2,
                &format!(
                    "{:+.1}  {} ({}{place})",
                    reason.weight, reason.what, reason.source
                ),
            )?;
        }
    }
    if !proposed.demoted.is_empty() {
        text.gap()?;
        text.heading("Not proposed")?;
        for one in &proposed.demoted {
            text.bullet(2, &format!("{}: {}", one.name, one.reason))?;
        }
    }
    Ok(())
}

const LEAVING: &[Column] = &[
    Column::new("LEAVER", "/person"),
    Column::new("KNOWN", "/known"),
    Column::new("GONE", "/gone"),
];

async fn leaver(who: &str, context: &Context) -> Result<Exit, Failure> {
    let path = PathBuf::from(who);
    let text = if who == "-" || path.is_file() {
        read_text(&path)?
    } else {
        who.to_owned()
    };
    let list = owners::parse_leavers(&text)?;
    let installation = context.open().await?;
    let leaving = owners::leavers(&installation, &list, context.as_of()).await?;
    let mut out = context.out(Format::Table)?;
    if out.format == Format::Table {
        for one in &leaving {
            left(one, &mut out)?;
        }
    } else {
        let mut listing = Listing::new(&mut out, LEAVING);
        for one in &leaving {
            listing.push(one)?;
        }
        listing.finish(&Value::Null)?;
    }
    out.finish()?;
    if leaving.iter().all(|one| !one.known) {
        context.say(
            "nobody on the list is known: `countersign coverage plan` says how people are read",
        );
        return Ok(Exit::NoSingleMatch);
    }
    Ok(Exit::Done)
}

fn left(one: &Leaving, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    let known = match (one.known, one.gone) {
        (false, _) => "nobody is known by this name",
        (true, true) => "has left",
        (true, false) => "is leaving",
    };
    text.heading(&format!("{}: {known}", one.person))?;
    for (tasks, verb) in [
        (&one.owned, "answers for"),
        (&one.created, "made, and nobody else answers for,"),
    ] {
        for task in tasks {
            let successors: Vec<String> = task
                .successors
                .iter()
                .map(|(name, sure)| format!("{name} ({:.0} %)", 100.0 * sure))
                .collect();
            let next = if successors.is_empty() {
                "nobody is proposed".to_owned()
            } else {
                format!("may go to {}", successors.join(", "))
            };
            text.bullet(2, &format!("{verb} {} ({}): {next}", task.name, task.id))?;
        }
    }
    if one.known && one.owned.is_empty() && one.created.is_empty() {
        text.line("  leaves nothing behind that is known")?;
    }
    Ok(())
}

async fn import(file: &Path, only_compare: bool, context: &Context) -> Result<Exit, Failure> {
    let installation = context.open_to_write().await?;
    let register = owners::register(&installation, file, only_compare).await?;
    let mut out = context.out(Format::Table)?;
    if !out.object(&register)? {
        registered(&register, &mut out)?;
    }
    out.finish()?;
    if register.said > 0 {
        context.say(&format!("said about {}", count(register.said, "record")));
        judging::follow(&installation, context).await?;
    }
    Ok(if register.problems.is_empty() {
        Exit::Done
    } else {
        Exit::Incomplete
    })
}

/// Rows of one sort that are listed for a person; JSON has all.
const SHOWN: usize = 20;

fn registered(register: &Register, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    for (title, lines) in [
        ("In the sheet and in reality", &register.matched),
        ("In the sheet again", &register.repeated),
        ("In the sheet, and several records fit", &register.ambiguous),
        ("Only in the sheet", &register.only_in_sheet),
        ("Only in reality", &register.only_in_reality),
    ] {
        text.heading(&format!("{title}: {}", lines.len()))?;
        for line in lines.iter().take(SHOWN) {
            text.bullet(2, &of_line(line))?;
        }
        if lines.len() > SHOWN {
            text.line(&format!("  and {} more", lines.len() - SHOWN))?;
        }
    }
    for (line, problem) in &register.problems {
        text.line(&format!("not read, line {line}: {problem}"))?;
    }
    Ok(())
}

fn of_line(line: &Line) -> String {
    let place = line
        .line
        .map_or_else(String::new, |line| format!("line {line}: "));
    let by = line.by.map_or_else(String::new, |by| format!(", by {by}"));
    let records = if line.records.is_empty() {
        String::new()
    } else {
        format!(" ({}{by})", line.records.join(", "))
    };
    format!("{place}{}{records}", line.name)
}
