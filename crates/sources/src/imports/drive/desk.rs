//! Where results come in: hands them on, counts them, and remembers what each document became.

use model::{Coverage, CoverageState, Observation, Sink, SinkClosed, SourceRef, TimeUs};

use super::meter::{Budget, Meter, Trip};
use super::report::{DocumentReport, ImportReport};
use super::{Import, Limits, SPEC};
use crate::imports::{Document, Format, ImportContext, ReadError, Shape};

/// Why everything stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The sink takes no more.
    Closed,
    /// The user asked.
    Cancelled,
}

impl From<SinkClosed> for Stop {
    fn from(_: SinkClosed) -> Self {
        Self::Closed
    }
}

const UNKNOWN_FORMAT: &str = "not a format known to countersign; see `countersign source ls`";

pub(super) struct Desk<'a> {
    sink: &'a mut dyn Sink,
    pub(super) meter: &'a Meter<'a>,
    job: Import<'a>,
    report: ImportReport,
    source: SourceRef,
    /// Gaps and the first shortfall of the document being read.
    gaps: u64,
    shortfall: Option<(CoverageState, String)>,
    /// The first thing of it that was not tried.
    not_tried: Option<String>,
    /// Claims of completeness of that document, kept until its end shows whether they hold: a
    /// false one would retire records that the broken part may have named.
    claims: Vec<Coverage>,
    /// Unrecognised documents of this input.
    unrecognised: u64,
}

impl Sink for Desk<'_> {
    fn observe(&mut self, source: &SourceRef, observation: Observation) -> Result<(), SinkClosed> {
        if self.meter.cancelled() {
            return Err(SinkClosed);
        }
        self.meter
            .observations
            .set(self.meter.observations.get() + 1);
        self.sink.observe(source, observation)
    }

    fn cover(&mut self, coverage: Coverage) -> Result<(), SinkClosed> {
        if coverage.state.is_shortfall() {
            self.report.complete = false;
            self.gaps += 1;
            if self.shortfall.is_none() {
                let reason = match coverage.place.as_str() {
                    "" => coverage.reason.clone(),
                    place => format!("{place}: {}", coverage.reason),
                };
                self.shortfall = Some((coverage.state, reason));
            }
        }
        if coverage.state == CoverageState::NotAttempted && self.not_tried.is_none() {
            self.not_tried = Some(coverage.reason.clone());
        }
        if coverage.state == CoverageState::Complete {
            self.claims.push(coverage);
            return Ok(());
        }
        self.sink.cover(coverage)
    }
}

impl<'a> Desk<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink, meter: &'a Meter<'a>, job: Import<'a>) -> Self {
        Self {
            sink,
            meter,
            job,
            report: ImportReport::default(),
            source: SourceRef::new(SPEC.id, ""),
            gaps: 0,
            shortfall: None,
            not_tried: None,
            claims: Vec::new(),
            unrecognised: 0,
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.job.limits
    }

    pub(super) fn begin_input(&mut self, name: &str) {
        self.source = SourceRef::new(SPEC.id, name);
        self.unrecognised = 0;
    }

    /// Says in one statement what was too much to list.
    pub(super) fn end_input(&mut self) -> Result<(), Stop> {
        let more = self
            .unrecognised
            .saturating_sub(self.job.limits.max_unrecognised);
        if more > 0 {
            self.sink.cover(Coverage::gap(
                &self.source,
                CoverageState::NotAttempted,
                "",
                format!("{more} more documents were not read: {UNKNOWN_FORMAT}"),
            ))?;
        }
        Ok(())
    }

    pub(super) fn cancelled(&mut self) -> Result<(), Stop> {
        self.report.cancelled = true;
        self.report.complete = false;
        self.sink.cover(Coverage::gap(
            &self.source,
            CoverageState::Truncated,
            "",
            "the import was stopped on request; what follows was not read",
        ))?;
        Ok(())
    }

    pub(super) fn into_report(self) -> ImportReport {
        let mut report = self.report;
        report.bytes = self.meter.bytes.get();
        report.observations = self.meter.observations.get();
        report
    }

    /// Stops between documents when asked to.
    pub(super) fn check(&self) -> Result<(), Stop> {
        if self.meter.cancelled() {
            return Err(Stop::Cancelled);
        }
        Ok(())
    }

    /// Reads one document with the format that knows it.
    pub(super) fn document(
        &mut self,
        document: &mut Document<'_>,
        budget: &Budget,
    ) -> Result<(), Stop> {
        self.check()?;
        self.meter.documents.set(self.meter.documents.get() + 1);
        self.meter.tell(document.name());
        let name = document.name().to_owned();
        let Some(format) = document.choose(self.job.formats) else {
            let reason = if document.probe().shape == Shape::Empty {
                "the file is empty"
            } else {
                UNKNOWN_FORMAT
            };
            return self.skipped(&name, reason);
        };
        self.gaps = 0;
        self.shortfall = None;
        self.not_tried = None;
        self.claims.clear();
        let before = self.meter.observations.get();
        let (job, now) = (self.job, self.job.now);
        let result = format.read(
            document,
            &mut ImportContext {
                fingerprinter: job.fingerprinter,
                options: job.options,
                now,
                sink: self,
                observed: 0,
            },
        );
        self.finish(name, format, before, result, budget.tripped())
    }

    fn finish(
        &mut self,
        name: String,
        format: &'static dyn Format,
        before: u64,
        result: Result<(), ReadError>,
        trip: Option<Trip>,
    ) -> Result<(), Stop> {
        let id = format.spec().id;
        let observations = self.meter.observations.get() - before;
        let problem = match (result, trip) {
            (Err(ReadError::Closed(_)), _) => {
                self.check()?;
                return Err(Stop::Closed);
            }
            (_, Some(trip)) => Some((CoverageState::Truncated, trip.to_string())),
            (Err(error), None) => {
                self.check()?;
                Some(state_and_reason(&error))
            }
            (Ok(()), None) => None,
        };
        if let Some((state, reason)) = problem {
            let kept = match observations {
                0 => String::new(),
                count => format!(" ({count} observations made before it are kept)"),
            };
            self.cover(Coverage::gap(
                &self.source.clone(),
                state,
                &name,
                format!("{id}: {reason}{kept}"),
            ))?;
        }
        self.tell_claims(&name)?;
        let (state, reason) = match (self.shortfall.take(), self.not_tried.take()) {
            (Some(shortfall), _) => shortfall,
            // The shape fitted and the content did not: nothing was read of it.
            (None, Some(reason)) if observations == 0 => (CoverageState::NotAttempted, reason),
            _ => (CoverageState::Complete, String::new()),
        };
        if state == CoverageState::NotAttempted {
            self.report.unrecognised += 1;
        } else {
            let totals = self.report.formats.entry(id).or_default();
            totals.documents += 1;
            totals.observations += observations;
            self.report.recognised += 1;
        }
        self.list(DocumentReport {
            name,
            format: Some(id),
            observations,
            gaps: self.gaps,
            state,
            reason,
        });
        Ok(())
    }

    fn tell_claims(&mut self, document: &str) -> Result<(), Stop> {
        for mut claim in std::mem::take(&mut self.claims) {
            if self.gaps > 0 {
                claim.state = CoverageState::Partial;
                document.clone_into(&mut claim.place);
                "parts of the document could not be read, so it proves no completeness"
                    .clone_into(&mut claim.reason);
            }
            self.sink.cover(claim)?;
        }
        Ok(())
    }

    /// Something that is not tried: no format knows it, or it is no file.
    pub(super) fn skipped(&mut self, name: &str, reason: &str) -> Result<(), Stop> {
        self.unrecognised += 1;
        self.report.unrecognised += 1;
        if self.unrecognised <= self.job.limits.max_unrecognised {
            self.sink.cover(Coverage::gap(
                &self.source,
                CoverageState::NotAttempted,
                name,
                reason,
            ))?;
        }
        self.list(DocumentReport {
            name: model::text::label(name),
            format: None,
            observations: 0,
            gaps: 0,
            state: CoverageState::NotAttempted,
            reason: reason.to_owned(),
        });
        Ok(())
    }

    /// Something that was tried and could not be read.
    pub(super) fn failed(&mut self, name: &str, error: &ReadError) -> Result<(), Stop> {
        self.check()?;
        let (state, reason) = state_and_reason(error);
        self.cover(Coverage::gap(
            &self.source.clone(),
            state,
            name,
            reason.clone(),
        ))?;
        self.list(DocumentReport {
            name: model::text::label(name),
            format: None,
            observations: 0,
            gaps: 1,
            state,
            reason,
        });
        Ok(())
    }

    fn list(&mut self, document: DocumentReport) {
        let problem = document.state.is_shortfall();
        if problem {
            self.report.with_shortfall += 1;
        }
        let room = self.job.limits.max_listed * if problem { 2 } else { 1 };
        if self.report.documents.len() < room {
            self.report.documents.push(document);
        } else {
            self.report.not_listed += 1;
        }
    }
}

/// The state an error stands for, and its text.
fn state_and_reason(error: &ReadError) -> (CoverageState, String) {
    let state = match error {
        ReadError::Limit(_) => CoverageState::Truncated,
        ReadError::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            CoverageState::Denied
        }
        ReadError::Io(error)
            if error
                .get_ref()
                .is_some_and(<dyn std::error::Error + Send + Sync>::is::<Trip>) =>
        {
            CoverageState::Truncated
        }
        ReadError::Io(_) | ReadError::Malformed(_) | ReadError::Closed(_) => CoverageState::Failed,
    };
    (state, error.to_string())
}

/// The time of a file, when the system tells it.
pub(super) fn modified(metadata: &std::fs::Metadata) -> Option<TimeUs> {
    let since = metadata
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    i64::try_from(since.as_micros())
        .ok()
        .map(TimeUs::from_micros)
}
