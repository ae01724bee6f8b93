//! What this organisation demands: how old a credential may grow, how long before its end somebody must
//! act, how often things are used, and which exceptions were granted until when.

use model::CredentialType;
use model::labels::Environment;

/// What is demanded of one form of credential in one environment. Every number has its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The form; `None` for all forms without a line of their own.
    pub credential: Option<CredentialType>,
    /// The environment; `None` for all without a line of their own.
    pub environment: Option<Environment>,
    /// How old the secret part may grow before it must be replaced; `None` for no demand.
    pub max_age_days: Option<u32>,
    /// How long its whole life may be, of those that end by themselves; `None` for no demand.
    pub max_lifetime_days: Option<u32>,
    /// How many days before its end somebody must act.
    pub lead_days: u32,
    /// Whether it must have an end at all.
    pub must_expire: bool,
    /// Why these numbers.
    pub reason: String,
}

/// The whole policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Demands by form and environment; the closest line applies.
    pub limits: Vec<Limit>,
    /// Days without use after which a thing without a cadence of its own counts as dormant.
    pub dormant_days: u32,
    /// How many of its own periods may pass without use before it counts as dormant.
    pub dormant_periods: u32,
}

impl Policy {
    /// The demand on a form of credential in an environment: the line that names both, else the form,
    /// else the environment, else the line for everything.
    pub fn limit(
        &self,
        credential: Option<CredentialType>,
        environment: Option<Environment>,
    ) -> Option<&Limit> {
        self.limits
            .iter()
            .filter(|limit| {
                (limit.credential.is_none() || limit.credential == credential)
                    && (limit.environment.is_none() || limit.environment == environment)
            })
            .max_by_key(|limit| (limit.credential.is_some(), limit.environment.is_some()))
    }
}

impl Default for Policy {
    /// What stands when nobody wrote a policy.
    fn default() -> Self {
        Self {
            limits: vec![Limit {
                credential: None,
                environment: None,
                max_age_days: Some(90),
                max_lifetime_days: None,
                lead_days: 30,
                must_expire: true,
                reason: "a quarter is the longest most auditors accept for a static secret"
                    .to_owned(),
            }],
            dormant_days: 90,
            dormant_periods: 3,
        }
    }
}
