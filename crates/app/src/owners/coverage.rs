//! How far things have owners, by team; what has nobody; and whose review is overdue.

use inventory::classify::Classifier;
use inventory::owners::{TeamOwnership, overdue, ownership};
use model::TimeUs;
use serde::Serialize;
use std::collections::BTreeMap;

use super::propose::Ground;
use crate::query::list::{self, IDENTITIES};
use crate::query::views::{AtView, Row, VERSION};
use crate::{Error, Installation};

/// How far things have owners.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// The contract's version.
    pub v: u8,
    /// The moment it speaks of.
    pub as_of: AtView,
    /// Everything together.
    pub all: Team,
    /// By team, the largest first.
    pub teams: Vec<Team>,
    /// Identities without an owner for which somebody is more likely than not.
    pub proposable: u64,
    /// Identities nobody answers for, the highest risk first.
    pub unowned: Vec<Row>,
    /// Reviews that are overdue, the longest first.
    pub overdue: Vec<Due>,
}

/// How far the things of one team have owners.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Team {
    /// The team; null for what has none.
    pub team: Option<String>,
    /// How many identities.
    pub total: u64,
    /// How many of them are in each state.
    pub states: BTreeMap<&'static str, u64>,
    /// The share that has a person and a team, 0 to 1.
    pub governed: f64,
    /// How sure the owners are on average, 0 to 1; null where nobody is stated.
    pub confidence: Option<f64>,
}

/// A review that is overdue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The record's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When the review was due.
    pub due: TimeUs,
    /// Days since then.
    pub days: i64,
}

impl From<&TeamOwnership> for Team {
    fn from(of: &TeamOwnership) -> Self {
        Self {
            team: of.team.clone(),
            total: of.total,
            states: of
                .states
                .iter()
                .map(|(state, total)| (state.name(), *total))
                .collect(),
            governed: of.governed(),
            confidence: of.confidence,
        }
    }
}

/// Rows of the queue that are listed; `identity ls` has all.
const LISTED: usize = 20;

/// How far governed identities have owners.
///
/// # Errors
/// The database cannot be read.
pub async fn coverage(
    installation: &Installation,
    as_of: Option<TimeUs>,
) -> Result<Coverage, Error> {
    let reader = crate::query::reader(installation, as_of).await?;
    let now = as_of.unwrap_or_else(|| installation.clock.now());
    let at = reader.at().into();
    let ground = Ground::load(&reader, now).await?;
    drop(reader);
    let of = {
        let classifier = Classifier::new(&ground.estate);
        ownership(&ground.proposer(), &classifier)
    };
    let request = list::Request {
        scope: IDENTITIES,
        filter: Some("owner_state = unowned OR owner_state = owner_left".to_owned()),
        all: false,
        as_of,
        cursor: None,
        limit: Some(LISTED),
        by_risk: true,
    };
    let mut unowned = Vec::new();
    list::run(installation, &request, |row| -> Result<(), Error> {
        unowned.push(row);
        Ok(())
    })
    .await?;
    Ok(Coverage {
        v: VERSION,
        as_of: at,
        all: (&of.all).into(),
        teams: of.teams.iter().map(Team::from).collect(),
        proposable: of.proposable,
        unowned,
        overdue: overdue(&ground.estate)
            .into_iter()
            .map(|due| Due {
                id: due.id.to_string(),
                name: due.name,
                due: due.due,
                days: due.days,
            })
            .collect(),
    })
}
