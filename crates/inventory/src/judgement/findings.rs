//! Reads findings with what people decided about them, as of a run.

use model::TimeUs;
use model::filter::{FieldSpec, FieldType, Filter, Schema};
use store::Row;
use store::filter_sql::{Binder, FieldColumn, FilterColumns, after_prefix, compile, escape_like};

use crate::InventoryError;
use crate::read::Reader;

/// The largest page.
const MAX_PAGE: usize = 1_000;

/// A finding with its state and the record it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingRow {
    /// Its key: the same next week.
    pub key: String,
    /// The rule.
    pub rule: String,
    /// The subject's row key.
    pub node_key: i64,
    /// The subject's stable id.
    pub subject: String,
    /// The subject's name.
    pub subject_name: String,
    /// What the subject is.
    pub subject_kind: String,
    /// How bad it is.
    pub severity: String,
    /// How sure the rule is.
    pub confidence: i64,
    /// The subject's risk when it was judged.
    pub risk: f64,
    /// What is wrong.
    pub summary: String,
    /// Who is asked; nobody when it is unassignable.
    pub assignee: Option<String>,
    /// `open`, `acknowledged`, `accepted`, `false_positive`, `fixed`.
    pub state: String,
    /// Until when it is accepted.
    pub until: Option<TimeUs>,
    /// Why it was decided so.
    pub reason: Option<String>,
    /// The roles that agreed, as JSON.
    pub people: Option<String>,
    /// Who decided.
    pub actor: Option<String>,
    /// When the assessment that saw it first was made.
    pub since: Option<TimeUs>,
    /// When it was seen gone.
    pub fixed: Option<TimeUs>,
    /// Evidence, commands, what it covers and what identifies it, as JSON.
    pub body: String,
}

/// What a list of findings can be filtered by.
pub const FINDING_SCHEMA: Schema = Schema {
    fields: &[
        field("key", FieldType::Text, "the finding's key"),
        field("rule", FieldType::Text, "the rule's id"),
        field(
            "severity",
            FieldType::Enum(&["info", "low", "medium", "high", "critical"]),
            "how bad it is",
        ),
        field(
            "state",
            FieldType::Enum(&[
                "open",
                "acknowledged",
                "accepted",
                "false_positive",
                "fixed",
            ]),
            "what became of it",
        ),
        field(
            "confidence",
            FieldType::Int,
            "how sure the rule is, 0 to 100",
        ),
        field("assignee", FieldType::Text, "who is asked to resolve it"),
        field("subject", FieldType::Text, "the subject's stable id"),
        field("name", FieldType::Text, "the subject's name"),
        field("kind", FieldType::Text, "what the subject is"),
        field(
            "subtype",
            FieldType::Text,
            "the provider's sort of the subject",
        ),
        field(
            "tenant",
            FieldType::Text,
            "account, project, tenant, cluster or domain of the subject",
        ),
        field(
            "environment",
            FieldType::Text,
            "the subject's environment as judged",
        ),
        field(
            "band",
            FieldType::Enum(&["low", "medium", "high", "critical"]),
            "the subject's risk band",
        ),
    ],
};

const fn field(name: &'static str, kind: FieldType, doc: &'static str) -> FieldSpec {
    FieldSpec { name, kind, doc }
}

/// Which findings are listed.
#[derive(Debug, Clone)]
pub struct FindingFilter<'a> {
    /// Only what matches.
    pub filter: &'a Filter,
    /// Also what is fixed, accepted or a false positive.
    pub all: bool,
    /// The clock, by which accepted findings come back.
    pub now: TimeUs,
    /// The key of the last finding of the page before, as [`findings`] gave it.
    pub cursor: Option<&'a str>,
    /// How many rows at most.
    pub limit: usize,
}

/// The state of `finding f` with decision `d` after the run bound as `seq`, at the time bound as `now`.
pub(super) fn state_sql(now: &str, seq: &str) -> String {
    format!(
        "CASE WHEN f.to_run <= {seq} THEN 'fixed' WHEN d.state = 'false_positive' THEN 'false_positive' \
         WHEN d.state = 'accepted' AND d.until_us > {now} THEN 'accepted' \
         WHEN f.excepted_until_us > {now} THEN 'accepted' \
         WHEN d.state = 'acknowledged' THEN 'acknowledged' ELSE 'open' END"
    )
}

/// From-clause of findings as of the reader's moment. A finding that has ended is shown by its last row.
fn from_sql(reader: &Reader, seq: &str) -> String {
    let ended = "f.to_run <= ".to_owned() + seq;
    let standing = reader.visible("f");
    format!(
        "finding f JOIN node n ON n.node_key = f.node_key \
         JOIN node_version v ON v.node_key = f.node_key AND v.from_run <= {seq} AND (v.to_run IS NULL OR v.to_run > {seq}) \
         LEFT JOIN finding_decision d ON d.key = f.key AND {} \
         LEFT JOIN verdict w ON w.node_key = f.node_key AND {} \
         LEFT JOIN run o ON o.seq = f.from_run LEFT JOIN run e ON e.seq = f.to_run \
         WHERE ({standing} OR ({ended} AND NOT EXISTS (SELECT 1 FROM finding g WHERE g.key = f.key AND g.from_run > f.from_run AND g.from_run <= {seq})))",
        reader.visible("d"),
        reader.visible("w"),
    )
}

const FINDING_COLUMNS: &str = "f.key, f.rule, f.node_key, n.id, v.name, v.kind, f.severity, f.confidence, f.risk, f.summary, f.assignee, \
     COALESCE(d.until_us, f.excepted_until_us), d.reason, d.people, d.actor, o.committed_us, e.committed_us, f.body, f.severity_rank";

fn finding_of(row: &Row) -> Result<FindingRow, InventoryError> {
    let text = |index| row.text(index).map(str::to_owned);
    let opt = |index| row.opt_text(index).map(|text| text.map(str::to_owned));
    let state = text(19)?;
    Ok(FindingRow {
        key: text(0)?,
        rule: text(1)?,
        node_key: row.get_i64(2)?,
        subject: text(3)?,
        subject_name: text(4)?,
        subject_kind: text(5)?,
        severity: text(6)?,
        confidence: row.get_i64(7)?,
        risk: row.f64(8)?,
        summary: text(9)?,
        assignee: opt(10)?,
        until: if state == "accepted" {
            row.opt_time(11)?
        } else {
            None
        },
        reason: opt(12)?,
        people: opt(13)?,
        actor: opt(14)?,
        since: row.opt_time(15)?,
        fixed: if state == "fixed" {
            row.opt_time(16)?
        } else {
            None
        },
        body: text(17)?,
        state,
    })
}

/// One page of findings: the worst first, within one severity by the subject's risk, then by key. Gives
/// the cursor of the next page.
///
/// # Errors
/// The cursor is no cursor, the filter names a field that is not there, or the database cannot be read.
pub async fn findings(
    reader: &Reader,
    asked: &FindingFilter<'_>,
) -> Result<(Vec<FindingRow>, Option<String>), InventoryError> {
    let limit = asked.limit.clamp(1, MAX_PAGE);
    let mut binder = Binder::default();
    let seq = binder.bind(reader.at().seq);
    let now = binder.bind(asked.now);
    let state = state_sql(&now, &seq);
    let mut base = from_sql(reader, &seq);
    if !asked.all {
        base.push_str(&format!(" AND {state} IN ('open', 'acknowledged')"));
    }
    let columns = FilterColumns {
        field: &|name| column(name, &state),
        text: &|word, binder| text(word, binder),
    };
    let filter = compile(asked.filter, &columns, asked.now, &mut binder)?;
    let after = match asked.cursor {
        Some(cursor) => {
            let (rank, risk, key) = parse_cursor(cursor)?;
            let (rank, risk, key) = (binder.bind(rank), binder.bind(risk), binder.bind(key));
            format!(
                " AND (f.severity_rank < {rank} OR (f.severity_rank = {rank} AND (f.risk < {risk} OR (f.risk = {risk} AND f.key > {key}))))"
            )
        }
        None => String::new(),
    };
    let sql = format!(
        "SELECT {FINDING_COLUMNS}, {state} FROM {base} AND ({filter}){after} \
         ORDER BY f.severity_rank DESC, f.risk DESC, f.key LIMIT {}",
        limit + 1
    );
    let rows = reader.rows(&sql, binder.into_values()).await?;
    let more = rows.len() > limit;
    let mut page = Vec::new();
    let mut next = None;
    for row in rows.iter().take(limit) {
        page.push(finding_of(row)?);
        if more {
            next = Some(format!(
                "{}:{:016x}:{}",
                row.get_i64(18)?,
                row.f64(8)?.to_bits(),
                row.text(0)?
            ));
        }
    }
    Ok((page, next))
}

fn parse_cursor(text: &str) -> Result<(i64, f64, String), InventoryError> {
    let bad = || InventoryError::Refused("this is no cursor of a page".to_owned());
    let mut parts = text.splitn(3, ':');
    let mut next = || parts.next().ok_or_else(bad);
    let rank = next()?.parse().map_err(|_| bad())?;
    let risk = f64::from_bits(u64::from_str_radix(next()?, 16).map_err(|_| bad())?);
    if risk.is_nan() {
        return Err(bad());
    }
    Ok((rank, risk, next()?.to_owned()))
}

fn column(name: &str, state: &str) -> Option<FieldColumn> {
    let plain = |value: &str| {
        Some(FieldColumn::Plain {
            value: value.to_owned(),
        })
    };
    match name {
        "key" | "rule" | "severity" | "confidence" | "assignee" => plain(&format!("f.{name}")),
        "state" => plain(&format!("({state})")),
        "subject" => plain("n.id"),
        "name" | "kind" | "subtype" | "tenant" => plain(&format!("v.{name}")),
        "environment" | "band" => plain(&format!("w.{name}")),
        _ => None,
    }
}

fn text(word: &str, binder: &mut Binder) -> String {
    let lower = word.to_lowercase();
    let like = binder.bind(format!("%{}%", escape_like(&lower)));
    let from = binder.bind(lower.as_str());
    let term = match after_prefix(&lower) {
        Some(end) => format!("q.term >= {from} AND q.term < {}", binder.bind(end)),
        None => format!("q.term >= {from}"),
    };
    format!(
        "lower(f.summary) LIKE {like} ESCAPE '\\' OR lower(v.name) LIKE {like} ESCAPE '\\' OR lower(f.rule) LIKE {like} ESCAPE '\\' \
         OR f.node_key IN (SELECT q.node_key FROM search_term q WHERE {term})"
    )
}

/// The finding with this key, in whatever state.
///
/// # Errors
/// The database cannot be read.
pub async fn finding(
    reader: &Reader,
    key: &str,
    now: TimeUs,
) -> Result<Option<FindingRow>, InventoryError> {
    let mut binder = Binder::default();
    let seq = binder.bind(reader.at().seq);
    let now = binder.bind(now);
    let base = from_sql(reader, &seq);
    let key = binder.bind(key);
    let sql = format!(
        "SELECT {FINDING_COLUMNS}, {} FROM {base} AND f.key = {key} ORDER BY f.from_run DESC LIMIT 1",
        state_sql(&now, &seq)
    );
    let rows = reader.rows(&sql, binder.into_values()).await?;
    rows.first().map(finding_of).transpose()
}
