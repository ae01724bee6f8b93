//! Toxic combinations: named rules that set a minimum whatever the formula says.

use model::filter::Truth;
use serde::{Deserialize, Serialize};

use super::factor::Factor;

/// One condition of a floor. Declared in order of their names in vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The identity is an agent.
    Agent,
    /// It has been idle beyond its own cadence.
    Dormant,
    /// The credential still works.
    Live,
    /// It can do more than read metadata.
    MoreThanMetadata,
    /// The identity belongs to an environment other than production.
    NonProduction,
    /// Nobody answers for it, or who did has left.
    NoOwner,
    /// The identity is privileged.
    Privileged,
    /// The credential lies where everybody can read it.
    Public,
    /// It reaches production data of high or critical sensitivity.
    ReachesProductionSensitive,
    /// Its credential is static: it stays the same until somebody replaces it.
    StaticCredential,
    /// A scope covers the whole tenant.
    TenantWideScope,
    /// It is an app of a third party.
    ThirdPartyApp,
    /// It can write on two systems or more.
    WritesTwoSystems,
}

/// How many conditions there are.
const COUNT: usize = 13;

/// All conditions with their names in vectors, in order of name.
pub const CONDITIONS: [(Condition, &str); COUNT] = [
    (Condition::Agent, "AGENT"),
    (Condition::Dormant, "DORMANT"),
    (Condition::Live, "LIVE"),
    (Condition::MoreThanMetadata, "MORETHANMETADATA"),
    (Condition::NonProduction, "NONPROD"),
    (Condition::NoOwner, "NOOWNER"),
    (Condition::Privileged, "PRIVILEGED"),
    (Condition::Public, "PUBLIC"),
    (Condition::ReachesProductionSensitive, "REACHESPROD"),
    (Condition::StaticCredential, "STATIC"),
    (Condition::TenantWideScope, "TENANTWIDE"),
    (Condition::ThirdPartyApp, "THIRDPARTY"),
    (Condition::WritesTwoSystems, "WRITESTWO"),
];

/// What is known about each condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions([Truth; COUNT]);

impl Conditions {
    /// The same for all.
    pub fn all(truth: Truth) -> Self {
        Self([truth; COUNT])
    }

    /// One of them.
    #[expect(
        clippy::indexing_slicing,
        reason = "the number of a condition is below the count of conditions"
    )]
    pub fn get(&self, condition: Condition) -> Truth {
        self.0[condition as usize]
    }

    /// Says one of them.
    #[expect(
        clippy::indexing_slicing,
        reason = "the number of a condition is below the count of conditions"
    )]
    pub fn set(&mut self, condition: Condition, truth: Truth) {
        self.0[condition as usize] = truth;
    }

    /// Says `no` to what the removed factors were the evidence of: without `OW1` there is an owner.
    /// What another factor still shows stays as it is.
    pub(crate) fn clear(&mut self, removed: &[Factor], remains: impl Fn(Factor) -> bool) {
        for (condition, shown_by) in SHOWN_BY {
            let touched = shown_by.iter().any(|factor| removed.contains(factor));
            if touched && !shown_by.iter().any(|factor| remains(*factor)) {
                self.set(*condition, Truth::False);
            }
        }
    }
}

/// The factors whose removal makes a condition untrue.
const SHOWN_BY: &[(Condition, &[Factor])] = &[
    (Condition::Dormant, &[Factor::Us1]),
    (Condition::NoOwner, &[Factor::Ow1]),
    (Condition::Public, &[Factor::Ex1, Factor::Ex2]),
];

/// A toxic combination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FloorRule {
    /// Public, live, and more than metadata authority.
    PublicLive,
    /// Privileged, no owner, dormant.
    PrivilegedOwnerlessDormant,
    /// A non-production identity that reaches production sensitive data.
    NonProductionReachesProduction,
    /// A third-party app with tenant-wide scope and no owner.
    ThirdPartyTenantWideOwnerless,
    /// An agent with write on two systems and a static credential.
    AgentWritesTwoStatic,
}

/// A toxic combination with its conditions and its minimum.
#[derive(Debug, Clone, Copy)]
pub struct FloorSpec {
    /// The rule.
    pub rule: FloorRule,
    /// All of these must hold.
    pub conditions: &'static [Condition],
    /// The least R can then be.
    pub minimum: f64,
    /// In words.
    pub title: &'static str,
}

/// All floors.
pub const FLOORS: [FloorSpec; 5] = [
    FloorSpec {
        rule: FloorRule::PublicLive,
        conditions: &[
            Condition::Public,
            Condition::Live,
            Condition::MoreThanMetadata,
        ],
        minimum: 85.0,
        title: "public, live, more than metadata authority",
    },
    FloorSpec {
        rule: FloorRule::PrivilegedOwnerlessDormant,
        conditions: &[
            Condition::Privileged,
            Condition::NoOwner,
            Condition::Dormant,
        ],
        minimum: 80.0,
        title: "privileged, ownerless, dormant",
    },
    FloorSpec {
        rule: FloorRule::NonProductionReachesProduction,
        conditions: &[
            Condition::NonProduction,
            Condition::ReachesProductionSensitive,
        ],
        minimum: 75.0,
        title: "non-production identity reaching production sensitive data",
    },
    FloorSpec {
        rule: FloorRule::ThirdPartyTenantWideOwnerless,
        conditions: &[
            Condition::ThirdPartyApp,
            Condition::TenantWideScope,
            Condition::NoOwner,
        ],
        minimum: 75.0,
        title: "third-party app with tenant-wide scope, ownerless",
    },
    FloorSpec {
        rule: FloorRule::AgentWritesTwoStatic,
        conditions: &[
            Condition::Agent,
            Condition::WritesTwoSystems,
            Condition::StaticCredential,
        ],
        minimum: 75.0,
        title: "agent with write on two systems and a static credential",
    },
];

impl FloorSpec {
    /// Whether the combination is there.
    pub fn holds(&self, conditions: &Conditions) -> Truth {
        self.conditions.iter().fold(Truth::True, |all, condition| {
            all.and(conditions.get(*condition))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_floors_are_listed_in_order() {
        for (number, (condition, name)) in CONDITIONS.iter().enumerate() {
            assert_eq!(*condition as usize, number);
            assert!(name.bytes().all(|byte| byte.is_ascii_uppercase()), "{name}");
        }
        let in_order = |one: &&str, other: &&str| one < other;
        let names = CONDITIONS.map(|(_, name)| name);
        assert!(names.is_sorted_by(in_order), "{names:?}");
        let minima: Vec<f64> = FLOORS.iter().map(|floor| floor.minimum).collect();
        assert_eq!(minima, [85.0, 80.0, 75.0, 75.0, 75.0]);
        let used = |condition| {
            FLOORS
                .iter()
                .any(|floor| floor.conditions.contains(&condition))
        };
        assert!(CONDITIONS.iter().all(|(condition, _)| used(*condition)));
    }

    #[test]
    fn a_floor_holds_when_all_of_it_holds() {
        for floor in FLOORS {
            let mut conditions = Conditions::all(Truth::False);
            assert_eq!(floor.holds(&conditions), Truth::False);
            for condition in floor.conditions {
                conditions.set(*condition, Truth::True);
            }
            assert_eq!(floor.holds(&conditions), Truth::True);
            for condition in floor.conditions {
                let mut other = conditions;
                other.set(*condition, Truth::Unknown);
                assert_eq!(floor.holds(&other), Truth::Unknown);
                other.set(*condition, Truth::False);
                assert_eq!(floor.holds(&other), Truth::False);
            }
        }
    }

    #[test]
    fn removing_a_factor_clears_what_it_showed() {
        let mut conditions = Conditions::all(Truth::True);
        conditions.clear(&[Factor::Ex1], |factor| factor == Factor::Ex2);
        assert_eq!(conditions.get(Condition::Public), Truth::True);
        conditions.clear(&[Factor::Ex1, Factor::Ow1], |_| false);
        assert_eq!(conditions.get(Condition::Public), Truth::False);
        assert_eq!(conditions.get(Condition::NoOwner), Truth::False);
        assert_eq!(conditions.get(Condition::Dormant), Truth::True);
    }
}
