//! `diff`: what changed between two moments.

use app::query::diff::{self, Changed, Request};
use clap::Args;
use model::NodeKind;

use crate::cli::Format;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::render::{Column, Listing};

/// Shows what was added, changed and removed between two moments, and who created what is new
///
/// FROM and TO are times, or runs by number or id; without them, the newest run is compared with
/// the one before it. The difference is between what was known then, not what was true then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  countersign diff                          what the newest run changed
  countersign diff 2026-01-26               since Monday
  countersign diff 2026-01-26 2026-01-30 --kind identity -f csv
  countersign diff 3 5 --edges 100")]
pub(crate) struct Diff {
    /// The earlier moment
    #[arg(value_name = "FROM")]
    from: Option<String>,
    /// The later moment
    #[arg(value_name = "TO")]
    to: Option<String>,
    /// Only records of this kind
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<NodeKind>,
    /// Also list up to this many relations that began or ended (in JSON)
    #[arg(long, value_name = "N", default_value_t = 0)]
    edges: usize,
}

/// Reads a kind of record.
pub(super) fn kind(text: &str) -> Result<NodeKind, String> {
    NodeKind::parse(text).ok_or_else(|| {
        let words = NodeKind::ALL.iter().map(|kind| kind.name());
        match model::suggest::nearest(text, words) {
            Some(word) => format!("no such kind; did you mean `{word}`?"),
            None => "no such kind; for example identity, credential, workload, resource".to_owned(),
        }
    })
}

const COLUMNS: &[Column] = &[
    Column::new("CHANGE", "/change"),
    Column::new("KIND", "/record/kind"),
    Column::new("SUBTYPE", "/record/subtype"),
    Column::new("NAME", "/record/name"),
    Column::new("TENANT", "/record/tenant"),
    Column::new("CHANGED FIELDS", "/shown_fields"),
    Column::new("CREATED BY", "/created_by/name"),
    Column::new("ID", "/record/id"),
];

impl Diff {
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let installation = context.open().await?;
        let request = Request {
            from: self.from,
            to: self.to,
            kind: self.kind,
            edges: self.edges,
            as_of: context.as_of(),
        };
        let mut out = context.out(Format::Table)?;
        let table = out.format == Format::Table;
        let mut listing = Listing::new(&mut out, COLUMNS);
        let summary = diff::diff(&installation, &request, |changed| -> Result<(), Failure> {
            if table {
                listing.push(&for_people(&changed)?)
            } else {
                listing.push(&changed)
            }
        })
        .await?;
        listing.finish(&summary)?;
        out.finish()?;
        let seq = |at: &Option<app::query::AtView>| at.as_ref().map_or(0, |at| at.seq);
        context.say(&format!(
            "from run {} to run {}: {} added, {} changed, {} removed, {} reappeared, {} merged; relations +{} -{}",
            seq(&summary.from),
            seq(&summary.to),
            summary.added,
            summary.changed,
            summary.removed,
            summary.reappeared,
            summary.merged,
            summary.edges_added,
            summary.edges_ended
        ));
        Ok(Exit::Done)
    }
}

/// The changed fields as one cell.
fn for_people(changed: &Changed) -> Result<serde_json::Value, Failure> {
    let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let fields: Vec<String> = changed
        .fields
        .iter()
        .map(|change| {
            format!(
                "{}: {} → {}",
                change.field,
                show(&change.was),
                show(&change.is)
            )
        })
        .collect();
    let mut value = serde_json::to_value(changed)?;
    if let Some(parts) = value.as_object_mut() {
        parts.insert("shown_fields".to_owned(), fields.join("; ").into());
    }
    Ok(value)
}
