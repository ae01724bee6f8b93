//! What people decide about findings: acknowledged, accepted until a date, false positive, open again.
//! Fixed is never decided: it is seen.

use std::collections::BTreeSet;

use inventory::RunKind;
use inventory::judgement::{self, Decision};
use model::TimeUs;

use crate::policy::InForce;
use crate::query::findings::Whole;
use crate::{Error, Installation};

/// Somebody has seen it and works on it.
///
/// # Errors
/// There is no such finding in force, or the database fails.
pub async fn acknowledge(
    installation: &Installation,
    key: &str,
    reason: &str,
) -> Result<Whole, Error> {
    decide(installation, key, "acknowledged", None, reason, Vec::new()).await
}

/// The risk is borne until a date, by as many named roles as the policy wants.
///
/// # Errors
/// The reason is missing, too few roles agree, the date has passed or is too far, there is no such
/// finding in force, or the database fails.
pub async fn accept(
    installation: &Installation,
    policy: &InForce,
    key: &str,
    until: TimeUs,
    reason: &str,
    roles: Vec<String>,
) -> Result<Whole, Error> {
    let now = installation.clock.now();
    let demands = &policy.policy;
    let named: BTreeSet<String> = roles
        .iter()
        .map(|role| role.trim().to_lowercase())
        .filter(|role| !role.is_empty())
        .collect();
    if named.len() < demands.acceptance_people as usize {
        return Err(Error::usage(format!(
            "accepting a risk wants {} different roles, {} named",
            demands.acceptance_people,
            named.len()
        ))
        .hint("name each with --by ROLE: one who knows the business, one who knows the system"));
    }
    if until <= now {
        return Err(Error::usage(format!("{} has passed", until.date())));
    }
    let latest = now.plus_days(i64::from(demands.acceptance_max_days));
    if until > latest {
        return Err(Error::usage(format!(
            "the policy lets a risk be accepted until {} at the latest",
            latest.date()
        ))
        .hint("accept it until then and look at it again, or change `[acceptance] max_days`"));
    }
    decide(installation, key, "accepted", Some(until), reason, roles).await
}

/// The rule is wrong about this one.
///
/// # Errors
/// The reason is missing, there is no such finding in force, or the database fails.
pub async fn false_positive(
    installation: &Installation,
    key: &str,
    reason: &str,
) -> Result<Whole, Error> {
    decide(
        installation,
        key,
        "false_positive",
        None,
        reason,
        Vec::new(),
    )
    .await
}

/// What was decided no longer holds.
///
/// # Errors
/// There is no such finding in force, or the database fails.
pub async fn reopen(installation: &Installation, key: &str, reason: &str) -> Result<Whole, Error> {
    decide(installation, key, "open", None, reason, Vec::new()).await
}

async fn decide(
    installation: &Installation,
    key: &str,
    state: &'static str,
    until: Option<TimeUs>,
    reason: &str,
    people: Vec<String>,
) -> Result<Whole, Error> {
    let reason = model::text::label(reason.trim());
    if reason.is_empty() && matches!(state, "accepted" | "false_positive") {
        return Err(Error::usage("a reason is wanted")
            .hint("--reason '…': one sentence that will still make sense in a year"));
    }
    let start = installation.run_start(RunKind::Edit, &format!("finding {state} {key}"))?;
    let decision = Decision {
        state,
        until,
        reason,
        people: people.iter().map(|role| model::text::label(role)).collect(),
    };
    let row = judgement::decide(
        &installation.db,
        &start,
        key,
        &decision,
        installation.clock.now(),
    )
    .await?;
    Ok(Whole::of(&row))
}
