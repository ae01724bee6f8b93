//! Judges the inventory as it stands: what things are for and whose they are, what is wrong with them and
//! how much that matters. An assessment is a run of its own, visible whole or not at all.

use std::collections::BTreeMap;

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
use posture::{Case, Clockwork, Dormancy, Judge, Judged, RuleCount, dormancy, factors, plan};
use serde::Serialize;

use crate::policy::InForce;
use crate::{Error, Installation, Progress, RunReport};

/// How many records are judged before they are written: enough for two threads, little to hold.
const CHUNK: usize = 16_384;

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
    progress.stage("judging", None);
    let judged_run = reader.at().seq;
    let estate = read::estate(&reader, now).await?;
    drop(reader);
    let start = installation.run_start(RunKind::Maintenance, "assess")?;
    let mut writer = Writer::begin(&installation.db, &start).await?;
    let classifier = Classifier::new(&estate);
    let judge = Judge::new(&estate, &policy.policy, &classifier);
    let whole = Whole {
        judge: &judge,
        policy,
        now,
    };
    let mut report = Report::default();
    let mut counters = Judge::counters();
    let indices: Vec<NodeIx> = estate.indices().collect();
    let mut low = 0;
    for chunk in indices.chunks(CHUNK) {
        let (judged, counted) =
            tokio::task::block_in_place(|| whole.in_two(&estate, chunk, &mut report));
        for (sum, one) in counters.iter_mut().zip(counted) {
            sum.plus(one);
        }
        let high = chunk
            .last()
            .and_then(|ix| estate.node(*ix))
            .map_or(low, |node| node.key);
        writer.range(low, high, judged).await?;
        low = high.saturating_add(1);
        progress.advance(chunk.len() as u64);
    }
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
        && due.is_none_or(|due| due > now))
}

/// How many findings of this severity or worse are open or acknowledged: what a gate asks.
///
/// # Errors
/// The database cannot be read.
pub async fn open_at_or_above(installation: &Installation, least: Severity) -> Result<i64, Error> {
    let reader = Reader::open(&installation.db, When::Latest).await?;
    let counts = inventory::judgement::open_counts(&reader, installation.clock.now()).await?;
    Ok(counts
        .iter()
        .filter(|count| Severity::parse(&count.severity).is_some_and(|level| level >= least))
        .filter(|count| matches!(count.state.as_str(), "open" | "acknowledged"))
        .map(|count| count.total)
        .sum())
}

/// The totals that are kept with an assessment, for trends.
#[derive(Serialize)]
struct Totals<'a> {
    by_severity: &'a BTreeMap<&'static str, u64>,
    by_band: &'a BTreeMap<&'static str, u64>,
    by_owner_state: &'a BTreeMap<&'static str, u64>,
    unassignable: u64,
}

impl<'a> Totals<'a> {
    fn of(report: &'a Report) -> Self {
        Self {
            by_severity: &report.by_severity,
            by_band: &report.by_band,
            by_owner_state: &report.by_owner_state,
            unassignable: report.unassignable,
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
    judge: &'a Judge<'a>,
    policy: &'a InForce,
    now: TimeUs,
}

impl Whole<'_> {
    /// Judges a chunk on two threads; the result does not depend on which judged what.
    fn in_two(
        &self,
        estate: &Estate,
        chunk: &[NodeIx],
        report: &mut Report,
    ) -> (Vec<JudgedNode>, Vec<RuleCount>) {
        let (left, right) = chunk.split_at(chunk.len() / 2);
        let (mut judged, mut counted, mut tally) =
            (Vec::new(), Judge::counters(), Tally::default());
        std::thread::scope(|scope| {
            let other = scope.spawn(|| self.some(estate, right));
            (judged, counted, tally) = self.some(estate, left);
            // A panic of the other half is this one's: it is not swallowed.
            let (more, counts, more_tally) = match other.join() {
                Ok(done) => done,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            judged.extend(more);
            for (sum, one) in counted.iter_mut().zip(counts) {
                sum.plus(one);
            }
            tally.plus(&more_tally);
        });
        tally.add_to(report);
        (judged, counted)
    }

    fn some(&self, estate: &Estate, part: &[NodeIx]) -> (Vec<JudgedNode>, Vec<RuleCount>, Tally) {
        let mut counters = Judge::counters();
        let mut tally = Tally::default();
        let judged = part
            .iter()
            .filter_map(|ix| self.one(estate, *ix, &mut counters, &mut tally))
            .collect();
        (judged, counters, tally)
    }

    fn one(
        &self,
        estate: &Estate,
        ix: NodeIx,
        counters: &mut [RuleCount],
        tally: &mut Tally,
    ) -> Option<JudgedNode> {
        let judged = self.judge.judge(ix, counters);
        let clockwork = Clockwork::default();
        let case = self.judge.case(&clockwork, ix)?;
        let verdict = factors::is_scored(&case)
            .then(|| verdict(&case, &judged, &clockwork, &self.policy.digest));
        if verdict.is_none() && judged.findings.is_empty() {
            return None;
        }
        if let Some(verdict) = &verdict {
            tally.verdict(verdict);
        }
        let key = estate.node(ix)?.key;
        let findings = judged
            .findings
            .iter()
            .map(|finding| {
                tally.finding(finding);
                self.found(&case, finding)
            })
            .collect();
        Some(JudgedNode {
            key,
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

/// The verdict on a scored record.
fn verdict(case: &Case<'_>, judged: &Judged, clockwork: &Clockwork, policy: &str) -> Verdict {
    let whole = case.classification();
    let score = factors::score_of(case, policy).and_then(Result::ok);
    let environment = if whole.environment.is_ambiguous() {
        Some("ambiguous".to_owned())
    } else {
        whole
            .environment
            .value()
            .map(|place| place.name().to_owned())
    };
    let next_change = match (judged.next_change, clockwork.next()) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    Verdict {
        environment,
        privileged: whole.privileged.value().copied(),
        third_party: whole.third_party.value().copied(),
        security_critical: whole.security_critical.value().copied(),
        still_needed: whole.still_needed.value().copied(),
        sensitivity: whole
            .sensitivity
            .value()
            .map(|level| level.name().to_owned()),
        application: whole.application.value().cloned(),
        purpose: whole.purpose.value().cloned(),
        owner_state: whole.owner_state.name().to_owned(),
        owner: posture::judge::assignee(&whole.owners).map(|owner| owner.name),
        dormancy: match dormancy::of(case) {
            Dormancy::InUse(_) => Some("in_use".to_owned()),
            Dormancy::Dormant(_) => Some("dormant".to_owned()),
            Dormancy::Unknown(_) => None,
        },
        score: score.map(|score| ScoreColumns {
            rank: if judged.findings.iter().any(plan::is_first) {
                score.r + ABOVE_ALL
            } else {
                score.r
            },
            r: score.r,
            lo: score.lo,
            hi: score.hi,
            c: score.c,
            band: score.band.name().to_owned(),
            vector: score.vector,
        }),
        next_change,
        next_review: whole.next_review,
    }
}

/// Totals of a part.
#[derive(Default)]
struct Tally {
    severities: BTreeMap<&'static str, u64>,
    bands: BTreeMap<String, u64>,
    owners: BTreeMap<String, u64>,
    unassignable: u64,
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

    fn plus(&mut self, other: &Self) {
        for (severity, count) in &other.severities {
            *self.severities.entry(severity).or_default() += count;
        }
        for (band, count) in &other.bands {
            *self.bands.entry(band.clone()).or_default() += count;
        }
        for (state, count) in &other.owners {
            *self.owners.entry(state.clone()).or_default() += count;
        }
        self.unassignable += other.unassignable;
    }

    fn add_to(&self, report: &mut Report) {
        for severity in Severity::ALL {
            *report.by_severity.entry(severity.name()).or_default() +=
                self.severities.get(severity.name()).copied().unwrap_or(0);
        }
        for band in posture::score::Band::ALL {
            *report.by_band.entry(band.name()).or_default() +=
                self.bands.get(band.name()).copied().unwrap_or(0);
        }
        for state in model::labels::OwnerState::ALL {
            *report.by_owner_state.entry(state.name()).or_default() +=
                self.owners.get(state.name()).copied().unwrap_or(0);
        }
        report.unassignable += self.unassignable;
    }
}
