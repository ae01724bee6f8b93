//! The policy file: TOML, every field checked, unknown ones refused.

use model::finding::Severity;
use model::labels::Environment;
use model::{CredentialType, TimeUs};
use serde::Deserialize;

use super::{Exception, Limit, Policy, RuleChange};

/// What is wrong with a policy file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The text is no TOML, or has a field or value that is not known.
    #[error("{0}")]
    Syntax(String),
    /// A value makes no sense.
    #[error("{place}: {what}")]
    Value {
        /// The table and field.
        place: String,
        /// What is wrong and what would be right.
        what: String,
    },
}

/// The longest file that is read: a policy is written by people.
const MAX_BYTES: usize = 1 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    version: u32,
    #[serde(default)]
    limit: Vec<RawLimit>,
    dormancy: Option<RawDormancy>,
    security_critical: Option<RawCritical>,
    acceptance: Option<RawAcceptance>,
    #[serde(default)]
    exception: Vec<RawException>,
    #[serde(default)]
    rule: Vec<RawRule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimit {
    credential: Option<String>,
    environment: Option<String>,
    max_age_days: Option<u32>,
    max_lifetime_days: Option<u32>,
    lead_days: u32,
    #[serde(default)]
    must_expire: bool,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDormancy {
    days: u32,
    periods: u32,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCritical {
    lead_factor: u32,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAcceptance {
    people: u32,
    max_days: u32,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawException {
    rule: String,
    subject: String,
    until: String,
    reason: String,
    approved_by: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    #[serde(default = "yes")]
    enabled: bool,
    severity: Option<String>,
    reason: String,
}

fn yes() -> bool {
    true
}

/// What a file says, checked.
#[derive(Debug)]
pub(super) struct File {
    limits: Vec<Limit>,
    dormancy: Option<(u32, u32)>,
    lead_factor: Option<u32>,
    acceptance: Option<(u32, u32)>,
    exceptions: Vec<Exception>,
    rules: Vec<RuleChange>,
}

impl File {
    /// Lays what the file says over a policy.
    pub(super) fn overlay(self, policy: &mut Policy) {
        for limit in self.limits {
            policy.limits.retain(|known| {
                (known.credential, known.environment) != (limit.credential, limit.environment)
            });
            policy.limits.push(limit);
        }
        if let Some((days, periods)) = self.dormancy {
            (policy.dormant_days, policy.dormant_periods) = (days, periods);
        }
        policy.critical_lead_factor = self.lead_factor.unwrap_or(policy.critical_lead_factor);
        if let Some((people, days)) = self.acceptance {
            (policy.acceptance_people, policy.acceptance_max_days) = (people, days);
        }
        policy.exceptions.extend(self.exceptions);
        policy.rules.extend(self.rules);
    }
}

/// Reads and checks a file. With no known rules the ids of rules are not checked.
pub(super) fn read(text: &str, known_rules: &[&str]) -> Result<File, PolicyError> {
    if text.len() > MAX_BYTES {
        return Err(PolicyError::Syntax(format!(
            "the policy file is longer than {MAX_BYTES} bytes"
        )));
    }
    let raw: Raw = toml::from_str(text).map_err(|error| PolicyError::Syntax(error.to_string()))?;
    if raw.version != 1 {
        return Err(value(
            "version",
            format!(
                "{} is not known here; this program reads version 1",
                raw.version
            ),
        ));
    }
    let people = raw.acceptance.as_ref().map_or(2, |table| table.people);
    for (place, reason) in [
        (
            "dormancy.reason",
            raw.dormancy.as_ref().map(|table| &table.reason),
        ),
        (
            "security_critical.reason",
            raw.security_critical.as_ref().map(|table| &table.reason),
        ),
        (
            "acceptance.reason",
            raw.acceptance.as_ref().map(|table| &table.reason),
        ),
    ] {
        reason.map_or(Ok(()), |reason| said(place, reason))?;
    }
    Ok(File {
        limits: raw.limit.into_iter().map(limit).collect::<Result<_, _>>()?,
        dormancy: match raw.dormancy {
            Some(RawDormancy { days, periods, .. }) if days > 0 && periods > 0 => {
                Some((days, periods))
            }
            Some(_) => {
                return Err(value(
                    "dormancy",
                    "`days` and `periods` must be at least 1".to_owned(),
                ));
            }
            None => None,
        },
        lead_factor: match raw.security_critical {
            Some(RawCritical { lead_factor: 0, .. }) => {
                return Err(value(
                    "security_critical.lead_factor",
                    "must be at least 1".to_owned(),
                ));
            }
            other => other.map(|table| table.lead_factor),
        },
        acceptance: raw.acceptance.map(|table| (table.people, table.max_days)),
        exceptions: raw
            .exception
            .into_iter()
            .map(|raw| exception(raw, people, known_rules))
            .collect::<Result<_, _>>()?,
        rules: raw
            .rule
            .into_iter()
            .map(|raw| change(raw, known_rules))
            .collect::<Result<_, _>>()?,
    })
}

fn value(place: &str, what: String) -> PolicyError {
    PolicyError::Value {
        place: place.to_owned(),
        what,
    }
}

fn said(place: &str, reason: &str) -> Result<(), PolicyError> {
    if reason.trim().is_empty() {
        return Err(value(
            place,
            "a reason is wanted: one sentence that will still make sense in a year".to_owned(),
        ));
    }
    Ok(())
}

fn word<T>(place: &str, text: &str, found: Option<T>, known: &[&str]) -> Result<T, PolicyError> {
    found.ok_or_else(|| {
        let nearest = model::suggest::nearest(text, known.iter().copied())
            .map_or_else(|| known.join(", "), str::to_owned);
        value(
            place,
            format!("`{text}` is not known; did you mean {nearest}?"),
        )
    })
}

fn limit(raw: RawLimit) -> Result<Limit, PolicyError> {
    said("limit.reason", &raw.reason)?;
    let forms: Vec<&str> = CredentialType::ALL.iter().map(|form| form.name()).collect();
    let environments: Vec<&str> = Environment::ALL.iter().map(|place| place.name()).collect();
    let credential = raw
        .credential
        .map(|text| {
            word(
                "limit.credential",
                &text,
                CredentialType::parse(&text),
                &forms,
            )
        })
        .transpose()?;
    let environment = raw
        .environment
        .map(|text| {
            word(
                "limit.environment",
                &text,
                Environment::parse(&text),
                &environments,
            )
        })
        .transpose()?;
    Ok(Limit {
        credential,
        environment,
        max_age_days: raw.max_age_days,
        max_lifetime_days: raw.max_lifetime_days,
        lead_days: raw.lead_days,
        must_expire: raw.must_expire,
        reason: raw.reason,
    })
}

fn rule_id(place: &str, id: &str, known: &[&str]) -> Result<(), PolicyError> {
    if known.is_empty() {
        return Ok(());
    }
    word(place, id, known.contains(&id).then_some(()), known)
}

fn exception(raw: RawException, people: u32, known: &[&str]) -> Result<Exception, PolicyError> {
    rule_id("exception.rule", &raw.rule, known)?;
    said("exception.reason", &raw.reason)?;
    if raw.subject.trim_end_matches('*').is_empty() {
        return Err(value(
            "exception.subject",
            "names everything; switch the rule off instead, with `[[rule]] enabled = false`"
                .to_owned(),
        ));
    }
    let named = raw
        .approved_by
        .iter()
        .filter(|role| !role.trim().is_empty())
        .collect::<std::collections::BTreeSet<_>>();
    if named.len() < people as usize {
        return Err(value(
            "exception.approved_by",
            format!("{people} different roles must agree; {} named", named.len()),
        ));
    }
    let until =
        TimeUs::parse(&raw.until).map_err(|error| value("exception.until", error.to_string()))?;
    Ok(Exception {
        rule: raw.rule,
        subject: raw.subject,
        until,
        reason: raw.reason,
        approved_by: raw.approved_by,
    })
}

fn change(raw: RawRule, known: &[&str]) -> Result<RuleChange, PolicyError> {
    rule_id("rule.id", &raw.id, known)?;
    said("rule.reason", &raw.reason)?;
    let severities: Vec<&str> = Severity::ALL.iter().map(|level| level.name()).collect();
    let severity = raw
        .severity
        .map(|text| word("rule.severity", &text, Severity::parse(&text), &severities))
        .transpose()?;
    Ok(RuleChange {
        id: raw.id,
        enabled: raw.enabled,
        severity,
        reason: raw.reason,
    })
}
