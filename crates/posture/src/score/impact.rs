//! What can be reached, and how much of it: the impact half of the formula.

use serde::{Deserialize, Serialize};

use super::inputs::check_text;
use super::levels::Target;
use super::{InputError, Interval};

/// The most resources a list may hold; beyond it [`Summary`] says the same in one line.
const MAX_RESOURCES: usize = 100_000;
/// The most steps of a path; no reach is computed deeper.
const MAX_STEPS: usize = 64;
/// Three resources decide: one the lower end, one the value, one the upper end.
const MAX_DECIDING: usize = 3;

/// A resource that can be reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its id; a resource named twice is counted once.
    pub id: String,
    /// The steps from the identity to it.
    #[serde(default)]
    pub path: Vec<String>,
    /// Its measures.
    pub target: Target,
}

/// The reachable resources, one by one. Empty means: looked, and nothing can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Resources", into = "Resources")]
pub struct Reach {
    resources: Vec<Resource>,
    count: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resources {
    resources: Vec<Resource>,
}

impl Reach {
    /// Nothing can be reached; this was looked at.
    pub fn nothing() -> Self {
        Self {
            resources: Vec::new(),
            count: 0,
        }
    }

    /// The resources, in any order; the same one may be reached in several ways.
    ///
    /// # Errors
    /// There are too many, a path is too long, or an id is empty or too long.
    pub fn new(mut resources: Vec<Resource>) -> Result<Self, InputError> {
        if resources.len() > MAX_RESOURCES {
            return Err(InputError::TooMany {
                what: "resources; give the summarised form".to_owned(),
                max: MAX_RESOURCES,
            });
        }
        for resource in &resources {
            check_place(&resource.id, &resource.path)?;
        }
        resources.sort();
        resources.dedup();
        let repeated = resources
            .windows(2)
            .filter(|pair| matches!(pair, [one, other] if one.id == other.id))
            .count();
        let count = u64::try_from(resources.len() - repeated).unwrap_or(u64::MAX);
        Ok(Self { resources, count })
    }

    /// The resource that decides R, the first by id when several do.
    pub fn top(&self) -> Option<&Resource> {
        first_largest(&self.resources, |product| product.r)
    }

    /// The summarised form, which scores the same.
    pub fn summary(&self) -> Option<Summary> {
        let top = self.top()?;
        let mut targets = vec![top.target];
        for end in [
            |product: Interval| product.lo,
            |product: Interval| product.hi,
        ] {
            let reached = largest(&targets, end);
            let best = first_largest(&self.resources, end)?;
            if end(best.target.product()) > reached {
                targets.push(best.target);
            }
        }
        Some(Summary {
            basis: Basis::Computed,
            targets,
            n: self.count,
            resource: Some(top.id.clone()),
            path: top.path.clone(),
        })
    }
}

fn first_largest(resources: &[Resource], end: impl Fn(Interval) -> f64) -> Option<&Resource> {
    let mut best: Option<(&Resource, f64)> = None;
    for resource in resources {
        let product = end(resource.target.product());
        if best.is_none_or(|(_, largest)| product > largest) {
            best = Some((resource, product));
        }
    }
    best.map(|(resource, _)| resource)
}

fn largest(targets: &[Target], end: impl Fn(Interval) -> f64) -> f64 {
    targets
        .iter()
        .map(|target| end(target.product()))
        .fold(0.0, f64::max)
}

impl TryFrom<Resources> for Reach {
    type Error = InputError;

    fn try_from(list: Resources) -> Result<Self, InputError> {
        Self::new(list.resources)
    }
}

impl From<Reach> for Resources {
    fn from(reach: Reach) -> Self {
        Self {
            resources: reach.resources,
        }
    }
}

/// Where a summary comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Reach was computed.
    Computed,
    /// Reach was not computed; this is what the declared role or tier of the identity says.
    Declared,
    /// Reach was not computed and nothing is declared.
    NothingKnown,
}

/// The resources that decide, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SummaryText", into = "SummaryText")]
pub struct Summary {
    basis: Basis,
    targets: Vec<Target>,
    n: u64,
    resource: Option<String>,
    path: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SummaryText {
    basis: Basis,
    targets: Vec<Target>,
    n: u64,
    #[serde(default)]
    resource: Option<String>,
    #[serde(default)]
    path: Vec<String>,
}

impl Summary {
    /// One deciding resource among `n` that computed reach found.
    ///
    /// # Errors
    /// `n` is 0: then there is no deciding resource, say [`Reach::nothing`].
    pub fn computed(target: Target, n: u64) -> Result<Self, InputError> {
        Self::of(Basis::Computed, vec![target], n)
    }

    /// What the declared role or tier says, when reach was not computed.
    ///
    /// # Errors
    /// `n` is 0: a declaration of no reach is no evidence that there is none.
    pub fn declared(target: Target, n: u64) -> Result<Self, InputError> {
        Self::of(Basis::Declared, vec![target], n)
    }

    /// Several deciding resources: with unknown measures one may decide the value, another an end.
    ///
    /// # Errors
    /// There is no target, or more than three; or `n` is 0; or the basis is that nothing is known.
    pub fn of(basis: Basis, targets: Vec<Target>, n: u64) -> Result<Self, InputError> {
        if targets.is_empty() || n == 0 {
            return Err(InputError::NothingReached);
        }
        if targets.len() > MAX_DECIDING {
            return Err(InputError::TooMany {
                what: "deciding resources".to_owned(),
                max: MAX_DECIDING,
            });
        }
        if basis == Basis::NothingKnown {
            return Err(InputError::NothingReached);
        }
        Ok(Self {
            basis,
            targets,
            n,
            resource: None,
            path: Vec::new(),
        })
    }

    /// Names the deciding resource and the way to it.
    ///
    /// # Errors
    /// The id is empty or too long, or the path is too long.
    pub fn by(mut self, resource: String, path: Vec<String>) -> Result<Self, InputError> {
        check_place(&resource, &path)?;
        self.resource = Some(resource);
        self.path = path;
        Ok(self)
    }

    /// The deciding resources.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }
}

impl TryFrom<SummaryText> for Summary {
    type Error = InputError;

    fn try_from(text: SummaryText) -> Result<Self, InputError> {
        let summary = Self::of(text.basis, text.targets, text.n)?;
        match text.resource {
            Some(resource) => summary.by(resource, text.path),
            None if text.path.is_empty() => Ok(summary),
            // A path leads to something.
            None => summary.by(String::new(), text.path),
        }
    }
}

impl From<Summary> for SummaryText {
    fn from(summary: Summary) -> Self {
        Self {
            basis: summary.basis,
            targets: summary.targets,
            n: summary.n,
            resource: summary.resource,
            path: summary.path,
        }
    }
}

/// What can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Impact {
    /// Computed, resource by resource.
    Reach(Reach),
    /// Computed or declared, in one line.
    Summary(Summary),
    /// Reach was not computed and nothing is declared.
    Unknown {
        /// Why, in words the reader can act on.
        reason: String,
    },
}

impl Impact {
    /// The impact of the formula: 1 - (1 - I_max) (1 - 0.25 b).
    pub fn value(&self) -> Interval {
        match self {
            Self::Reach(reach) if reach.count == 0 => Interval::exactly(0.0),
            Self::Reach(reach) => of_targets(
                reach.resources.iter().map(|resource| &resource.target),
                reach.count,
            ),
            Self::Summary(summary) => of_targets(summary.targets.iter(), summary.n),
            Self::Unknown { .. } => of_targets(std::iter::once(&Target::UNKNOWN), 1),
        }
    }

    /// How many resources the formula counts.
    pub fn n(&self) -> u64 {
        match self {
            Self::Reach(reach) => reach.count,
            Self::Summary(summary) => summary.n,
            Self::Unknown { .. } => 1,
        }
    }

    /// Where it comes from.
    pub fn basis(&self) -> Basis {
        match self {
            Self::Reach(_) => Basis::Computed,
            Self::Summary(summary) => summary.basis,
            Self::Unknown { .. } => Basis::NothingKnown,
        }
    }

    /// The resource that decides and the way to it, when it has a name.
    pub fn top(&self) -> Option<(&str, &[String])> {
        match self {
            Self::Reach(reach) => reach
                .top()
                .map(|top| (top.id.as_str(), top.path.as_slice())),
            Self::Summary(summary) => summary
                .resource
                .as_deref()
                .map(|id| (id, summary.path.as_slice())),
            Self::Unknown { .. } => None,
        }
    }
}

fn of_targets<'a>(targets: impl Iterator<Item = &'a Target>, n: u64) -> Interval {
    let mut max = Interval::exactly(0.0);
    for target in targets {
        let product = target.product();
        max = Interval {
            lo: max.lo.max(product.lo),
            r: max.r.max(product.r),
            hi: max.hi.max(product.hi),
        };
    }
    let narrow = 1.0 - 0.25 * breadth(n);
    let impact = |max: f64| 1.0 - (1.0 - max) * narrow;
    Interval {
        lo: impact(max.lo),
        r: impact(max.r),
        hi: impact(max.hi),
    }
}

/// min(1, log10(1 + n) / 4)
fn breadth(n: u64) -> f64 {
    // It is 1 from 9,999 on, so what does not fit 32 bits needs no exact logarithm.
    let n = f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    (libm::log10(1.0 + n) / 4.0).min(1.0)
}

fn check_place(id: &str, path: &[String]) -> Result<(), InputError> {
    check_text("the id of a resource", id)?;
    if path.len() > MAX_STEPS {
        return Err(InputError::TooMany {
            what: "steps of a path".to_owned(),
            max: MAX_STEPS,
        });
    }
    path.iter()
        .try_for_each(|step| check_text("a step of a path", step))
}

#[cfg(test)]
mod tests {
    use super::super::levels::{Authority, Environment, Sensitivity};
    use super::*;

    fn resource(id: &str, target: Target) -> Resource {
        Resource {
            id: id.to_owned(),
            path: vec![format!("role of {id}")],
            target,
        }
    }

    fn low() -> Target {
        Target::known(
            Authority::ReadMetadata,
            Sensitivity::Low,
            Environment::Sandbox,
        )
    }

    #[test]
    fn breadth_grows_to_one() {
        assert_eq!(breadth(0), 0.0);
        assert_eq!(breadth(9), 0.25);
        assert_eq!(breadth(9_999), 1.0);
        assert_eq!(breadth(u64::MAX), 1.0);
        assert!((0..20_000).is_sorted_by_key(breadth));
    }

    #[test]
    fn a_resource_reached_twice_counts_once_and_by_its_worst_way() {
        let write = Target {
            authority: Some(Authority::Write),
            ..low()
        };
        let both = vec![
            resource("b", low()),
            resource("a", low()),
            resource("b", write),
        ];
        let mut turned = both.clone();
        turned.reverse();
        turned.extend(both.clone());
        let reach = Reach::new(both).unwrap();
        assert_eq!(reach, Reach::new(turned).unwrap());
        let impact = Impact::Reach(reach);
        assert_eq!(impact.n(), 2);
        assert_eq!(
            impact.value(),
            Impact::Summary(Summary::computed(write, 2).unwrap()).value()
        );
        assert_eq!(impact.top(), Some(("b", &["role of b".to_owned()] as &[_])));
    }

    #[test]
    fn the_summary_keeps_whatever_decides_an_end() {
        let unsure = Target {
            authority: Some(Authority::ReadContent),
            sensitivity: None,
            environment: None,
        };
        let sure = Target::known(
            Authority::ReadContent,
            Sensitivity::Medium,
            Environment::Production,
        );
        let reach = Reach::new(vec![resource("x", unsure), resource("y", sure)]).unwrap();
        let summary = reach.summary().unwrap();
        assert_eq!(summary.targets(), [sure, unsure]);
        assert_eq!(
            Impact::Summary(summary).value(),
            Impact::Reach(reach).value()
        );
    }

    #[test]
    fn nothing_reached_and_nothing_known_are_different() {
        assert_eq!(
            Impact::Reach(Reach::nothing()).value(),
            Interval::exactly(0.0)
        );
        let unknown = Impact::Unknown {
            reason: "no policies read".to_owned(),
        };
        let narrow = 1.0 - 0.25 * breadth(1);
        assert_eq!(unknown.value().r, 1.0 - (1.0 - 0.5 * 0.6 * 0.8) * narrow);
        assert_eq!(unknown.value().hi, 1.0);
        assert_eq!(unknown.n(), 1);
        assert!(Summary::computed(low(), 0).is_err());
        assert!(Summary::of(Basis::NothingKnown, vec![low()], 1).is_err());
        assert!(Summary::of(Basis::Computed, vec![low(); 4], 1).is_err());
    }

    #[test]
    fn lists_are_bounded() {
        let empty = vec![resource("", low())];
        assert!(Reach::new(empty).is_err());
        let mut deep = resource("a", low());
        deep.path = vec!["step".to_owned(); MAX_STEPS + 1];
        assert!(Reach::new(vec![deep]).is_err());
        for wrong in [
            r#"{"form":"summary","basis":"computed","targets":[],"n":4}"#,
            r#"{"form":"summary","basis":"computed","targets":[{}],"n":0}"#,
            r#"{"form":"summary","basis":"computed","targets":[{}],"n":1,"path":["role"]}"#,
            r#"{"form":"summary","basis":"computed","targets":[{"sensitivity":"grave"}],"n":1}"#,
        ] {
            assert!(serde_json::from_str::<Impact>(wrong).is_err(), "{wrong}");
        }
        let text = r#"{"form":"summary","basis":"computed","targets":[{}],"n":1}"#;
        assert!(serde_json::from_str::<Impact>(text).is_ok());
    }
}
