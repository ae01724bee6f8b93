//! Time as integer microseconds since 1970-01-01T00:00:00Z, and the clock as an argument.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant in microseconds since the Unix epoch, UTC. Years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeUs(i64);

/// A text that is no RFC 3339 instant, or an instant out of range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time; write RFC 3339, for example 2026-01-31T12:00:00Z or 2026-01-31")]
pub struct TimeError {
    text: String,
}

/// 0001-01-01T00:00:00Z, the earliest instant RFC 3339 can write.
const MIN_US: i64 = -62_135_596_800_000_000;
/// 9999-12-30T00:00:00Z, a day inside what the calendar library accepts.
const MAX_US: i64 = 253_402_128_000_000_000;

impl TimeUs {
    /// The epoch itself.
    pub const EPOCH: Self = Self(0);
    /// Microseconds in a day.
    pub const DAY_US: i64 = 86_400_000_000;

    /// Wraps microseconds; out-of-range values are clamped to the representable years.
    pub fn from_micros(us: i64) -> Self {
        Self(us.clamp(MIN_US, MAX_US))
    }

    /// Whole seconds since the epoch, as most providers write them.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset, a space instead of `T`, or a bare date (midnight UTC).
    ///
    /// # Errors
    /// The text is no such time; whoever wrote it can fix it.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let text = text.trim();
        let bad = || TimeError {
            text: crate::text::bounded(text, 64),
        };
        if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::from_micros(stamp.as_microsecond()));
        }
        if let Ok(civil) = text.parse::<jiff::civil::DateTime>() {
            let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| bad())?;
            return Ok(Self::from_micros(zoned.timestamp().as_microsecond()));
        }
        Err(bad())
    }

    /// Adds microseconds, clamping at the ends of time.
    #[must_use]
    pub fn plus_us(self, us: i64) -> Self {
        Self::from_micros(self.0.saturating_add(us))
    }

    /// Adds whole days, clamping at the ends of time.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_us(days.saturating_mul(Self::DAY_US))
    }

    /// Whole days from `earlier` to this instant, rounded towards zero; negative when before it.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0) / Self::DAY_US
    }

    /// The calendar date in UTC, `2026-01-31`.
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl fmt::Display for TimeUs {
    /// RFC 3339 in UTC; fractions only where there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

impl Serialize for TimeUs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeUs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Where the current time comes from. Product code never asks the system itself.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> TimeUs;
}

/// A clock that always says the same, for tests and `--as-of`.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub TimeUs);

impl Clock for FixedClock {
    fn now(&self) -> TimeUs {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_providers_write() {
        let want = TimeUs::from_seconds(1_700_000_000);
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20+00:00",
            "2023-11-14 22:13:20",
            "2023-11-15T00:13:20.000+02:00",
        ] {
            assert_eq!(TimeUs::parse(text), Ok(want), "{text}");
        }
        assert_eq!(
            TimeUs::parse("2023-11-14").unwrap().to_string(),
            "2023-11-14T00:00:00Z"
        );
        assert!(
            TimeUs::parse("N/A")
                .unwrap_err()
                .to_string()
                .contains("`N/A`")
        );
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(
            TimeUs::from_micros(i64::MAX).plus_days(i64::MAX).date(),
            "9999-12-30"
        );
        assert_eq!(
            TimeUs::from_seconds(86_400 * 3).days_since(TimeUs::EPOCH),
            3
        );
    }

    #[test]
    fn serialises_as_rfc_3339() {
        let time = TimeUs::from_micros(1_500_000);
        assert_eq!(
            serde_json::to_string(&time).unwrap(),
            "\"1970-01-01T00:00:01.5Z\""
        );
        assert_eq!(
            serde_json::from_str::<TimeUs>("\"1970-01-01T00:00:01.5Z\"").unwrap(),
            time
        );
    }
}
