//! The facts of a node that are filtered and listed by, and how several sources' words about it
//! become one.

use model::fact::Fact;
use model::{Answer, Attributes, Class, Signal, Status, TimeUs};
use serde::{Deserialize, Serialize};

/// A fact about a time, as two columns: the state and, when known, the time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeColumn {
    /// `known`, `never`, `no_data_yet`, `not_observable`; `None` when no source says anything.
    pub state: Option<String>,
    /// The time, when known.
    pub us: Option<i64>,
}

impl TimeColumn {
    /// The two columns of a fact.
    pub fn of(fact: Option<&Fact<TimeUs>>) -> Self {
        Self {
            state: fact.map(|fact| fact.state().to_owned()),
            us: fact.and_then(Fact::value).map(|time| time.as_micros()),
        }
    }
}

/// The listed facts of one node, from one source or merged from many.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Columns {
    /// The name people know it by.
    pub name: Option<String>,
    /// Human, machine, agent, device or external.
    pub class: Option<String>,
    /// The provider's sort.
    pub subtype: Option<String>,
    /// Account, tenant, cluster or domain.
    pub tenant: Option<String>,
    /// Enabled, disabled, deleted or planned.
    pub status: Option<String>,
    /// When it was created.
    pub created: TimeColumn,
    /// When it stops working by itself.
    pub expires: TimeColumn,
    /// When it was last used.
    pub last_used: TimeColumn,
    /// When its secret part was last replaced.
    pub last_rotated: TimeColumn,
    /// The environment as declared.
    pub environment: Option<String>,
    /// The owner as declared.
    pub owner: Option<String>,
    /// The outside company behind it.
    pub vendor: Option<String>,
    /// 1 when the source itself calls it privileged, 0 when it says it is not.
    pub privileged: Option<i64>,
    /// How many instances it stands for.
    pub instances: Option<i64>,
    /// What it is for, as declared.
    pub purpose: Option<String>,
    /// The application it belongs to, as declared.
    pub application: Option<String>,
    /// Why it was granted, as declared.
    pub justification: Option<String>,
    /// How sensitive what it holds is, as declared.
    pub sensitivity: Option<String>,
    /// The form, of a credential.
    pub credential_type: Option<String>,
    /// How often it is used when all is well, in days.
    pub cadence_days: Option<i64>,
    /// What was recognised that matters to a judgement.
    pub signals: Signals,
}

/// Answers to signals, one bit each. What stands in neither set is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Signals {
    /// Answered yes.
    pub yes: u64,
    /// Answered no.
    pub no: u64,
}

impl Signals {
    /// What one source answered; not being able to tell is no answer.
    pub fn of(attributes: &Attributes) -> Self {
        let mut signals = Self::default();
        for (signal, answer) in &attributes.signals {
            signals.set(*signal, answer);
        }
        signals
    }

    fn set(&mut self, signal: Signal, answer: &Answer) {
        match answer.known() {
            Some(true) => self.yes |= signal.bit(),
            Some(false) => self.no |= signal.bit(),
            None => {}
        }
    }

    /// Reads `name=yes;name=no`. A word of a newer version is left out.
    pub fn parse(text: &str) -> Self {
        let mut signals = Self::default();
        for (name, answer) in text.split(';').filter_map(|part| part.split_once('=')) {
            if let Some(signal) = Signal::parse(name) {
                signals.set(signal, &Answer::of(answer == "yes"));
            }
        }
        signals
    }

    /// The column: `name=yes;name=no` in the order of names, `None` when nothing was answered.
    pub fn column(self) -> Option<String> {
        if self.yes | self.no == 0 {
            return None;
        }
        let mut answers: Vec<(&str, &str)> = Signal::ALL
            .iter()
            .filter_map(|signal| {
                let is_in = |set: u64| set & signal.bit() != 0;
                match (is_in(self.yes), is_in(self.no)) {
                    (true, false) => Some((signal.name(), "yes")),
                    (false, true) => Some((signal.name(), "no")),
                    _ => None,
                }
            })
            .collect();
        answers.sort_unstable();
        let parts: Vec<String> = answers
            .into_iter()
            .map(|(name, answer)| format!("{name}={answer}"))
            .collect();
        Some(parts.join(";"))
    }
}

impl Columns {
    /// The columns of what one source says.
    pub fn of(attributes: &Attributes) -> Self {
        Self {
            name: attributes.name.clone(),
            class: attributes.class.map(|class: Class| class.name().to_owned()),
            subtype: attributes.subtype.clone(),
            tenant: attributes.tenant.clone(),
            status: attributes
                .status
                .map(|status: Status| status.name().to_owned()),
            created: TimeColumn::of(attributes.created.as_ref()),
            expires: TimeColumn::of(attributes.expires.as_ref()),
            last_used: TimeColumn::of(attributes.last_used.as_ref()),
            last_rotated: TimeColumn::of(attributes.last_rotated.as_ref()),
            environment: attributes.declared_environment.clone(),
            owner: attributes.declared_owner.clone(),
            vendor: attributes.vendor.clone(),
            privileged: attributes.declared_privileged.map(i64::from),
            instances: attributes
                .instances
                .and_then(|count| i64::try_from(count).ok()),
            purpose: attributes.declared_purpose.clone(),
            application: attributes.declared_application.clone(),
            justification: attributes.declared_justification.clone(),
            sensitivity: attributes.declared_sensitivity.clone(),
            credential_type: attributes
                .credential_type
                .map(|form| form.name().to_owned()),
            cadence_days: attributes.cadence_days.map(i64::from),
            signals: Signals::of(attributes),
        }
    }
}

/// How much weight a source's word has. By hand beats an authoritative source, which beats others;
/// within one rank a source that describes the thing beats one that only mentions it, then the newer observation wins, then the connector's name decides, so that the
/// result never depends on the order of imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A plan, a spreadsheet, an attack-graph file.
    Secondary,
    /// The provider itself.
    Authoritative,
    /// A person said so.
    ByHand,
}

/// What one source says, with its weight.
#[derive(Debug, Clone)]
pub struct Weighted<T> {
    /// The weight.
    pub rank: Rank,
    /// How much the source knows the thing, see [`describes`].
    pub describes: u8,
    /// The source's own time.
    pub observed_us: i64,
    /// The source, as a last tie-break.
    pub source: String,
    /// What it says.
    pub said: T,
}

/// How much a source knows a thing: 2 when it describes it under the provider's own id, 1 when it
/// calls it by nothing but that id (a policy that names an e-mail address, a task that names a
/// SID), 0 when it does not even know the id and uses a slot or a stand-in.
pub fn describes(name: Option<&str>, native_id: &str) -> u8 {
    if crate::spool::plainness(native_id) >= crate::spool::MADE_UP {
        return 0;
    }
    1 + u8::from(name.is_some_and(|name| !name.eq_ignore_ascii_case(native_id)))
}

/// Orders from the weightiest to the least.
pub fn sort<T>(said: &mut [Weighted<T>]) {
    said.sort_by(|a, b| {
        b.rank
            .cmp(&a.rank)
            .then(b.describes.cmp(&a.describes))
            .then(b.observed_us.cmp(&a.observed_us))
            .then(a.source.cmp(&b.source))
    });
}

/// Merges what the sources say, given in the order of [`sort`].
pub fn merge(said: &[Weighted<Columns>]) -> Columns {
    let first =
        |pick: fn(&Columns) -> Option<&String>| said.iter().find_map(|w| pick(&w.said)).cloned();
    let time = |pick: fn(&Columns) -> &TimeColumn| strongest(said.iter().map(|w| pick(&w.said)));
    Columns {
        name: first(|c| c.name.as_ref()),
        class: first(|c| c.class.as_ref()),
        subtype: first(|c| c.subtype.as_ref()),
        tenant: first(|c| c.tenant.as_ref()),
        status: first(|c| c.status.as_ref()),
        created: time(|c| &c.created),
        expires: time(|c| &c.expires),
        last_used: latest(said.iter().map(|w| &w.said.last_used)),
        last_rotated: time(|c| &c.last_rotated),
        environment: first(|c| c.environment.as_ref()),
        owner: first(|c| c.owner.as_ref()),
        vendor: first(|c| c.vendor.as_ref()),
        privileged: said.iter().find_map(|w| w.said.privileged),
        instances: said.iter().find_map(|w| w.said.instances),
        purpose: first(|c| c.purpose.as_ref()),
        application: first(|c| c.application.as_ref()),
        justification: first(|c| c.justification.as_ref()),
        sensitivity: first(|c| c.sensitivity.as_ref()),
        credential_type: first(|c| c.credential_type.as_ref()),
        cadence_days: said.iter().find_map(|w| w.said.cadence_days),
        signals: signals(said),
    }
}

/// Merges the answers signal by signal: by hand, else the provider itself, else the newer word. Two
/// that weigh the same and contradict each other leave the signal unknown. What is said of a copy
/// does not contradict what is said of another copy.
fn signals(said: &[Weighted<Columns>]) -> Signals {
    let mut merged = Signals::default();
    let answers = said
        .iter()
        .fold(0, |all, w| all | w.said.signals.yes | w.said.signals.no);
    if answers == 0 {
        return merged;
    }
    for signal in Signal::ALL.iter().filter(|one| one.bit() & answers != 0) {
        let (yes, no) = one_signal(said, *signal);
        merged.yes |= if yes { signal.bit() } else { 0 };
        merged.no |= if no { signal.bit() } else { 0 };
    }
    merged
}

fn one_signal(said: &[Weighted<Columns>], signal: Signal) -> (bool, bool) {
    let weight = |w: &Weighted<Columns>| {
        if signal.of_copies().is_some() {
            (w.rank.max(Rank::Authoritative), 0)
        } else {
            (w.rank, w.observed_us)
        }
    };
    let speaks =
        |w: &&Weighted<Columns>| (w.said.signals.yes | w.said.signals.no) & signal.bit() != 0;
    let Some(weightiest) = said.iter().filter(speaks).map(weight).max() else {
        return (false, false);
    };
    let (mut yes, mut no) = (false, false);
    for w in said.iter().filter(|w| weight(w) == weightiest) {
        yes |= w.said.signals.yes & signal.bit() != 0;
        no |= w.said.signals.no & signal.bit() != 0;
    }
    match (yes && no, signal.of_copies()) {
        (true, Some(stands)) => (stands, !stands),
        (true, None) => (false, false),
        (false, _) => (yes, no),
    }
}

fn strength(state: Option<&str>) -> u8 {
    match state {
        Some("known") => 4,
        Some("never") => 3,
        Some("no_data_yet") => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// A source that knows beats a weightier one that does not.
fn strongest<'a>(columns: impl Iterator<Item = &'a TimeColumn>) -> TimeColumn {
    let mut best = TimeColumn::default();
    for column in columns {
        if strength(column.state.as_deref()) > strength(best.state.as_deref()) {
            best = column.clone();
        }
    }
    best
}

/// Use only grows: the latest known use by any source is the last use.
fn latest<'a>(columns: impl Iterator<Item = &'a TimeColumn>) -> TimeColumn {
    let mut best = TimeColumn::default();
    for column in columns {
        let stronger = strength(column.state.as_deref()) > strength(best.state.as_deref());
        if stronger || (column.state == best.state && column.us > best.us) {
            best = column.clone();
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        rank: Rank,
        observed_us: i64,
        name: Option<&str>,
        used: Option<Fact<TimeUs>>,
    ) -> Weighted<Columns> {
        let attributes = Attributes {
            name: name.map(str::to_owned),
            last_used: used,
            ..Attributes::default()
        };
        Weighted {
            rank,
            describes: describes(name, "native"),
            observed_us,
            source: format!("s{observed_us}"),
            said: Columns::of(&attributes),
        }
    }

    #[test]
    fn by_hand_then_authoritative_then_newer() {
        let mut all = vec![
            said(Rank::Secondary, 9, Some("newest"), None),
            said(Rank::Authoritative, 1, Some("old"), None),
            said(Rank::Authoritative, 2, Some("new"), None),
            said(Rank::Authoritative, 3, None, None),
        ];
        sort(&mut all);
        assert_eq!(merge(&all).name.as_deref(), Some("new"));
        all.push(said(Rank::ByHand, 0, Some("person"), None));
        sort(&mut all);
        assert_eq!(merge(&all).name.as_deref(), Some("person"));
    }

    fn answers(rank: Rank, observed_us: i64, text: &str) -> Weighted<Columns> {
        let mut said = said(rank, observed_us, None, None);
        said.said.signals = Signals::parse(text);
        said
    }

    #[test]
    fn signals_are_merged_one_by_one() {
        use Rank::{Authoritative, ByHand, Secondary};
        let merged = |mut all: Vec<Weighted<Columns>>| {
            sort(&mut all);
            merge(&all).signals.column().unwrap_or_default()
        };
        assert_eq!(
            merged(vec![
                answers(Authoritative, 1, "self_signed=yes;chain_fault=no"),
                answers(Secondary, 9, "self_signed=no;many_tenants=yes"),
                answers(Authoritative, 2, "chain_fault=yes"),
            ]),
            "chain_fault=yes;many_tenants=yes;self_signed=yes"
        );
        assert_eq!(
            merged(vec![
                answers(Authoritative, 9, "chain_fault=yes"),
                answers(ByHand, 1, "chain_fault=no"),
            ]),
            "chain_fault=no",
            "a person's word stands against a newer one"
        );
        assert_eq!(
            merged(vec![
                answers(Authoritative, 3, "chain_fault=yes;self_signed=no"),
                answers(Authoritative, 3, "chain_fault=no;self_signed=no"),
            ]),
            "self_signed=no",
            "words of equal weight that contradict each other leave it unknown"
        );
    }

    #[test]
    fn a_copy_in_good_order_does_not_excuse_another() {
        let mut all = vec![
            answers(Rank::Secondary, 1, "no_passphrase=yes;example_only=yes"),
            answers(Rank::Authoritative, 9, "no_passphrase=no;example_only=no"),
        ];
        sort(&mut all);
        let merged = merge(&all).signals;
        assert_eq!(
            merged.column().unwrap(),
            "example_only=no;no_passphrase=yes"
        );
        assert_eq!(Signals::parse(&merged.column().unwrap()), merged);
        all.push(answers(Rank::ByHand, 1, "no_passphrase=no"));
        sort(&mut all);
        assert_eq!(
            merge(&all).signals.column().unwrap(),
            "example_only=no;no_passphrase=no"
        );
    }

    #[test]
    fn a_mention_does_not_rename_what_another_source_describes() {
        let mut all = vec![
            said(Rank::Authoritative, 9, Some("NATIVE"), None),
            said(Rank::Authoritative, 1, Some("Nightly loader"), None),
        ];
        sort(&mut all);
        assert_eq!(merge(&all).name.as_deref(), Some("Nightly loader"));
    }

    #[test]
    fn not_observable_never_hides_what_another_source_knows() {
        let at = |us| Some(Fact::known(TimeUs::from_micros(us)));
        let mut all = vec![
            said(Rank::ByHand, 5, None, Some(Fact::not_observable("no log"))),
            said(Rank::Authoritative, 4, None, Some(Fact::never())),
        ];
        sort(&mut all);
        assert_eq!(merge(&all).last_used.state.as_deref(), Some("never"));
        all.push(said(Rank::Secondary, 1, None, at(10)));
        all.push(said(Rank::Authoritative, 2, None, at(7)));
        sort(&mut all);
        assert_eq!(merge(&all).last_used.us, Some(10));
    }
}
