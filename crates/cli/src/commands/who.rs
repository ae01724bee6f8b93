//! `who`: the five answers about one thing.

use std::io::Read as _;
use std::path::Path;

use app::query::paste::{self, Decoded, Pasted};
use app::query::views::Named;
use app::query::who::{self, Revocation, Who};
use app::query::{Evidence, Found};
use clap::Args;
use model::Secret;
use model::text::count;

use super::records::{blind_spots, choose};
use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Out, Text};

/// Answers about one thing: who owns it, what can it reach, is it used, when does it expire, how
/// is it revoked
///
/// THING is any name: the one people use, a provider's id (ARN, GUID, SID, access key id), a
/// fingerprint in any spelling, an e-mail address, our own `mi:` id, or the path of a certificate
/// or key file, or the line of an SSH public key.
///
/// `-` reads a pasted secret from standard input. It is fingerprinted in memory with this
/// installation's key, compared and forgotten: never stored, never shown, never sent anywhere.
/// When no record is known by it, what it says by itself is decoded.
///
/// No answer is ever blank: an unknown one says why it is unknown and what would make it known.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign who deploy
  countersign who arn:aws:iam::123456789012:user/deploy -f json
  countersign who SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8
  countersign who ./server.pem
  pbpaste | countersign who -
  countersign who deploy --as-of 2026-01-31

Exits with 4 when nothing or more than one thing matches; candidates are then listed.")]
pub(crate) struct WhoArgs {
    /// Name, id, fingerprint, alias, file, or - for a pasted secret
    #[arg(value_name = "THING", allow_hyphen_values = true)]
    thing: String,
    /// Also which source said what, where and when
    #[arg(long)]
    evidence: bool,
}

impl WhoArgs {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        if self.thing == "-" {
            let value = read_paste()?;
            let pasted = paste::paste(&installation, value, context.as_of()).await?;
            return self.pasted(pasted, context);
        }
        let path = Path::new(&self.thing);
        if path.is_file()
            && let Some(pasted) = paste::file(&installation, path, context.as_of()).await?
        {
            return self.pasted(pasted, context);
        }
        let found = who::who(&installation, &self.thing, context.as_of()).await?;
        if matches!(&found, Found::Candidates(none) if none.candidates.is_empty()) {
            // A key or an id tells something by itself, known or not.
            let said = Secret::new(self.thing.clone().into_bytes());
            if let Some(pasted) = paste::recognised(&installation, said, context.as_of()).await? {
                return self.pasted(pasted, context);
            }
            let exit = self.found(found, context)?;
            if path.is_file() {
                context.say("the file is there, and holds nothing that has an identity");
            } else if self.thing.contains(['/', '\\']) {
                context.say("there is no such file either");
            }
            return Ok(exit);
        }
        self.found(found, context)
    }

    fn pasted(&self, pasted: Pasted, context: &Context) -> Result<Exit, Failure> {
        match pasted {
            Pasted::Known(found) => self.found(found, context),
            Pasted::Unknown(decoded) => {
                let mut out = context.out(Format::Table)?;
                if !out.object(&decoded)? {
                    unknown(&decoded, &mut out)?;
                }
                out.finish()?;
                Ok(Exit::NoSingleMatch)
            }
        }
    }

    fn found(&self, found: Found<Who>, context: &Context) -> Result<Exit, Failure> {
        match found {
            Found::One(who) => {
                let mut out = context.out(Format::Table)?;
                if !out.object(&who)? {
                    answers(&who, self.evidence, &mut out)?;
                }
                out.finish()?;
                Ok(Exit::Done)
            }
            Found::Candidates(candidates) => choose(&candidates, context),
        }
    }
}

/// Reads standard input, one byte more than is allowed so that too long is noticed.
fn read_paste() -> Result<Secret, Failure> {
    let mut bytes = Vec::with_capacity(paste::MAX_PASTE_BYTES + 1);
    std::io::stdin()
        .lock()
        .take(paste::MAX_PASTE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(Secret::new(bytes))
}

fn answers(who: &Who, evidence: bool, out: &mut Out) -> Result<(), Failure> {
    let row = &who.identity.row;
    let mut text = Text::new(out);
    let sort = [Some(&row.kind), row.class.as_ref(), row.subtype.as_ref()];
    let sort: Vec<&str> = sort.into_iter().flatten().map(String::as_str).collect();
    text.heading(&format!("{}  {}", row.name, sort.join(" · ")))?;
    text.line(&format!("{}  {}", row.id, row.native_id))?;
    let seen = match row.seen_at {
        Some(at) => format!("seen {} by {}", at.date(), row.sources.join(", ")),
        None => "shown by no source, only named by others".to_owned(),
    };
    text.bullet(0, &seen)?;
    if let Some(at) = row.retired_at {
        text.line(&format!(
            "retired {}: its sources no longer show it",
            at.date()
        ))?;
    }
    relations(who, &mut text)?;
    text.gap()?;
    text.labelled("Owner", &who.owner.summary)?;
    to_know(who.owner.to_know.as_deref(), &mut text)?;
    proof(&who.owner.evidence, evidence, &mut text)?;
    text.labelled("Reach", &who.reach.summary)?;
    to_know(Some(&who.reach.to_know), &mut text)?;
    proof(&who.reach.evidence, evidence, &mut text)?;
    text.labelled("Use", &who.usage.summary)?;
    to_know(who.usage.to_know.as_deref(), &mut text)?;
    proof(&who.usage.evidence, evidence, &mut text)?;
    verdict(who, &mut text)?;
    text.labelled("Expiry", &who.expiry.summary)?;
    to_know(who.expiry.to_know.as_deref(), &mut text)?;
    proof(&who.expiry.evidence, evidence, &mut text)?;
    text.labelled("Revocation", &who.revocation.summary)?;
    revocation(&who.revocation, &mut text)?;
    gaps(who, &mut text)
}

fn relations(who: &Who, text: &mut Text<'_>) -> Result<(), Failure> {
    let identity = &who.identity;
    if !identity.authenticates.is_empty() {
        let names: Vec<String> = identity.authenticates.iter().map(Named::label).collect();
        text.line(&format!("proves {}", names.join(", ")))?;
    }
    if !identity.credentials.is_empty() {
        let names: Vec<String> = identity
            .credentials
            .iter()
            .take(5)
            .map(Named::label)
            .collect();
        let more = match identity.credentials.len().saturating_sub(5) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        text.line(&format!("proved by {}{more}", names.join(", ")))?;
    }
    if !identity.holds.is_empty() {
        let names: Vec<String> = identity.holds.iter().take(5).map(Named::label).collect();
        let more = match identity.holds.len().saturating_sub(5) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        text.bullet(0, &format!("holds {}{more}", names.join(", ")))?;
    }
    for place in identity.places.iter().take(5) {
        text.line(&format!(
            "{} {}",
            place.how.replace('_', " "),
            place.thing.label()
        ))?;
    }
    if identity.places.len() > 5 {
        let more = count(identity.places.len() - 5, "more place");
        text.line(&format!("and at {more}"))?;
    }
    Ok(())
}

fn to_know(text_to_know: Option<&str>, text: &mut Text<'_>) -> Result<(), Failure> {
    match text_to_know {
        Some(to_know) => text.item("to know:", to_know),
        None => Ok(()),
    }
}

fn proof(evidence: &[Evidence], all: bool, text: &mut Text<'_>) -> Result<(), Failure> {
    if !all {
        return Ok(());
    }
    for item in evidence {
        let at = item
            .observed_at
            .map_or_else(String::new, |at| format!(", {}", at.date()));
        let place = item
            .place
            .as_ref()
            .map_or_else(String::new, |place| format!(" at {place}"));
        text.item("-", &format!("{}{place}: {}{at}", item.source, item.what))?;
    }
    Ok(())
}

/// How far back is seen, by whom, and what they cannot see: no verdict on use goes without.
fn verdict(who: &Who, text: &mut Text<'_>) -> Result<(), Failure> {
    let usage = &who.usage;
    if usage.state != "known" {
        let window = usage.window.as_deref().map(who::since);
        let window = window.unwrap_or_else(|| "its sources state none".to_owned());
        text.item("window:", &window)?;
    }
    let sources: Vec<String> = usage
        .sources
        .iter()
        .map(|seen| format!("{} ({})", seen.source, seen.observed_at.date()))
        .collect();
    if !sources.is_empty() {
        text.item("sources:", &sources.join(", "))?;
    }
    blind_spots(&usage.cannot_see, 12, text)
}

fn revocation(revocation: &Revocation, text: &mut Text<'_>) -> Result<(), Failure> {
    for (number, step) in revocation.steps.iter().enumerate() {
        text.item(&format!("{}.", number + 1), &step.text)?;
        if let Some(command) = &step.command {
            text.command(command)?;
        }
    }
    if let Some(who) = &revocation.who_can {
        text.item("who can:", who)?;
    }
    if let Some(proof) = &revocation.proof {
        text.item("proof:", proof)?;
    }
    if !revocation.breaks.is_empty() {
        let names: Vec<String> = revocation.breaks.iter().take(5).map(Named::label).collect();
        text.item("breaks:", &names.join(", "))?;
    }
    to_know(revocation.to_know.as_deref(), text)
}

fn gaps(who: &Who, text: &mut Text<'_>) -> Result<(), Failure> {
    if who.not_read.is_empty() {
        return Ok(());
    }
    text.gap()?;
    text.heading("Not read by its sources")?;
    for gap in &who.not_read {
        text.line(&format!(
            "  {} {}: {} ({})",
            gap.source, gap.state, gap.place, gap.reason
        ))?;
    }
    Ok(())
}

fn unknown(decoded: &Decoded, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    text.heading("Not in the inventory")?;
    text.labelled("", &decoded.summary)?;
    if let Some(fingerprint) = &decoded.fingerprint {
        text.labelled("Fingerprint", fingerprint)?;
    }
    if !decoded.decoded.is_null() {
        text.heading("What it says by itself")?;
        let mut rows = Vec::new();
        super::report::flatten("", &decoded.decoded, &mut rows);
        // It stands below, where it can be read.
        rows.retain(|row| row.first().is_none_or(|name| name != "revoke"));
        text.table(&["", ""], &rows)?;
    }
    if let Some(revoke) = decoded
        .decoded
        .get("revoke")
        .and_then(serde_json::Value::as_str)
    {
        text.labelled("Revoke", revoke)?;
    }
    text.labelled("To know", decoded.to_know)
}
