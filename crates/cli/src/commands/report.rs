//! A whole record, and what a run did, for people.

use app::RunReport;
use app::query::show::RecordView;
use model::text::count;
use serde_json::Value;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Out, Text, when};

/// Relations listed for a person; JSON has all.
const SHOWN_EDGES: usize = 60;

/// Writes everything about a record.
pub(super) fn record(out: &mut Out, record: &RecordView) -> Result<(), Failure> {
    let row = &record.record;
    let mut text = Text::new(out);
    text.heading(&row.name)?;
    let mut facts = Vec::new();
    let value = serde_json::to_value(row)?;
    for (name, value) in value.as_object().into_iter().flatten() {
        let shown = match value {
            Value::Null => continue,
            Value::Object(_) => when(value),
            Value::Array(items) if items.is_empty() => continue,
            other => plain(other),
        };
        if !matches!(name.as_str(), "v" | "name") && shown != "-" {
            facts.push(vec![name.clone(), shown]);
        }
    }
    text.table(&["", ""], &facts)?;
    if !record.aliases.is_empty() {
        text.gap()?;
        text.heading("Other names")?;
        for alias in &record.aliases {
            let mark = if alias.identifies {
                " (identifies)"
            } else {
                ""
            };
            text.line(&format!("  {}{mark}", alias.text))?;
        }
    }
    if !record.merged.is_empty() {
        text.gap()?;
        text.heading("Merged")?;
        for member in &record.merged {
            text.line(&format!(
                "  {}  {}  ({})",
                member.id, member.native_id, member.because
            ))?;
        }
    }
    attributes(&mut text, record)?;
    sightings(&mut text, record)?;
    edges(&mut text, record)?;
    history(&mut text, record)
}

fn attributes(text: &mut Text<'_>, record: &RecordView) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = record
        .attributes
        .iter()
        .map(|attribute| {
            let stands = &attribute.stands;
            let value = match (&stands.value, &stands.reason) {
                (Value::Null, Some(reason)) => {
                    format!("{}: {reason}", stands.state.replace('_', " "))
                }
                (Value::Null, None) => stands.state.replace('_', " "),
                (value, _) => plain(value),
            };
            let others = match attribute.others.len() {
                0 => String::new(),
                number => format!("+{}", count(number, "other")),
            };
            vec![
                attribute.name.clone(),
                value,
                stands.source.clone(),
                stands.observed_at.date(),
                others,
            ]
        })
        .collect();
    text.gap()?;
    text.table(&["ATTRIBUTE", "VALUE", "SOURCE", "OBSERVED", ""], &rows)
}

fn sightings(text: &mut Text<'_>, record: &RecordView) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = record
        .sightings
        .iter()
        .map(|sighting| {
            vec![
                sighting.source.clone(),
                sighting.observed_at.to_string(),
                if sighting.authoritative { "yes" } else { "no" }.to_owned(),
                sighting.place.clone().unwrap_or_default(),
            ]
        })
        .collect();
    text.gap()?;
    text.table(&["SEEN BY", "OBSERVED", "AUTHORITATIVE", "PLACE"], &rows)
}

fn edges(text: &mut Text<'_>, record: &RecordView) -> Result<(), Failure> {
    if record.edges.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<String>> = record
        .edges
        .iter()
        .take(SHOWN_EDGES)
        .map(|edge| {
            let arrow = if edge.direction == "out" {
                "→"
            } else {
                "←"
            };
            vec![
                format!("{arrow} {}", edge.kind),
                edge.other.label(),
                edge.source.clone(),
                edge.place.clone().unwrap_or_default(),
                edge.other.id.clone(),
            ]
        })
        .collect();
    text.gap()?;
    text.table(&["RELATION", "OTHER", "SOURCE", "PLACE", "ID"], &rows)?;
    if record.edges.len() > SHOWN_EDGES || record.more_edges {
        text.line(&format!(
            "the first {} of {}{}; -f json has more",
            SHOWN_EDGES.min(record.edges.len()),
            count(record.edges.len(), "relation"),
            if record.more_edges { " or more" } else { "" }
        ))?;
    }
    Ok(())
}

fn history(text: &mut Text<'_>, record: &RecordView) -> Result<(), Failure> {
    let Some(history) = &record.history else {
        return Ok(());
    };
    text.gap()?;
    text.heading("History")?;
    for happening in history {
        let at = happening
            .at
            .map_or_else(|| "-".to_owned(), |at| at.to_string());
        let what = happening.what.unwrap_or("said again differently");
        text.line(&format!(
            "  run {} · {at} · {what} · {}",
            happening.seq, happening.title
        ))?;
        for change in &happening.fields {
            let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            text.line(&format!(
                "      {}: {} → {}",
                change.field,
                show(&change.was),
                show(&change.is)
            ))?;
        }
        if happening.edges_added + happening.edges_ended > 0 {
            text.line(&format!(
                "      relations: +{} -{}",
                happening.edges_added, happening.edges_ended
            ))?;
        }
        if !happening.silent.is_empty() {
            text.line(&format!(
                "      no longer shown by {}",
                happening.silent.join(", ")
            ))?;
        }
    }
    Ok(())
}

/// A value on one line.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The leaves of a JSON value with their paths.
pub(super) fn flatten(prefix: &str, value: &Value, rows: &mut Vec<Vec<String>>) {
    match value {
        Value::Null => {}
        Value::Object(parts) => {
            for (name, part) in parts {
                let path = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                flatten(&path, part, rows);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                flatten(&format!("{prefix}[{at}]"), item, rows);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) if items.iter().all(|item| named(item).is_some()) => {
            let parts: Vec<String> = items.iter().filter_map(named).collect();
            rows.push(vec![prefix.to_owned(), parts.join(", ")]);
        }
        other => rows.push(vec![prefix.to_owned(), plain(other)]),
    }
}

/// A name with its value: `name=value`.
fn named(pair: &Value) -> Option<String> {
    match pair.as_array()?.as_slice() {
        [Value::String(name), value] => Some(format!("{name}={}", plain(value))),
        _ => None,
    }
}

/// Says on standard error what a run did, and how it ended.
///
/// A summary for people has listed what was not read already.
pub(super) fn run(report: &RunReport, context: &Context) -> Exit {
    let summed_up = context.format(Format::Table) == Format::Table;
    told(report, summed_up, context)
}

/// As [`run`], where nothing else has listed what was not read.
pub(super) fn run_and_gaps(report: &RunReport, context: &Context) -> Exit {
    told(report, false, context)
}

fn told(report: &RunReport, summed_up: bool, context: &Context) -> Exit {
    let done = &report.applied;
    context.say(&format!(
        "run {} ({}): {}; records: {} new, {} changed, {} retired; relations: {} new, {} ended",
        done.seq,
        report.run,
        count(done.observations, "observation"),
        done.nodes_added,
        done.nodes_changed,
        done.nodes_retired,
        done.edges_added,
        done.edges_ended
    ));
    if done.older_ignored > 0 {
        context.say(&format!(
            "not used, because their source had said something newer already: {}",
            count(done.older_ignored, "observation")
        ));
    }
    for note in &report.notes {
        context.say(note);
    }
    if let Some(judged) = &report.assessment
        && !judged.still_stands
    {
        let done = judged.assessed;
        context.say(&format!(
            "judged {}: findings: {} new, {} as before, {} fixed",
            count(done.judged, "record"),
            done.opened,
            done.standing,
            done.fixed
        ));
    }
    if !report.gaps.is_empty() && !summed_up {
        context.say("not read:");
        for gap in &report.gaps {
            context.say(&format!(
                "  {} {}: {} ({})",
                gap.source,
                gap.state.name(),
                gap.place,
                gap.reason
            ));
        }
        if report.more_gaps > 0 {
            context.say(&format!(
                "  and {} more: `countersign coverage --gaps` lists all",
                report.more_gaps
            ));
        }
    }
    if report.complete && !report.cancelled {
        Exit::Done
    } else {
        context.say("the run is incomplete: what could be read is stored");
        Exit::Incomplete
    }
}
