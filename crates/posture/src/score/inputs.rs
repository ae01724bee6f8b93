//! Everything a score is computed from, and nothing else. Whatever can be built here can be scored.

use std::collections::BTreeMap;

use model::TimeUs;
use model::filter::Truth;
use model::text::{MAX_LABEL_BYTES, bounded};
use serde::{Deserialize, Serialize};

use super::InputError;
use super::factor::{COUNT, FACTORS, Factor, at, at_mut};
use super::floor::{CONDITIONS, Condition, Conditions};
use super::impact::Impact;
use super::mitigation::{Mitigation, Mitigations};
use super::strength::{Ratio, Strength};

/// The most what-ifs beside a score; nobody compares more.
const MAX_WHAT_IFS: usize = 64;

/// An open incident: what `AN1` stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Somebody has confirmed it.
    pub confirmed: bool,
    /// When it no longer counts. Whoever collects the inputs leaves it out from then on.
    pub expires: TimeUs,
    /// Where it is described.
    pub link: String,
}

/// A change to compare with: what it removes and what it makes different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatIf {
    /// What is done, `federate`.
    pub name: String,
    /// The factors it removes.
    #[serde(default)]
    pub removes: Vec<Factor>,
    /// The mitigations it adds.
    #[serde(default)]
    pub adds: Mitigations,
    /// The conditions it changes.
    #[serde(default)]
    pub conditions: BTreeMap<Condition, Truth>,
    /// What can be reached afterwards; `None` leaves it as it is.
    #[serde(default)]
    pub impact: Option<Impact>,
}

impl WhatIf {
    /// Removing factors.
    pub fn removing(name: impl Into<String>, removes: &[Factor]) -> Self {
        Self {
            name: name.into(),
            removes: removes.to_vec(),
            adds: Mitigations::none(),
            conditions: BTreeMap::new(),
            impact: None,
        }
    }

    /// Reaching something else.
    pub fn reaching(name: impl Into<String>, impact: Impact) -> Self {
        Self {
            impact: Some(impact),
            ..Self::removing(name, &[])
        }
    }

    /// And a condition with it.
    #[must_use]
    pub fn with(mut self, condition: Condition, truth: Truth) -> Self {
        self.conditions.insert(condition, truth);
        self
    }
}

/// The inputs of one score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "InputsText", into = "InputsText")]
pub struct Inputs {
    policy: String,
    strengths: [Strength; COUNT],
    incident: Option<Incident>,
    mitigations: Mitigations,
    conditions: Conditions,
    impact: Impact,
    what_ifs: Vec<WhatIf>,
}

impl Inputs {
    /// Nobody has looked at anything yet: all is unknown. `policy` is the version of the policy
    /// whose limits the strengths are measured against.
    ///
    /// # Errors
    /// The policy version is empty or too long.
    pub fn unknown(policy: impl Into<String>) -> Result<Self, InputError> {
        let policy = policy.into();
        check_text("the policy version", &policy)?;
        let reason = "not looked at";
        Ok(Self {
            policy,
            strengths: std::array::from_fn(|_| Strength::unknown(reason)),
            incident: None,
            mitigations: Mitigations::none(),
            conditions: Conditions::all(Truth::Unknown),
            impact: Impact::Unknown {
                reason: reason.to_owned(),
            },
            what_ifs: Vec::new(),
        })
    }

    /// No factor applies and no condition of a floor holds; the rest is said one by one.
    ///
    /// # Errors
    /// The policy version is empty or too long.
    pub fn nothing_applies(policy: impl Into<String>) -> Result<Self, InputError> {
        let mut inputs = Self::unknown(policy)?;
        inputs.strengths = std::array::from_fn(|_| Strength::NotApplicable);
        inputs.conditions = Conditions::all(Truth::False);
        Ok(inputs)
    }

    /// Says how strongly a factor is there, instead of what was said before. `AN1` said this way is
    /// of an incident nobody has confirmed; see [`Self::open_incident`].
    pub fn set(&mut self, factor: Factor, strength: Strength) {
        if factor == Factor::An1 {
            self.incident = None;
        }
        *at_mut(&mut self.strengths, factor) = match strength {
            Strength::Unknown { reason } => Strength::unknown(readable(&reason)),
            known => known,
        };
    }

    /// One more piece of evidence for a factor: the strongest counts, several do not add up.
    pub fn observe(&mut self, factor: Factor, x: Ratio) {
        match at_mut(&mut self.strengths, factor) {
            Strength::Observed { x: seen } => *seen = seen.max(x),
            other => *other = Strength::observed(x),
        }
    }

    /// An open incident: `AN1` at 1, with the weight of a confirmed or an unconfirmed one.
    ///
    /// # Errors
    /// The link is empty or too long.
    pub fn open_incident(&mut self, incident: Incident) -> Result<(), InputError> {
        check_text("the link of an incident", &incident.link)?;
        self.set(Factor::An1, Strength::observed(Ratio::ONE));
        self.incident = Some(incident);
        Ok(())
    }

    /// Adds a mitigation.
    pub fn mitigate(&mut self, mitigation: Mitigation) {
        self.mitigations.add(mitigation);
    }

    /// Says whether a condition of a floor holds.
    pub fn set_condition(&mut self, condition: Condition, truth: Truth) {
        self.conditions.set(condition, truth);
    }

    /// Says what can be reached.
    pub fn set_impact(&mut self, impact: Impact) {
        self.impact = readable_impact(impact);
    }

    /// Adds a change to compare with.
    ///
    /// # Errors
    /// There are too many already, or its name is empty or too long.
    pub fn add_what_if(&mut self, mut what_if: WhatIf) -> Result<(), InputError> {
        check_text("the name of a what-if", &what_if.name)?;
        if self.what_ifs.len() >= MAX_WHAT_IFS {
            return Err(InputError::TooMany {
                what: "what-ifs".to_owned(),
                max: MAX_WHAT_IFS,
            });
        }
        what_if.impact = what_if.impact.map(readable_impact);
        self.what_ifs.push(what_if);
        Ok(())
    }

    /// The version of the policy.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// How strongly a factor is there.
    pub fn strength(&self, factor: Factor) -> &Strength {
        at(&self.strengths, factor)
    }

    /// The open incident.
    pub fn incident(&self) -> Option<&Incident> {
        self.incident.as_ref()
    }

    /// The mitigations.
    pub fn mitigations(&self) -> &Mitigations {
        &self.mitigations
    }

    /// What is known about the conditions of floors.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// What can be reached.
    pub fn impact(&self) -> &Impact {
        &self.impact
    }

    /// The changes to compare with.
    pub fn what_ifs(&self) -> &[WhatIf] {
        &self.what_ifs
    }
}

/// How inputs are written: everything is stated, nothing is understood from silence.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InputsText {
    policy: String,
    factors: BTreeMap<Factor, Strength>,
    incident: Option<Incident>,
    mitigations: Mitigations,
    conditions: BTreeMap<Condition, Truth>,
    impact: Impact,
    what_if: Vec<WhatIf>,
}

impl TryFrom<InputsText> for Inputs {
    type Error = InputError;

    fn try_from(mut text: InputsText) -> Result<Self, InputError> {
        let mut inputs = Self::unknown(text.policy)?;
        for spec in &FACTORS {
            let strength = text
                .factors
                .remove(&spec.factor)
                .ok_or_else(|| not_stated(spec.id))?;
            if let Strength::Unknown { reason } = &strength {
                check_text("the reason of an unknown factor", reason)?;
            }
            inputs.set(spec.factor, strength);
        }
        if let Some(incident) = text.incident {
            if *inputs.strength(Factor::An1) != Strength::observed(Ratio::ONE) {
                return Err(InputError::IncidentWithoutAn1);
            }
            inputs.open_incident(incident)?;
        }
        inputs.mitigations = text.mitigations;
        for (condition, name) in CONDITIONS {
            let truth = text.conditions.remove(&condition);
            inputs.set_condition(condition, truth.ok_or_else(|| not_stated(name))?);
        }
        if let Impact::Unknown { reason } = &text.impact {
            check_text("the reason of an unknown impact", reason)?;
        }
        inputs.set_impact(text.impact);
        for what_if in text.what_if {
            inputs.add_what_if(what_if)?;
        }
        Ok(inputs)
    }
}

impl From<Inputs> for InputsText {
    fn from(inputs: Inputs) -> Self {
        Self {
            policy: inputs.policy,
            factors: Factor::all().zip(inputs.strengths).collect(),
            incident: inputs.incident,
            mitigations: inputs.mitigations,
            conditions: CONDITIONS
                .iter()
                .map(|(condition, _)| (*condition, inputs.conditions.get(*condition)))
                .collect(),
            impact: inputs.impact,
            what_if: inputs.what_ifs,
        }
    }
}

fn not_stated(what: &str) -> InputError {
    InputError::NotStated {
        what: what.to_owned(),
    }
}

/// What `set` takes must read back, so a reason is cut to a label and never empty.
fn readable(reason: &str) -> String {
    match reason.trim() {
        "" => "no reason was given".to_owned(),
        _ => bounded(reason, MAX_LABEL_BYTES),
    }
}

fn readable_impact(impact: Impact) -> Impact {
    match impact {
        Impact::Unknown { reason } => Impact::Unknown {
            reason: readable(&reason),
        },
        known => known,
    }
}

/// A text has something to say and fits a label.
pub(crate) fn check_text(what: &str, text: &str) -> Result<(), InputError> {
    if text.trim().is_empty() || text.len() > MAX_LABEL_BYTES {
        return Err(InputError::BadText {
            what: what.to_owned(),
            max: MAX_LABEL_BYTES,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_evidence_counts() {
        let mut inputs = Inputs::unknown("1").unwrap();
        inputs.observe(Factor::Ex3, Ratio::COPY_IN_REPOSITORY_OR_HOST);
        inputs.observe(Factor::Ex3, Ratio::COPY_IN_IMAGE_OR_ARTEFACT);
        inputs.observe(Factor::Ex3, Ratio::COPY_IN_REPOSITORY_OR_HOST);
        assert_eq!(
            *inputs.strength(Factor::Ex3),
            Strength::observed(Ratio::COPY_IN_IMAGE_OR_ARTEFACT)
        );
    }

    #[test]
    fn what_is_left_out_is_not_understood_as_absent() {
        let mut written = serde_json::to_value(Inputs::unknown("1").unwrap()).unwrap();
        assert!(serde_json::from_value::<Inputs>(written.clone()).is_ok());
        written["factors"].as_object_mut().unwrap().remove("OW1");
        let error = serde_json::from_value::<Inputs>(written.clone()).unwrap_err();
        assert!(error.to_string().contains("`OW1` is not stated"), "{error}");
        written["factors"]["OW1"] = serde_json::json!({"state": "unknown", "reason": ""});
        assert!(serde_json::from_value::<Inputs>(written.clone()).is_err());
        written["factors"]["OW1"] = serde_json::json!({"state": "not_applicable"});
        assert!(serde_json::from_value::<Inputs>(written.clone()).is_ok());
        written["conditions"]
            .as_object_mut()
            .unwrap()
            .remove("live");
        let error = serde_json::from_value::<Inputs>(written).unwrap_err();
        assert!(
            error.to_string().contains("`LIVE` is not stated"),
            "{error}"
        );
    }

    #[test]
    fn whatever_was_set_reads_back() {
        for reason in ["", "  ", &"long ".repeat(1_000)] {
            let mut inputs = Inputs::unknown("1").unwrap();
            inputs.set(Factor::Ow1, Strength::unknown(reason));
            let impact = Impact::Unknown {
                reason: reason.to_owned(),
            };
            inputs.set_impact(impact.clone());
            let what_if = WhatIf::reaching("look again", impact);
            inputs.add_what_if(what_if).unwrap();
            let written = serde_json::to_string(&inputs).unwrap();
            let read: Inputs = serde_json::from_str(&written).unwrap();
            assert_eq!(read, inputs);
            assert_eq!(serde_json::to_string(&read).unwrap(), written);
        }
    }

    #[test]
    fn an_incident_and_its_factor_agree() {
        let mut inputs = Inputs::unknown("1").unwrap();
        let incident = Incident {
            confirmed: true,
            expires: TimeUs::parse("2026-12-01").unwrap(),
            link: "incident 17".to_owned(),
        };
        inputs.open_incident(incident.clone()).unwrap();
        assert_eq!(inputs.incident(), Some(&incident));
        let mut written = serde_json::to_value(&inputs).unwrap();
        assert_eq!(
            serde_json::from_value::<Inputs>(written.clone()).unwrap(),
            inputs
        );
        written["factors"]["AN1"] = serde_json::json!({"state": "observed", "x": 0});
        assert!(serde_json::from_value::<Inputs>(written).is_err());
        inputs.set(Factor::An1, Strength::NotApplicable);
        assert_eq!(inputs.incident(), None);
    }
}
