//! A fact about a thing: known, never, not observable, or no data yet.

use serde::{Deserialize, Serialize};

/// How exactly a source knows a value. A date without a time of day is no midnight, and a time that is
/// renewed now and then is only the earliest it can have been.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// As exact as it is written.
    #[default]
    Exact,
    /// To the day: the time of day is not known.
    Day,
    /// The value is renewed only when it is up to 14 days old, so the truth may be that much later.
    Fortnight,
}

impl Precision {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Day => "day",
            Self::Fortnight => "fortnight",
        }
    }

    /// Finds the precision by its word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Exact, Self::Day, Self::Fortnight]
            .into_iter()
            .find(|precision| precision.name() == word)
    }

    /// What it means for a reader; `None` when there is nothing to say.
    pub const fn meaning(self) -> Option<&'static str> {
        match self {
            Self::Exact => None,
            Self::Day => Some("known to the day"),
            Self::Fortnight => Some("may be up to 14 days later"),
        }
    }

    /// True when nothing needs to be said.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_exact(&self) -> bool {
        *self == Self::Exact
    }
}

/// What a source says about one attribute. Absent from the observation altogether means the source
/// says nothing about it, which is a fifth thing again and is written by leaving the attribute out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Fact<T> {
    /// The source gave a value.
    Known {
        /// The value.
        value: T,
        /// How exactly it is known.
        #[serde(default, skip_serializing_if = "Precision::is_exact")]
        precision: Precision,
    },
    /// The source looked and it has not happened within its evidence window.
    Never {
        /// How far back the source can see, when it says so: an RFC 3339 start or words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window: Option<String>,
    },
    /// This source can never say, with the reason.
    NotObservable {
        /// Why it cannot be seen here.
        reason: String,
    },
    /// The source could say but has no data (yet), with the reason.
    NoDataYet {
        /// Why there is none, for example the provider's own word `no_information`.
        reason: String,
    },
}

impl<T> Fact<T> {
    /// A known value.
    pub fn known(value: T) -> Self {
        Self::known_to(value, Precision::Exact)
    }

    /// A value known only so exactly.
    pub fn known_to(value: T, precision: Precision) -> Self {
        Self::Known { value, precision }
    }

    /// How exactly the value is known, when it is.
    pub fn precision(&self) -> Option<Precision> {
        match self {
            Self::Known { precision, .. } => Some(*precision),
            _ => None,
        }
    }

    /// Never, as far back as the source can see.
    pub fn never() -> Self {
        Self::Never { window: None }
    }

    /// Not observable, because of `reason`.
    pub fn not_observable(reason: impl Into<String>) -> Self {
        Self::NotObservable {
            reason: reason.into(),
        }
    }

    /// No data yet, because of `reason`.
    pub fn no_data_yet(reason: impl Into<String>) -> Self {
        Self::NoDataYet {
            reason: reason.into(),
        }
    }

    /// The value, when known.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            _ => None,
        }
    }

    /// The state's name as it stands in JSON, filters and columns.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Known { .. } => "known",
            Self::Never { .. } => "never",
            Self::NotObservable { .. } => "not_observable",
            Self::NoDataYet { .. } => "no_data_yet",
        }
    }

    /// The reason given for a value that is not there.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::NotObservable { reason } | Self::NoDataYet { reason } => Some(reason),
            Self::Never { window } => window.as_deref(),
            Self::Known { .. } => None,
        }
    }

    /// How much the fact says, for merging: a known value beats `never`, `never` beats the two
    /// kinds of not knowing. Larger says more.
    pub fn strength(&self) -> u8 {
        match self {
            Self::Known { .. } => 3,
            Self::Never { .. } => 2,
            Self::NoDataYet { .. } => 1,
            Self::NotObservable { .. } => 0,
        }
    }
}

/// The names of the states, in the order of [`Fact::strength`] from most to least.
pub const STATES: &[&str] = &["known", "never", "no_data_yet", "not_observable"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_states_stay_apart_in_json() {
        let facts: Vec<Fact<u8>> = vec![
            Fact::known(1),
            Fact::never(),
            Fact::not_observable("no log"),
            Fact::no_data_yet("N/A"),
        ];
        let text = serde_json::to_string(&facts).unwrap();
        insta::assert_snapshot!(text, @r#"[{"state":"known","value":1},{"state":"never"},{"state":"not_observable","reason":"no log"},{"state":"no_data_yet","reason":"N/A"}]"#);
        assert_eq!(serde_json::from_str::<Vec<Fact<u8>>>(&text).unwrap(), facts);
    }

    #[test]
    fn precision_is_written_only_where_it_is_not_exact() {
        let day = Fact::known_to(1_u8, Precision::Day);
        let text = serde_json::to_string(&day).unwrap();
        assert_eq!(text, r#"{"state":"known","value":1,"precision":"day"}"#);
        assert_eq!(serde_json::from_str::<Fact<u8>>(&text).unwrap(), day);
        assert_ne!(day, Fact::known(1));
        let exact: Fact<u8> = serde_json::from_str(r#"{"state":"known","value":1}"#).unwrap();
        assert_eq!(exact.precision(), Some(Precision::Exact));
        for precision in [Precision::Exact, Precision::Day, Precision::Fortnight] {
            assert_eq!(Precision::parse(precision.name()), Some(precision));
        }
    }
}
