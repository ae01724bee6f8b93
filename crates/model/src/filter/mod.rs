//! The filter language: one for the command line, the API, the page and rules.
//!
//! ```text
//! kind = identity AND last_used < now-90d AND NOT tags.env = prod
//! class = machine (provider = aws OR provider = gcp) deploy
//! ```
//!
//! - Comparisons: `field op value` with `= != < <= > >= :`. `:` is "contains", ignoring ASCII case;
//!   on lists and tags it is membership. `*` at the ends of a value is a wildcard, alone it means
//!   "has a value". Quotes make a value literal.
//! - Times: RFC 3339, a date (the whole day), or `now`, `now-90d`, `now+12h` (`s m h d w y`).
//! - `NOT x` or `-x`, `AND`, `OR`, parentheses; side by side means `AND`; a word without operator
//!   searches text. `AND` and `OR` in one group need parentheses.
//! - Three-valued: what is unknown matches neither `X` nor `NOT X`. The words `never`,
//!   `not_observable`, `no_data_yet` and `unknown` after `=` or `!=` ask for the state itself, and
//!   that question always has an answer.

mod ast;
mod error;
mod eval;
mod lexer;
mod operand;
mod parser;
mod schema;

pub use ast::{Comparison, Filter, Op, Operand, Pattern, StateTest, TimeOperand};
pub use error::FilterError;
pub use eval::{FieldValue, Record, Truth};
pub use parser::parse;
pub use schema::{FieldSpec, FieldType, Resolved, Schema};

/// The longest filter, in bytes: it must fit in a URL.
pub const MAX_BYTES: usize = 4_096;
/// How deep parentheses and `NOT` may nest.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons and words a filter may hold.
pub const MAX_TERMS: usize = 256;

#[cfg(test)]
mod tests;
