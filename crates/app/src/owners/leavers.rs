//! What people who leave answered for, and who may take it over.

use inventory::owners::{self as found, Leaver};
use model::TimeUs;
use serde::Serialize;

use super::propose::Ground;
use crate::query::views::VERSION;
use crate::{Error, Installation};

/// What one leaver leaves behind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leaving {
    /// The contract's version.
    pub v: u8,
    /// As the list names the person.
    pub person: String,
    /// True when a record of the person is known.
    pub known: bool,
    /// True once the last day has come.
    pub gone: bool,
    /// What they answer for.
    pub owned: Vec<Task>,
    /// What they made and nobody else is known to answer for.
    pub created: Vec<Task>,
}

/// One thing to hand over.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// The thing's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who may take it over, the most likely first: name and confidence.
    pub successors: Vec<(String, f64)>,
}

/// Leavers a list may name; more is no list of leavers.
const MAX_LEAVERS: usize = 100_000;

/// Reads a list of leavers: an address or name a line, or CSV with the address in the first column and
/// the last day in the second. A first line without an address is a heading.
///
/// # Errors
/// A date is none, or the list is too long.
pub fn parse_leavers(text: &str) -> Result<Vec<(String, Option<TimeUs>)>, Error> {
    let mut list = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let mut cells = line
            .split([',', ';', '\t'])
            .map(|cell| cell.trim().trim_matches('"'));
        let who = cells.next().unwrap_or_default();
        let day = cells.next().filter(|day| !day.is_empty());
        if who.is_empty()
            || (at == 0 && !who.contains('@') && day.is_some_and(|day| TimeUs::parse(day).is_err()))
        {
            continue;
        }
        let day = match day.map(TimeUs::parse) {
            None => None,
            Some(Ok(day)) => Some(day),
            Some(Err(error)) => {
                return Err(Error::failed(format!("line {}: {error}", at + 1)).hint(
                    "write ADDRESS,LAST-DAY with the day as 2026-01-31, or the address alone",
                ));
            }
        };
        list.push((model::text::label(who), day));
        if list.len() > MAX_LEAVERS {
            return Err(Error::failed(format!("more than {MAX_LEAVERS} leavers")));
        }
    }
    Ok(list)
}

/// Everything the people of a list answered for or made, and who may take it over. Nothing is changed:
/// a person hands over with `owner assign` or `owner accept`.
///
/// # Errors
/// The database cannot be read.
pub async fn leavers(
    installation: &Installation,
    list: &[(String, Option<TimeUs>)],
    as_of: Option<TimeUs>,
) -> Result<Vec<Leaving>, Error> {
    let reader = crate::query::reader(installation, as_of).await?;
    let now = as_of.unwrap_or_else(|| installation.clock.now());
    let ground = Ground::load(&reader, now).await?;
    let people: Vec<Leaver> = list
        .iter()
        .map(|(email, last_day)| Leaver {
            email: email.clone(),
            last_day: *last_day,
        })
        .collect();
    let proposer = ground.proposer();
    let tasks = |things: &[(found::NodeName, Vec<found::Proposal>)]| {
        things
            .iter()
            .map(|(name, proposals)| Task {
                id: name.id.clone(),
                name: name.name.clone(),
                successors: proposals
                    .iter()
                    .take(3)
                    .map(|one| (one.candidate.name.clone(), one.confidence))
                    .collect(),
            })
            .collect()
    };
    Ok(found::leavers(&proposer, &people)
        .iter()
        .map(|left| Leaving {
            v: VERSION,
            person: left.email.clone(),
            known: left.person.is_some(),
            gone: left.gone,
            owned: tasks(&left.owned),
            created: tasks(&left.created),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_leavers_is_addresses_with_or_without_a_day() {
        let list = parse_leavers("email,last day\nann@example.com,2026-01-31\n\nbob@example.com\n")
            .unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].1, Some(TimeUs::parse("2026-01-31").unwrap()));
        assert_eq!(list[1], ("bob@example.com".to_owned(), None));
        assert!(parse_leavers("ann@example.com,soon").is_err());
    }
}
