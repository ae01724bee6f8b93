//! Lists that people bring: who leaves, and a register of owners.

use std::path::{Path, PathBuf};

use app::owners::{self, Leaving, Line, Register};
use model::text::count;
use serde_json::Value;

use super::judging;
use super::owner::read_text;
use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing, Out, Text};

const LEAVING: &[Column] = &[
    Column::new("LEAVER", "/person"),
    Column::new("KNOWN", "/known"),
    Column::new("GONE", "/gone"),
];

/// Shows what leavers leave behind.
pub(super) async fn leaver(who: &str, context: &Context) -> Result<Exit, Failure> {
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

/// Compares a register with what is there.
pub(super) async fn import(
    file: &Path,
    only_compare: bool,
    context: &Context,
) -> Result<Exit, Failure> {
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
