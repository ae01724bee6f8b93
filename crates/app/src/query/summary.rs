//! `summary`: the inventory in numbers a person can act on.

use std::collections::BTreeMap;

use inventory::read::{self, Count, CoverageRow, ExpiryBucket, Node, RatioRow, VendorRow};
use model::TimeUs;
use serde::Serialize;

use super::views::{AtView, Named, Row, VERSION};
use super::worklist::{Worklist, worklist};
use crate::{Error, Installation};

/// The inventory in numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The contract's version.
    pub v: u8,
    /// The moment it speaks of.
    pub as_of: AtView,
    /// Active records by kind.
    pub kinds: BTreeMap<String, i64>,
    /// Active identities by class; `unknown` where no source says.
    pub classes: BTreeMap<String, i64>,
    /// Active records by kind and subtype, the most frequent first.
    pub subtypes: Vec<SubtypeCount>,
    /// When active credentials end.
    pub expiry: BTreeMap<String, i64>,
    /// The same by subtype.
    pub expiry_by_subtype: Vec<ExpiryBucket>,
    /// Of these, the ones that lie nowhere but in examples and tests of a machine.
    pub in_tests: InTests,
    /// Credentials that end within 30 days, the soonest first; without those in tests.
    pub ending: Vec<Row>,
    /// Credentials that have expired, the latest first; without those in tests.
    pub expired: Vec<Row>,
    /// Machines per person.
    pub ratio: Ratio,
    /// Sources read.
    pub sources: usize,
    /// Scopes that were named after a file because the file does not say what it speaks about.
    pub provisional_scopes: Vec<String>,
    /// What could not be read when each source was last read.
    pub not_read: Vec<CoverageRow>,
    /// How many such statements there are.
    pub not_read_total: usize,
    /// The same by source and reason, the most frequent first.
    pub not_read_by_reason: Vec<NotRead>,
    /// Outside companies.
    pub vendors: Vec<VendorRow>,
    /// Credentials that lie in several places.
    pub copies: Vec<CopiesView>,
    /// What to do first.
    pub do_first: Worklist,
}

/// Credentials of which a scan found no place but examples and tests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct InTests {
    /// How many.
    pub credentials: i64,
    /// When they end, as in `expiry`.
    pub expiry: BTreeMap<String, i64>,
}

/// What one source could not read for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotRead {
    /// The source.
    pub source: String,
    /// `denied`, `truncated`, `failed`.
    pub state: String,
    /// Why, and what to do about it.
    pub reason: String,
    /// How many places.
    pub total: usize,
    /// The first of them.
    pub places: Vec<String>,
}

/// How many there are of one subtype.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubtypeCount {
    /// The kind.
    pub kind: String,
    /// The provider's sort; empty where no source says.
    pub subtype: String,
    /// How many.
    pub total: i64,
}

/// Machines per person, with the rule by which they are counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ratio {
    /// How is counted.
    pub rule: &'static str,
    /// Identities that count as machines.
    pub machines: i64,
    /// Identities that count as people.
    pub humans: i64,
    /// Identities that count as neither.
    pub external: i64,
    /// Identities of which no source says what they are.
    pub unknown: i64,
    /// Machines per person, to one decimal; null without people.
    pub machines_per_human: Option<f64>,
    /// By environment; an empty one is not declared.
    pub by_environment: Vec<RatioPart>,
    /// Every group counted.
    pub groups: Vec<RatioRow>,
}

/// Machines and people in one environment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RatioPart {
    /// The environment as declared.
    pub environment: String,
    /// Machines.
    pub machines: i64,
    /// People.
    pub humans: i64,
    /// Machines per person; null without people.
    pub machines_per_human: Option<f64>,
}

/// A credential that lies in several places.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CopiesView {
    /// The credential.
    pub credential: Row,
    /// How many places.
    pub total: i64,
    /// The first of them.
    pub places: Vec<Named>,
}

const RULE: &str = "machines are active identities of the class machine, agent or device; people are those of the class \
                    human; external ones and those of unknown class count as neither; a template counts once, however \
                    many instances it stands for; retired and merely named identities do not count";

/// Statements and rows listed in a summary; the lists of their own have all.
const LISTED: usize = 20;
/// Credentials of tests passed over at most when rows are listed.
const MAX_TESTS: usize = 1_000;

/// Sums the inventory up.
///
/// # Errors
/// The database cannot be read.
pub async fn summary(installation: &Installation, as_of: Option<TimeUs>) -> Result<Summary, Error> {
    let reader = super::reader(installation, as_of).await?;
    // What was known then is judged by the clock of then.
    let now = as_of.unwrap_or_else(|| installation.clock.now());
    let counts = read::counts(&reader).await?;
    let expiries = read::expiries(&reader, now).await?;
    let sources = read::sources(&reader).await?;
    let mut not_read = read::shortfalls(&reader).await?;
    let not_read_total = not_read.len();
    let not_read_by_reason = by_reason(&not_read);
    not_read.truncate(LISTED);
    let tests = read::in_tests(&reader).await?;
    // So many more are read that leaving those of tests out leaves enough.
    let limit = LISTED + tests.len().min(MAX_TESTS);
    let soon = read::ending(&reader, (Some(now), now.plus_days(30)), limit).await?;
    let gone = read::ending(&reader, (None, now), limit).await?;
    let mut lying = read::copies(&reader, limit).await?;
    lying.retain(|copies| !tests.contains_key(&copies.node.key));
    lying.truncate(LISTED);
    Ok(Summary {
        v: VERSION,
        as_of: reader.at().into(),
        kinds: by(&counts, |count| Some(count.kind.clone())),
        classes: by(&counts, |count| {
            (count.kind == "identity").then(|| or_unknown(&count.class))
        }),
        subtypes: subtypes(&counts),
        in_tests: in_tests(&tests, now),
        ending: listed(soon, &tests),
        expired: listed(gone, &tests),
        not_read_by_reason,
        expiry: expiry(&expiries),
        expiry_by_subtype: expiries,
        ratio: ratio(read::ratio(&reader).await?),
        provisional_scopes: sources
            .iter()
            .filter(|source| source.provisional && source.removed_at.is_none())
            .map(|source| read::source_label(&source.connector, &source.scope))
            .collect(),
        sources: sources
            .iter()
            .filter(|source| source.removed_at.is_none())
            .count(),
        not_read,
        not_read_total,
        do_first: worklist(&reader, now).await?,
        vendors: read::vendors(&reader).await?,
        copies: lying.into_iter().map(copies).collect(),
    })
}

fn in_tests(tests: &BTreeMap<i64, Node>, now: TimeUs) -> InTests {
    let mut view = InTests::default();
    for node in tests.values() {
        view.credentials += 1;
        *view.expiry.entry(read::bucket(node, now)).or_insert(0) += 1;
    }
    view
}

fn listed(nodes: Vec<Node>, tests: &BTreeMap<i64, Node>) -> Vec<Row> {
    nodes
        .into_iter()
        .filter(|node| !tests.contains_key(&node.key))
        .take(LISTED)
        .map(|node| Row::new(node, None))
        .collect()
}

/// One line a reason: a person acts on reasons, not on places.
fn by_reason(rows: &[CoverageRow]) -> Vec<NotRead> {
    /// Places named for one reason.
    const NAMED: usize = 3;
    let mut groups: BTreeMap<(String, &str, &str), NotRead> = BTreeMap::new();
    for row in rows {
        let source = read::source_label(&row.connector, &row.scope);
        let key = (source.clone(), row.state.as_str(), row.reason.as_str());
        let group = groups.entry(key).or_insert_with(|| NotRead {
            source,
            state: row.state.clone(),
            reason: row.reason.clone(),
            total: 0,
            places: Vec::new(),
        });
        group.total += 1;
        if group.places.len() < NAMED && !row.place.is_empty() {
            group.places.push(row.place.clone());
        }
    }
    let mut all: Vec<NotRead> = groups.into_values().collect();
    all.sort_by_key(|group| std::cmp::Reverse(group.total));
    all
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown" } else { text }.to_owned()
}

fn by(counts: &[Count], group: impl Fn(&Count) -> Option<String>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for count in counts.iter().filter(|count| count.state == "active") {
        if let Some(group) = group(count) {
            *sums.entry(group).or_insert(0) += count.total;
        }
    }
    sums
}

fn subtypes(counts: &[Count]) -> Vec<SubtypeCount> {
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    for count in counts.iter().filter(|count| count.state == "active") {
        let group = (count.kind.clone(), count.subtype.clone());
        *sums.entry(group).or_insert(0) += count.total;
    }
    let mut all: Vec<SubtypeCount> = sums
        .into_iter()
        .map(|((kind, subtype), total)| SubtypeCount {
            kind,
            subtype,
            total,
        })
        .collect();
    all.sort_by(|a, b| {
        b.total
            .cmp(&a.total)
            .then_with(|| (&a.kind, &a.subtype).cmp(&(&b.kind, &b.subtype)))
    });
    all
}

fn expiry(buckets: &[ExpiryBucket]) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for bucket in buckets {
        *sums.entry(bucket.when.clone()).or_insert(0) += bucket.total;
    }
    sums
}

fn ratio(groups: Vec<RatioRow>) -> Ratio {
    let mut environments: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let (mut external, mut unknown) = (0, 0);
    for row in &groups {
        let entry = environments.entry(row.environment.clone()).or_default();
        match row.class.as_str() {
            "machine" | "agent" | "device" => entry.0 += row.total,
            "human" => entry.1 += row.total,
            "external" => external += row.total,
            _ => unknown += row.total,
        }
    }
    let machines = environments.values().map(|(machines, _)| machines).sum();
    let humans = environments.values().map(|(_, humans)| humans).sum();
    Ratio {
        rule: RULE,
        machines,
        humans,
        external,
        unknown,
        machines_per_human: per_human(machines, humans),
        by_environment: environments
            .into_iter()
            .filter(|(_, (machines, humans))| machines + humans > 0)
            .map(|(environment, (machines, humans))| RatioPart {
                environment,
                machines,
                humans,
                machines_per_human: per_human(machines, humans),
            })
            .collect(),
        groups,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts below 2^53, rounded to one decimal"
)]
fn per_human(machines: i64, humans: i64) -> Option<f64> {
    (humans > 0).then(|| ((machines as f64 / humans as f64) * 10.0).round() / 10.0)
}

fn copies(copies: read::Copies) -> CopiesView {
    CopiesView {
        credential: Row::new(copies.node, None),
        total: copies.total,
        places: copies.places.iter().map(|(_, end)| end.into()).collect(),
    }
}
