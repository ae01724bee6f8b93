//! A record as judgements see it.

use model::{Class, CredentialType, Fact, NodeId, NodeKind, Signal, Status, TimeUs};

use crate::Text;

/// A node's place in an [`crate::Estate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIx(pub u32);

/// A time with the four ways of not being one, in eight bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct When(i64);

const NOTHING_SAID: i64 = i64::MIN;
const NOT_OBSERVABLE: i64 = i64::MIN + 1;
const NO_DATA_YET: i64 = i64::MIN + 2;
const NEVER: i64 = i64::MIN + 3;

impl When {
    /// No source says anything.
    pub const NOTHING_SAID: Self = Self(NOTHING_SAID);
    /// The sources cannot see it.
    pub const NOT_OBSERVABLE: Self = Self(NOT_OBSERVABLE);
    /// The sources could say and have no data.
    pub const NO_DATA_YET: Self = Self(NO_DATA_YET);
    /// It has not happened, or does not end, as far as the sources see.
    pub const NEVER: Self = Self(NEVER);

    /// A known time.
    pub fn at(time: TimeUs) -> Self {
        Self(time.as_micros())
    }

    /// From a stored state and time.
    pub fn from_columns(state: Option<&str>, us: Option<i64>) -> Self {
        match (state, us) {
            (Some("known"), Some(us)) => Self::at(TimeUs::from_micros(us)),
            (Some("never"), _) => Self::NEVER,
            (Some("no_data_yet"), _) => Self::NO_DATA_YET,
            (Some("not_observable"), _) => Self::NOT_OBSERVABLE,
            _ => Self::NOTHING_SAID,
        }
    }

    /// From what a source says.
    pub fn of(fact: Option<&Fact<TimeUs>>) -> Self {
        match fact {
            Some(Fact::Known { value, .. }) => Self::at(*value),
            Some(Fact::Never { .. }) => Self::NEVER,
            Some(Fact::NoDataYet { .. }) => Self::NO_DATA_YET,
            Some(Fact::NotObservable { .. }) => Self::NOT_OBSERVABLE,
            None => Self::NOTHING_SAID,
        }
    }

    /// The time, when known.
    pub fn known(self) -> Option<TimeUs> {
        (self.0 > NEVER).then(|| TimeUs::from_micros(self.0))
    }

    /// True when a source looked and it has not happened, or does not end.
    pub fn is_never(self) -> bool {
        self.0 == NEVER
    }

    /// True when nobody can tell.
    pub fn is_unknown(self) -> bool {
        self.0 < NEVER
    }

    /// Why nobody can tell, in words; empty when somebody can.
    pub fn why_unknown(self) -> &'static str {
        match self.0 {
            NOTHING_SAID => "no source says anything about it",
            NOT_OBSERVABLE => "the sources at hand cannot see it",
            NO_DATA_YET => "the source has no data yet",
            _ => "",
        }
    }
}

impl Default for When {
    fn default() -> Self {
        Self::NOTHING_SAID
    }
}

impl std::fmt::Debug for When {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.known() {
            Some(time) => write!(f, "{time}"),
            None if self.is_never() => f.write_str("never"),
            None => f.write_str(self.why_unknown()),
        }
    }
}

/// The answers to all signals of one node, one bit a signal. A signal in neither set is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signals {
    yes: u64,
    no: u64,
}

impl Signals {
    /// From two sets of bits; what stands in both is unknown, for sources contradict each other.
    pub fn from_bits(yes: u64, no: u64) -> Self {
        Self {
            yes: yes & !no,
            no: no & !yes,
        }
    }

    /// Sets one answer.
    pub fn set(&mut self, signal: Signal, so: bool) {
        let (on, off) = if so {
            (&mut self.yes, &mut self.no)
        } else {
            (&mut self.no, &mut self.yes)
        };
        *on |= signal.bit();
        *off &= !signal.bit();
    }

    /// Yes, no, or `None` when nobody can tell.
    pub fn get(self, signal: Signal) -> Option<bool> {
        if self.yes & signal.bit() != 0 {
            Some(true)
        } else if self.no & signal.bit() != 0 {
            Some(false)
        } else {
            None
        }
    }
}

/// A record's merged facts. Texts are looked up in the estate.
#[derive(Debug, Clone)]
pub struct Node {
    /// The row key in the database; in tests, any number.
    pub key: i64,
    /// The stable id.
    pub id: NodeId,
    /// What it is.
    pub kind: NodeKind,
    /// The sort of actor, of an identity.
    pub class: Option<Class>,
    /// The form, of a credential.
    pub credential_type: Option<CredentialType>,
    /// Whether the provider accepts it.
    pub status: Option<Status>,
    /// Whether a source itself calls it privileged.
    pub declared_privileged: Option<bool>,
    /// True when only relations of other records name it: no source has shown it.
    pub referenced: bool,
    /// True when no source shows it any more and something still names it. It is here so that what
    /// names it can be judged; nothing is to be said about itself. `referenced` is true as well and
    /// the status is deleted.
    pub retired: bool,
    /// The name people know it by.
    pub name: Text,
    /// The provider's id.
    pub native_id: Text,
    /// Where the native id is unique.
    pub partition: Text,
    /// The provider's sort. For showing and for naming a way to act; never for judging.
    pub subtype: Text,
    /// Who gives the native id.
    pub provider: Text,
    /// Account, tenant, cluster or domain.
    pub tenant: Text,
    /// The environment as declared.
    pub environment: Text,
    /// The owner as declared.
    pub owner: Text,
    /// The outside company behind it.
    pub vendor: Text,
    /// What it is for, as declared.
    pub purpose: Text,
    /// The application it belongs to, as declared.
    pub application: Text,
    /// Why it was granted, as declared.
    pub justification: Text,
    /// How sensitive what it holds is, as declared.
    pub sensitivity: Text,
    /// When it was created.
    pub created: When,
    /// When it stops working by itself; never means it has no expiry.
    pub expires: When,
    /// When it was last used.
    pub last_used: When,
    /// When its secret part was last replaced.
    pub last_rotated: When,
    /// How many short-lived instances it stands for; 0 when it stands for itself.
    pub instances: u32,
    /// How often it is used when all is well, in days, as stated; 0 when nobody says.
    pub cadence_days: u32,
    /// What the sources recognised.
    pub signals: Signals,
    /// Which sources show it: an index into the estate's sets of sources.
    pub(crate) source_set: u32,
}

impl Node {
    /// A node of which nothing is known but what it is.
    pub fn new(key: i64, id: NodeId, kind: NodeKind) -> Self {
        Self {
            key,
            id,
            kind,
            class: None,
            credential_type: None,
            status: None,
            declared_privileged: None,
            referenced: false,
            retired: false,
            name: Text::NONE,
            native_id: Text::NONE,
            partition: Text::NONE,
            subtype: Text::NONE,
            provider: Text::NONE,
            tenant: Text::NONE,
            environment: Text::NONE,
            owner: Text::NONE,
            vendor: Text::NONE,
            purpose: Text::NONE,
            application: Text::NONE,
            justification: Text::NONE,
            sensitivity: Text::NONE,
            created: When::NOTHING_SAID,
            expires: When::NOTHING_SAID,
            last_used: When::NOTHING_SAID,
            last_rotated: When::NOTHING_SAID,
            instances: 0,
            cadence_days: 0,
            signals: Signals::default(),
            source_set: 0,
        }
    }

    /// True when it could still be used: neither switched off nor deleted, as far as known.
    pub fn may_be_active(&self) -> bool {
        !matches!(
            self.status,
            Some(Status::Disabled | Status::Deleted | Status::Planned)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_keeps_its_five_states() {
        let known = When::at(TimeUs::EPOCH);
        assert_eq!(known.known(), Some(TimeUs::EPOCH));
        assert!(!known.is_never() && !known.is_unknown());
        assert!(When::NEVER.is_never() && !When::NEVER.is_unknown());
        for unknown in [When::NOTHING_SAID, When::NO_DATA_YET, When::NOT_OBSERVABLE] {
            assert!(unknown.is_unknown() && !unknown.is_never() && unknown.known().is_none());
            assert!(!unknown.why_unknown().is_empty());
        }
        assert_eq!(When::from_columns(Some("never"), None), When::NEVER);
        assert_eq!(When::from_columns(None, Some(1)), When::NOTHING_SAID);
    }

    #[test]
    fn sources_that_contradict_each_other_leave_a_signal_unknown() {
        let bit = Signal::NoPassphrase.bit();
        assert_eq!(Signals::from_bits(bit, bit).get(Signal::NoPassphrase), None);
        assert_eq!(
            Signals::from_bits(bit, 0).get(Signal::NoPassphrase),
            Some(true)
        );
        assert_eq!(
            Signals::from_bits(0, bit).get(Signal::NoPassphrase),
            Some(false)
        );
        let mut signals = Signals::from_bits(bit, 0);
        signals.set(Signal::NoPassphrase, false);
        assert_eq!(signals.get(Signal::NoPassphrase), Some(false));
    }
}
