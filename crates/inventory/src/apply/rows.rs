//! Rows on their way into the tables, in batches.

use std::collections::BTreeMap;

use model::NodeKind;
use store::{Cell, Rows, Tx};

use super::Work;
use super::existing::CONFIRMED;
use crate::InventoryError;
use crate::columns::{self, Columns, TimeColumn, Weighted};
use crate::run::next_key;
use crate::spool::{EdgeRecord, Record};

/// Rows handed to the database at once: few enough to stay in the cache of the processor.
const BATCH: usize = 2_048;

/// Rows of the table that is keyed by a text, handed over at once and in the order of the text: many
/// of them then fall on the same pages.
const SORTED_BATCH: usize = 262_144;

/// Rows waiting to be written, and the next free keys.
pub(crate) struct Batches {
    pub(crate) node: Rows,
    pub(crate) version: Rows,
    pub(crate) sighting: Rows,
    pub(crate) edge: Rows,
    pub(crate) alias: Rows,
    pub(crate) tag: Rows,
    pub(crate) term: Vec<(String, i64)>,
    pub(crate) coverage: Rows,
    pub(crate) member: Rows,
    /// Sightings stated again unchanged, and when.
    pub(crate) confirmed: Rows,
    /// The newest observed time each source stated.
    pub(crate) newest: BTreeMap<i64, i64>,
    next_sighting: i64,
    next_edge: i64,
    next_node: i64,
}

impl Batches {
    pub(crate) async fn start(tx: &mut Tx) -> Result<Self, InventoryError> {
        Ok(Self {
            node: Rows::default(),
            version: Rows::default(),
            sighting: Rows::default(),
            edge: Rows::default(),
            alias: Rows::default(),
            tag: Rows::default(),
            term: Vec::new(),
            coverage: Rows::default(),
            member: Rows::default(),
            confirmed: Rows::default(),
            newest: BTreeMap::new(),
            next_sighting: next_key(tx, "sighting", "sighting_key").await?,
            next_edge: next_key(tx, "edge", "edge_key").await?,
            next_node: next_key(tx, "node", "node_key").await?,
        })
    }

    /// Notes that node keys were given out.
    pub(crate) fn reserve(&mut self, nodes: i64) {
        self.next_node += nodes;
    }

    /// Adds what one source says about one node.
    pub(crate) fn sighting(&mut self, seq: i64, node_key: i64, source_key: i64, record: &Record) {
        self.sighting.push([
            self.next_sighting.into(),
            node_key.into(),
            source_key.into(),
            seq.into(),
            Cell::Int(None),
            seq.into(),
            record.observed_us.into(),
            record.observed_us.into(),
            "".into(),
            (&record.place).into(),
            (&record.attributes).into(),
        ]);
        self.next_sighting += 1;
        self.note_time(source_key, record.observed_us);
    }

    /// Adds that one record is part of another.
    pub(crate) fn member(&mut self, seq: i64, key: i64, root: i64, because: &str) {
        self.member.push([
            key.into(),
            root.into(),
            seq.into(),
            Cell::Int(None),
            because.into(),
        ]);
    }

    /// Notes a source's own time.
    pub(crate) fn note_time(&mut self, source_key: i64, observed_us: i64) {
        let newest = self.newest.entry(source_key).or_insert(observed_us);
        *newest = (*newest).max(observed_us);
    }

    /// Adds an edge one source states.
    pub(crate) fn edge(
        &mut self,
        seq: i64,
        by_key: i64,
        other_key: i64,
        source_key: i64,
        edge: &EdgeRecord,
        place: Option<&str>,
    ) {
        self.edge.push([
            self.next_edge.into(),
            by_key.into(),
            other_key.into(),
            i64::from(edge.reversed).into(),
            edge.kind.name().into(),
            source_key.into(),
            seq.into(),
            Cell::Int(None),
            place.into(),
            (&edge.attributes).into(),
        ]);
        self.next_edge += 1;
    }

    /// Writes the tables whose batch is full.
    pub(crate) async fn flush_full(&mut self, tx: &mut Tx) -> Result<(), InventoryError> {
        self.write(tx, BATCH).await
    }

    /// Writes everything.
    pub(crate) async fn flush(&mut self, tx: &mut Tx) -> Result<(), InventoryError> {
        self.write(tx, 1).await
    }

    async fn write(&mut self, tx: &mut Tx, at_least: usize) -> Result<(), InventoryError> {
        let tables: [(&mut Rows, &str, &[&str]); 9] = [
            (&mut self.node, "node", NODE),
            (&mut self.version, "node_version", VERSION),
            (&mut self.sighting, "sighting", SIGHTING),
            (&mut self.edge, "edge", EDGE),
            (
                &mut self.alias,
                "alias",
                &["node_key", "alias_text", "identifies_us", "first_run"],
            ),
            (
                &mut self.tag,
                "tag",
                &["node_key", "name", "value", "from_run", "to_run"],
            ),
            (&mut self.coverage, "coverage", COVERAGE),
            (
                &mut self.member,
                "member",
                &["node_key", "root_key", "from_run", "to_run", "because"],
            ),
            (
                &mut self.confirmed,
                CONFIRMED,
                &["sighting_key", "observed_us"],
            ),
        ];
        for (rows, table, columns) in tables {
            if rows.len() >= at_least {
                tx.insert_rows(table, columns, rows).await?;
            }
        }
        let enough = if at_least > 1 { SORTED_BATCH } else { 1 };
        if self.term.len() >= enough {
            self.write_terms(tx).await?;
        }
        Ok(())
    }

    async fn write_terms(&mut self, tx: &mut Tx) -> Result<(), InventoryError> {
        self.term.sort_unstable();
        let mut rows = Rows::default();
        for (term, node_key) in self.term.drain(..) {
            rows.push([(&term).into(), node_key.into()]);
            if rows.len() == BATCH {
                tx.insert_rows("search_term", TERM, &mut rows).await?;
            }
        }
        tx.insert_rows("search_term", TERM, &mut rows).await?;
        Ok(())
    }
}

const TERM: &[&str] = &["term", "node_key"];
const NODE: &[&str] = &[
    "node_key",
    "id",
    "kind",
    "provider",
    "partition_name",
    "native_id",
    "first_run",
];
const SIGHTING: &[&str] = &[
    "sighting_key",
    "node_key",
    "source_key",
    "from_run",
    "to_run",
    "last_run",
    "observed_us",
    "last_observed_us",
    "seen",
    "place",
    "attributes",
];
const EDGE: &[&str] = &[
    "edge_key",
    "by_key",
    "other_key",
    "reversed",
    "kind",
    "source_key",
    "from_run",
    "to_run",
    "place",
    "attributes",
];
const COVERAGE: &[&str] = &[
    "run",
    "source_key",
    "number",
    "kind",
    "attribute_group",
    "place",
    "state",
    "reason",
    "lag_us",
    "occurrences",
];

/// The columns of `node_version`, in the order of [`version_row`].
pub(crate) const VERSION: &[&str] = &[
    "node_key",
    "from_run",
    "to_run",
    "kind",
    "class",
    "subtype",
    "provider",
    "tenant",
    "name",
    "status",
    "created_us",
    "created_state",
    "expires_us",
    "expires_state",
    "last_used_us",
    "last_used_state",
    "last_rotated_us",
    "last_rotated_state",
    "environment",
    "owner",
    "vendor",
    "privileged",
    "instances",
    "referenced_us",
    "retired_us",
    "purpose",
    "application",
    "justification",
    "sensitivity",
    "credential_type",
    "cadence_days",
    "signals",
];

/// What does not change about a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NodeRow<'a> {
    pub(crate) key: i64,
    pub(crate) kind: &'a str,
    pub(crate) provider: &'a str,
    pub(crate) native_id: &'a str,
}

/// The state of a record besides its merged columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Set while only other records' edges name it.
    pub(crate) referenced_us: Option<i64>,
    /// Set once no source shows it any more.
    pub(crate) retired_us: Option<i64>,
}

/// A row of `node_version`; `signals` is the column of the columns' answers.
pub(crate) fn version_row<'a>(
    seq: i64,
    node: NodeRow<'a>,
    columns: &'a Columns,
    signals: Option<&'a str>,
    state: State,
) -> [Cell<'a>; VERSION.len()] {
    let time = |column: &'a TimeColumn| [Cell::from(column.us), Cell::from(&column.state)];
    let [created_us, created_state] = time(&columns.created);
    let [expires_us, expires_state] = time(&columns.expires);
    let [used_us, used_state] = time(&columns.last_used);
    let [rotated_us, rotated_state] = time(&columns.last_rotated);
    [
        node.key.into(),
        seq.into(),
        Cell::Int(None),
        node.kind.into(),
        (&columns.class).into(),
        (&columns.subtype).into(),
        node.provider.into(),
        (&columns.tenant).into(),
        columns.name.as_deref().unwrap_or(node.native_id).into(),
        (&columns.status).into(),
        created_us,
        created_state,
        expires_us,
        expires_state,
        used_us,
        used_state,
        rotated_us,
        rotated_state,
        (&columns.environment).into(),
        (&columns.owner).into(),
        (&columns.vendor).into(),
        columns.privileged.into(),
        columns.instances.into(),
        state.referenced_us.into(),
        state.retired_us.into(),
        (&columns.purpose).into(),
        (&columns.application).into(),
        (&columns.justification).into(),
        (&columns.sensitivity).into(),
        (&columns.credential_type).into(),
        columns.cadence_days.into(),
        signals.into(),
    ]
}

/// Words of a name by which it is found besides its beginning: at most four, of three letters or
/// more. Numbers and long hexadecimal words are left out: people look for words, and each one is a
/// row of its own in the largest index but one.
pub(crate) fn search_terms(kind: &str, provider: &str, name: &str) -> Vec<String> {
    // Keys and files are looked up by their ids and paths, certificates by the names they carry.
    let by_id = kind == NodeKind::Resource.name()
        || (kind == NodeKind::Credential.name() && provider != "x509");
    if by_id {
        return Vec::new();
    }
    let lower = name.to_lowercase();
    let mut words: Vec<String> = lower
        .split(|ch: char| !ch.is_alphanumeric())
        .skip(1)
        .filter(|word| word.chars().count() >= 3 && is_word(word))
        .take(4)
        .map(|word| model::text::bounded(word, 64))
        .collect();
    words.sort();
    words.dedup();
    words
}

fn is_word(word: &str) -> bool {
    let hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    // `ec2`, `db01` and `facade` are words, `016aed` and `deadbeef` are ids.
    let id = hexadecimal && (word.len() >= 8 || (word.len() >= 6 && has_digit));
    !id && word.chars().any(char::is_alphabetic)
}

/// Merges tags name by name; the weightiest source's value stands.
pub(crate) fn merge_tags(
    mut said: Vec<Weighted<Vec<(String, String)>>>,
) -> BTreeMap<String, String> {
    columns::sort(&mut said);
    let mut merged = BTreeMap::new();
    for (name, value) in said.into_iter().flat_map(|weighted| weighted.said) {
        merged.entry(name).or_insert(value);
    }
    merged
}

/// Adds the alias rows of a node and remembers those that identify.
pub(crate) fn alias_rows(
    work: &mut Work,
    node_key: i64,
    aliases: &[(String, bool)],
    known: &dyn Fn(&str) -> bool,
) {
    let mut last: Option<&str> = None;
    // `false` sorts before `true`: of a name stated both ways, the identifying one is kept.
    for (text, identifies) in aliases.iter().rev() {
        if last == Some(text) || known(text) {
            continue;
        }
        last = Some(text);
        work.batches.alias.push([
            node_key.into(),
            text.into(),
            identifies.then_some(work.now).into(),
            work.seq.into(),
        ]);
        if *identifies {
            work.identifying.push((text.clone(), node_key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::search_terms;

    #[test]
    fn terms_are_the_later_words() {
        assert_eq!(
            search_terms("identity", "aws", "prod-Deployer_api.eu-west"),
            ["api", "deployer", "west"]
        );
        assert!(search_terms("identity", "aws", "single").is_empty());
        assert!(search_terms("resource", "file", "/home/jane/key").is_empty());
        assert_eq!(
            search_terms("identity", "aws", "job-28391-0af31c99d2-runner-016aed"),
            ["runner"]
        );
        assert_eq!(
            search_terms("identity", "aws", "x-ec2-db01-facade"),
            ["db01", "ec2", "facade"]
        );
    }
}
