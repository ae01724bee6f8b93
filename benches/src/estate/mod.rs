//! A synthetic estate: what the sources of a company with `identities` machine and human identities
//! would say, in the order in which they would say it.
//!
//! Shares of the classes and of what is seen twice are written beside each class. Nothing is drawn
//! from outside: the same `Estate` says the same things on every machine, and a later `day` says
//! them again with the changes of that day.

mod aws;
mod directory;
mod gcp;
mod judged;
mod kubernetes;
mod rng;

use model::{Attributes, Coverage, Fact, Observation, Sink, SinkClosed, SourceRef, TimeUs};

pub use judged::PLANTED;
pub use rng::Rng;

/// The day on which the first export was taken.
const FIRST_DAY: i64 = 1_790_000_000;

const TEAMS: &[&str] = &[
    "payments",
    "checkout",
    "search",
    "identity",
    "data-platform",
    "billing",
    "risk",
    "mobile",
    "logistics",
    "support",
    "growth",
    "warehouse",
    "reporting",
    "messaging",
    "catalogue",
    "edge",
];
const JOBS: &[&str] = &[
    "deployer",
    "reader",
    "writer",
    "exporter",
    "backup",
    "sync",
    "worker",
    "api",
    "scheduler",
    "ingest",
    "terraform",
    "monitor",
    "migrator",
    "gateway",
    "agent",
    "replicator",
];
const STAGES: &[&str] = &["prod", "prod", "staging", "dev"];

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Estate {
    /// How many identities.
    pub identities: u64,
    /// Which estate: another seed, other names.
    pub seed: u64,
    /// The day of the export, from 0.
    pub day: i64,
    /// How many per mille of the identities differ from the day before.
    pub changed_per_mille: u64,
    /// Whether the sources also say what judgements read, with [`PLANTED`] accounts among them that
    /// are privileged, have no owner and are not used.
    pub judged: bool,
    /// Whether the directory in the cloud was read without the permission to see sign-ins.
    pub denied: bool,
}

/// What was said.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// How many observations.
    pub observations: u64,
}

/// One identity on its way into a sink.
pub(crate) struct Teller<'a> {
    sink: &'a mut dyn Sink,
    pub(crate) rng: Rng,
    pub(crate) estate: Estate,
    pub(crate) number: u64,
    pub(crate) changed: bool,
    told: u64,
}

impl Estate {
    /// An estate on its first day.
    pub fn first(identities: u64) -> Self {
        Self {
            identities,
            seed: 1,
            day: 0,
            changed_per_mille: 0,
            judged: false,
            denied: false,
        }
    }

    /// The same estate with everything that judgements read.
    #[must_use]
    pub fn judged(self) -> Self {
        Self {
            judged: true,
            ..self
        }
    }

    /// The time of the export.
    pub fn observed(&self) -> TimeUs {
        TimeUs::from_seconds(FIRST_DAY).plus_days(self.day)
    }

    /// Says everything to a sink.
    ///
    /// # Errors
    /// The sink is closed.
    pub fn tell(&self, sink: &mut dyn Sink) -> Result<Told, SinkClosed> {
        let mut told = if self.judged {
            self.tell_people(sink)?
        } else {
            0
        };
        for number in 0..self.identities {
            let mut changes = Rng::of(self.seed ^ 0xc4a6, number);
            let mut teller = Teller {
                sink,
                rng: Rng::of(self.seed, number),
                estate: *self,
                number,
                changed: changes.below(1000) < self.changed_per_mille,
                told: 0,
            };
            teller.identity()?;
            told += teller.told;
        }
        for source in self.complete_sources() {
            sink.cover(Coverage::complete(&source, None, "inventory"))?;
        }
        Ok(Told { observations: told })
    }

    /// The sources that read their whole scope.
    fn complete_sources(&self) -> Vec<SourceRef> {
        let mut sources = Vec::new();
        for account in 0..self.groups_of(aws::PER_ACCOUNT) {
            let account = aws::account(account);
            sources.push(SourceRef::new(aws::DETAILS, account.as_str()));
            sources.push(SourceRef::new(aws::REPORT, account));
        }
        for cluster in 0..self.groups_of(kubernetes::PER_CLUSTER) {
            sources.push(SourceRef::new(
                kubernetes::OBJECTS,
                kubernetes::cluster(cluster),
            ));
        }
        sources
    }

    /// How many scopes of `size` identities there are.
    pub(crate) fn groups_of(&self, size: u64) -> u64 {
        self.identities.div_ceil(size)
    }
}

impl Teller<'_> {
    /// The classes and their shares.
    fn identity(&mut self) -> Result<(), SinkClosed> {
        let share = self.rng.below(100);
        if self.estate.is_planted(self.number) {
            return self.aws_user();
        }
        match share {
            0..20 => self.aws_user(),
            20..45 => self.aws_role(),
            45..70 => self.service_account(),
            70..80 => self.service_principal(),
            80..92 => self.directory_account(),
            _ => self.google_account(),
        }
    }

    pub(crate) fn say(
        &mut self,
        source: &SourceRef,
        mut observation: Observation,
    ) -> Result<(), SinkClosed> {
        self.told += 1;
        if self.estate.judged {
            self.dress(&mut observation);
        }
        self.sink.observe(source, observation)
    }

    /// An observation of today.
    pub(crate) fn saw(&self, node: model::NodeRef, attributes: Attributes) -> Observation {
        Observation::new(node, self.estate.observed(), attributes)
    }

    /// A name such as `payments-deployer-0004d2`; one in three says the stage too.
    pub(crate) fn name(&mut self) -> String {
        let (team, job) = (self.rng.pick(TEAMS), self.rng.pick(JOBS));
        let stage = self.rng.pick(STAGES);
        if self.rng.chance(33) {
            format!("{team}-{job}-{stage}-{:06x}", self.number)
        } else {
            format!("{team}-{job}-{:06x}", self.number)
        }
    }

    pub(crate) fn team(&mut self) -> &'static str {
        self.rng.pick(TEAMS)
    }

    /// Some time within the years before the first export.
    pub(crate) fn past(&mut self, days: u64) -> TimeUs {
        let seconds = i64::try_from(self.rng.below(days * 86_400)).unwrap_or_default();
        TimeUs::from_seconds(FIRST_DAY - seconds)
    }

    /// Last use: known, never, or never tracked. What changed was used today.
    pub(crate) fn use_fact(&mut self) -> Fact<TimeUs> {
        let past = self.past(400);
        let fact = match self.rng.below(10) {
            0 | 1 => Fact::never(),
            2 => Fact::no_data_yet("no_information"),
            _ => Fact::known(past),
        };
        if self.changed {
            Fact::known(self.estate.observed())
        } else {
            fact
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::observation::Collected;

    fn told(estate: Estate) -> Collected {
        let mut sink = Collected::default();
        estate.tell(&mut sink).unwrap();
        sink
    }

    #[test]
    fn says_the_same_twice_and_five_observations_for_each_identity() {
        let estate = Estate::first(4_000);
        let (one, two) = (told(estate), told(estate));
        assert!(one.observations == two.observations);
        let identities: std::collections::BTreeSet<_> = one
            .observations
            .iter()
            .filter(|(_, said)| said.node.kind == model::NodeKind::Identity)
            .map(|(_, said)| said.node.id())
            .collect();
        assert_eq!(identities.len(), 4_000);
        let ratio = one.observations.len() * 100 / identities.len();
        assert!((490..=510).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_share_of_the_estate_differs_the_next_day() {
        let next = Estate {
            day: 1,
            changed_per_mille: 10,
            ..Estate::first(4_000)
        };
        let (one, two) = (told(Estate::first(4_000)), told(next));
        let different = one
            .observations
            .iter()
            .zip(&two.observations)
            .filter(|((_, a), (_, b))| a.attributes != b.attributes)
            .map(|((_, a), _)| a.node.id())
            .collect::<std::collections::BTreeSet<_>>();
        assert!((20..=120).contains(&different.len()), "{}", different.len());
    }

    #[test]
    fn every_edge_is_one_the_table_allows() {
        for (_, said) in told(Estate::first(2_000)).observations {
            for edge in &said.edges {
                let (from, to) = if edge.reversed {
                    (edge.to.kind, said.node.kind)
                } else {
                    (said.node.kind, edge.to.kind)
                };
                assert!(edge.kind.allows(from, to), "{} {from} {to}", edge.kind);
            }
        }
    }
}
