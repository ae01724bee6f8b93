//! `summary`: the inventory in numbers.

use app::Installation;
use app::query::Row;
use app::query::summary::{self, Summary as View};
use app::query::worklist::{Item, Worklist};
use clap::Args;
use model::text::count;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Out, Text};

/// Sums the inventory up: what there is, what ends when, machines per person, outside companies,
/// copies of credentials, and what could not be read
///
/// Every number speaks of what was looked at; what was not is listed with it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign summary
  countersign summary -f json --as-of 2026-01-31")]
pub(crate) struct Summary {}

impl Summary {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        show(&installation, context).await?;
        Ok(Exit::Done)
    }
}

/// Writes the summary.
pub(super) async fn show(installation: &Installation, context: &Context) -> Result<(), Failure> {
    let view = summary::summary(installation, context.as_of()).await?;
    let mut out = context.out(Format::Table)?;
    if !out.object(&view)? {
        write(&view, &mut out)?;
    }
    out.finish()
}

/// Provisional scopes listed for a person.
const SHOWN_SCOPES: usize = 3;
/// Credentials that end, listed for a person.
const SHOWN_ENDS: usize = 8;
/// Reasons listed for a person.
const SHOWN_REASONS: usize = 12;
/// Subtypes listed for a person.
const SHOWN: usize = 24;

fn write(view: &View, out: &mut Out) -> Result<(), Failure> {
    let mut text = Text::new(out);
    if view.as_of.seq == 0 {
        text.line("Nothing was read yet.")?;
        text.line("Next: `countersign scan` reads this machine, `countersign import FILE…` exported files.")?;
        return Ok(());
    }
    let at = view
        .as_of
        .at
        .map_or_else(String::new, |at| format!(" on {}", at.date()));
    text.heading(&format!(
        "Known after run {}{at}, from {}",
        view.as_of.seq,
        count(view.sources, "source")
    ))?;
    totals(view, &mut text)?;
    subtypes(view, &mut text)?;
    expiry(view, &mut text)?;
    ratio(view, &mut text)?;
    vendors(view, &mut text)?;
    copies(view, &mut text)?;
    not_read(view, &mut text)?;
    next(view, &mut text)?;
    do_first(&view.do_first, &mut text)
}

/// Writes what to do first.
pub(super) async fn first(
    installation: &Installation,
    context: &Context,
    out: &mut Out,
) -> Result<(), Failure> {
    let view = summary::summary(installation, context.as_of()).await?;
    do_first(&view.do_first, &mut Text::new(out))
}

/// What to do first, why, what it costs and what it gains.
fn do_first(list: &Worklist, text: &mut Text<'_>) -> Result<(), Failure> {
    text.gap()?;
    if list.never_assessed {
        return text.line("Nothing was judged yet: `countersign assess` says what to do first.");
    }
    if list.items.is_empty() {
        return text.line(
            "No rule found anything wrong; `countersign rule ls` says what each looked at and what it could not tell.",
        );
    }
    text.heading(&format!("Do first (of {})", list.totals()))?;
    for item in &list.items {
        text.bullet(
            1,
            &format!("{}. {:<8}  {}", item.rank, item.severity, item.what),
        )?;
        text.bullet(5, &format!("do: {}", item.remedy))?;
        text.bullet(5, &costs_and_gains(item))?;
    }
    if list.more > 0 {
        text.line(&format!(" … and {}", count(list.more, "more line")))?;
    }
    let first = list.items.first().map_or("KEY", |item| item.key.as_str());
    for (command, what) in [
        (
            "countersign finding ls".to_owned(),
            "all of them, the worst first",
        ),
        (
            format!("countersign finding show {first}"),
            "why, on what evidence, and every step",
        ),
    ] {
        text.line(&format!("  {command:<56} {what}"))?;
    }
    Ok(())
}

fn costs_and_gains(item: &Item) -> String {
    let mut parts = Vec::new();
    if let (Some(effort), Some(because)) = (item.effort, item.effort_because) {
        parts.push(format!("effort {}: {because}", serde_word(&effort)));
    }
    if let Some(effect) = item.effect {
        let whose = match item.subjects.first() {
            Some(subject) if item.total > 1 => format!(" of {}", subject.name),
            _ => String::new(),
        };
        let open = if effect.to_hi - effect.to >= 0.5 {
            format!(" (what is unknown may leave {:.0})", effect.to_hi)
        } else {
            String::new()
        };
        parts.push(format!(
            "risk{whose} {:.0} → {:.0}{open}",
            effect.from, effect.to
        ));
    }
    parts.push(match &item.assignee {
        Some(name) if item.total > 1 => format!("ask {name} first"),
        Some(name) => format!("ask {name}"),
        None if item.unassignable < item.total => {
            format!("nobody to ask about {} of them", item.unassignable)
        }
        None => "nobody to ask".to_owned(),
    });
    parts.join("; ")
}

/// The word by which a value stands in JSON.
fn serde_word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn totals(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    let kind = |name: &str| view.kinds.get(name).copied().unwrap_or(0);
    let classes: Vec<String> = view
        .classes
        .iter()
        .map(|(class, total)| format!("{total} {class}"))
        .collect();
    text.labelled(
        "Identities",
        &format!("{} ({})", kind("identity"), classes.join(", ")),
    )?;
    let certificates: i64 = view
        .subtypes
        .iter()
        .filter(|count| count.subtype.ends_with("certificate"))
        .map(|count| count.total)
        .sum();
    let tests = match view.in_tests.credentials {
        0 => String::new(),
        number => format!("; {number} only in examples and tests, counted apart below"),
    };
    text.labelled(
        "Credentials",
        &format!(
            "{}, of these {}{tests}",
            kind("credential"),
            count(certificates, "certificate")
        ),
    )?;
    let others: Vec<String> = view
        .kinds
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "identity" | "credential"))
        .map(|(name, total)| count(total, &name.replace('_', " ")))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    text.labelled("Besides", &others.join(", "))
}

fn subtypes(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = view
        .subtypes
        .iter()
        .filter(|count| matches!(count.kind.as_str(), "identity" | "credential"))
        .take(SHOWN)
        .map(|count| {
            let subtype = if count.subtype.is_empty() {
                "(not said)"
            } else {
                &count.subtype
            };
            vec![
                count.kind.clone(),
                subtype.to_owned(),
                count.total.to_string(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    text.gap()?;
    text.table(&["KIND", "SUBTYPE", "COUNT"], &rows)
}

fn expiry(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    const WHEN: &[(&str, &str)] = &[
        ("expired", "expired"),
        ("7_days", "within 7 days"),
        ("30_days", "8 to 30 days"),
        ("90_days", "31 to 90 days"),
        ("later", "later"),
        ("never", "no expiry"),
        ("no_data_yet", "no data yet"),
        ("not_observable", "not observable"),
        ("nothing_said", "not said by its sources"),
    ];
    let rows: Vec<Vec<String>> = WHEN
        .iter()
        .filter_map(|(key, words)| {
            let tests = view.in_tests.expiry.get(*key).copied().unwrap_or(0);
            let total = view.expiry.get(*key)? - tests;
            (total > 0).then(|| vec![(*words).to_owned(), total.to_string()])
        })
        .chain((view.in_tests.credentials > 0).then(|| {
            let tests = view.in_tests.credentials.to_string();
            vec!["only in examples and tests".to_owned(), tests]
        }))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    text.gap()?;
    text.table(&["CREDENTIALS END", "COUNT"], &rows)?;
    ends("ENDS SOON", &view.ending, text)?;
    ends("EXPIRED", &view.expired, text)
}

/// Credentials with the day they end, as many as a person acts on at once.
fn ends(title: &str, rows: &[Row], text: &mut Text<'_>) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .take(SHOWN_ENDS)
        .map(|row| {
            vec![
                row.expires.at.map_or_else(String::new, model::TimeUs::date),
                row.name.clone(),
                row.subtype.clone().unwrap_or_default(),
                row.id.clone(),
            ]
        })
        .collect();
    text.gap()?;
    text.table(&[title, "CREDENTIAL", "SUBTYPE", "ID"], &cells)?;
    if rows.len() > SHOWN_ENDS {
        text.line("  … `countersign credential ls --filter 'expires < now+30d'` lists all")?;
    }
    Ok(())
}

fn ratio(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    let ratio = &view.ratio;
    let per = ratio.machines_per_human.map_or_else(
        || "no person was seen, so there is no ratio".to_owned(),
        |per| format!("{} per person", count(per, "machine")),
    );
    text.gap()?;
    text.labelled(
        "Ratio",
        &format!(
            "{per}: {}, {}, {} external, {} of unknown class",
            count(ratio.machines, "machine"),
            count(ratio.humans, "person"),
            ratio.external,
            ratio.unknown
        ),
    )?;
    text.item("rule:", ratio.rule)
}

fn vendors(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    if view.vendors.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<String>> = view
        .vendors
        .iter()
        .take(SHOWN)
        .map(|row| {
            vec![
                row.vendor.clone(),
                row.kind.clone(),
                row.subtype.clone(),
                row.total.to_string(),
                row.owned.to_string(),
                row.last_used_at
                    .map_or_else(|| "-".to_owned(), model::TimeUs::date),
            ]
        })
        .collect();
    text.gap()?;
    text.table(
        &["VENDOR", "KIND", "SUBTYPE", "COUNT", "OWNED", "LAST USED"],
        &rows,
    )
}

fn copies(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    if view.copies.is_empty() {
        return Ok(());
    }
    text.gap()?;
    text.heading("Credentials that lie in several places")?;
    for copies in &view.copies {
        let places: Vec<String> = copies
            .places
            .iter()
            .take(3)
            .map(|place| place.name.clone())
            .collect();
        text.bullet(
            2,
            &format!(
                "{} ({}): {} places: {}",
                copies.credential.name,
                copies.credential.subtype.as_deref().unwrap_or("credential"),
                copies.total,
                places.join(", ")
            ),
        )?;
    }
    Ok(())
}

fn not_read(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    provisional(view, text)?;
    text.gap()?;
    if view.not_read.is_empty() {
        return text.line("Everything that was asked for could be read.");
    }
    text.heading(&format!("Not read ({})", view.not_read_total))?;
    for group in view.not_read_by_reason.iter().take(SHOWN_REASONS) {
        let more = match group.total.saturating_sub(group.places.len()) {
            more if more > 0 && !group.places.is_empty() => format!(" and {more} more"),
            _ => String::new(),
        };
        let places = group.places.join(", ");
        text.bullet(
            2,
            &format!(
                "{} {}: {places}{more} ({})",
                group.source, group.state, group.reason
            ),
        )?;
    }
    if view.not_read_by_reason.len() > SHOWN_REASONS || view.not_read_total > view.not_read.len() {
        text.line("  `countersign coverage --gaps` lists all")?;
    }
    Ok(())
}

/// Sources whose scope nobody knows; the command that says it, ready to copy.
fn provisional(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    let Some(first) = view.provisional_scopes.first() else {
        return Ok(());
    };
    let scope = first
        .split_once('[')
        .map_or(first.as_str(), |(_, scope)| scope.trim_end_matches(']'));
    let names: Vec<&str> = view
        .provisional_scopes
        .iter()
        .take(SHOWN_SCOPES)
        .map(String::as_str)
        .collect();
    let more = match view.provisional_scopes.len().saturating_sub(SHOWN_SCOPES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    text.gap()?;
    text.heading("Named after a file, because the file does not say what it speaks about")?;
    text.bullet(2, &format!("{}{more}", names.join(", ")))?;
    text.bullet(
        2,
        &format!("say what one is, for example: countersign source merge-scope '{scope}' NAME"),
    )
}

fn next(view: &View, text: &mut Text<'_>) -> Result<(), Failure> {
    let soonest = view.ending.first().or(view.expired.first());
    let who = soonest.map_or_else(
        || "countersign who NAME".to_owned(),
        |row| format!("countersign who {}", row.id),
    );
    let mut lines = vec![(who, "the five answers about one thing")];
    if soonest.is_some() {
        lines.push((
            "countersign credential ls --filter 'expires < now+30d'".to_owned(),
            "what ends soon or has ended",
        ));
    }
    lines.push((
        "countersign identity ls --filter 'owner = unknown'".to_owned(),
        "what nobody is known to own",
    ));
    if view.not_read_total > 0 {
        lines.push((
            "countersign coverage --gaps".to_owned(),
            "what could not be read, and why",
        ));
    }
    lines.push((
        "countersign coverage plan".to_owned(),
        "what to read next, and what it adds",
    ));
    text.gap()?;
    text.heading("Ask next")?;
    for (command, what) in lines {
        text.line(&format!("  {command:<56} {what}"))?;
    }
    Ok(())
}
