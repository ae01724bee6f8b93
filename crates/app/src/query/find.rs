//! Finding the record a person means.

use inventory::read::{self, LookupQuery, Node, Reader};
use model::NodeKind;
use model::text::count;

use super::views::{Candidates, Row, VERSION};
use crate::Error;

/// What was found.
#[derive(Debug)]
pub enum Found<T> {
    /// One record is meant; this is the answer about it.
    One(Box<T>),
    /// Several may be meant, or none is known.
    Candidates(Box<Candidates>),
}

/// A record to act on.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its row key.
    pub key: i64,
    /// Its row.
    pub row: Row,
}

/// Finds the record a text means.
pub(crate) async fn find(
    reader: &Reader,
    text: &str,
    kinds: &[NodeKind],
) -> Result<Found<Node>, Error> {
    match read::lookup(reader, LookupQuery { text, kinds }).await? {
        read::Found::Exact(node) => Ok(Found::One(node)),
        read::Found::Candidates {
            list,
            total,
            or_more,
            by_beginning,
        } => {
            let shown = total;
            let (state, summary) = if by_beginning {
                (
                    "similar",
                    format!("nothing is called exactly this; {} so", begin(shown)),
                )
            } else {
                (
                    "several_match",
                    format!(
                        "{} answer to this; name one by its id",
                        count(shown, "record")
                    ),
                )
            };
            candidates(reader, text, state, summary, list, (total, or_more)).await
        }
        read::Found::None => {
            if let Some(near) = near(reader, text, kinds).await? {
                return Ok(near);
            }
            let summary = if reader.at().seq == 0 {
                "nothing was read yet; run `countersign scan` or `countersign import FILE` first"
                    .to_owned()
            } else {
                "no record is known by this name, id, fingerprint or alias; that is not proof that it does not \
                 exist: `countersign coverage` says what was not looked at"
                    .to_owned()
            };
            candidates(
                reader,
                text,
                "nothing_matches",
                summary,
                Vec::new(),
                (0, false),
            )
            .await
        }
    }
}

/// `1 name begins`, `2 names begin`.
fn begin(names: usize) -> String {
    let verb = if names == 1 { "begins" } else { "begin" };
    format!("{} {verb}", count(names, "name"))
}

/// Records whose names differ from a text only near its end: where most slips are, and where an
/// index can find them.
async fn near<T>(
    reader: &Reader,
    text: &str,
    kinds: &[NodeKind],
) -> Result<Option<Found<T>>, Error> {
    /// Shorter beginnings are those of too many names to be near.
    const SHORTEST: usize = 4;
    let text = text.trim();
    let long = text.chars().count();
    for cut in 1..=3 {
        if long < SHORTEST + cut {
            return Ok(None);
        }
        let beginning: String = text.chars().take(long - cut).collect();
        let query = LookupQuery {
            text: &beginning,
            kinds,
        };
        let mut list = match read::lookup(reader, query).await? {
            read::Found::Exact(node) => vec![*node],
            read::Found::Candidates { list, .. } => list,
            read::Found::None => continue,
        };
        list.retain(|node| model::suggest::nearest(text, [node.name.as_str()]).is_some());
        let total = list.len();
        if total > 0 {
            let summary = format!("nothing is called so; near it: {}", count(total, "record"));
            let found = candidates(reader, text, "similar", summary, list, (total, false)).await?;
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Lists records that may be meant.
pub(crate) async fn candidates<T>(
    reader: &Reader,
    text: &str,
    state: &'static str,
    summary: String,
    list: Vec<Node>,
    (total, or_more): (usize, bool),
) -> Result<Found<T>, Error> {
    let keys: Vec<i64> = list.iter().map(|node| node.key).collect();
    let seen = read::seen(reader, &keys).await?;
    Ok(Found::Candidates(Box::new(Candidates {
        v: VERSION,
        query: model::text::label(text),
        state,
        summary,
        candidates: list
            .into_iter()
            .map(|node| {
                let seen = seen.get(&node.key);
                Row::new(node, seen)
            })
            .collect(),
        total,
        or_more,
    })))
}

/// Finds the record a write command is to act on.
///
/// # Errors
/// The database cannot be read.
pub async fn target(
    installation: &crate::Installation,
    text: &str,
    kinds: &[NodeKind],
) -> Result<Found<Target>, Error> {
    let reader = super::reader(installation, None).await?;
    Ok(match find(&reader, text, kinds).await? {
        Found::One(node) => Found::One(Box::new(Target {
            key: node.key,
            row: Row::new(*node, None),
        })),
        Found::Candidates(candidates) => Found::Candidates(candidates),
    })
}

/// Finds the member of a merged record that goes by this id or native id: a lookup would give the
/// record it was merged into.
///
/// # Errors
/// The database cannot be read.
pub async fn member(installation: &crate::Installation, text: &str) -> Result<Option<i64>, Error> {
    let reader = super::reader(installation, None).await?;
    Ok(read::member_key(&reader, text).await?)
}
