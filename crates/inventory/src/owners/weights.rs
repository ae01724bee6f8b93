//! Learned weights; written by `bench owners --train`.

use super::WeightRow;

/// Where the weights come from.
pub(super) const SOURCE: &str = "untrained";

/// Feature, weight for persons, weight for teams.
pub(super) const WEIGHTS: &[WeightRow] = &[];

/// Score to confidence, for persons.
pub(super) const PERSON_CALIBRATION: &[(f64, f64)] = &[];

/// Score to confidence, for teams.
pub(super) const TEAM_CALIBRATION: &[(f64, f64)] = &[];
