//! The three measures of a reachable resource, each level with its number.

use serde::{Deserialize, Serialize};

use super::Interval;

macro_rules! levels {
    ($(#[$doc:meta])* $name:ident, unknown $lo:literal $r:literal $hi:literal, $($(#[$level_doc:meta])* $level:ident = $value:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$level_doc])* $level,)+
        }

        impl $name {
            /// All levels, highest first.
            pub const ALL: &'static [Self] = &[$(Self::$level),+];

            /// What an unknown level counts as.
            pub const UNKNOWN: Interval = Interval { lo: $lo, r: $r, hi: $hi };

            /// Its number.
            pub fn value(self) -> f64 {
                match self {
                    $(Self::$level => $value,)+
                }
            }

            /// The number of a level that may be unknown.
            pub fn interval(level: Option<Self>) -> Interval {
                level.map_or(Self::UNKNOWN, |level| Interval::exactly(level.value()))
            }
        }
    };
}

levels! {
    /// What can be done to a resource.
    Authority, unknown 0.3 0.5 1.0,
    /// Everything, also giving rights to others.
    FullControl = 1.0,
    /// Write, act as another identity, read secrets.
    Write = 0.9,
    /// Read content.
    ReadContent = 0.5,
    /// Read metadata, list.
    ReadMetadata = 0.3,
}

levels! {
    /// How much it hurts when a resource is misused.
    Sensitivity, unknown 0.3 0.6 1.0,
    /// The company stands or falls with it.
    Critical = 1.0,
    /// High.
    High = 0.9,
    /// Medium.
    Medium = 0.6,
    /// Low.
    Low = 0.3,
}

levels! {
    /// Where a resource is used.
    Environment, unknown 0.3 0.8 1.0,
    /// Production.
    Production = 1.0,
    /// Test.
    Test = 0.5,
    /// Development.
    Development = 0.4,
    /// A sandbox.
    Sandbox = 0.3,
}

/// The measures of one resource; `None` is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What can be done to it.
    pub authority: Option<Authority>,
    /// How much it hurts.
    pub sensitivity: Option<Sensitivity>,
    /// Where it is used.
    pub environment: Option<Environment>,
}

impl Target {
    /// A target of which nothing is known.
    pub const UNKNOWN: Self = Self {
        authority: None,
        sensitivity: None,
        environment: None,
    };

    /// A target of which all is known.
    pub fn known(authority: Authority, sensitivity: Sensitivity, environment: Environment) -> Self {
        Self {
            authority: Some(authority),
            sensitivity: Some(sensitivity),
            environment: Some(environment),
        }
    }

    /// authority x sensitivity x environment, multiplied in this order.
    pub fn product(&self) -> Interval {
        let a = Authority::interval(self.authority);
        let s = Sensitivity::interval(self.sensitivity);
        let e = Environment::interval(self.environment);
        Interval {
            lo: a.lo * s.lo * e.lo,
            r: a.r * s.r * e.r,
            hi: a.hi * s.hi * e.hi,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_levels_lie_between_the_smallest_and_the_largest() {
        fn check(unknown: Interval, values: &[f64]) {
            assert!(values.is_sorted_by(|a, b| a > b), "highest first");
            assert_eq!(values.first(), Some(&unknown.hi));
            assert_eq!(values.last(), Some(&unknown.lo));
            assert!(unknown.lo <= unknown.r && unknown.r <= unknown.hi);
        }
        let authority: Vec<f64> = Authority::ALL.iter().map(|level| level.value()).collect();
        let sensitivity: Vec<f64> = Sensitivity::ALL.iter().map(|level| level.value()).collect();
        let environment: Vec<f64> = Environment::ALL.iter().map(|level| level.value()).collect();
        assert_eq!(authority, [1.0, 0.9, 0.5, 0.3]);
        assert_eq!(sensitivity, [1.0, 0.9, 0.6, 0.3]);
        assert_eq!(environment, [1.0, 0.5, 0.4, 0.3]);
        check(Authority::UNKNOWN, &authority);
        check(Sensitivity::UNKNOWN, &sensitivity);
        check(Environment::UNKNOWN, &environment);
        assert_eq!(
            [
                Authority::UNKNOWN.r,
                Sensitivity::UNKNOWN.r,
                Environment::UNKNOWN.r
            ],
            [0.5, 0.6, 0.8]
        );
    }
}
