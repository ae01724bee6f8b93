//! `filter`: the fields and words of filters.

use clap::Args;
use serde_json::json;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing};

/// Explains the filter language and lists its fields
///
/// A filter is made of comparisons, `field op value`, with = != < <= > >= and `:` (contains).
/// They are joined with AND, OR, NOT and parentheses; side by side means AND. AND and OR in one
/// group need parentheses. A word without an operator searches names and native ids.
///
/// Times are dates (the whole day), RFC 3339, or `now`, `now-90d`, `now+12h` (s m h d w y). `*` at
/// the ends of a value is a wildcard; alone it means "has a value". Quotes make a value literal.
///
/// What is unknown matches neither X nor NOT X; lists say how many records were undecided. Ask for
/// the state itself with `= never`, `= not_observable`, `= no_data_yet` or `= unknown`.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Check this filter and show it as it was understood
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
}

const COLUMNS: &[Column] = &[
    Column::new("FIELD", "/field"),
    Column::new("HOLDS", "/holds"),
    Column::new("MEANING", "/meaning"),
];

impl Filter {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let mut out = context.out(Format::Table)?;
        if let Some(text) = &self.filter {
            let understood = app::query::list::understood(text)?;
            if !out.object(&json!({"v": 1, "filter": understood}))? {
                out.text(&format!("{}\n", crate::render::safe(&understood)))?;
            }
            out.finish()?;
            return Ok(Exit::Done);
        }
        let mut listing = Listing::new(&mut out, COLUMNS);
        for field in app::query::list::schema().fields {
            let row = json!({"field": field.name, "holds": crate::help::holds(field.kind), "meaning": field.doc});
            listing.push(&row)?;
        }
        listing.finish(&serde_json::Value::Null)?;
        out.finish()?;
        Ok(Exit::Done)
    }
}
