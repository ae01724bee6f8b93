//! What judgements read beside names and times: forms of credentials, signals, owners, environments,
//! purposes, periods, agents, shared credentials. Rates are written beside each.
//!
//! Twenty-five accounts are planted that are privileged, have no owner and are not used; nothing else
//! in the estate is all three.

use model::{
    Answer, Attributes, Class, Coverage, CoverageState, CredentialType, EdgeKind, Fact, NodeKind,
    NodeRef, Observation, ObservedEdge, Signal, Sink, SinkClosed, SourceRef, Status, TimeUs,
};

use super::{Estate, FIRST_DAY, Rng, TEAMS, Teller, directory};

/// How many accounts are planted.
pub const PLANTED: u64 = 25;

/// Identities for each person who answers for some.
const PER_PERSON: u64 = 200;

/// Who keeps the list of people and teams.
const PEOPLE: &str = "people.table";

/// What is known of one identity, the same whichever source speaks.
struct Facts {
    privileged: bool,
    agent: bool,
    person: Option<NodeRef>,
    team: Option<&'static str>,
    environment: Option<&'static str>,
    purpose: Option<&'static str>,
    used: Option<TimeUs>,
}

impl Estate {
    /// True for the numbers of the planted accounts; they lie evenly over the estate.
    pub fn is_planted(&self, number: u64) -> bool {
        let step = (self.identities / PLANTED).max(1);
        self.judged && number % step == step / 2 && number / step < PLANTED
    }

    /// People and teams, one of thirty of whom has left.
    pub(super) fn tell_people(&self, sink: &mut dyn Sink) -> Result<u64, SinkClosed> {
        let source = SourceRef::new(PEOPLE, "staff");
        let people = self.groups_of(PER_PERSON);
        for number in 0..people {
            let name = format!("person-{number:05}");
            let attributes = Attributes {
                status: Some(if has_left(number) {
                    Status::Disabled
                } else {
                    Status::Enabled
                }),
                ..Attributes::named(name, "person")
            };
            sink.observe(
                &source,
                Observation::new(person(number), self.observed(), attributes),
            )?;
        }
        for team in TEAMS {
            let attributes = Attributes::named(*team, "team");
            sink.observe(
                &source,
                Observation::new(team_of(team), self.observed(), attributes),
            )?;
        }
        if self.denied {
            let directory = SourceRef::new(directory::GRAPH, directory::TENANT);
            let mut gap = Coverage::gap(
                &directory,
                CoverageState::Denied,
                "",
                "AuditLog.Read.All is missing",
            );
            gap.kind = Some(NodeKind::Identity);
            "usage".clone_into(&mut gap.group);
            sink.cover(gap)?;
        }
        Ok(people + TEAMS.len() as u64)
    }
}

fn person(number: u64) -> NodeRef {
    NodeRef::global(
        NodeKind::Person,
        "people",
        format!("person-{number:05}@example.com"),
    )
}

fn team_of(team: &str) -> NodeRef {
    NodeRef::global(NodeKind::Team, "people", format!("{team}@example.com"))
}

fn has_left(person: u64) -> bool {
    person % 30 == 29
}

impl Teller<'_> {
    /// Numbers of this identity that no source and no order of observations changes.
    fn constant(&self, what: u64) -> Rng {
        Rng::of(self.estate.seed ^ what, self.number)
    }

    fn facts(&self) -> Facts {
        let mut rng = self.constant(0x6a75);
        let (privileged, agent) = (rng.chance(3), rng.chance(2));
        let (owned, teamed) = (rng.chance(45), rng.chance(40));
        let mut number = rng.below(self.estate.groups_of(PER_PERSON));
        let team = pick(&mut rng, TEAMS);
        let environment = pick(
            &mut rng,
            &["production", "production", "test", "development"],
        );
        let purpose = pick(
            &mut rng,
            &["nightly reports", "deployments", "customer mail"],
        );
        let (has_environment, has_purpose) = (rng.chance(50), rng.chance(60));
        let mut facts = Facts {
            privileged,
            agent,
            person: None,
            team: teamed.then_some(team),
            environment: has_environment.then_some(environment),
            purpose: has_purpose.then_some(purpose),
            used: None,
        };
        if self.estate.is_planted(self.number) {
            return Facts {
                privileged: true,
                agent: false,
                team: None,
                used: Some(TimeUs::from_seconds(FIRST_DAY).plus_days(-400)),
                ..facts
            };
        }
        // Whatever is powerful belongs to somebody who is there: only the planted ones do not.
        let powerful = privileged || agent;
        if powerful && has_left(number) {
            number = number.saturating_sub(1);
        }
        facts.person = (owned || powerful).then(|| person(number));
        facts
    }

    /// Adds to an observation what judgements read.
    pub(super) fn dress(&self, observation: &mut Observation) {
        match observation.node.kind {
            NodeKind::Identity => self.dress_identity(observation),
            NodeKind::Credential => self.dress_credential(observation),
            NodeKind::Workload => {
                let mut rng = self.constant(0x776f);
                // Three in ten say how often they run.
                if rng.chance(30) {
                    observation.attributes.cadence_days = Some(pick(&mut rng, &[1, 7, 30, 90]));
                }
            }
            _ => {}
        }
    }

    fn dress_identity(&self, observation: &mut Observation) {
        let facts = self.facts();
        let attributes = &mut observation.attributes;
        attributes.declared_owner = facts.team.map(|team| format!("{team}@example.com"));
        attributes.tags.remove("team");
        if attributes.class.is_some() && facts.agent {
            attributes.class = Some(Class::Agent);
        }
        if let Some(used) = facts.used {
            attributes.last_used = Some(Fact::known(used));
        }
        // One source is enough for what all know.
        if attributes.created.is_none() {
            return;
        }
        attributes.declared_privileged = Some(facts.privileged);
        attributes.declared_environment = facts.environment.map(str::to_owned);
        attributes.declared_purpose = facts.purpose.map(str::to_owned);
        let mut rng = self.constant(0x7369);
        if rng.chance(15) {
            let level = pick(&mut rng, &["low", "medium", "high"]);
            attributes.declared_sensitivity = Some(level.to_owned());
        }
        if rng.chance(30) {
            attributes.declared_justification = Some(format!("CHG-{}", rng.below(9_000)));
        }
        let planted = facts.used.is_some();
        for (signal, known, yes) in [
            (Signal::InteractiveUse, 50, 1),
            (Signal::FromCode, 60, 60),
            (Signal::InUseByWorkload, 40, 70),
            (Signal::TrustsAnyone, 40, 0),
            (Signal::TrustsWildcardSubject, 40, 2),
        ] {
            let (known, yes) = (rng.chance(known), rng.chance(yes));
            if known && !planted {
                attributes.signals.insert(signal, Answer::of(yes));
            }
        }
        if let Some(person) = facts.person {
            observation
                .edges
                .push(ObservedEdge::to(EdgeKind::OwnedBy, person));
        }
        if self.estate.denied && attributes.subtype.as_deref() == Some("entra_service_principal") {
            attributes.last_used = Some(Fact::not_observable("AuditLog.Read.All is missing"));
        }
    }

    fn dress_credential(&self, observation: &mut Observation) {
        let attributes = &mut observation.attributes;
        let form = match attributes.subtype.as_deref() {
            Some("aws_access_key") => CredentialType::AccessKey,
            Some("aws_console_password") => CredentialType::Password,
            Some("entra_client_secret") => CredentialType::ClientSecret,
            Some("entra_client_certificate" | "x509_certificate") => CredentialType::Certificate,
            Some("gcp_service_account_key") => CredentialType::PrivateKey,
            Some("k8s_legacy_token") => CredentialType::AccessToken,
            _ => return,
        };
        attributes.credential_type = Some(form);
        if self.estate.is_planted(self.number) {
            let used = TimeUs::from_seconds(FIRST_DAY).plus_days(-400);
            attributes.last_used = Some(Fact::known(used));
            return;
        }
        let mut rng = self.constant(0x6372);
        let mut answer = |signal: Signal, known: u64, yes: u64| {
            let (known, yes) = (rng.chance(known), rng.chance(yes));
            if known {
                attributes.signals.insert(signal, Answer::of(yes));
            }
        };
        answer(Signal::RevocationPath, 70, 97);
        answer(Signal::RotationMethod, 70, 95);
        match form {
            CredentialType::Certificate => answer(Signal::WeakCryptography, 90, 2),
            CredentialType::PrivateKey => {
                answer(Signal::WeakCryptography, 60, 1);
                answer(Signal::NoPassphrase, 80, 60);
                answer(Signal::ReadableByOthers, 70, 5);
            }
            CredentialType::AccessToken => answer(Signal::SupersededForm, 90, 90),
            _ => answer(Signal::SourceRestricted, 50, 20),
        }
        // Two in a hundred are configured on two hosts, as shared ones are.
        if rng.chance(2) {
            for _ in 0..2 {
                let host = format!("ci-{:04}", rng.below(self.estate.groups_of(300)));
                let host = NodeRef::within(NodeKind::Host, "host", "", host);
                observation
                    .edges
                    .push(ObservedEdge::to(EdgeKind::UsedBy, host));
            }
        }
    }
}

fn pick<T: Copy + Default>(rng: &mut Rng, list: &[T]) -> T {
    let at = usize::try_from(rng.below(list.len() as u64)).unwrap_or_default();
    list.get(at).copied().unwrap_or_default()
}
