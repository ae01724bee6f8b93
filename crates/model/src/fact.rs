//! A fact about a thing: known, never, not observable, or no data yet.

use serde::{Deserialize, Serialize};

/// What a source says about one attribute. Absent from the observation altogether means the source
/// says nothing about it, which is a fifth thing again and is written by leaving the attribute out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Fact<T> {
    /// The source gave a value.
    Known {
        /// The value.
        value: T,
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
        Self::Known { value }
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
            Self::Known { value } => Some(value),
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
}
