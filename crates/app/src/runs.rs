//! What every use case that writes has in common: a run is begun, filled, and ended either way.

use inventory::{Applied, RunKind, RunStart, Spool};
use model::CoverageState;

use crate::{Error, Installation};

/// What a run did, for whoever started it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RunReport {
    /// The run's id, a ULID.
    pub run: String,
    /// What changed in the inventory.
    pub applied: Applied,
    /// False when something that was asked for could not be read; exit code 3.
    pub complete: bool,
    /// True when the user stopped it; what was read until then is kept.
    pub cancelled: bool,
    /// What could not be read, the first [`MAX_SHOWN_GAPS`] places.
    pub gaps: Vec<Gap>,
    /// How many more there are; `countersign coverage` lists all.
    pub more_gaps: u64,
    /// One line for each document or stage that is worth one.
    pub notes: Vec<String>,
    /// What judging found afterwards; null when that was left out.
    pub assessment: Option<crate::assess::Report>,
}

/// Something that could not be read.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Gap {
    /// The source that tried, connector and scope.
    pub source: String,
    /// Denied, truncated or failed.
    pub state: CoverageState,
    /// Where.
    pub place: String,
    /// Why, and what to do about it.
    pub reason: String,
}

/// Gaps shown at the end of a run; all of them are in the coverage ledger.
pub const MAX_SHOWN_GAPS: usize = 20;

/// A run that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    id: String,
    key: i64,
}

impl Installation {
    /// Describes a run about to start.
    pub(crate) fn run_start(&self, kind: RunKind, title: &str) -> Result<RunStart, Error> {
        Ok(RunStart {
            id: self.new_ulid()?,
            kind,
            title: model::text::label(title),
            actor: crate::config::actor(),
            started: self.clock.now(),
            process_id: i64::from(std::process::id()),
        })
    }

    /// Writes down that a run starts, and that earlier ones whose process is gone were interrupted.
    pub(crate) async fn begin_run(&self, kind: RunKind, title: &str) -> Result<Begun, Error> {
        self.mark_interrupted().await?;
        let start = self.run_start(kind, title)?;
        let key = inventory::begin(&self.db, &start).await?;
        Ok(Begun { id: start.id, key })
    }

    /// Ends a run with what was read, or with the reason why nothing was.
    pub(crate) async fn end_run(
        &self,
        begun: Begun,
        read: Result<(Spool, Reading), Error>,
    ) -> Result<RunReport, Error> {
        let outcome = match read {
            Ok((spool, mut reading)) => {
                let losses = spool.losses();
                reading.complete &= losses.is_empty();
                reading.notes.extend(losses);
                let (gaps, more_gaps) = gaps(&spool);
                let weighty = |connector: &str| {
                    sources::catalog::spec(connector).is_some_and(|spec| spec.authoritative)
                };
                inventory::apply(&self.db, begun.key, spool, &weighty, self.clock.now())
                    .await
                    .map(|applied| RunReport {
                        run: begun.id.clone(),
                        applied,
                        complete: applied.shortfalls == 0 && reading.complete,
                        cancelled: reading.cancelled,
                        gaps,
                        more_gaps,
                        notes: reading.notes,
                        assessment: None,
                    })
                    .map_err(Error::from)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            inventory::fail(&self.db, begun.key, self.clock.now(), &error.to_string()).await?;
        }
        outcome
    }

    async fn mark_interrupted(&self) -> Result<(), Error> {
        for (run_key, process_id) in inventory::running(&self.db).await? {
            if !process_id.is_some_and(process_lives) {
                let why = "interrupted: its process ended before it committed; nothing of it was kept, run it again";
                inventory::fail(&self.db, run_key, self.clock.now(), why).await?;
            }
        }
        Ok(())
    }
}

/// What reading the sources gave besides observations.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) complete: bool,
    pub(crate) cancelled: bool,
    pub(crate) notes: Vec<String>,
}

fn gaps(spool: &Spool) -> (Vec<Gap>, u64) {
    let mut shown = Vec::new();
    let mut more = 0;
    for (source, place, state, reason) in spool.shortfalls() {
        if shown.len() < MAX_SHOWN_GAPS {
            let source = format!("{} {}", source.connector, source.scope);
            shown.push(Gap {
                source,
                state,
                place: place.to_owned(),
                reason: reason.to_owned(),
            });
        } else {
            more += 1;
        }
    }
    (shown, more)
}

#[cfg(unix)]
fn process_lives(process_id: i64) -> bool {
    i32::try_from(process_id)
        .ok()
        .and_then(rustix::process::Pid::from_raw)
        .is_some_and(|pid| {
            !matches!(
                rustix::process::test_kill_process(pid),
                Err(rustix::io::Errno::SRCH)
            )
        })
}

#[cfg(not(unix))]
fn process_lives(_process_id: i64) -> bool {
    true
}
