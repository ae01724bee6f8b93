//! Observations on their way into the database: taken from a source, sorted by node, applied in one
//! transaction.
//!
//! A source may be slow or endless and must not hold the write lock, so what it says is first
//! written to a spool: in memory while small, in an unlinked temporary file beyond that. Applying in
//! the order of ids keeps the database's largest index append-only and makes the outcome
//! independent of the order in which a source speaks.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use model::{
    AliasRole, Coverage, EdgeKind, NodeId, NodeKind, NodeRef, Observation, Sink, SinkClosed,
    SourceRef,
};
use serde::{Deserialize, Serialize};

use crate::InventoryError;
use crate::columns::Columns;

/// Beyond this the spool goes to disk. A scan of a laptop stays below.
const MEMORY_BYTES: usize = 64 * 1024 * 1024;

/// Coverage statements kept one by one for a run; beyond this they are only counted, because a
/// million unreadable files are one problem.
const MAX_COVERAGE_ROWS: usize = 20_000;

/// The most edges, aliases and tags taken from one observation. A group of 100,000 members is
/// written by sources as edges of the members, not of the group.
const MAX_PARTS: usize = 200_000;

/// One observation as it lies in the spool.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) source: u32,
    pub(crate) kind: NodeKind,
    pub(crate) provider: String,
    pub(crate) partition: String,
    pub(crate) native_id: String,
    pub(crate) observed_us: i64,
    pub(crate) place: Option<String>,
    pub(crate) attributes: String,
    pub(crate) columns: Columns,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) aliases: Vec<(String, bool)>,
    pub(crate) edges: Vec<EdgeRecord>,
}

/// One edge as it lies in the spool.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct EdgeRecord {
    pub(crate) kind: EdgeKind,
    pub(crate) reversed: bool,
    pub(crate) other: [u8; 16],
    pub(crate) other_ref: NodeRef,
    pub(crate) attributes: String,
}

/// Where one record lies, under the id of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entry {
    pub(crate) id: NodeId,
    pub(crate) source: u32,
    pub(crate) offset: u64,
    pub(crate) length: u32,
}

/// Where an edge names a node: record and number of the edge in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    pub(crate) id: NodeId,
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) edge: u32,
}

/// That a node has an identifying name: a hash of its kind and the name, so that a million of them
/// take little memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    pub(crate) name: [u8; 16],
    pub(crate) id: NodeId,
    pub(crate) plainness: u8,
}

/// Everything sources said in one run, not yet in the database.
pub struct Spool {
    directory: PathBuf,
    memory: Vec<u8>,
    file: Option<BufWriter<File>>,
    written: u64,
    sources: BTreeMap<SourceRef, u32>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) named: Vec<Named>,
    pub(crate) coverage: BTreeMap<CoverageKey, CoverageValue>,
    pub(crate) coverage_left_out: u64,
    pub(crate) edges_refused: u64,
    pub(crate) parts_cut: u64,
    failure: Option<std::io::Error>,
    buffer: Mutex<Vec<u8>>,
}

/// What makes two coverage statements the same one.
pub(crate) type CoverageKey = (
    u32,
    Option<NodeKind>,
    String,
    String,
    model::CoverageState,
    String,
);

/// What is kept of equal statements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CoverageValue {
    pub(crate) lag_us: Option<i64>,
    pub(crate) occurrences: i64,
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool")
            .field("observations", &self.entries.len())
            .finish_non_exhaustive()
    }
}

impl Spool {
    /// An empty spool that spills into `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            memory: Vec::new(),
            file: None,
            written: 0,
            sources: BTreeMap::new(),
            entries: Vec::new(),
            mentions: Vec::new(),
            named: Vec::new(),
            coverage: BTreeMap::new(),
            coverage_left_out: 0,
            edges_refused: 0,
            parts_cut: 0,
            failure: None,
            buffer: Mutex::default(),
        }
    }

    /// How many observations it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when it holds no observation.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was said and could not be kept, one line for each reason; empty when all of it was.
    pub fn losses(&self) -> Vec<String> {
        let reasons = [
            (
                self.edges_refused,
                "relations between kinds of record that cannot be so related were dropped; this is a fault of the source's reader, please report it",
            ),
            (
                self.parts_cut,
                "relations, names or tags beyond 200,000 of one record were cut",
            ),
            (
                self.coverage_left_out,
                "further statements about what could not be read were only counted",
            ),
        ];
        reasons
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect()
    }

    /// What could not be read: source, place, state, reason.
    pub fn shortfalls(
        &self,
    ) -> impl Iterator<Item = (&SourceRef, &str, model::CoverageState, &str)> {
        let by_number: BTreeMap<u32, &SourceRef> = self
            .sources
            .iter()
            .map(|(source, number)| (*number, source))
            .collect();
        self.coverage
            .keys()
            .filter(|key| key.4.is_shortfall())
            .filter_map(move |(number, _, _, place, state, reason)| {
                Some((
                    *by_number.get(number)?,
                    place.as_str(),
                    *state,
                    reason.as_str(),
                ))
            })
    }

    /// The sources that spoke or were spoken of, with their numbers.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&SourceRef, u32)> {
        self.sources
            .iter()
            .map(|(source, number)| (source, *number))
    }

    /// Ends the writing and sorts.
    ///
    /// # Errors
    /// The temporary file could not be written; free some disk space.
    pub(crate) fn seal(&mut self) -> Result<(), InventoryError> {
        if let Some(error) = self.failure.take() {
            return Err(InventoryError::Spool(error));
        }
        if let Some(file) = &mut self.file {
            file.flush().map_err(InventoryError::Spool)?;
        }
        self.entries.sort_unstable();
        self.mentions.sort_unstable();
        self.mentions.dedup_by_key(|mention| mention.id);
        self.named.sort_unstable();
        self.named.dedup();
        Ok(())
    }

    /// The observations of one node, once sealed.
    pub(crate) fn entries_of(&self, id: NodeId) -> &[Entry] {
        let start = self.entries.partition_point(|entry| entry.id < id);
        let rest = self.entries.get(start..).unwrap_or_default();
        let length = rest.partition_point(|entry| entry.id == id);
        rest.get(..length).unwrap_or_default()
    }

    /// Reads one record back.
    pub(crate) fn record(&self, offset: u64, length: u32) -> Result<Record, InventoryError> {
        let length = length as usize;
        // One buffer for all: a new one each time costs as much as reading.
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let slice = if let Some(file) = &self.file {
            if buffer.len() < length {
                buffer.resize(length, 0);
            }
            let bytes = buffer.get_mut(..length).unwrap_or_default();
            read_at(file.get_ref(), bytes, offset).map_err(InventoryError::Spool)?;
            &*bytes
        } else {
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            self.memory
                .get(start..start.saturating_add(length))
                .unwrap_or_default()
        };
        postcard::from_bytes(slice).map_err(|_| {
            InventoryError::Spool(std::io::Error::other(
                "the spool does not read back as it was written",
            ))
        })
    }

    fn number(&mut self, source: &SourceRef) -> u32 {
        if let Some(number) = self.sources.get(source) {
            return *number;
        }
        let number = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        self.sources.insert(source.clone(), number);
        number
    }

    fn push(&mut self, id: NodeId, record: &Record) -> std::io::Result<()> {
        let bytes = postcard::to_allocvec(record).map_err(std::io::Error::other)?;
        let length = u32::try_from(bytes.len()).map_err(std::io::Error::other)?;
        let offset = self.written;
        if self.file.is_none() && self.memory.len() + bytes.len() > MEMORY_BYTES {
            let mut file =
                BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(&self.directory)?);
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(&bytes)?,
            None => self.memory.extend_from_slice(&bytes),
        }
        self.written += u64::from(length);
        self.entries.push(Entry {
            id,
            source: record.source,
            offset,
            length,
        });
        let identifying = record.aliases.iter().filter(|(_, identifies)| *identifies);
        for (text, _) in identifying {
            let name = NodeRef {
                kind: record.kind,
                provider: "".into(),
                partition: "".into(),
                native_id: text.clone(),
            };
            self.named.push(Named {
                name: *name.id().as_bytes(),
                id,
                plainness: plainness(&record.native_id),
            });
        }
        for (edge, record) in (0_u32..).zip(&record.edges) {
            self.mentions.push(Mention {
                id: NodeId::from_bytes(record.other),
                offset,
                length,
                edge,
            });
        }
        Ok(())
    }
}

impl Sink for Spool {
    fn observe(
        &mut self,
        source: &SourceRef,
        mut observation: Observation,
    ) -> Result<(), SinkClosed> {
        let source = self.number(source);
        let parts = [
            observation.aliases.len(),
            observation.edges.len(),
            observation.attributes.tags.len(),
        ];
        self.parts_cut += parts
            .iter()
            .map(|count| count.saturating_sub(MAX_PARTS) as u64)
            .sum::<u64>();
        observation.aliases.truncate(MAX_PARTS);
        observation.edges.truncate(MAX_PARTS);
        let id = observation.node.id();
        let attributes = serde_json::to_string(&observation.attributes).map_err(|_| SinkClosed)?;
        let stated = observation.edges.len();
        let mut edges: Vec<EdgeRecord> = observation
            .edges
            .into_iter()
            .filter(|edge| {
                let (from, to) = if edge.reversed {
                    (edge.to.kind, observation.node.kind)
                } else {
                    (observation.node.kind, edge.to.kind)
                };
                edge.kind.allows(from, to)
            })
            .map(|edge| EdgeRecord {
                kind: edge.kind,
                reversed: edge.reversed,
                other: *edge.to.id().as_bytes(),
                other_ref: edge.to,
                attributes: json_object(&edge.attributes),
            })
            .collect();
        self.edges_refused += (stated - edges.len()) as u64;
        edges.sort_by(|a, b| edge_key(a).cmp(&edge_key(b)));
        edges.dedup_by(|a, b| edge_key(a) == edge_key(b));
        let mut aliases: Vec<(String, bool)> = observation
            .aliases
            .into_iter()
            .map(|alias| (alias.text, alias.role == AliasRole::Same))
            .collect();
        aliases.sort();
        aliases.dedup();
        let record = Record {
            source,
            kind: observation.node.kind,
            provider: observation.node.provider.into_owned(),
            partition: observation.node.partition.into_owned(),
            native_id: observation.node.native_id,
            observed_us: observation.observed.as_micros(),
            place: observation.place,
            columns: Columns::of(&observation.attributes),
            tags: observation
                .attributes
                .tags
                .into_iter()
                .take(MAX_PARTS)
                .collect(),
            attributes,
            aliases,
            edges,
        };
        self.push(id, &record).map_err(|error| {
            self.failure = Some(error);
            SinkClosed
        })
    }

    fn cover(&mut self, coverage: Coverage) -> Result<(), SinkClosed> {
        let source = self.number(&coverage.source);
        let key = (
            source,
            coverage.kind,
            coverage.group,
            coverage.place,
            coverage.state,
            coverage.reason,
        );
        if let Some(value) = self.coverage.get_mut(&key) {
            value.occurrences += 1;
        } else if self.coverage.len() < MAX_COVERAGE_ROWS {
            self.coverage.insert(
                key,
                CoverageValue {
                    lag_us: coverage.lag_us,
                    occurrences: 1,
                },
            );
        } else {
            self.coverage_left_out += 1;
        }
        Ok(())
    }
}

/// Beginnings of native ids that sources make up for things whose real id they do not know.
const STAND_INS: &[&str] = &["app_id:", "iam_name:", "sam:", "terraform/", "upn:"];

/// From here on a native id is made up: a slot, a stand-in or a mere fingerprint.
pub(crate) const MADE_UP: u8 = 150;

/// How little a native id says, for choosing which of several records stands for a thing: a slot
/// (`…#access_key_1`), a stand-in or a mere fingerprint says less than the provider's own id; of two
/// ids of the provider, the one with the longer path was written by who knows it (an ARN made from
/// an account and a name has none).
pub(crate) fn plainness(native_id: &str) -> u8 {
    match native_id {
        id if id.starts_with("fp1:") => MADE_UP + 1,
        id if id.contains('#') || STAND_INS.iter().any(|start| id.starts_with(start)) => MADE_UP,
        id => 100 - u8::try_from(id.matches('/').count().min(100)).unwrap_or(100),
    }
}

/// What makes two edges of one observation the same statement.
pub(crate) fn edge_key(edge: &EdgeRecord) -> (EdgeKind, bool, [u8; 16], &str) {
    (edge.kind, edge.reversed, edge.other, &edge.attributes)
}

fn json_object(extra: &model::Extra) -> String {
    if extra.is_empty() {
        return "{}".to_owned();
    }
    serde_json::to_string(extra).unwrap_or_else(|_| "{}".to_owned())
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    use std::os::windows::fs::FileExt as _;
    let mut rest = buffer;
    while !rest.is_empty() {
        let got = file.seek_read(rest, offset)?;
        if got == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        offset += got as u64;
        rest = rest.get_mut(got..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
