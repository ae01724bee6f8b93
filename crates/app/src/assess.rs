//! Judges the inventory as it stands: what things are for and whose they are, what is wrong with them and
//! how much that matters. An assessment is a run of its own, visible whole or not at all.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, sync_channel};

use graph::{Estate, NodeIx};
use inventory::RunKind;
use inventory::classify::Classifier;
use inventory::judgement::{
    Assessed, AssessmentRow, Found, JudgedNode, ScoreColumns, Verdict, Writer,
};
use inventory::read::{self, Reader, When};
use model::TimeUs;
use model::finding::{Finding, Severity};
use posture::rules::RULES;
use posture::{Case, Clockwork, Dormancy, Judge, RuleCount, dormancy, factors, plan, score};
use serde::{Deserialize, Serialize};

use crate::policy::InForce;
use crate::{Error, Installation, Progress, RunReport};

/// How many records are judged before they are written: enough for a long insert, little to hold.
const CHUNK: usize = 4_096;
/// How many threads judge, beside the one that writes.
const JUDGES: usize = 2;
/// How many chunks each of them may be ahead of the writing.
const AHEAD: usize = 2;

/// More than any risk: what stands before all others is ranked above every other record.
const ABOVE_ALL: f64 = 100.0;

/// What an assessment found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// What changed since the last one.
    pub assessed: Assessed,
    /// True when nothing had changed since the last assessment, so that it still stands.
    pub still_stands: bool,
    /// Findings in force by severity, those of the policy's exceptions and people's decisions included.
    pub by_severity: BTreeMap<&'static str, u64>,
    /// Scored records by risk band.
    pub by_band: BTreeMap<&'static str, u64>,
    /// Scored records by how far they have an owner.
    pub by_owner_state: BTreeMap<&'static str, u64>,
    /// Findings nobody can be asked about.
    pub unassignable: u64,
    /// When time alone may change what was judged of records without a verdict.
    #[serde(skip)]
    pub next_change: Option<TimeUs>,
    /// What each rule looked at.
    pub rules: Vec<RuleLine>,
}

/// What one rule looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleLine {
    /// The rule.
    pub rule: &'static str,
    /// How many records it applies to.
    pub population: u64,
    /// How many of them are wrong.
    pub fired: u64,
    /// How many of them nobody can tell.
    pub unknown: u64,
}

/// Judges everything that is known now, unless the last assessment still stands.
///
/// # Errors
/// The database fails. Judging itself cannot fail.
pub async fn run(
    installation: &Installation,
    policy: &InForce,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let now = installation.clock.now();
    let reader = Reader::open(&installation.db, When::Latest).await?;
    if still_stands(&reader, policy, now).await? {
        return Ok(Report {
            still_stands: true,
            ..Report::default()
        });
    }
    progress.stage("reading the inventory", None);
    let judged_run = reader.at().seq;
    let estate = read::estate(&reader, now).await?;
    drop(reader);
    let start = installation.run_start(RunKind::Maintenance, "assess")?;
    let mut writer = Writer::begin(&installation.db, &start).await?;
    progress.stage("classifying", None);
    let classifier = tokio::task::block_in_place(|| Classifier::new(&estate));
    progress.stage("judging", Some(estate.len() as u64));
    let judge = Judge::new(&estate, &policy.policy, &classifier);
    let whole = Whole {
        estate: &estate,
        judge: &judge,
        policy,
        now,
    };
    let mut report = Report::default();
    let mut counters = Judge::counters();
    let low = whole.write(&mut writer, &mut report, &mut counters, progress)?;
    drop(classifier);
    drop(estate);
    progress.stage("writing", None);
    writer.range(low, i64::MAX, Vec::new()).await?;
    report.rules = lines(&counters);
    let row = AssessmentRow {
        judged_run,
        judged: Some(now),
        policy: policy.digest.clone(),
        whole: true,
        detail: serde_json::to_string(&Totals::of(&report)).unwrap_or_default(),
        ..AssessmentRow::default()
    };
    let counts: Vec<(String, u64, u64, u64)> = report
        .rules
        .iter()
        .map(|line| {
            (
                line.rule.to_owned(),
                line.population,
                line.fired,
                line.unknown,
            )
        })
        .collect();
    report.assessed = writer.finish(row, &counts, now).await?;
    Ok(report)
}

/// Judges what a run has just read, and notes in its report what was found. When this is cut off, the
/// run stays; the next command that judges sees that it was not judged yet.
///
/// # Errors
/// The database fails.
pub async fn after(
    installation: &Installation,
    policy: &InForce,
    read: &mut RunReport,
    progress: &dyn Progress,
) -> Result<(), Error> {
    read.assessment = Some(run(installation, policy, progress).await?);
    Ok(())
}

/// Nothing was said, decided or demanded anew since, and no deadline has passed.
async fn still_stands(reader: &Reader, policy: &InForce, now: TimeUs) -> Result<bool, Error> {
    let Some(last) = inventory::judgement::last_assessment(reader).await? else {
        return Ok(false);
    };
    let due = inventory::judgement::next_change(reader).await?;
    Ok(last.run == reader.at().seq
        && last.policy == policy.digest
        && [due, next_change(&last.detail)]
            .into_iter()
            .flatten()
            .all(|due| due > now))
}

/// When time alone may change what was judged of records without a verdict, as kept with an assessment.
/// One that does not say was made before this was kept: it stands no longer.
fn next_change(detail: &str) -> Option<TimeUs> {
    match serde_json::from_str::<Kept>(detail) {
        Ok(kept) => kept.next_change_us.map(TimeUs::from_micros),
        Err(_) => Some(TimeUs::EPOCH),
    }
}

/// What is read again of [`Totals`].
#[derive(Deserialize)]
struct Kept {
    #[serde(deserialize_with = "Option::deserialize")]
    next_change_us: Option<i64>,
}

/// How many findings of this severity or worse are open or acknowledged: what a gate asks.
///
/// # Errors
/// The database cannot be read.
pub async fn open_at_or_above(installation: &Installation, least: Severity) -> Result<i64, Error> {
    let reader = Reader::open(&installation.db, When::Latest).await?;
    let groups = inventory::judgement::open_groups(&reader, installation.clock.now()).await?;
    Ok(groups
        .iter()
        .filter(|group| Severity::parse(&group.severity).is_some_and(|level| level >= least))
        .map(|group| group.total)
        .sum())
}

/// The totals that are kept with an assessment, for trends.
#[derive(Serialize)]
struct Totals<'a> {
    by_severity: &'a BTreeMap<&'static str, u64>,
    by_band: &'a BTreeMap<&'static str, u64>,
    by_owner_state: &'a BTreeMap<&'static str, u64>,
    unassignable: u64,
    /// The earliest moment at which time alone may change a finding on a record that has no verdict to
    /// keep it with: a certificate that is fine today.
    next_change_us: Option<i64>,
}

impl<'a> Totals<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            by_severity: &report.by_severity,
            by_band: &report.by_band,
            by_owner_state: &report.by_owner_state,
            unassignable: report.unassignable,
            next_change_us: report.next_change.map(TimeUs::as_micros),
        }
    }
}

fn lines(counters: &[RuleCount]) -> Vec<RuleLine> {
    RULES
        .iter()
        .zip(counters)
        .map(|(rule, count)| RuleLine {
            rule: rule.spec().id,
            population: count.population,
            fired: count.fired,
            unknown: count.unknown,
        })
        .collect()
}

/// What judging one record needs.
struct Whole<'a> {
    estate: &'a Estate,
    judge: &'a Judge<'a>,
    policy: &'a InForce,
    now: TimeUs,
}

/// What was judged of one chunk.
type Part = (Vec<JudgedNode>, Vec<RuleCount>, Tally);

impl Whole<'_> {
    /// Judges everything and writes it, both at once; the result does not depend on which thread
    /// judged what. Gives the key after the last one judged.
    fn write(
        &self,
        writer: &mut Writer,
        report: &mut Report,
        counters: &mut [RuleCount],
        progress: &dyn Progress,
    ) -> Result<i64, Error> {
        let indices: Vec<NodeIx> = self.estate.indices().collect();
        let chunks: Vec<&[NodeIx]> = indices.chunks(CHUNK).collect();
        let here = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                let judging: Vec<Receiver<Part>> = (0..JUDGES)
                    .map(|first| {
                        let (send, receive) = sync_channel(AHEAD);
                        let own = chunks.iter().skip(first).step_by(JUDGES);
                        scope.spawn(move || {
                            for chunk in own {
                                // Writing has failed: nobody takes it any more.
                                if send.send(self.some(chunk)).is_err() {
                                    return;
                                }
                            }
                        });
                        receive
                    })
                    .collect();
                let mut low = 0;
                for (chunk, judged) in chunks.iter().zip(judging.iter().cycle()) {
                    // It ends early only when judging panics, and that panic is passed on.
                    let Ok((judged, counted, tally)) = judged.recv() else {
                        break;
                    };
                    for (sum, one) in counters.iter_mut().zip(counted) {
                        sum.plus(one);
                    }
                    tally.add_to(report);
                    let last = chunk.last().and_then(|ix| self.estate.node(*ix));
                    let high = last.map_or(low, |node| node.key);
                    here.block_on(writer.range(low, high, judged))?;
                    low = high.saturating_add(1);
                    progress.advance(chunk.len() as u64);
                }
                Ok(low)
            })
        })
    }

    fn some(&self, part: &[NodeIx]) -> Part {
        let mut counters = Judge::counters();
        let mut tally = Tally::default();
        let judged = part
            .iter()
            .filter_map(|ix| self.one(*ix, &mut counters, &mut tally))
            .collect();
        (judged, counters, tally)
    }

    fn one(&self, ix: NodeIx, counters: &mut [RuleCount], tally: &mut Tally) -> Option<JudgedNode> {
        let clockwork = Clockwork::default();
        let case = self.judge.case(&clockwork, ix)?;
        let judged = self.judge.judge_case(&case, counters);
        let first = judged.findings.iter().any(plan::is_first);
        let verdict = factors::is_scored(&case).then(|| verdict(&case, first, &self.policy.digest));
        if verdict.is_none() {
            tally.next_change = sooner(tally.next_change, case.next_change());
        }
        if verdict.is_none() && judged.findings.is_empty() {
            return None;
        }
        if let Some(verdict) = &verdict {
            tally.verdict(verdict);
        }
        let findings = judged
            .findings
            .iter()
            .map(|finding| {
                tally.finding(finding);
                self.found(&case, finding)
            })
            .collect();
        Some(JudgedNode {
            key: case.node.key,
            verdict,
            findings,
        })
    }

    fn found(&self, case: &Case<'_>, finding: &Finding) -> Found {
        let id = case.node.id.to_string();
        let names = [case.estate.text(case.node.native_id), id.as_str()];
        let excepted_until = self
            .policy
            .policy
            .exceptions(&finding.rule, &names)
            .map(|exception| exception.until)
            .filter(|until| *until > self.now)
            .max();
        Found {
            key: finding.key(),
            rule: finding.rule.clone(),
            severity: finding.severity,
            first: plan::is_first(finding),
            confidence: finding.confidence,
            summary: model::text::label(&finding.summary),
            assignee: finding.assignee.as_ref().map(|asked| asked.name.clone()),
            excepted_until,
            body: serde_json::json!({
                "identity_fields": finding.identity_fields,
                "evidence": finding.evidence,
                "commands": finding.commands,
                "covers": finding.covers,
                "assignee": finding.assignee,
            })
            .to_string(),
        }
    }
}

/// The verdict on a scored record; what the rules asked of the case before counts for its next change.
fn verdict(case: &Case<'_>, first: bool, policy: &str) -> Verdict {
    let labels = case.labels();
    let brief = case.brief();
    let score = factors::inputs(case, policy).ok().map(|inputs| {
        let rating = score::rate(&inputs);
        ScoreColumns {
            rank: rating.outcome.r + if first { ABOVE_ALL } else { 0.0 },
            r: rating.outcome.r,
            lo: rating.outcome.lo,
            hi: rating.outcome.hi,
            c: rating.c,
            band: rating.outcome.band.name().to_owned(),
            vector: score::vector::write(&inputs),
        }
    });
    let environment = if labels.environment_ambiguous {
        Some("ambiguous".to_owned())
    } else {
        labels.environment.map(|place| place.name().to_owned())
    };
    let dormancy = match dormancy::of(case) {
        Dormancy::InUse(_) => Some("in_use".to_owned()),
        Dormancy::Dormant(_) => Some("dormant".to_owned()),
        Dormancy::Unknown(_) => None,
    };
    Verdict {
        environment,
        privileged: labels.privileged,
        third_party: labels.third_party,
        security_critical: labels.security_critical,
        still_needed: labels.still_needed,
        sensitivity: labels.sensitivity.map(|level| level.name().to_owned()),
        application: brief.application,
        purpose: brief.purpose,
        owner_state: labels.owner.name().to_owned(),
        owner: brief.asked,
        dormancy,
        score,
        next_change: case.next_change(),
        next_review: brief.next_review,
    }
}

/// Totals of a part.
#[derive(Default)]
struct Tally {
    severities: BTreeMap<&'static str, u64>,
    bands: BTreeMap<String, u64>,
    owners: BTreeMap<String, u64>,
    unassignable: u64,
    next_change: Option<TimeUs>,
}

/// The earlier of two moments.
fn sooner(a: Option<TimeUs>, b: Option<TimeUs>) -> Option<TimeUs> {
    a.into_iter().chain(b).min()
}

impl Tally {
    fn verdict(&mut self, verdict: &Verdict) {
        if let Some(score) = &verdict.score {
            *self.bands.entry(score.band.clone()).or_default() += 1;
        }
        *self.owners.entry(verdict.owner_state.clone()).or_default() += 1;
    }

    fn finding(&mut self, finding: &Finding) {
        *self.severities.entry(finding.severity.name()).or_default() += 1;
        self.unassignable += u64::from(finding.assignee.is_none());
    }

    fn add_to(&self, report: &mut Report) {
        for severity in Severity::ALL {
            *report.by_severity.entry(severity.name()).or_default() +=
                self.severities.get(severity.name()).copied().unwrap_or(0);
        }
        for band in score::Band::ALL {
            *report.by_band.entry(band.name()).or_default() +=
                self.bands.get(band.name()).copied().unwrap_or(0);
        }
        for state in model::labels::OwnerState::ALL {
            *report.by_owner_state.entry(state.name()).or_default() +=
                self.owners.get(state.name()).copied().unwrap_or(0);
        }
        report.unassignable += self.unassignable;
        report.next_change = sooner(report.next_change, self.next_change);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assessment_keeps_when_time_alone_may_change_what_has_no_verdict() {
        let at = |days| Some(TimeUs::EPOCH.plus_days(days));
        let mut report = Report::default();
        for next_change in [at(9), None, at(4), at(7)] {
            let tally = Tally {
                next_change,
                ..Tally::default()
            };
            tally.add_to(&mut report);
        }
        let detail = |report: &Report| serde_json::to_string(&Totals::of(report)).unwrap();
        assert_eq!(next_change(&detail(&report)), at(4));
        assert_eq!(next_change(&detail(&Report::default())), None);
    }

    #[test]
    fn an_assessment_of_before_does_not_stand() {
        for detail in ["", "{}", r#"{"unassignable":0}"#] {
            assert_eq!(next_change(detail), Some(TimeUs::EPOCH), "{detail}");
        }
    }
}
