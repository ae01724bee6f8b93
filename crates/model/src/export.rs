//! The rows of an export: one JSON object a line, written by the inventory and read back by a
//! source. They say who said what about what and when, in names that mean the same in every
//! installation. Fields may be added; none is renamed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::NodeRef;
use crate::kinds::{EdgeKind, NodeKind};
use crate::observation::Alias;
use crate::time::TimeUs;

/// What the header calls the format.
pub const FORMAT: &str = "countersign.export";

/// The version of the rows.
pub const VERSION: u8 = 1;

/// The first row: what this is, and the moment it speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderRow {
    /// Always [`FORMAT`].
    pub format: String,
    /// The number of the run after which it was known.
    pub seq: i64,
    /// That run's id.
    pub run: Option<String>,
    /// When that run committed.
    pub as_of: Option<TimeUs>,
}

/// A source; of its row only this is read back, the rest follows from the other rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// The kind of source.
    pub connector: String,
    /// What it speaks about.
    pub scope: String,
    /// True when the scope was named after a file.
    #[serde(default)]
    pub provisional: bool,
}

/// What one source says about one thing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SightingRow {
    /// The id of the record the thing belongs to.
    pub record: String,
    /// The thing's own id.
    pub node: String,
    /// What the thing is called by its provider; its id derives from this.
    pub name: NodeRef,
    /// Its other names.
    #[serde(default)]
    pub aliases: Vec<Alias>,
    /// The kind of source.
    pub connector: String,
    /// What the source speaks about.
    pub scope: String,
    /// The source's own time.
    pub observed_at: TimeUs,
    /// Where in the source.
    pub place: Option<String>,
    /// The run since which it says exactly this.
    #[serde(default)]
    pub since_run: i64,
    /// What it says.
    pub attributes: Map<String, Value>,
}

/// Which end of a relation states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatedBy {
    /// The end it runs from.
    From,
    /// The end it runs to.
    To,
}

/// A relation as one source states it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EdgeRow {
    /// The kind of relation.
    pub kind: EdgeKind,
    /// The id of the end it runs from.
    pub from: String,
    /// The id of the end it runs to.
    pub to: String,
    /// What the first end is called by its provider.
    pub from_name: NodeRef,
    /// What the second end is called by its provider.
    pub to_name: NodeRef,
    /// The end under which the source states it.
    pub stated_by: StatedBy,
    /// The kind of source.
    pub connector: String,
    /// What the source speaks about.
    pub scope: String,
    /// The source's own time; null when its statement has ended.
    pub observed_at: Option<TimeUs>,
    /// Where in the source.
    pub place: Option<String>,
    /// The run since which it is stated.
    #[serde(default)]
    pub since_run: i64,
    /// What the source says about the relation.
    pub attributes: Map<String, Value>,
}

/// What a source looked at or could not; of its row only this is read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRow {
    /// The kind of source.
    pub connector: String,
    /// What the source speaks about.
    pub scope: String,
    /// The kind of record it concerns; null for all.
    pub kind: Option<NodeKind>,
    /// The group of attributes.
    pub group: String,
    /// Where.
    pub place: String,
    /// How far it got.
    pub state: crate::CoverageState,
    /// Why it is not complete.
    pub reason: String,
    /// How far behind the source's data may be.
    pub lag_us: Option<i64>,
    /// How often it was said.
    pub occurrences: i64,
}

/// The last row: an export without it was cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndRow {
    /// How many rows stand before it.
    pub rows: u64,
}
