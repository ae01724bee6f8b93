//! What this organisation demands: how old a credential may grow, how long before its end somebody must
//! act, how often things are used, and which exceptions were granted until when.

mod file;

use model::finding::Severity;
use model::labels::Environment;
use model::{CredentialType, TimeUs};

pub use file::PolicyError;

/// The text of the policy that applies when nobody wrote one, reasons included.
pub const DEFAULT: &str = include_str!("default.toml");

/// What is demanded of one form of credential in one environment. Every line has its reason.
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

/// A finding that somebody decided to live with for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The rule's id.
    pub rule: String,
    /// The subject's native id or `mi:` id, or a beginning of it followed by `*`.
    pub subject: String,
    /// Until when.
    pub until: TimeUs,
    /// Why.
    pub reason: String,
    /// The roles that agreed.
    pub approved_by: Vec<String>,
}

/// What an organisation changed about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleChange {
    /// The rule's id.
    pub id: String,
    /// False when the rule is not to be asked.
    pub enabled: bool,
    /// The severity of its findings instead of the rule's own.
    pub severity: Option<Severity>,
    /// Why.
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
    /// By how much the lead time grows for what the defenders depend on.
    pub critical_lead_factor: u32,
    /// How many named roles must agree to accept a risk.
    pub acceptance_people: u32,
    /// For how long at most a risk is accepted, in days.
    pub acceptance_max_days: u32,
    /// Findings somebody decided to live with.
    pub exceptions: Vec<Exception>,
    /// Rules changed or switched off.
    pub rules: Vec<RuleChange>,
}

impl Policy {
    /// Reads a policy file. Sections that are left out stand as in [`DEFAULT`]; a `[[limit]]` of the file
    /// replaces the default line for the same form and environment.
    ///
    /// # Errors
    /// The text is no such file; the message names line, field and the way out. Whoever wrote it can fix it.
    pub fn parse(text: &str, known_rules: &[&str]) -> Result<Self, PolicyError> {
        let mut policy = Self::default();
        file::read(text, known_rules)?.overlay(&mut policy);
        Ok(policy)
    }

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

    /// What was changed about a rule.
    pub fn change(&self, rule: &str) -> Option<&RuleChange> {
        self.rules.iter().find(|change| change.id == rule)
    }

    /// The exceptions that name this rule and one of these names of a subject, whether they still hold
    /// or not.
    pub fn exceptions<'a>(
        &'a self,
        rule: &'a str,
        names: &'a [&'a str],
    ) -> impl Iterator<Item = &'a Exception> {
        self.exceptions
            .iter()
            .filter(move |exception| exception.rule == rule && exception.covers(names))
    }
}

impl Exception {
    fn covers(&self, names: &[&str]) -> bool {
        match self.subject.strip_suffix('*') {
            Some(start) => names.iter().any(|name| name.starts_with(start)),
            None => names.contains(&self.subject.as_str()),
        }
    }
}

impl Default for Policy {
    /// What stands when nobody wrote a policy: [`DEFAULT`].
    fn default() -> Self {
        let mut policy = Self {
            limits: Vec::new(),
            dormant_days: 90,
            dormant_periods: 3,
            critical_lead_factor: 2,
            acceptance_people: 2,
            acceptance_max_days: 365,
            exceptions: Vec::new(),
            rules: Vec::new(),
        };
        // The text is ours and a test reads it; a broken one would leave the numbers above.
        if let Ok(file) = file::read(DEFAULT, &[]) {
            file.overlay(&mut policy);
        }
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_text_is_a_policy_with_a_line_for_every_form() {
        file::read(DEFAULT, &[]).unwrap();
        let policy = Policy::default();
        for form in CredentialType::ALL {
            let limit = policy.limit(Some(*form), None).unwrap();
            assert!(
                limit.credential == Some(*form) || *form == CredentialType::Secret,
                "{form}"
            );
            assert!(!limit.reason.is_empty());
        }
        assert_eq!(policy.limit(None, None).unwrap().max_age_days, Some(365));
    }

    #[test]
    fn the_closest_line_applies() {
        let policy = Policy::default();
        let of = |environment| {
            policy
                .limit(Some(CredentialType::Certificate), environment)
                .unwrap()
                .lead_days
        };
        assert_eq!(of(Some(Environment::Production)), 45);
        assert_eq!(of(Some(Environment::Test)), 30);
        assert_eq!(of(None), 30);
    }

    #[test]
    fn a_file_replaces_what_it_names_and_leaves_the_rest() {
        let policy = Policy::parse(
            "version = 1\n[dormancy]\ndays = 30\nperiods = 2\nreason = \"x\"\n[[limit]]\ncredential = \"access_key\"\nmax_age_days = 30\nlead_days = 3\nreason = \"x\"\n\
             [[exception]]\nrule = \"a-rule\"\nsubject = \"arn:x/legacy-*\"\nuntil = \"2027-01-01\"\nreason = \"r\"\napproved_by = [\"a\", \"b\"]\n",
            &["a-rule"],
        )
        .unwrap();
        assert_eq!((policy.dormant_days, policy.dormant_periods), (30, 2));
        let limit = |form| policy.limit(Some(form), None).unwrap().max_age_days;
        assert_eq!(limit(CredentialType::AccessKey), Some(30));
        assert_eq!(limit(CredentialType::ApiKey), Some(180));
        assert_eq!(policy.acceptance_people, 2);
        assert_eq!(policy.exceptions("a-rule", &["arn:x/legacy-1"]).count(), 1);
        assert_eq!(policy.exceptions("a-rule", &["arn:x/new"]).count(), 0);
        assert_eq!(policy.exceptions("b-rule", &["arn:x/legacy-1"]).count(), 0);
    }

    #[test]
    fn a_mistake_is_named_with_the_way_out() {
        let cases = [
            ("version = 2", "version"),
            ("nonsense = 1", "nonsense"),
            (
                "version = 1\n[[limit]]\ncredential = \"acces_key\"\nlead_days = 1\nreason = \"x\"",
                "access_key",
            ),
            (
                "version = 1\n[[limit]]\nlead_days = 1\nreason = \"\"",
                "reason",
            ),
            (
                "version = 1\n[[rule]]\nid = \"a-rul\"\nenabled = false\nreason = \"x\"",
                "a-rule",
            ),
            (
                "version = 1\n[[exception]]\nrule = \"a-rule\"\nsubject = \"x\"\nuntil = \"2027-01-01\"\nreason = \"r\"\napproved_by = [\"a\"]",
                "approved_by",
            ),
            (
                "version = 1\n[[exception]]\nrule = \"a-rule\"\nsubject = \"*\"\nuntil = \"2027-01-01\"\nreason = \"r\"\napproved_by = [\"a\", \"b\"]",
                "subject",
            ),
            (
                "version = 1\n[[exception]]\nrule = \"a-rule\"\nsubject = \"x\"\nuntil = \"soon\"\nreason = \"r\"\napproved_by = [\"a\", \"b\"]",
                "soon",
            ),
        ];
        for (text, word) in cases {
            let error = Policy::parse(text, &["a-rule"]).unwrap_err().to_string();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
