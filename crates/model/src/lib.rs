//! The words of Countersign. No I/O, no async, no SQL, no clock of its own.
//!
//! Sources speak [`Observation`]s about nodes named by a [`NodeRef`]; every attribute is a
//! [`Fact`], so "never", "not observable" and "no data yet" stay three different values from the
//! parser to the page. What could not be looked at is a [`Coverage`] row, not silence.

pub mod attributes;
pub mod coverage;
pub mod export;
pub mod fact;
pub mod filter;
pub mod finding;
pub mod ids;
pub mod kinds;
pub mod labels;
pub mod marks;
pub mod observation;
#[doc(hidden)]
pub mod rehearsal;
pub mod secret;
pub mod signal;
pub mod suggest;
pub mod text;
pub mod time;
mod words;

pub use attributes::{Attributes, Class, CredentialType, Extra, Status};
pub use coverage::{Coverage, CoverageState};
pub use fact::{Fact, Precision};
pub use ids::{NodeId, NodeRef};
pub use kinds::{EdgeKind, NodeKind};
pub use observation::{Alias, AliasRole, Observation, ObservedEdge, Sink, SinkClosed, SourceRef};
pub use secret::{Fingerprint, Fingerprinter, Secret};
pub use signal::{Answer, Signal};
pub use time::{Clock, TimeUs};
