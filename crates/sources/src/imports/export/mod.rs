//! The export of another installation, read back: what each of its sources said, under that
//! source's own name and time.

use std::collections::{BTreeMap, BTreeSet};

use model::export::{
    CoverageRow, EdgeRow, EndRow, FORMAT, HeaderRow, SightingRow, SourceRow, StatedBy,
};
use model::text::{count, label};
use model::{
    Alias, AliasRole, Attributes, Coverage, CoverageState, Fingerprint, NodeRef, Observation,
    ObservedEdge, SourceRef, TimeUs,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::document::{Document, Line};
use super::{Format, ImportContext, Match, Probe, ReadError, Shape};
use crate::spec::{ConnectorSpec, Step};

#[cfg(test)]
mod tests;

/// The catalogue entry. It yields no kind of its own: what it holds was said by other sources.
pub const SPEC: ConnectorSpec = ConnectorSpec {
    id: FORMAT,
    title: "Export of a countersign installation",
    step: Step::RepositoriesAndSaas,
    kinds: &[],
    authoritative: false,
    adds: "what the sources of another installation said, each under its own name and time",
    cannot_see: &[
        "history, and what was said before the moment of the export",
        "records merged or split by hand",
        "which secret value a fingerprint of another installation belongs to: its key is not in the export",
    ],
    obtain: "countersign export > inventory.jsonl",
    permissions: &[],
    doc: include_str!("doc.md"),
};

/// Sources remembered of one export. A large estate has hundreds.
const MAX_SOURCES: usize = 100_000;
/// Broken lines reported one by one; a file with more is not what its header says.
const MAX_BROKEN: u64 = 1_000;
/// How often coverage statements are repeated in all, so that a made-up count costs no time.
const MAX_REPEATS: i64 = 100_000;

/// The format.
#[derive(Debug, Clone, Copy)]
pub struct Export;

impl Format for Export {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let first = probe.head.split(|byte| *byte == b'\n').next();
        let is_header = matches!(probe.shape, Shape::Json { .. })
            && first
                .and_then(|line| serde_json::from_slice::<HeaderRow>(line).ok())
                .is_some_and(|header| header.format == FORMAT);
        if is_header { Match::Sure } else { Match::No }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let mut reading = Reading::new(document.short_name());
        document.lines(|line| match line {
            Line::Text {
                number,
                lossy: true,
                ..
            } => reading.broken(cx, number, "it is not UTF-8"),
            Line::Text { number, text, .. } => match reading.row(text, cx) {
                Ok(()) => Ok(()),
                Err(Refused::Because(reason)) => reading.broken(cx, number, &reason),
                Err(Refused::Stop(error)) => Err(error),
            },
            Line::TooLong { number } => reading.broken(cx, number, "the line is too long"),
        })?;
        reading.finish(cx)
    }
}

/// Why a row was not taken.
enum Refused {
    Because(String),
    Stop(ReadError),
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        Self::Stop(error)
    }
}

impl From<model::SinkClosed> for Refused {
    fn from(closed: model::SinkClosed) -> Self {
        Self::Stop(closed.into())
    }
}

fn refuse(reason: impl Into<String>) -> Refused {
    Refused::Because(reason.into())
}

struct Reading {
    /// The export itself as a source, for what cannot be read in it.
    own: SourceRef,
    provisional: BTreeSet<(String, String)>,
    connectors: BTreeMap<String, bool>,
    as_of: Option<TimeUs>,
    rows: u64,
    ended: bool,
    broken: u64,
    repeats: i64,
}

impl Reading {
    fn new(name: &str) -> Self {
        Self {
            own: SourceRef::new(SPEC.id, format!("file:{name}")),
            provisional: BTreeSet::new(),
            connectors: BTreeMap::new(),
            as_of: None,
            rows: 0,
            ended: false,
            broken: 0,
            repeats: 0,
        }
    }

    fn row(&mut self, text: &str, cx: &mut ImportContext<'_>) -> Result<(), Refused> {
        #[derive(Deserialize)]
        struct Kind {
            v: u8,
            r#type: String,
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        let kind: Kind = parse(text)?;
        if kind.v != model::export::VERSION {
            return Err(refuse(format!(
                "its rows have version {}; use the program that wrote it, or a newer one",
                kind.v
            )));
        }
        if kind.r#type != "end" {
            self.rows += 1;
        }
        match kind.r#type.as_str() {
            "header" => self.as_of = parse::<HeaderRow>(text)?.as_of,
            "source" => self.source(parse(text)?),
            // Merged again from what the sources said.
            "record" => {}
            "sighting" => self.sighting(parse(text)?, cx)?,
            "edge" => self.edge(parse(text)?, cx)?,
            "coverage" => self.coverage(&parse(text)?, cx)?,
            "end" => {
                self.ended = true;
                let said = parse::<EndRow>(text)?.rows;
                if said != self.rows {
                    return Err(refuse(format!(
                        "it ends after {said} rows and {} are there; rows were lost",
                        self.rows
                    )));
                }
            }
            other => return Err(refuse(format!("`{}` is no type of row", label(other)))),
        }
        Ok(())
    }

    fn source(&mut self, row: SourceRow) {
        if row.provisional && self.provisional.len() < MAX_SOURCES {
            self.provisional.insert((row.connector, row.scope));
        }
    }

    /// The source a row speaks for; a kind of source this program does not know has no weight it
    /// could be given.
    fn speaker(&mut self, connector: &str, scope: &str) -> Result<SourceRef, Refused> {
        if self.connectors.len() > MAX_SOURCES {
            return Err(refuse("more kinds of source than there can be"));
        }
        let known = *self
            .connectors
            .entry(connector.to_owned())
            .or_insert_with(|| crate::catalog::spec(connector).is_some());
        if !known {
            return Err(refuse(format!(
                "`{}` is no kind of source of this program; a newer one may know it",
                label(connector)
            )));
        }
        let provisional = self
            .provisional
            .contains(&(connector.to_owned(), scope.to_owned()));
        Ok(SourceRef {
            provisional,
            ..SourceRef::new(connector, scope)
        })
    }

    fn sighting(&mut self, row: SightingRow, cx: &mut ImportContext<'_>) -> Result<(), Refused> {
        let source = self.speaker(&row.connector, &row.scope)?;
        let attributes = Attributes::deserialize(serde_json::Value::Object(row.attributes))
            .map_err(|error| {
                refuse(format!(
                    "its attributes are not understood: {}",
                    label(&error.to_string())
                ))
            })?;
        if attributes
            .fingerprint
            .as_ref()
            .is_some_and(|print| !is_fingerprint(print))
        {
            return Err(refuse(
                "what stands as its fingerprint is none and was not kept",
            ));
        }
        let mut observation = Observation::new(named(row.name)?, row.observed_at, attributes);
        observation.aliases = row.aliases.into_iter().map(renamed).collect();
        observation.place = row.place.as_deref().map(label);
        Ok(cx.observe(&source, observation)?)
    }

    fn edge(&mut self, row: EdgeRow, cx: &mut ImportContext<'_>) -> Result<(), Refused> {
        let source = self.speaker(&row.connector, &row.scope)?;
        if !row.kind.allows(row.from_name.kind, row.to_name.kind) {
            return Err(refuse(format!(
                "`{}` cannot run from {} to {}",
                row.kind, row.from_name.kind, row.to_name.kind
            )));
        }
        let (from, to) = (named(row.from_name)?, named(row.to_name)?);
        let (by, mut edge) = match row.stated_by {
            StatedBy::From => (from, ObservedEdge::to(row.kind, to)),
            StatedBy::To => (to, ObservedEdge::from(row.kind, from)),
        };
        edge.attributes = row.attributes.into_iter().collect();
        // A moment before the statement it belongs to, which stands first when they are put
        // together again.
        let stated = row.observed_at.or(self.as_of).unwrap_or(cx.now);
        let before = TimeUs::from_micros(stated.as_micros().saturating_sub(1));
        let mut observation = Observation::new(by, before, Attributes::default()).edge(edge);
        observation.place = row.place.as_deref().map(label);
        Ok(cx.observe(&source, observation)?)
    }

    fn coverage(&mut self, row: &CoverageRow, cx: &mut ImportContext<'_>) -> Result<(), Refused> {
        let mut coverage = Coverage {
            source: self.speaker(&row.connector, &row.scope)?,
            kind: row.kind,
            group: label(&row.group),
            place: label(&row.place),
            state: row.state,
            reason: label(&row.reason),
            lag_us: row.lag_us,
        };
        if coverage.state == CoverageState::Complete && !cx.options.complete {
            coverage.state = CoverageState::Partial;
            "it was complete where the export was made; an export proves no completeness here without --complete"
                .clone_into(&mut coverage.reason);
        }
        let left = (MAX_REPEATS - self.repeats).max(1);
        let times = row.occurrences.clamp(1, left);
        self.repeats += times;
        for _ in 1..times {
            cx.sink.cover(coverage.clone())?;
        }
        Ok(cx.sink.cover(coverage)?)
    }

    fn broken(
        &mut self,
        cx: &mut ImportContext<'_>,
        line: u64,
        reason: &str,
    ) -> Result<(), ReadError> {
        self.broken += 1;
        if self.broken > MAX_BROKEN {
            return Err(ReadError::Limit(format!(
                "more than {} are broken; export it again",
                count(MAX_BROKEN, "line")
            )));
        }
        cx.gap(&self.own.clone(), format!("line {line}"), reason)
    }

    fn finish(self, cx: &mut ImportContext<'_>) -> Result<(), ReadError> {
        if self.ended {
            return Ok(());
        }
        let gap = Coverage::gap(
            &self.own,
            CoverageState::Truncated,
            "",
            format!(
                "the export was cut after {}: its end is missing; export it again",
                count(self.rows, "row")
            ),
        );
        Ok(cx.sink.cover(gap)?)
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Refused> {
    // The message of the parser may quote the line; where it stands is enough.
    serde_json::from_str(text).map_err(|error| {
        refuse(match error.classify() {
            serde_json::error::Category::Data => "a field is missing or not of its type".to_owned(),
            _ => format!("it is not JSON from column {} on", error.column()),
        })
    })
}

/// The name of a thing, made safe as every source's names are.
fn named(name: NodeRef) -> Result<NodeRef, Refused> {
    if name.provider.is_empty() || name.native_id.is_empty() {
        return Err(refuse("a thing without a name"));
    }
    Ok(NodeRef::within(
        name.kind,
        label(&name.provider),
        label(&name.partition),
        name.native_id,
    ))
}

fn renamed(alias: Alias) -> Alias {
    match alias.role {
        AliasRole::Same => Alias::same(alias.text),
        AliasRole::Lookup => Alias::lookup(alias.text),
    }
}

/// True for `fp1:<key id>:<64 hex digits>`: whatever else stands there could be a value.
fn is_fingerprint(print: &Fingerprint) -> bool {
    let hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match print.as_str().split(':').collect::<Vec<_>>().as_slice() {
        ["fp1", key, digest] => hex(key) && hex(digest) && digest.len() == 64,
        _ => false,
    }
}
