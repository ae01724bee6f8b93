//! All rules asked about a node: what comes out is findings, each cause once, and the count of what was
//! looked at, found fine and could not be told.

use std::collections::BTreeMap;

use graph::{Classify, Estate, NodeIx};
use model::finding::{Assignee, ControlRef, Evidence, Finding};
use model::labels::Owner;
use model::{NodeKind, TimeUs};
use serde::{Deserialize, Serialize};

use crate::rules::RULES;
use crate::{Case, Clockwork, Firing, Judgement, Policy, Rule};

/// What one rule looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCount {
    /// How many nodes the rule applies to.
    pub population: u64,
    /// How many of them are wrong.
    pub fired: u64,
    /// How many of them nobody can tell.
    pub unknown: u64,
}

/// What is wrong with one node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// The findings, by severity and then by rule.
    pub findings: Vec<Finding>,
    /// What could not be told: the rule and why.
    pub unknown: Vec<(&'static str, String)>,
    /// The earliest moment at which the passing of time alone may change this.
    pub next_change: Option<TimeUs>,
}

/// Asks the rules a policy leaves switched on.
pub struct Judge<'a> {
    estate: &'a Estate,
    policy: &'a Policy,
    classify: &'a dyn Classify,
    rules: Vec<(usize, &'static dyn Rule)>,
}

impl std::fmt::Debug for Judge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Judge({} rules)", self.rules.len())
    }
}

impl<'a> Judge<'a> {
    /// A judge of an estate under a policy.
    pub fn new(estate: &'a Estate, policy: &'a Policy, classify: &'a dyn Classify) -> Self {
        let asked = |rule: &dyn Rule| {
            policy
                .change(rule.spec().id)
                .is_none_or(|change| change.enabled)
        };
        Self {
            estate,
            policy,
            classify,
            rules: RULES
                .iter()
                .copied()
                .enumerate()
                .filter(|(_, rule)| asked(*rule))
                .collect(),
        }
    }

    /// Counters for [`Judge::judge`], one for each rule in the order of [`RULES`].
    pub fn counters() -> Vec<RuleCount> {
        vec![RuleCount::default(); RULES.len()]
    }

    /// The case of a node, for whoever asks more than the rules do.
    pub fn case<'c>(&'c self, clockwork: &'c Clockwork, ix: NodeIx) -> Option<Case<'c>> {
        Case::open(self.estate, self.policy, self.classify, clockwork, ix)
    }

    /// Judges one node and counts what was looked at.
    pub fn judge(&self, ix: NodeIx, counters: &mut [RuleCount]) -> Judged {
        let clockwork = Clockwork::default();
        match self.case(&clockwork, ix) {
            Some(case) => self.judge_case(&case, counters),
            None => Judged::default(),
        }
    }

    /// As [`Judge::judge`], of a case that is open already: what else is asked of the case shares its
    /// clockwork and what it found out.
    pub fn judge_case(&self, case: &Case<'_>, counters: &mut [RuleCount]) -> Judged {
        let mut judged = Judged::default();
        let mut fired: BTreeMap<&'static str, (&'static dyn Rule, Firing)> = BTreeMap::new();
        // What only other records name was never shown: there is nothing to judge it by.
        if case.node.referenced {
            return judged;
        }
        for (index, rule) in &self.rules {
            let spec = rule.spec();
            if !spec.kinds.contains(&case.node.kind) {
                continue;
            }
            let judgement = rule.judge(case);
            if let Some(count) = counters.get_mut(*index) {
                count.add(&judgement);
            }
            match judgement {
                Judgement::NotApplicable | Judgement::Quiet => {}
                Judgement::Unknown(why) => judged.unknown.push((spec.id, why)),
                Judgement::Fires(firing) => {
                    fired.insert(spec.id, (*rule, firing));
                }
            }
        }
        judged.findings = self.findings(case, fired);
        judged.next_change = case.next_change();
        judged
    }

    fn findings(
        &self,
        case: &Case<'_>,
        mut fired: BTreeMap<&'static str, (&'static dyn Rule, Firing)>,
    ) -> Vec<Finding> {
        if fired.is_empty() {
            return Vec::new();
        }
        let assignee = assignee(&case.classification().owners);
        let mut covered: BTreeMap<&'static str, Vec<(&'static str, Vec<Evidence>)>> =
            BTreeMap::new();
        let wide: Vec<&'static dyn Rule> = fired.values().map(|(rule, _)| *rule).collect();
        for rule in wide {
            let id = rule.spec().id;
            // A rule that is itself covered by now keeps nothing: its coverer covers what it covers.
            if !fired.contains_key(id) {
                continue;
            }
            for narrow in rule.spec().covers {
                if let Some((_, firing)) = fired.remove(narrow) {
                    let gathered = covered.remove(narrow).unwrap_or_default();
                    let all = covered.entry(id).or_default();
                    all.push((*narrow, firing.evidence));
                    all.extend(gathered);
                }
            }
        }
        let mut findings: Vec<Finding> = fired
            .into_values()
            .map(|(rule, firing)| {
                let narrow = covered.remove(rule.spec().id).unwrap_or_default();
                self.finding(case, rule, firing, narrow, assignee.clone())
            })
            .collect();
        findings.sort_by(|a, b| {
            b.severity
                .cmp(&a.severity)
                .then_with(|| a.rule.cmp(&b.rule))
        });
        findings
    }

    fn finding(
        &self,
        case: &Case<'_>,
        rule: &dyn Rule,
        firing: Firing,
        narrow: Vec<(&'static str, Vec<Evidence>)>,
        assignee: Option<Assignee>,
    ) -> Finding {
        let spec = rule.spec();
        let changed = self
            .policy
            .change(spec.id)
            .and_then(|change| change.severity);
        let mut identity_fields = subject_fields(case);
        identity_fields.extend(firing.identity_fields);
        let mut evidence = firing.evidence;
        let mut covers = Vec::new();
        for (id, more) in narrow {
            covers.push(id.to_owned());
            for one in more {
                if !evidence.contains(&one) {
                    evidence.push(one);
                }
            }
        }
        Finding {
            rule: spec.id.to_owned(),
            subject: case.node.id,
            summary: firing.summary,
            severity: changed.or(firing.severity).unwrap_or(spec.severity),
            confidence: firing.confidence,
            evidence,
            identity_fields,
            frameworks: spec
                .controls
                .iter()
                .map(|control| ControlRef {
                    framework: control.framework.to_owned(),
                    id: control.id.to_owned(),
                })
                .collect(),
            remedies: spec.remedies.iter().map(|&step| step.to_owned()).collect(),
            commands: firing.commands,
            covers,
            assignee,
        }
    }
}

impl RuleCount {
    fn add(&mut self, judgement: &Judgement) {
        match judgement {
            Judgement::NotApplicable => return,
            Judgement::Quiet => {}
            Judgement::Unknown(_) => self.unknown += 1,
            Judgement::Fires(_) => self.fired += 1,
        }
        self.population += 1;
    }

    /// Adds what another worker counted.
    pub fn plus(&mut self, other: Self) {
        self.population += other.population;
        self.fired += other.fired;
        self.unknown += other.unknown;
    }
}

/// The words that make a subject this one: what its id derives from.
fn subject_fields(case: &Case<'_>) -> Vec<String> {
    let text = |text| case.estate.text(text).to_owned();
    vec![
        case.node.kind.name().to_owned(),
        text(case.node.provider),
        text(case.node.partition),
        text(case.node.native_id),
    ]
}

/// Who is asked: the one who operates it, else who pays for it, else who stands in; people before
/// teams, and nobody who has left.
pub fn assignee(owners: &[Owner]) -> Option<Assignee> {
    owners
        .iter()
        .filter(|owner| !owner.left)
        .min_by_key(|owner| (owner.role.turn(), !owner.person, owner.name.as_str()))
        .map(|owner| Assignee {
            id: owner.id,
            name: owner.name.clone(),
            role: owner.role,
        })
}

/// Every kind that some rule looks at.
pub fn judged_kinds() -> Vec<NodeKind> {
    NodeKind::ALL
        .iter()
        .copied()
        .filter(|kind| RULES.iter().any(|rule| rule.spec().kinds.contains(kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use graph::shorthand;
    use model::finding::Severity;

    use super::*;
    use crate::rules::testing::AsWritten;

    const OPEN_KEY: &str = "credential:k type=private_key +no_passphrase";

    fn judged(text: &str, policy: &Policy, label: &str) -> (Judged, Vec<RuleCount>) {
        let estate = shorthand::estate(text).unwrap();
        let classify = AsWritten(&estate);
        let judge = Judge::new(&estate, policy, &classify);
        let mut counters = Judge::counters();
        let judged = judge.judge(shorthand::find(&estate, label).unwrap(), &mut counters);
        (judged, counters)
    }

    fn count(counters: &[RuleCount], id: &str) -> RuleCount {
        let index = RULES.iter().position(|rule| rule.spec().id == id).unwrap();
        counters[index]
    }

    #[test]
    fn findings_and_counts_of_one_node() {
        let (judged, counters) = judged(OPEN_KEY, &Policy::default(), "credential:k");
        let finding = judged
            .findings
            .iter()
            .find(|finding| finding.rule == "key-without-passphrase")
            .unwrap();
        assert_eq!(finding.identity_fields, ["credential", "test", "", "k"]);
        assert_eq!(finding.assignee, None);
        let count = count(&counters, "key-without-passphrase");
        assert_eq!((count.population, count.fired, count.unknown), (1, 1, 0));
    }

    #[test]
    fn a_policy_switches_rules_off_and_weighs_them() {
        let policy = |line: &str| {
            Policy::parse(
                &format!("version = 1\n[[rule]]\nid = \"key-without-passphrase\"\n{line}\nreason = \"x\"\n"),
                &["key-without-passphrase"],
            )
            .unwrap()
        };
        let of = |policy: &Policy| {
            let (judged, counters) = judged(OPEN_KEY, policy, "credential:k");
            let severity = judged
                .findings
                .iter()
                .find(|finding| finding.rule == "key-without-passphrase")
                .map(|finding| finding.severity);
            (
                severity,
                count(&counters, "key-without-passphrase").population,
            )
        };
        assert_eq!(
            of(&policy("severity = \"critical\"")),
            (Some(Severity::Critical), 1)
        );
        assert_eq!(of(&policy("enabled = false")), (None, 0));
    }

    #[test]
    fn what_only_others_name_is_not_judged() {
        let text = "credential:k -authenticates-> identity:x";
        let (judged, counters) = judged(text, &Policy::default(), "credential:k");
        assert_eq!(judged, Judged::default());
        assert!(counters.iter().all(|count| count.population == 0));
    }

    #[test]
    fn the_one_who_operates_it_is_asked_unless_gone() {
        use model::labels::OwnerRole;

        let owner = |name: &str, role, person, left| Owner {
            id: model::NodeRef::certificate(name).id(),
            name: name.to_owned(),
            role,
            person,
            left,
            basis: model::labels::Basis::Stated,
            evidence: vec![],
        };
        let asked = |owners: &[Owner]| assignee(owners).map(|asked| asked.name);
        let ann = owner("ann", OwnerRole::Business, true, false);
        let ops = owner("ops", OwnerRole::Technical, false, false);
        let bob = owner("bob", OwnerRole::Technical, true, false);
        let gone = owner("gone", OwnerRole::Technical, true, true);
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[ann.clone(), ops.clone()]).as_deref(), Some("ops"));
        assert_eq!(asked(&[ops, bob, ann.clone()]).as_deref(), Some("bob"));
        assert_eq!(asked(&[gone.clone(), ann]).as_deref(), Some("ann"));
        assert_eq!(asked(&[gone]), None);
    }
}
