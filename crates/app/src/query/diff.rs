//! `diff`: what changed between two times or runs.

use std::ops::ControlFlow;

use inventory::read::{self, At, Change, Difference, FieldChange, Reader, When};
use model::TimeUs;
use serde::Serialize;

use super::views::{AtView, Named, Row, VERSION};
use crate::{Error, Installation};

/// One record that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// The contract's version.
    pub v: u8,
    /// `added`, `changed`, `removed`, `reappeared`, `merged`.
    pub change: &'static str,
    /// The record as it is, or as it last was.
    pub record: Row,
    /// The listed facts that changed.
    pub fields: Vec<FieldChange>,
    /// Who created it, when a source says so.
    pub created_by: Option<Named>,
}

/// What a difference says besides its records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// From what was known here.
    pub from: Option<AtView>,
    /// To what was known here.
    pub to: Option<AtView>,
    /// Records that appeared.
    pub added: usize,
    /// Records whose listed facts changed.
    pub changed: usize,
    /// Records that were retired.
    pub removed: usize,
    /// Records that are shown again.
    pub reappeared: usize,
    /// Records that were found to be others.
    pub merged: usize,
    /// Relations that began.
    pub edges_added: i64,
    /// Relations that ended.
    pub edges_ended: i64,
    /// The relations, when asked for.
    pub edges: Vec<EdgeChangeView>,
}

/// One relation that began or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EdgeChangeView {
    /// `added` or `ended`.
    pub change: &'static str,
    /// The kind of relation.
    pub kind: String,
    /// Its start.
    pub from: Named,
    /// Its end.
    pub to: Named,
}

/// What to compare.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// From: a time, a run's id or number; the run before the last without one.
    pub from: Option<String>,
    /// To: the same; now without one.
    pub to: Option<String>,
    /// Only this kind.
    pub kind: Option<model::NodeKind>,
    /// How many relations are listed.
    pub edges: usize,
    /// `--as-of`: stands for a missing `to`.
    pub as_of: Option<TimeUs>,
}

/// Shows every record that differs to `each`.
///
/// # Errors
/// A time or run is unknown, `each` fails, or the database cannot be read.
pub async fn diff<E: From<Error>>(
    installation: &Installation,
    request: &Request,
    mut each: impl FnMut(Changed) -> Result<(), E>,
) -> Result<Summary, E> {
    let to = moment(installation, request.to.as_deref(), request.as_of).await?;
    let from = match &request.from {
        Some(text) => moment(installation, Some(text), None).await?,
        None => before(installation, &to).await?,
    };
    if from.seq > to.seq {
        return Err(Error::usage(
            "the first moment lies after the second; name the earlier one first",
        )
        .into());
    }
    let reader = Reader::open(&installation.db, When::Seq(to.seq))
        .await
        .map_err(Error::from)?;
    let mut summary = Summary {
        from: Some((&from).into()),
        to: Some((&to).into()),
        ..Summary::default()
    };
    let mut failure = None;
    read::diff(&reader, &from, |difference| {
        if request
            .kind
            .is_some_and(|kind| kind.name() != difference.node.kind)
        {
            return Ok::<_, inventory::InventoryError>(ControlFlow::Continue(()));
        }
        summary.count(difference.change);
        Ok(match each(changed(difference)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })
    })
    .await
    .map_err(Error::from)?;
    if let Some(error) = failure {
        return Err(error);
    }
    let (added, ended, edges) = read::edge_changes(&reader, &from, request.edges)
        .await
        .map_err(Error::from)?;
    summary.edges_added = added;
    summary.edges_ended = ended;
    summary.edges = edges
        .iter()
        .map(|edge| EdgeChangeView {
            change: if edge.added { "added" } else { "ended" },
            kind: edge.kind.clone(),
            from: (&edge.from).into(),
            to: (&edge.to).into(),
        })
        .collect();
    Ok(summary)
}

impl Summary {
    fn count(&mut self, change: Change) {
        *match change {
            Change::Added => &mut self.added,
            Change::Changed => &mut self.changed,
            Change::Removed => &mut self.removed,
            Change::Reappeared => &mut self.reappeared,
            Change::Merged => &mut self.merged,
        } += 1;
    }
}

fn changed(difference: Difference) -> Changed {
    Changed {
        v: VERSION,
        change: difference.change.name(),
        record: Row::new(difference.node, None),
        fields: difference.fields,
        created_by: difference.creator.as_ref().map(Named::from),
    }
}

/// The moment a text names: a time, or a run by id or number.
async fn moment(
    installation: &Installation,
    text: Option<&str>,
    as_of: Option<TimeUs>,
) -> Result<At, Error> {
    let Some(text) = text else {
        let reader = super::reader(installation, as_of).await?;
        return Ok(reader.at().clone());
    };
    // A bare number is a run; times have dashes.
    if let (true, Ok(time)) = (text.contains('-'), TimeUs::parse(text)) {
        let reader = super::reader(installation, Some(time)).await?;
        return Ok(reader.at().clone());
    }
    if text == "0" {
        return Ok(At {
            seq: 0,
            time: None,
            run: None,
        });
    }
    let reader = super::reader(installation, None).await?;
    let found = read::run(&reader, text).await?;
    match found.as_slice() {
        [run] => match run.seq {
            Some(seq) => Ok(At {
                seq,
                time: run.ended_at,
                run: Some(run.id.clone()),
            }),
            None => Err(Error::usage(format!("run {} did not commit", run.id))),
        },
        [] => Err(Error::no_single_match(format!(
            "`{}` is neither a time nor a run",
            model::text::label(text)
        ))
        .hint("write 2026-01-31, or a run's number or id from `run ls`")),
        _ => Err(Error::no_single_match(format!(
            "{} runs begin with `{}`",
            found.len(),
            model::text::label(text)
        ))),
    }
}

/// What was known before the run that led to `to`. An assessment reads nothing: what it judged led
/// there.
async fn before(installation: &Installation, to: &At) -> Result<At, Error> {
    let mut seq = to.seq;
    loop {
        let reader = Reader::open(&installation.db, When::Seq(seq)).await?;
        let last = inventory::judgement::last_assessment(&reader).await?;
        seq = seq.saturating_sub(1);
        if last.is_none_or(|last| last.run != reader.at().seq) {
            break;
        }
    }
    Ok(Reader::open(&installation.db, When::Seq(seq))
        .await?
        .at()
        .clone())
}
