//! How strongly a factor is there: a number from 0 to 1, unknown, or not applicable; and how the
//! number is read from what was measured.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::InputError;

/// A number from 0 to 1, both included. There is no way to make one of anything else.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Ratio(f64);

impl Eq for Ratio {}

impl Ratio {
    /// Looked at and absent.
    pub const ZERO: Self = Self(0.0);
    /// Fully there.
    pub const ONE: Self = Self(1.0);
    /// `EX3`: a copy in a private repository or in a file of a host.
    pub const COPY_IN_REPOSITORY_OR_HOST: Self = Self(0.6);
    /// `EX3`: a copy in an image or a build artefact.
    pub const COPY_IN_IMAGE_OR_ARTEFACT: Self = Self(0.8);
    /// `EX3`: a copy in a chat or a wiki.
    pub const COPY_IN_CHAT_OR_WIKI: Self = Self(1.0);
    /// `CF1`: the trust policy has a wildcard, inside the own organisation.
    pub const WILDCARD_INSIDE_ORGANISATION: Self = Self(0.5);
    /// `OW1`: a team answers for it, but no person.
    pub const TEAM_BUT_NO_PERSON: Self = Self(0.5);
    /// `CR1`: it expires inside the lead time.
    pub const EXPIRING_INSIDE_LEAD_TIME: Self = Self(0.5);
    /// `HU1`: a person used it in the last 180 days, but not in the last 30.
    pub const HUMAN_USE_IN_180_DAYS: Self = Self(0.5);

    /// Takes a number from 0 to 1.
    ///
    /// # Errors
    /// The number is below 0, above 1 or none at all; whoever computed it can fix it.
    pub fn new(x: f64) -> Result<Self, InputError> {
        if (0.0..=1.0).contains(&x) {
            // The minus of a negative zero would show in the bytes and mean nothing.
            Ok(Self(x + 0.0))
        } else {
            Err(InputError::NoRatio { x: x.to_string() })
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// The larger of two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        if other.0 > self.0 { other } else { self }
    }

    /// `AG1`: min(1, (age / limit - 1) / 2), both in the same unit.
    pub fn of_age(age: u32, limit: NonZeroU32) -> Self {
        Self::beyond(age, limit, 2.0)
    }

    /// `US1`: min(1, (idle / cadence - 1) / 3), both in the same unit.
    pub fn of_idleness(idle: u32, cadence: NonZeroU32) -> Self {
        Self::beyond(idle, cadence, 3.0)
    }

    /// `EX4`: min(1, log10(1 + readers) / 2).
    pub fn of_readers(readers: u32) -> Self {
        Self::clamped(libm::log10(1.0 + f64::from(readers)) / 2.0)
    }

    /// `SH1` inside one team and environment: min(1, (workloads - 1) / 4). Across them it is [`Self::ONE`].
    pub fn of_workloads(workloads: u32) -> Self {
        Self::clamped(f64::from(workloads.saturating_sub(1)) / 4.0)
    }

    /// How far a measure is beyond what is allowed, in multiples of what is allowed.
    fn beyond(measured: u32, allowed: NonZeroU32, full_at: f64) -> Self {
        let times = f64::from(measured) / f64::from(allowed.get());
        Self::clamped((times - 1.0) / full_at)
    }

    /// Callers pass finite numbers only.
    fn clamped(x: f64) -> Self {
        Self(x.clamp(0.0, 1.0) + 0.0)
    }
}

impl TryFrom<f64> for Ratio {
    type Error = InputError;

    fn try_from(x: f64) -> Result<Self, InputError> {
        Self::new(x)
    }
}

impl From<Ratio> for f64 {
    fn from(ratio: Ratio) -> Self {
        ratio.0
    }
}

/// What is known about one factor of one identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub enum Strength {
    /// Looked at: this strong, 0 when it is absent.
    Observed {
        /// How strongly it is there.
        x: Ratio,
    },
    /// It applies and could not be looked at.
    Unknown {
        /// Why, in words the reader can act on.
        reason: String,
    },
    /// It cannot be there: a certificate is no bearer token.
    NotApplicable,
}

impl Strength {
    /// Observed at `x`.
    pub fn observed(x: Ratio) -> Self {
        Self::Observed { x }
    }

    /// Unknown, with the reason.
    pub fn unknown(reason: impl Into<String>) -> Self {
        Self::Unknown {
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn only_numbers_from_zero_to_one_enter() {
        for bad in [
            f64::NAN,
            f64::INFINITY,
            -f64::INFINITY,
            -0.000_1,
            1.000_000_1,
        ] {
            assert!(Ratio::new(bad).is_err(), "{bad}");
        }
        for text in ["1.5", "-1", "\"1\"", "null"] {
            assert!(serde_json::from_str::<Ratio>(text).is_err(), "{text}");
        }
        assert_eq!(Ratio::new(-0.0).unwrap().get().to_bits(), 0);
        assert_eq!(serde_json::from_str::<Ratio>("1").unwrap(), Ratio::ONE);
    }

    #[test]
    fn measures_become_strengths() {
        assert_eq!(Ratio::of_age(90, days(90)), Ratio::ZERO);
        assert_eq!(Ratio::of_age(10, days(90)).get().to_bits(), 0);
        assert_eq!(Ratio::of_age(180, days(90)).get(), 0.5);
        assert_eq!(Ratio::of_age(1100, days(90)), Ratio::ONE);
        assert_eq!(Ratio::of_idleness(75, days(30)).get(), 0.5);
        assert_eq!(Ratio::of_idleness(140, days(30)), Ratio::ONE);
        assert_eq!(Ratio::of_readers(0), Ratio::ZERO);
        assert_eq!(Ratio::of_readers(9).get(), 0.5);
        assert_eq!(Ratio::of_readers(u32::MAX), Ratio::ONE);
        assert_eq!(Ratio::of_workloads(0), Ratio::ZERO);
        assert_eq!(Ratio::of_workloads(1), Ratio::ZERO);
        assert_eq!(Ratio::of_workloads(3).get(), 0.5);
        assert_eq!(Ratio::of_workloads(6), Ratio::ONE);
    }
}
