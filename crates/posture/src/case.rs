//! One node with everything a rule may ask about it.

use std::cell::{Cell, RefCell};

use graph::{Classify, Edge, Estate, Labels, Node, NodeIx, When};
use model::finding::Evidence;
use model::labels::Classification;
use model::{EdgeKind, NodeKind, Signal, TimeUs};

use crate::dormancy::Dormancy;
use crate::policy::{Limit, Policy};

/// How many gaps a sentence names: what a person still reads.
const MAX_GAPS: usize = 3;

/// Remembers the earliest moment at which the passing of time alone could change a verdict, so that
/// what nothing touched need not be judged again before then.
#[derive(Debug, Default)]
pub struct Clockwork {
    next: Cell<Option<TimeUs>>,
    /// The rest of the node asked last: several rules and the score ask for the same one.
    rest: RefCell<Option<(NodeIx, Dormancy)>>,
}

impl Clockwork {
    /// The earliest moment at which a verdict may change by itself.
    pub fn next(&self) -> Option<TimeUs> {
        self.next.get()
    }

    /// What was found out about the rest of a node, when it was asked last.
    pub(crate) fn rest(&self, ix: NodeIx) -> Option<Dormancy> {
        let known = self.rest.borrow();
        let (of, rest) = known.as_ref()?;
        (*of == ix).then(|| rest.clone())
    }

    pub(crate) fn keep_rest(&self, ix: NodeIx, rest: &Dormancy) {
        self.rest.replace(Some((ix, rest.clone())));
    }

    fn passed(&self, now: TimeUs, deadline: TimeUs) -> bool {
        if now >= deadline {
            return true;
        }
        let next = self.next.get().map_or(deadline, |next| next.min(deadline));
        self.next.set(Some(next));
        false
    }
}

/// One node under judgement.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The inventory.
    pub estate: &'a Estate,
    /// What is demanded.
    pub policy: &'a Policy,
    /// The node's index.
    pub ix: NodeIx,
    /// The node.
    pub node: &'a Node,
    classify: &'a dyn Classify,
    clockwork: &'a Clockwork,
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Case")
            .field("ix", &self.ix)
            .finish_non_exhaustive()
    }
}

impl<'a> Case<'a> {
    /// Opens the case of a node; `None` when the estate has no such node.
    pub fn open(
        estate: &'a Estate,
        policy: &'a Policy,
        classify: &'a dyn Classify,
        clockwork: &'a Clockwork,
        ix: NodeIx,
    ) -> Option<Self> {
        Some(Self {
            node: estate.node(ix)?,
            estate,
            policy,
            ix,
            classify,
            clockwork,
        })
    }

    /// The case of another node, judged under the same clock.
    pub fn of(&self, ix: NodeIx) -> Option<Self> {
        Self::open(self.estate, self.policy, self.classify, self.clockwork, ix)
    }

    /// The earliest moment at which anything asked of this case so far may change by itself.
    pub fn next_change(&self) -> Option<TimeUs> {
        self.clockwork.next()
    }

    /// Where it is remembered what was found out.
    pub(crate) fn clockwork(&self) -> &'a Clockwork {
        self.clockwork
    }

    /// The verdicts on this node that are texts or dates, and who is asked about it.
    pub fn brief(&self) -> graph::Brief {
        self.classify.brief(self.ix)
    }

    /// The moment of judgement.
    pub fn now(&self) -> TimeUs {
        self.estate.now()
    }

    /// True when `deadline` has come. Every comparison with the clock goes through here.
    pub fn passed(&self, deadline: TimeUs) -> bool {
        self.clockwork.passed(self.now(), deadline)
    }

    /// True when `days` whole days have gone by since `start`.
    pub fn older_than(&self, start: TimeUs, days: u32) -> bool {
        self.passed(start.plus_days(i64::from(days)))
    }

    /// Whole days since `start`.
    pub fn days_since(&self, start: TimeUs) -> i64 {
        self.now().days_since(start)
    }

    /// The verdicts on this node.
    pub fn labels(&self) -> Labels {
        self.classify.labels(self.ix)
    }

    /// The verdicts with their evidence; for findings, not for every node.
    pub fn classification(&self) -> Classification {
        self.classify.classification(self.ix)
    }

    /// The verdicts on another node.
    pub fn labels_of(&self, ix: NodeIx) -> Labels {
        self.classify.labels(ix)
    }

    /// What the policy demands of this credential.
    pub fn limit(&self) -> Option<&'a Limit> {
        self.policy
            .limit(self.node.credential_type, self.labels().environment)
    }

    /// What the sources answered.
    pub fn signal(&self, signal: Signal) -> Option<bool> {
        self.node.signals.get(signal)
    }

    /// What was seen, of a signal that says yes.
    pub fn detail(&self, signal: Signal) -> Option<&'a str> {
        self.estate.detail(self.ix, signal)
    }

    /// The relations of a kind that start here.
    pub fn out(&self, kind: EdgeKind) -> &'a [Edge] {
        self.estate.out_by(self.ix, kind)
    }

    /// The relations of a kind that end here.
    pub fn into(&self, kind: EdgeKind) -> &'a [Edge] {
        self.estate.into_by(self.ix, kind)
    }

    /// The credentials that prove this identity, each once.
    pub fn credentials(&self) -> Vec<NodeIx> {
        distinct(self.into(EdgeKind::Authenticates))
    }

    /// The identities this credential proves, each once.
    pub fn identities(&self) -> Vec<NodeIx> {
        distinct(self.out(EdgeKind::Authenticates))
    }

    /// The other ends of a relation that starts here, each once.
    pub fn targets(&self, kind: EdgeKind) -> Vec<NodeIx> {
        distinct(self.out(kind))
    }

    /// The other ends of a relation that ends here, each once.
    pub fn origins(&self, kind: EdgeKind) -> Vec<NodeIx> {
        distinct(self.into(kind))
    }

    /// The name people know it by, else its native id.
    pub fn name(&self) -> &'a str {
        self.name_of(self.ix)
    }

    /// The name of another node.
    pub fn name_of(&self, ix: NodeIx) -> &'a str {
        let Some(node) = self.estate.node(ix) else {
            return "";
        };
        self.estate
            .opt_text(node.name)
            .unwrap_or_else(|| self.estate.text(node.native_id))
    }

    /// Evidence that a source of this node gave.
    pub fn evidence(&self, what: impl Into<String>) -> Evidence {
        self.evidence_on(self.ix, what)
    }

    /// Evidence that a source of another node gave.
    pub fn evidence_on(&self, ix: NodeIx, what: impl Into<String>) -> Evidence {
        let source = self.estate.sources_of(ix).next();
        Evidence {
            what: what.into(),
            source: source.map_or_else(|| "no source".to_owned(), graph::SourceInfo::label),
            place: None,
            observed: source.and_then(|source| source.last_observed),
        }
    }

    /// Evidence that one relation gives.
    pub fn evidence_of(&self, edge: &Edge, what: impl Into<String>) -> Evidence {
        let source = self.estate.sources().get(edge.source as usize);
        Evidence {
            what: what.into(),
            source: source.map_or_else(|| "no source".to_owned(), graph::SourceInfo::label),
            place: self.estate.opt_text(edge.place).map(str::to_owned),
            observed: source.and_then(|source| source.last_observed),
        }
    }

    /// Why a time is not known, in words that name the fact and what the sources did not see.
    pub fn why_unknown(&self, fact: &str, when: When, group: &str) -> String {
        format!("{fact}: {}{}", when.why_unknown(), self.gaps(group))
    }

    /// What the sources of this node did not see of a group of attributes, in brackets; empty when they
    /// say nothing of the kind.
    pub fn gaps(&self, group: &str) -> String {
        let gaps: Vec<String> = self
            .estate
            .gaps_of(self.ix, group)
            .take(MAX_GAPS)
            .map(|gap| format!("{} {}", gap.state, gap.reason).trim().to_owned())
            .collect();
        if gaps.is_empty() {
            return String::new();
        }
        format!(" ({})", gaps.join("; "))
    }

    /// True when a source of this node could not read all it was asked for: what is missing may stand
    /// in what it did not read.
    pub fn read_in_part(&self) -> bool {
        self.estate
            .gaps_of(self.ix, "inventory")
            .any(|gap| gap.state.is_shortfall())
    }

    /// True for the kind.
    pub fn is(&self, kind: NodeKind) -> bool {
        self.node.kind == kind
    }
}

/// The other ends, each once; relations of one kind come sorted by their other end.
pub(crate) fn distinct(edges: &[Edge]) -> Vec<NodeIx> {
    let mut ends: Vec<NodeIx> = edges.iter().map(|edge| edge.other).collect();
    ends.dedup();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_change_is_the_earliest_deadline_to_come() {
        let clockwork = Clockwork::default();
        let now = TimeUs::EPOCH.plus_days(10);
        assert!(clockwork.passed(now, TimeUs::EPOCH.plus_days(10)));
        assert_eq!(clockwork.next(), None);
        assert!(!clockwork.passed(now, TimeUs::EPOCH.plus_days(30)));
        assert!(!clockwork.passed(now, TimeUs::EPOCH.plus_days(20)));
        assert!(!clockwork.passed(now, TimeUs::EPOCH.plus_days(40)));
        assert_eq!(clockwork.next(), Some(TimeUs::EPOCH.plus_days(20)));
    }

    #[test]
    fn what_was_not_seen_is_said_and_no_more_of_it_than_a_person_reads() {
        use graph::shorthand;

        use crate::rules::testing::{AsWritten, policy};

        let gaps = "identity:i class=machine
             credential:k type=password
             gap identity inventory partial one file
             gap all usage denied a
             gap identity usage failed b
             gap all usage truncated c
             gap all usage failed d";
        for (text, label, words, in_part) in [
            (
                gaps.to_owned(),
                "identity:i",
                " (denied a; failed b; truncated c)",
                false,
            ),
            (
                gaps.to_owned(),
                "credential:k",
                " (denied a; truncated c; failed d)",
                false,
            ),
            (
                gaps.replace("partial", "denied"),
                "identity:i",
                " (denied a; failed b; truncated c)",
                true,
            ),
            (
                "identity:i class=machine".to_owned(),
                "identity:i",
                "",
                false,
            ),
        ] {
            let estate = shorthand::estate(&text).unwrap();
            let (policy, clockwork) = (policy(), Clockwork::default());
            let classify = AsWritten(&estate);
            let ix = shorthand::find(&estate, label).unwrap();
            let case = Case::open(&estate, &policy, &classify, &clockwork, ix).unwrap();
            assert_eq!(case.gaps("usage"), words);
            assert_eq!(case.read_in_part(), in_part);
            let why = case.why_unknown("last use", When::NO_DATA_YET, "usage");
            assert_eq!(why, format!("last use: the source has no data yet{words}"));
        }
    }

    #[test]
    fn a_case_opens_only_on_what_is_there() {
        use graph::shorthand;

        use crate::rules::testing::{AsWritten, policy};

        let estate = shorthand::estate("identity:i class=machine").unwrap();
        let (policy, clockwork) = (policy(), Clockwork::default());
        let classify = AsWritten(&estate);
        assert!(Case::open(&estate, &policy, &classify, &clockwork, NodeIx(1)).is_none());
        let case = Case::open(&estate, &policy, &classify, &clockwork, NodeIx(0)).unwrap();
        assert_eq!((case.name(), case.name_of(NodeIx(1))), ("i", ""));
        let evidence = case.evidence("seen");
        assert_eq!(
            (evidence.what.as_str(), evidence.source.as_str()),
            ("seen", "shorthand test")
        );
        assert!(case.older_than(case.now().plus_days(-3), 3));
        assert!(!case.older_than(case.now().plus_days(-3).plus_us(1), 3));
    }
}
