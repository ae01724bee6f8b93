//! Writes an assessment: only what changed since the last one becomes a row.

use std::collections::BTreeMap;

use model::TimeUs;
use store::{Db, Row, Tx, Value};

use super::{Found, JudgedNode, Verdict};
use crate::InventoryError;
use crate::run::{self, RunStart, in_list, next_key};

/// How many keys one question names.
const ASK: usize = 300;

const VERDICT: &[&str] = &[
    "node_key",
    "from_run",
    "to_run",
    "environment",
    "privileged",
    "third_party",
    "security_critical",
    "still_needed",
    "sensitivity",
    "application",
    "purpose",
    "owner_state",
    "owner",
    "dormancy",
    "score_r",
    "score_lo",
    "score_hi",
    "score_c",
    "score_rank",
    "band",
    "vector",
    "next_change_us",
    "next_review_us",
];

const FINDING: &[&str] = &[
    "finding_key",
    "key",
    "rule",
    "node_key",
    "from_run",
    "to_run",
    "severity",
    "severity_rank",
    "confidence",
    "risk",
    "summary",
    "assignee",
    "excepted_until_us",
    "body",
];

/// What an assessment changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Assessed {
    /// The number of its run.
    pub seq: i64,
    /// Records judged.
    pub judged: u64,
    /// Verdicts that are new or differ.
    pub verdicts_changed: u64,
    /// Findings seen for the first time, or again after they were gone.
    pub opened: u64,
    /// Findings seen before and still there.
    pub standing: u64,
    /// Findings no longer seen.
    pub fixed: u64,
}

/// One assessment in the making: one transaction, visible whole or not at all.
pub struct Writer {
    tx: Tx,
    run_key: i64,
    seq: i64,
    next_finding: i64,
    /// True when nothing was ever judged: there is nothing to compare with.
    first: bool,
    verdicts: Vec<Vec<Value>>,
    findings: Vec<Vec<Value>>,
    done: Assessed,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer(run {})", self.seq)
    }
}

impl Writer {
    /// Begins the run.
    ///
    /// # Errors
    /// The database refuses or fails.
    pub async fn begin(db: &Db, start: &RunStart) -> Result<Self, InventoryError> {
        let mut tx = db.write().await?;
        let run_key = run::insert(&mut tx, start).await?;
        let seq = run::next_seq(&mut tx).await?;
        let next_finding = next_key(&mut tx, "finding", "finding_key").await?;
        let first = tx
            .query("SELECT 1 FROM verdict LIMIT 1", Vec::new())
            .await?
            .is_empty()
            && next_finding == 1;
        Ok(Self {
            tx,
            run_key,
            seq,
            next_finding,
            first,
            verdicts: Vec::new(),
            findings: Vec::new(),
            done: Assessed {
                seq,
                ..Assessed::default()
            },
        })
    }

    /// Takes what was judged about every record whose key lies from `low` to `high`; what is kept about
    /// other records of that range has come to its end.
    ///
    /// # Errors
    /// The database refuses or fails.
    pub async fn range(
        &mut self,
        low: i64,
        high: i64,
        judged: Vec<JudgedNode>,
    ) -> Result<(), InventoryError> {
        let (mut verdicts, mut findings) = (BTreeMap::new(), BTreeMap::new());
        if !self.first {
            let within = "node_key BETWEEN $1 AND $2 AND to_run IS NULL";
            let values = vec![low.into(), high.into()];
            self.known(within, values, &mut verdicts, &mut findings)
                .await?;
        }
        self.compare(judged, verdicts, findings).await
    }

    /// Takes what was judged about these records; what is kept about those of `keys` that were not
    /// judged has come to its end.
    ///
    /// # Errors
    /// The database refuses or fails.
    pub async fn keys(
        &mut self,
        keys: &[i64],
        judged: Vec<JudgedNode>,
    ) -> Result<(), InventoryError> {
        let (mut verdicts, mut findings) = (BTreeMap::new(), BTreeMap::new());
        for chunk in keys.chunks(ASK) {
            let (list, values) = in_list(chunk, 1);
            let within = format!("node_key IN {list} AND to_run IS NULL");
            self.known(&within, values, &mut verdicts, &mut findings)
                .await?;
        }
        self.compare(judged, verdicts, findings).await
    }

    async fn known(
        &mut self,
        within: &str,
        values: Vec<Value>,
        verdicts: &mut BTreeMap<i64, Vec<Value>>,
        findings: &mut BTreeMap<(i64, String), Known>,
    ) -> Result<(), InventoryError> {
        let sql = format!("SELECT {} FROM verdict WHERE {within}", VERDICT.join(", "));
        for row in self.tx.query(&sql, values.clone()).await? {
            verdicts.insert(row.get_i64(0)?, verdict_values(&row)?);
        }
        let sql = format!(
            "SELECT node_key, key, finding_key, severity, summary, assignee, excepted_until_us, body, confidence, risk \
             FROM finding WHERE {within}"
        );
        for row in self.tx.query(&sql, values).await? {
            findings.insert((row.get_i64(0)?, row.text(1)?.to_owned()), Known::of(&row)?);
        }
        Ok(())
    }

    async fn compare(
        &mut self,
        judged: Vec<JudgedNode>,
        mut verdicts: BTreeMap<i64, Vec<Value>>,
        mut findings: BTreeMap<(i64, String), Known>,
    ) -> Result<(), InventoryError> {
        for node in judged {
            self.done.judged += 1;
            let risk = node
                .verdict
                .as_ref()
                .and_then(|verdict| verdict.score.as_ref())
                .map_or(0.0, |score| score.r);
            if let Some(verdict) = &node.verdict {
                let new = verdict_row(node.key, self.seq, verdict);
                match verdicts.remove(&node.key) {
                    Some(old) if same(&old, &new) => {}
                    old => {
                        self.done.verdicts_changed += 1;
                        if old.is_some() {
                            self.end_verdict(node.key).await?;
                        }
                        self.verdicts.push(new);
                    }
                }
            }
            for found in node.findings {
                let known = findings.remove(&(node.key, found.key.clone()));
                self.finding(node.key, risk, found, known).await?;
            }
            self.flush(false).await?;
        }
        for key in verdicts.into_keys() {
            self.end_verdict(key).await?;
        }
        for known in findings.into_values() {
            self.done.fixed += 1;
            self.end_finding(known.finding_key).await?;
        }
        Ok(())
    }

    async fn finding(
        &mut self,
        node_key: i64,
        risk: f64,
        found: Found,
        known: Option<Known>,
    ) -> Result<(), InventoryError> {
        match known {
            Some(known) if known.severity == found.severity.name() => {
                self.done.standing += 1;
                if !known.says(&found, risk) {
                    self.tx
                        .exec(
                            "UPDATE finding SET summary = $2, assignee = $3, excepted_until_us = $4, body = $5, \
                             confidence = $6, risk = $7 WHERE finding_key = $1",
                            vec![
                                known.finding_key.into(),
                                found.summary.into(),
                                found.assignee.into(),
                                found.excepted_until.into(),
                                found.body.into(),
                                i64::from(found.confidence).into(),
                                Value::Real(Some(risk)),
                            ],
                        )
                        .await?;
                }
                return Ok(());
            }
            Some(known) => {
                self.done.standing += 1;
                self.end_finding(known.finding_key).await?;
            }
            None => self.done.opened += 1,
        }
        self.findings.push(vec![
            self.next_finding.into(),
            found.key.into(),
            found.rule.into(),
            node_key.into(),
            self.seq.into(),
            Value::Int(None),
            found.severity.name().into(),
            // Between two severities there is room for what stands before all others of its own.
            (2 * (found.severity as i64) + i64::from(found.first)).into(),
            i64::from(found.confidence).into(),
            Value::Real(Some(risk)),
            found.summary.into(),
            found.assignee.into(),
            found.excepted_until.into(),
            found.body.into(),
        ]);
        self.next_finding += 1;
        Ok(())
    }

    async fn end_verdict(&mut self, node_key: i64) -> Result<(), InventoryError> {
        self.tx
            .exec(
                "UPDATE verdict SET to_run = $2 WHERE node_key = $1 AND to_run IS NULL",
                vec![node_key.into(), self.seq.into()],
            )
            .await?;
        Ok(())
    }

    async fn end_finding(&mut self, finding_key: i64) -> Result<(), InventoryError> {
        self.tx
            .exec(
                "UPDATE finding SET to_run = $2 WHERE finding_key = $1",
                vec![finding_key.into(), self.seq.into()],
            )
            .await?;
        Ok(())
    }

    async fn flush(&mut self, all: bool) -> Result<(), InventoryError> {
        const BATCH: usize = 4_096;
        if self.verdicts.len() >= BATCH || (all && !self.verdicts.is_empty()) {
            let rows = std::mem::take(&mut self.verdicts);
            self.tx.insert_many("verdict", VERDICT, rows).await?;
        }
        if self.findings.len() >= BATCH || (all && !self.findings.is_empty()) {
            let rows = std::mem::take(&mut self.findings);
            self.tx.insert_many("finding", FINDING, rows).await?;
        }
        Ok(())
    }

    /// Writes what each rule looked at and commits. Readers see the assessment from here on.
    ///
    /// # Errors
    /// The database refuses or fails; then nothing of the assessment is kept.
    pub async fn finish(
        mut self,
        row: super::AssessmentRow,
        counts: &[(String, u64, u64, u64)],
        now: TimeUs,
    ) -> Result<Assessed, InventoryError> {
        self.flush(true).await?;
        let int = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let rows = counts
            .iter()
            .map(|(rule, population, fired, unknown)| {
                vec![
                    self.seq.into(),
                    rule.as_str().into(),
                    int(*population).into(),
                    int(*fired).into(),
                    int(*unknown).into(),
                ]
            })
            .collect();
        self.tx
            .insert_many(
                "rule_count",
                &["run", "rule", "population", "fired", "unknown"],
                rows,
            )
            .await?;
        self.tx
            .exec(
                "INSERT INTO assessment (run, judged_run, judged_us, policy, whole_us, nodes, detail) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                vec![
                    self.seq.into(),
                    row.judged_run.into(),
                    row.judged.unwrap_or(now).into(),
                    row.policy.into(),
                    row.whole.then_some(now).into(),
                    int(self.done.judged).into(),
                    row.detail.into(),
                ],
            )
            .await?;
        let work = crate::apply::Work::start(&mut self.tx, self.seq, now).await?;
        crate::apply::finish(self.tx, self.run_key, &work).await?;
        Ok(self.done)
    }
}

/// A finding that is kept already.
struct Known {
    finding_key: i64,
    severity: String,
    summary: String,
    assignee: Option<String>,
    excepted_us: Option<i64>,
    body: String,
    confidence: i64,
    risk: f64,
}

impl Known {
    fn of(row: &Row) -> Result<Self, InventoryError> {
        Ok(Self {
            finding_key: row.get_i64(2)?,
            severity: row.text(3)?.to_owned(),
            summary: row.text(4)?.to_owned(),
            assignee: row.opt_text(5)?.map(str::to_owned),
            excepted_us: row.opt_i64(6)?,
            body: row.text(7)?.to_owned(),
            confidence: row.get_i64(8)?,
            risk: row.f64(9)?,
        })
    }

    fn says(&self, found: &Found, risk: f64) -> bool {
        self.summary == found.summary
            && self.assignee == found.assignee
            && self.excepted_us == found.excepted_until.map(TimeUs::as_micros)
            && self.body == found.body
            && self.confidence == i64::from(found.confidence)
            && self.risk.to_bits() == risk.to_bits()
    }
}

fn verdict_row(key: i64, seq: i64, verdict: &Verdict) -> Vec<Value> {
    let flag = |flag: Option<bool>| Value::Int(flag.map(i64::from));
    let score = verdict.score.as_ref();
    let real = |pick: fn(&super::ScoreColumns) -> f64| Value::Real(score.map(pick));
    vec![
        key.into(),
        seq.into(),
        Value::Int(None),
        verdict.environment.clone().into(),
        flag(verdict.privileged),
        flag(verdict.third_party),
        flag(verdict.security_critical),
        flag(verdict.still_needed),
        verdict.sensitivity.clone().into(),
        verdict.application.clone().into(),
        verdict.purpose.clone().into(),
        verdict.owner_state.as_str().into(),
        verdict.owner.clone().into(),
        verdict.dormancy.clone().into(),
        real(|score| score.r),
        real(|score| score.lo),
        real(|score| score.hi),
        real(|score| score.c),
        real(|score| score.rank),
        score.map(|score| score.band.clone()).into(),
        score.map(|score| score.vector.clone()).into(),
        verdict.next_change.into(),
        verdict.next_review.into(),
    ]
}

/// The row as it was written, for comparing.
fn verdict_values(row: &Row) -> Result<Vec<Value>, InventoryError> {
    let mut values = Vec::with_capacity(VERDICT.len());
    for (index, name) in VERDICT.iter().enumerate() {
        values.push(match *name {
            "score_r" | "score_lo" | "score_hi" | "score_c" | "score_rank" => {
                Value::Real(row.opt_f64(index)?)
            }
            "environment" | "sensitivity" | "application" | "purpose" | "owner_state" | "owner"
            | "dormancy" | "band" | "vector" => {
                Value::Text(row.opt_text(index)?.map(str::to_owned))
            }
            _ => Value::Int(row.opt_i64(index)?),
        });
    }
    Ok(values)
}

/// Whether two rows say the same, the runs they stand for aside.
fn same(old: &[Value], new: &[Value]) -> bool {
    old.iter().skip(3).eq(new.iter().skip(3))
}
