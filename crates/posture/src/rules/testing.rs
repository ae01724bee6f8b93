//! What every rule's test says: this graph fires, this one is quiet, here it cannot know.

use graph::{Classify, Estate, Labels, NodeIx, shorthand};
use model::CredentialType;
use model::finding::Severity;
use model::labels::{
    Basis, Classification, Environment, Owner, OwnerRole, OwnerState, Sensitivity, Verdict,
};

use crate::{Case, Clockwork, Firing, Judgement, Policy, Rule};

/// Reads the verdicts straight from the shorthand: `env=`, `privileged=`, `purpose=` …; tags `judged.*` set
/// those no declared fact stands for: `tag.judged.owner=governed`, `tag.judged.security_critical=yes`;
/// `tag.judged.reviewed=yes` makes privilege a person's word.
pub(crate) struct AsWritten<'a>(pub(crate) &'a Estate);

impl AsWritten<'_> {
    fn judged(&self, ix: NodeIx, name: &str) -> Option<&str> {
        self.0
            .tags(ix)
            .find(|(tag, _)| tag.strip_prefix("judged.") == Some(name))
            .map(|(_, value)| value)
    }
}

impl AsWritten<'_> {
    /// `tag.judged.left=ann` is an owner who has left, `tag.judged.stayed=bob` one who has not.
    fn owners(&self, ix: NodeIx) -> Vec<Owner> {
        [("left", true), ("stayed", false)]
            .into_iter()
            .filter_map(|(tag, left)| {
                Some(Owner {
                    id: self.0.node(ix).unwrap().id,
                    name: self.judged(ix, tag)?.to_owned(),
                    role: OwnerRole::Technical,
                    person: true,
                    left,
                    basis: Basis::Stated,
                    evidence: vec![],
                })
            })
            .collect()
    }
}

impl Classify for AsWritten<'_> {
    fn labels(&self, ix: NodeIx) -> Labels {
        Labels::of(&self.classification(ix))
    }

    fn classification(&self, ix: NodeIx) -> Classification {
        let node = self.0.node(ix).unwrap();
        let text = |text| known(self.0.opt_text(text).map(str::to_owned));
        let yes = |name| known(self.judged(ix, name).map(|value| value == "yes"));
        Classification {
            environment: known(Environment::parse(self.0.text(node.environment))),
            purpose: text(node.purpose),
            application: text(node.application),
            justification: text(node.justification),
            sensitivity: known(Sensitivity::parse(self.0.text(node.sensitivity))),
            privileged: match self.judged(ix, "reviewed") {
                Some(_) => by_hand(node.declared_privileged),
                None => known(node.declared_privileged),
            },
            third_party: yes("third_party"),
            security_critical: yes("security_critical"),
            still_needed: yes("still_needed"),
            still_needed_until: None,
            owners: self.owners(ix),
            owner_state: self
                .judged(ix, "owner")
                .and_then(OwnerState::parse)
                .unwrap_or(OwnerState::Unknown),
            next_review: self.judged(ix, "next_review").map(|_| self.0.now()),
        }
    }
}

/// A verdict a person gave.
fn by_hand<T>(value: Option<T>) -> Verdict<T> {
    let mut verdict = known(value);
    if let Verdict::Known { basis, .. } = &mut verdict {
        *basis = Basis::Hand;
    }
    verdict
}

/// The policy rules are tested against, whatever the product's own says: 90 days of age, 30 days of lead,
/// an end for everything but a second factor, tokens of at most 90 days, dormant after 90 days or 3 periods.
pub(crate) fn policy() -> Policy {
    let mut policy = Policy::default();
    let mut line = policy.limits.first().unwrap().clone();
    (line.credential, line.environment) = (None, None);
    (line.max_age_days, line.max_lifetime_days) = (Some(90), None);
    (line.lead_days, line.must_expire) = (30, true);
    let mut factor = line.clone();
    factor.credential = Some(CredentialType::SecondFactor);
    (factor.max_age_days, factor.must_expire) = (None, false);
    let mut token = line.clone();
    token.credential = Some(CredentialType::AccessToken);
    token.max_lifetime_days = Some(90);
    policy.limits = vec![line, factor, token];
    (policy.dormant_days, policy.dormant_periods) = (90, 3);
    policy.critical_lead_factor = 2;
    policy
}

/// A verdict as the text states it.
fn known<T>(value: Option<T>) -> Verdict<T> {
    match value {
        Some(value) => Verdict::Known {
            value,
            basis: Basis::Stated,
            rule: String::new(),
            evidence: vec![],
        },
        None => Verdict::unknown("not in the text"),
    }
}

/// The rule's word on one node of a graph in shorthand.
pub(crate) fn judge(rule: &dyn Rule, text: &str, label: &str) -> Judgement {
    judge_under(&policy(), rule, text, label)
}

/// The rule's word under a policy of the test's own.
pub(crate) fn judge_under(policy: &Policy, rule: &dyn Rule, text: &str, label: &str) -> Judgement {
    let estate = shorthand::estate(text).unwrap();
    let clockwork = Clockwork::default();
    let ix = shorthand::find(&estate, label).unwrap();
    let classify = AsWritten(&estate);
    let case = Case::open(&estate, policy, &classify, &clockwork, ix).unwrap();
    assert!(
        rule.spec().kinds.contains(&case.node.kind),
        "the rule does not look at {label}"
    );
    rule.judge(&case)
}

/// The rule fires; the firing is given back to be looked at.
pub(crate) fn fires(rule: &dyn Rule, text: &str, label: &str) -> Firing {
    match judge(rule, text, label) {
        Judgement::Fires(firing) => {
            assert!(!firing.evidence.is_empty(), "a finding without evidence");
            firing
        }
        other => panic!("expected a finding, got {other:?}"),
    }
}

/// The rule fires with this severity; the firing is given back to be looked at.
pub(crate) fn fires_as(rule: &dyn Rule, text: &str, label: &str, severity: Severity) -> Firing {
    let firing = fires(rule, text, label);
    assert_eq!(firing.severity.unwrap_or(rule.spec().severity), severity);
    firing
}

/// The rule looked and found nothing wrong.
pub(crate) fn quiet(rule: &dyn Rule, text: &str, label: &str) {
    assert_eq!(judge(rule, text, label), Judgement::Quiet);
}

/// The rule cannot tell; the reason is given back.
pub(crate) fn unknown(rule: &dyn Rule, text: &str, label: &str) -> String {
    match judge(rule, text, label) {
        Judgement::Unknown(reason) => reason,
        other => panic!("expected `cannot tell`, got {other:?}"),
    }
}

/// The node is not of the rule's population.
pub(crate) fn not_applicable(rule: &dyn Rule, text: &str, label: &str) {
    assert_eq!(judge(rule, text, label), Judgement::NotApplicable);
}

/// The rule looks at credentials of these forms, given these words, and of no other.
pub(crate) fn looks_at_forms(rule: &dyn Rule, words: &str, forms: &[CredentialType]) {
    for form in CredentialType::ALL {
        let text = format!("credential:f type={form} {words}");
        let applies = judge(rule, &text, "credential:f") != Judgement::NotApplicable;
        assert_eq!(applies, forms.contains(form), "{form}");
    }
}

/// The rule's word where the policy has no line that fits.
pub(crate) fn judge_without_limits(rule: &dyn Rule, text: &str, label: &str) -> Judgement {
    let mut policy = policy();
    policy.limits.clear();
    judge_under(&policy, rule, text, label)
}
