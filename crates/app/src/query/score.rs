//! `score show`, `score verify`, `score trend`: a risk with everything it comes from, computed again by
//! anybody, and how it came to be what it is.

use inventory::classify::Classifier;
use inventory::judgement::{self, History};
use model::TimeUs;
use posture::score::{self as nrs, Export, Fix, Interval, Strength};
use posture::{Clockwork, Judge, factors};
use serde::Serialize;
use serde_json::Value;

use super::find::{Found, find};
use super::judged::{Around, moment};
use super::views::{AtView, Named, VERSION};
use crate::policy::InForce;
use crate::{Error, Installation};

/// A score with its explanation. The fields `v`, `nrs`, `inputs` and `score` are the document that
/// `score verify` computes again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The document.
    #[serde(flatten)]
    pub export: Export,
    /// The record.
    pub subject: Named,
    /// The moment it speaks of.
    pub as_of: AtView,
    /// By which clock it was judged.
    pub judged_at: TimeUs,
    /// What each factor that is there contributes, in words.
    pub factors: Vec<FactorView>,
    /// What is not known, and what would make it known.
    pub unknown: Vec<UnknownView>,
    /// What each fix leaves of the risk, the best first.
    pub fixes: Vec<FixView>,
    /// True when the last assessment found the same; false when something changed since.
    pub as_assessed: bool,
}

/// One factor that is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactorView {
    /// Its id: `OW1`.
    pub factor: &'static str,
    /// Its name.
    pub title: &'static str,
    /// How strongly it is there, 0 to 1.
    pub x: f64,
    /// Its share of the likelihood, in hundredths of a percent; all together are 10000.
    pub hundredths: u32,
}

/// One thing that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnknownView {
    /// The factor's id, or `reach`.
    pub factor: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Why nobody can tell.
    pub reason: String,
}

/// One fix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixView {
    /// What is done.
    pub what: String,
    /// The risk afterwards, with its interval.
    pub after: Interval,
}

/// Shows the score of the record a text names.
///
/// # Errors
/// The record has no score of its own, or the database cannot be read.
pub async fn show(
    installation: &Installation,
    policy: &InForce,
    text: &str,
    as_of: Option<TimeUs>,
) -> Result<Found<Shown>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let node = match find(&reader, text, &[]).await? {
        Found::One(node) => node,
        Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
    };
    let now = moment(&reader, as_of.unwrap_or_else(|| installation.clock.now())).await?;
    let none = || {
        Error::no_single_match(format!("`{}` has no score of its own", model::text::label(&node.name))).hint(
            "scored are live identities that are no people, and secrets that prove no known identity; another credential counts in the score of the identity it proves (`countersign who` names it)",
        )
    };
    let around = Around::load(&reader, node.key, now)
        .await?
        .ok_or_else(none)?;
    let classifier = Classifier::new(&around.estate);
    let judge = Judge::new(&around.estate, &policy.policy, &classifier);
    let clockwork = Clockwork::default();
    let case = judge
        .case(&clockwork, around.ix)
        .filter(factors::is_scored)
        .ok_or_else(none)?;
    let inputs = factors::inputs(&case, &policy.digest)
        .map_err(|error| Error::failed(format!("it cannot be scored: {error}")))?;
    let export = nrs::export(&inputs);
    let assessed = judgement::verdict(&reader, node.key).await?;
    let as_assessed = assessed
        .and_then(|row| row.verdict.score)
        .is_some_and(|score| score.vector == export.score.vector);
    Ok(Found::One(Box::new(Shown {
        subject: (&*node).into(),
        as_of: reader.at().into(),
        judged_at: now,
        factors: present(&export),
        unknown: unknown(&export),
        fixes: fixes(&export),
        as_assessed,
        export,
    })))
}

fn present(export: &Export) -> Vec<FactorView> {
    let mut shares = export.score.shares.clone();
    shares.sort_by(|a, b| {
        b.hundredths
            .cmp(&a.hundredths)
            .then(a.factor.cmp(&b.factor))
    });
    shares
        .iter()
        .map(|share| FactorView {
            factor: share.factor.id(),
            title: share.factor.spec().title,
            x: share.x,
            hundredths: share.hundredths,
        })
        .collect()
}

fn unknown(export: &Export) -> Vec<UnknownView> {
    let mut unknown: Vec<UnknownView> = nrs::FACTORS
        .iter()
        .filter_map(|spec| match export.inputs.strength(spec.factor) {
            Strength::Unknown { reason } => Some(UnknownView {
                factor: spec.id,
                title: spec.title,
                reason: reason.clone(),
            }),
            Strength::Observed { .. } | Strength::NotApplicable => None,
        })
        .collect();
    if let nrs::Impact::Unknown { reason } = export.inputs.impact() {
        unknown.push(UnknownView {
            factor: "reach",
            title: "what it can do, and where",
            reason: reason.clone(),
        });
    }
    unknown
}

fn fixes(export: &Export) -> Vec<FixView> {
    let score = &export.score;
    score
        .fixes()
        .iter()
        .map(|fix| {
            let after = fix.after();
            FixView {
                what: match fix {
                    Fix::Removal(removal) => {
                        format!(
                            "without {} ({})",
                            removal.factor.spec().title,
                            removal.factor.id()
                        )
                    }
                    Fix::Change(change) => change.name.clone(),
                },
                after: Interval {
                    lo: after.lo,
                    r: after.r,
                    hi: after.hi,
                },
            }
        })
        .collect()
}

/// What computing an exported score again says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verification {
    /// The contract's version.
    pub v: u8,
    /// True when every number is the same, to the last bit.
    pub same: bool,
    /// The risk the inputs give.
    pub r: f64,
    /// The vector of the inputs.
    pub vector: String,
    /// Where written and computed differ.
    pub differences: Vec<nrs::Difference>,
    /// True when there are more differences than are listed.
    pub more: bool,
}

/// The longest document that is read; one score with 64 what-ifs is far smaller.
pub const MAX_DOCUMENT_BYTES: u64 = 16 << 20;

/// Computes an exported score again.
///
/// # Errors
/// It is no such document.
pub fn verify(text: &str) -> Result<Verification, Error> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Error::failed(format!("this is no JSON document: {error}")))?;
    let (same, score, differences, more) = match nrs::verify(&document) {
        nrs::Verdict::Same { score } => (true, score, Vec::new(), false),
        nrs::Verdict::Different {
            score,
            differences,
            more,
        } => (false, score, differences, more),
        nrs::Verdict::Unreadable { reason } => {
            return Err(Error::failed(reason)
                .hint("`countersign score show THING -f json` writes what can be verified"));
        }
    };
    Ok(Verification {
        v: VERSION,
        same,
        r: score.r,
        vector: score.vector,
        differences,
        more,
    })
}

/// One score of a record's past.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The contract's version.
    pub v: u8,
    /// The assessment.
    pub run: String,
    /// By which clock it was judged.
    pub judged_at: Option<TimeUs>,
    /// The risk.
    pub r: f64,
    /// The least it could be.
    pub lo: f64,
    /// The most it could be.
    pub hi: f64,
    /// How much of the evidence was there.
    pub c: f64,
    /// The risk band.
    pub band: String,
    /// What made it change, in words; the first one has none.
    pub cause: Vec<String>,
}

/// The scores of one record, oldest first, each with what made it change.
///
/// # Errors
/// The database cannot be read.
pub async fn of_record(
    installation: &Installation,
    text: &str,
    as_of: Option<TimeUs>,
) -> Result<Found<Vec<Point>>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let node = match find(&reader, text, &[]).await? {
        Found::One(node) => node,
        Found::Candidates(candidates) => return Ok(Found::Candidates(candidates)),
    };
    let history = judgement::history(&reader, node.key).await?;
    Ok(Found::One(Box::new(points(&history))))
}

fn points(history: &[History]) -> Vec<Point> {
    let mut points = Vec::new();
    let mut before: Option<&str> = None;
    for one in history {
        let Some(score) = &one.verdict.verdict.score else {
            continue;
        };
        // A verdict may change without the score.
        if before == Some(score.vector.as_str()) {
            continue;
        }
        points.push(Point {
            v: VERSION,
            run: one.run.clone(),
            judged_at: one.judged,
            r: score.r,
            lo: score.lo,
            hi: score.hi,
            c: score.c,
            band: score.band.clone(),
            cause: before.map_or_else(Vec::new, |before| causes(before, &score.vector)),
        });
        before = Some(&score.vector);
    }
    points
}

/// What differs between two vectors, in words.
fn causes(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (parts(before), parts(after));
    let mut causes = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in before.iter().chain(&after) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    for name in names {
        let of = |parts: &[(&str, &str)]| {
            let values: Vec<&str> = parts
                .iter()
                .filter(|(other, _)| *other == name)
                .map(|(_, value)| *value)
                .collect();
            match values.as_slice() {
                [] if holds(name) => "no".to_owned(),
                [] => "not applicable".to_owned(),
                ["1"] if holds(name) => "yes".to_owned(),
                values if values.contains(&"?") => "unknown".to_owned(),
                values => values.join(" and "),
            }
        };
        let (was, is) = (of(&before), of(&after));
        if was != is {
            causes.push(format!("{}: {was} → {is}", words(name)));
        }
    }
    causes
}

fn parts(vector: &str) -> Vec<(&str, &str)> {
    vector
        .split('/')
        .filter_map(|part| part.split_once(':'))
        .collect()
}

/// True for what holds or does not: anything but a factor or a measure.
fn holds(name: &str) -> bool {
    nrs::Factor::from_id(name).is_none()
        && !matches!(name, "NRS" | "A" | "S" | "E" | "N" | "CONTROL")
}

/// What a part of a vector stands for.
fn words(name: &str) -> String {
    if let Some(factor) = nrs::Factor::from_id(name) {
        return format!("{} ({name})", factor.spec().title);
    }
    let measure = match name {
        "NRS" => Some("version of the formula"),
        "A" => Some("what it can do"),
        "S" => Some("sensitivity of what it reaches"),
        "E" => Some("environment of what it reaches"),
        "N" => Some("how much it reaches"),
        _ => None,
    };
    match measure {
        Some(words) => format!("{words} ({name})"),
        None => nrs::CONDITIONS
            .iter()
            .find(|(_, known)| *known == name)
            .and_then(|(condition, _)| serde_json::to_value(condition).ok())
            .and_then(|word| Some(word.as_str()?.replace('_', " ")))
            .unwrap_or_else(|| name.to_lowercase()),
    }
}

/// The estate at one assessment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Total {
    /// The contract's version.
    pub v: u8,
    /// The number of the assessment's run.
    pub run: i64,
    /// By which clock it was judged.
    pub judged_at: Option<TimeUs>,
    /// The policy it was judged under: SHA-256 of its text.
    pub policy: String,
    /// How many records were judged.
    pub judged: i64,
    /// Findings by severity.
    pub by_severity: Value,
    /// Scored records by risk band.
    pub by_band: Value,
    /// Scored records by how far they have an owner.
    pub by_owner_state: Value,
    /// Findings nobody could be asked about.
    pub unassignable: Option<u64>,
}

/// The totals of every assessment, oldest first.
///
/// # Errors
/// The database cannot be read.
pub async fn of_estate(
    installation: &Installation,
    as_of: Option<TimeUs>,
) -> Result<Vec<Total>, Error> {
    let reader = super::reader(installation, as_of).await?;
    let all = judgement::assessments(&reader).await?;
    Ok(all
        .into_iter()
        .map(|row| {
            let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
            let part = |name: &str| detail.get(name).cloned().unwrap_or_default();
            Total {
                v: VERSION,
                run: row.run,
                judged_at: row.judged,
                policy: row.policy,
                judged: row.nodes,
                by_severity: part("by_severity"),
                by_band: part("by_band"),
                by_owner_state: part("by_owner_state"),
                unassignable: part("unassignable").as_u64(),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_a_change_is_said_in_words() {
        let before = "NRS:1.0/AG1:0.2/OW1:1/US1:?/NOOWNER:1/STATIC:1";
        let after = "NRS:1.0/AG1:0.4/OW1:0/US1:?/STATIC:1";
        assert_eq!(
            causes(before, after),
            [
                "static beyond policy age (AG1): 0.2 → 0.4",
                "no owner or owner left (OW1): 1 → 0",
                "no owner: yes → no",
            ]
        );
        assert!(causes(before, before).is_empty());
    }

    #[test]
    fn an_exported_score_is_verified_bit_for_bit() {
        let inputs = nrs::vector::parse("NRS:1.0/AG1:0.25/OW1:1/A:1/S:0.9/E:1/N:3").unwrap();
        let export = nrs::export(&inputs);
        let text = serde_json::to_string(&export).unwrap();
        assert!(verify(&text).unwrap().same);
        let changed = text.replacen(&format!("\"r\":{}", export.score.r), "\"r\":12.5", 1);
        let verified = verify(&changed).unwrap();
        assert!(!verified.same);
        assert_eq!(verified.differences[0].at, "score.r");
        assert!(verify("{}").is_err() && verify("no").is_err());
    }
}
