//! The words of an answer.

use serde::{Deserialize, Serialize};

use super::factor::Factor;
use super::floor::FloorRule;
use super::impact::Basis;
use super::mitigation::Mitigation;

/// A value between the least and the most it can be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The least.
    pub lo: f64,
    /// The value.
    pub r: f64,
    /// The most.
    pub hi: f64,
}

impl Interval {
    /// Nothing about it is unknown.
    pub fn exactly(value: f64) -> Self {
        Self {
            lo: value,
            r: value,
            hi: value,
        }
    }
}

/// How urgent a risk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// 0 to 24.
    Low,
    /// 25 to 49.
    Medium,
    /// 50 to 74.
    High,
    /// 75 to 100.
    Critical,
}

impl Band {
    /// Every band, lowest first.
    pub const ALL: &'static [Self] = &[Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word used in JSON, SQL and filters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The band of R rounded half up to a whole number.
    pub fn of(r: f64) -> Self {
        // What rounds to 25 is exactly what is not below 24.5.
        if r >= 74.5 {
            Self::Critical
        } else if r >= 49.5 {
            Self::High
        } else if r >= 24.5 {
            Self::Medium
        } else {
            Self::Low
        }
    }
}

/// A number as it is printed everywhere: two decimals, of the exact value of the double, the nearest; halves to even.
pub fn two_decimals(value: f64) -> String {
    format!("{value:.2}")
}

/// The risk of one case.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The risk, 0 to 100.
    pub r: f64,
    /// The least it can be, given what is unknown.
    pub lo: f64,
    /// The most it can be.
    pub hi: f64,
    /// How urgent `r` is.
    pub band: Band,
    /// The same three before floors: 100 sqrt(L I).
    pub formula: Interval,
    /// The floor that makes `r` what it is, when one does.
    pub floor: Option<FloorRule>,
}

/// A score in numbers, without its explanation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// The risk.
    pub outcome: Outcome,
    /// Evidence coverage, 0 to 100. It never enters the risk.
    pub c: f64,
    /// Likelihood.
    pub likelihood: Interval,
    /// Impact.
    pub impact: Interval,
}

/// What one observed factor contributes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The factor.
    pub factor: Factor,
    /// Its weight after mitigation.
    pub p: f64,
    /// Its strength.
    pub x: f64,
    /// -ln(1 - p x)
    pub w: f64,
    /// 100 w / SUM w, exact.
    pub percent: f64,
    /// The same in hundredths of a percent; all of them together are 10000.
    pub hundredths: u32,
}

/// A mitigation, on a line of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MitigationLine {
    /// The mitigation.
    pub mitigation: Mitigation,
    /// What the risk would be without it.
    pub without: Outcome,
}

/// A floor that applies, or may apply.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FloorLine {
    /// The rule.
    pub rule: FloorRule,
    /// Its minimum.
    pub minimum: f64,
    /// Whether its conditions hold.
    pub state: FloorState,
    /// One that applies binds when its minimum is above R of the formula; one that may apply, when
    /// its minimum is above the formula's upper end.
    pub binds: bool,
}

/// Whether the conditions of a floor hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FloorState {
    /// All hold.
    Applies,
    /// None is untrue and at least one is unknown.
    MayApply,
}

/// What removing one factor gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// The factor.
    pub factor: Factor,
    /// The risk without it.
    pub after: Outcome,
}

/// What a change gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What is done.
    pub name: String,
    /// The risk afterwards.
    pub after: Outcome,
}

/// Where the impact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReachLine {
    /// Computed, declared, or nothing known.
    pub basis: Basis,
    /// How many resources were counted.
    pub n: u64,
    /// The resource that decides.
    pub resource: Option<String>,
    /// The steps to it.
    pub path: Vec<String>,
}

/// A score and its explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// The risk, 0 to 100: the formula and its floors.
    pub r: f64,
    /// The least it can be, given what is unknown.
    pub lo: f64,
    /// The most it can be. Privileged identities are sorted by it.
    pub hi: f64,
    /// Evidence coverage, 0 to 100. It never enters the risk.
    pub c: f64,
    /// How urgent `r` is.
    pub band: Band,
    /// The risk before floors: 100 sqrt(L I).
    pub formula: Interval,
    /// Likelihood, L.
    pub likelihood: Interval,
    /// Impact, I.
    pub impact: Interval,
    /// Where the impact comes from.
    pub reach: ReachLine,
    /// What each factor that is there contributes to L.
    pub shares: Vec<Share>,
    /// The mitigations.
    pub mitigations: Vec<MitigationLine>,
    /// The floors that apply or may apply.
    pub floors: Vec<FloorLine>,
    /// What removing each factor that is there gives.
    pub removals: Vec<Removal>,
    /// What the changes to compare with give.
    pub what_if: Vec<Change>,
    /// The vector of the inputs.
    pub vector: String,
}

/// A fix: the removal of one factor, or a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fix<'a> {
    /// Removing a factor.
    Removal(&'a Removal),
    /// A change.
    Change(&'a Change),
}

impl Fix<'_> {
    /// The risk after it.
    pub fn after(&self) -> &Outcome {
        match self {
            Self::Removal(removal) => &removal.after,
            Self::Change(change) => &change.after,
        }
    }
}

impl Score {
    /// All fixes, the one that leaves the least risk first. Where a floor makes several equal, the
    /// formula tells them apart.
    pub fn fixes(&self) -> Vec<Fix<'_>> {
        let mut fixes: Vec<Fix<'_>> = self.what_if.iter().map(Fix::Change).collect();
        fixes.extend(self.removals.iter().map(Fix::Removal));
        fixes.sort_by(|one, other| {
            let (one, other) = (one.after(), other.after());
            let by_risk = one.r.total_cmp(&other.r);
            by_risk.then(one.formula.r.total_cmp(&other.formula.r))
        });
        fixes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_round_half_up() {
        for (r, band) in [
            (0.0, Band::Low),
            (24.499_999_999, Band::Low),
            (24.5, Band::Medium),
            (49.499_999_999, Band::Medium),
            (49.5, Band::High),
            (74.499_999_999, Band::High),
            (74.5, Band::Critical),
            (100.0, Band::Critical),
        ] {
            assert_eq!(Band::of(r), band, "{r}");
        }
        for tenth in 0..=1000 {
            let r = f64::from(tenth) / 10.0;
            let by_rounding = match (r + 0.5).floor() {
                whole if whole >= 75.0 => Band::Critical,
                whole if whole >= 50.0 => Band::High,
                whole if whole >= 25.0 => Band::Medium,
                _ => Band::Low,
            };
            assert_eq!(Band::of(r), by_rounding, "{r}");
        }
    }

    #[test]
    fn numbers_are_printed_to_two_decimals() {
        for (value, text) in [
            (0.0, "0.00"),
            (80.450_519, "80.45"),
            (22.678, "22.68"),
            (100.0, "100.00"),
            (0.125, "0.12"),
            (0.375, "0.38"),
        ] {
            assert_eq!(two_decimals(value), text);
        }
    }
}
