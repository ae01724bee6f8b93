//! The inventory as of one run, frozen in memory: compact records, relations both ways, what the
//! sources saw and did not see. Judgements are made on it and nothing can change it. No I/O.

mod adjacency;
mod build;
mod estate;
mod labels;
mod node;
pub mod shorthand;
mod text;

pub use build::Builder;
pub use estate::{Edge, Estate, Gap, Said, SourceInfo};
pub use labels::{Brief, Classify, Labels};
pub use node::{Node, NodeIx, Signals, When};
pub use text::{Text, Texts};
