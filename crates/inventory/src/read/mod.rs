//! Reading the inventory as it was known at one moment.
//!
//! A [`Reader`] holds one unchanging state and the run it reads as of; every question is a function
//! of it. Whoever pages opens a new one for each page and pins the run with [`When::Seq`], so no
//! transaction stays open while a person reads.

mod at;
mod coverage;
mod diff;
mod estate;
mod export;
mod fields;
mod forms;
mod history;
mod in_tests;
mod list;
mod lookup;
mod merged;
mod metrics;
mod node;
mod record;
mod runs;
mod summary;

pub use at::{At, Question, Reader, When};
pub use coverage::{CoverageRow, coverage, coverage_of_run, shortfalls, shortfalls_of};
pub use diff::{Change, Difference, EdgeChange, FieldChange, diff, edge_changes};
pub use estate::{estate, estate_around};
pub use export::{EXPORT_KINDS, export};
pub use fields::SCHEMA;
pub use forms::forms;
pub use history::{Happening, history};
pub use in_tests::in_tests;
pub use list::{ListQuery, Page, list};
pub use lookup::{Found, LookupQuery, MAX_CANDIDATES, lookup, lookup_any, member_key};
pub use merged::{Merged, Said, label as source_label, merge};
pub use metrics::{FIELDS, FieldMetric, MetricsOf, metrics};
pub use node::{Declared, Node, Seen, nodes, seen};
pub use record::{Direction, EdgeEnd, Member, Record, RecordEdge, Sighting, record, relations};
pub use runs::{Run, Source, run, runs, source, sources};
pub use summary::{
    Copies, Count, ExpiryBucket, RatioRow, VendorRow, bucket, copies, counts, ending, expiries,
    ratio, vendors,
};
