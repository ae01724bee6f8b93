//! The sixteen factors of likelihood: what each means and what it weighs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One reason why a machine identity could be misused. Declared, and everywhere listed, in order of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Factor {
    /// Static beyond policy age.
    Ag1,
    /// No expiry.
    Ag2,
    /// Open anomaly.
    An1,
    /// Bearer with no binding.
    Bd1,
    /// Weak trust policy.
    Cf1,
    /// Weak or expiring cryptography.
    Cr1,
    /// Public exposure, live.
    Ex1,
    /// Public exposure, liveness unknown.
    Ex2,
    /// Copy outside a store.
    Ex3,
    /// Readable by a broad group.
    Ex4,
    /// Interactive human use.
    Hu1,
    /// No owner.
    Ow1,
    /// Shared.
    Sh1,
    /// Held by a third party.
    Tp1,
    /// Dormant.
    Us1,
    /// Workload gone.
    Us2,
}

/// How many factors there are.
pub(crate) const COUNT: usize = 16;

/// What the formula knows about a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FactorSpec {
    /// The factor.
    pub factor: Factor,
    /// Its id in vectors, documents and pages.
    pub id: &'static str,
    /// Its weight: a published prior between 0 and 1, not a probability claim.
    pub p: f64,
    /// Its short name.
    pub title: &'static str,
    /// When it is there, in one sentence.
    pub meaning: &'static str,
}

/// The weight of `AN1` while nobody has confirmed the incident; its `p` in the table is of a confirmed one.
pub const AN1_UNCONFIRMED: f64 = 0.35;

/// All factors, in order of id.
pub const FACTORS: [FactorSpec; COUNT] = [
    FactorSpec {
        factor: Factor::Ag1,
        id: "AG1",
        p: 0.35,
        title: "static beyond policy age",
        meaning: "the credential is older than its policy allows and has not been replaced",
    },
    FactorSpec {
        factor: Factor::Ag2,
        id: "AG2",
        p: 0.20,
        title: "no expiry",
        meaning: "the credential stays valid until somebody revokes it",
    },
    FactorSpec {
        factor: Factor::An1,
        id: "AN1",
        p: 0.90,
        title: "open anomaly",
        meaning: "an incident about its behaviour is open; unconfirmed it weighs 0.35",
    },
    FactorSpec {
        factor: Factor::Bd1,
        id: "BD1",
        p: 0.15,
        title: "bearer with no binding",
        meaning: "whoever holds the credential can use it, from anywhere",
    },
    FactorSpec {
        factor: Factor::Cf1,
        id: "CF1",
        p: 0.40,
        title: "weak trust policy",
        meaning: "the trust policy lets in more subjects than the one it is meant for",
    },
    FactorSpec {
        factor: Factor::Cr1,
        id: "CR1",
        p: 0.20,
        title: "weak or expiring crypto on the authentication path",
        meaning: "a key, algorithm or certificate it authenticates with is weak or about to expire",
    },
    FactorSpec {
        factor: Factor::Ex1,
        id: "EX1",
        p: 0.95,
        title: "public exposure, live",
        meaning: "the credential lies where everybody can read it, and it still works",
    },
    FactorSpec {
        factor: Factor::Ex2,
        id: "EX2",
        p: 0.85,
        title: "public exposure, liveness unknown",
        meaning: "the credential lies where everybody can read it; whether it still works was not found out",
    },
    FactorSpec {
        factor: Factor::Ex3,
        id: "EX3",
        p: 0.45,
        title: "copy outside a store, not public",
        meaning: "a copy lies outside a secret store, where not everybody can read it",
    },
    FactorSpec {
        factor: Factor::Ex4,
        id: "EX4",
        p: 0.35,
        title: "readable by a broad group",
        meaning: "more people or workloads can read the credential than need it",
    },
    FactorSpec {
        factor: Factor::Hu1,
        id: "HU1",
        p: 0.25,
        title: "interactive human use",
        meaning: "a person signs in with what was made for a machine",
    },
    FactorSpec {
        factor: Factor::Ow1,
        id: "OW1",
        p: 0.20,
        title: "no owner or owner left",
        meaning: "nobody answers for it, or who did has left",
    },
    FactorSpec {
        factor: Factor::Sh1,
        id: "SH1",
        p: 0.25,
        title: "shared",
        meaning: "several workloads use the same identity or credential",
    },
    FactorSpec {
        factor: Factor::Tp1,
        id: "TP1",
        p: 0.30,
        title: "held by third party, no attestation",
        meaning: "an outside company holds the credential and has not attested how it is kept",
    },
    FactorSpec {
        factor: Factor::Us1,
        id: "US1",
        p: 0.15,
        title: "dormant beyond own cadence",
        meaning: "it has been idle for longer than it usually is between two uses",
    },
    FactorSpec {
        factor: Factor::Us2,
        id: "US2",
        p: 0.30,
        title: "workload gone, credential valid",
        meaning: "the workload it was made for no longer exists and the credential still works",
    },
];

impl Factor {
    /// All factors, in order of id.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTORS.iter().map(|spec| spec.factor)
    }

    /// What the formula knows about it.
    pub fn spec(self) -> &'static FactorSpec {
        at(&FACTORS, self)
    }

    /// Its id, `AG1`.
    pub fn id(self) -> &'static str {
        self.spec().id
    }

    /// The factor with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::all().find(|factor| factor.id() == id)
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The entry of a factor in an array with one entry for each.
#[expect(
    clippy::indexing_slicing,
    reason = "the number of a factor is below the count of factors"
)]
pub(crate) fn at<T>(array: &[T; COUNT], factor: Factor) -> &T {
    &array[factor as usize]
}

/// The same, to write to.
#[expect(
    clippy::indexing_slicing,
    reason = "the number of a factor is below the count of factors"
)]
pub(crate) fn at_mut<T>(array: &mut [T; COUNT], factor: Factor) -> &mut T {
    &mut array[factor as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_of_id_and_each_factor_finds_its_own_row() {
        let ids: Vec<&str> = FACTORS.iter().map(|spec| spec.id).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        for (number, spec) in FACTORS.iter().enumerate() {
            assert_eq!(spec.factor as usize, number);
            assert_eq!(spec.factor.spec(), spec);
            assert_eq!(Factor::from_id(spec.id), Some(spec.factor));
            assert_eq!(
                serde_json::to_value(spec.factor).unwrap(),
                serde_json::json!(spec.id)
            );
            assert!(spec.p > 0.0 && spec.p < 1.0, "{}", spec.id);
        }
        assert_eq!(Factor::from_id("ag1"), None);
    }

    #[test]
    fn the_weights_are_the_published_ones() {
        let written = [
            ("EX1", 0.95),
            ("EX2", 0.85),
            ("EX3", 0.45),
            ("EX4", 0.35),
            ("AG1", 0.35),
            ("AG2", 0.20),
            ("CF1", 0.40),
            ("AN1", 0.90),
            ("OW1", 0.20),
            ("US1", 0.15),
            ("US2", 0.30),
            ("BD1", 0.15),
            ("SH1", 0.25),
            ("TP1", 0.30),
            ("CR1", 0.20),
            ("HU1", 0.25),
        ];
        for (id, p) in written {
            assert_eq!(
                Factor::from_id(id).map(|factor| factor.spec().p),
                Some(p),
                "{id}"
            );
        }
        assert_eq!(written.len(), COUNT);
        assert_eq!(AN1_UNCONFIRMED, 0.35);
    }
}
