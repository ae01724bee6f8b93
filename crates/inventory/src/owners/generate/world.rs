//! Teams, people, applications and repositories, with their past.

use std::collections::HashMap;

use graph::{Builder, Estate, Node, NodeIx, SourceInfo, Text, When};
use model::{Class, EdgeKind, NodeKind, NodeRef, Status, TimeUs};

use super::Rates;
use super::rng::Rng;

const FIRST: &[&str] = &[
    "ann", "ben", "cleo", "dan", "eva", "finn", "gail", "hugo", "iris", "jack", "kira", "liam",
    "mona", "nils", "olga", "paul", "quin", "rosa", "sven", "tara", "ugo", "vera", "wim", "xena",
    "yuri", "zoe",
];
const LAST: &[&str] = &[
    "adler", "brook", "castro", "duarte", "evans", "fischer", "garcia", "hansen", "ibsen", "jones",
    "keller", "lopez", "meyer", "novak", "olsen", "petrov", "quist", "rossi", "silva", "tanaka",
    "ueda", "vogel", "weber", "xu", "young", "zimmer",
];
const TEAMS: &[&str] = &[
    "payments",
    "checkout",
    "search",
    "catalog",
    "identity",
    "billing",
    "fraud",
    "ledger",
    "mobile",
    "storefront",
    "logistics",
    "warehouse",
    "pricing",
    "loyalty",
    "messaging",
    "reporting",
    "data-lake",
    "ml-serving",
    "platform",
    "observability",
    "compliance",
    "treasury",
    "onboarding",
    "partners",
    "returns",
    "media",
    "content",
    "risk",
];

/// An application with its team now and before.
#[derive(Debug, Clone, Copy)]
pub(super) struct App {
    pub(super) node: NodeIx,
    pub(super) number: u64,
    pub(super) team: usize,
    /// The team that had it before a reorganisation; the same when there was none.
    pub(super) before: usize,
    /// Who runs it now, and who did.
    pub(super) lead: NodeIx,
    pub(super) former: NodeIx,
    pub(super) account: NodeIx,
    pub(super) repo: NodeIx,
    /// The CODEOWNERS rule of its folder, when there is one.
    pub(super) has_rule: bool,
}

/// A team with those who are in it now.
#[derive(Debug, Clone)]
pub(super) struct Team {
    pub(super) node: NodeIx,
    pub(super) name: String,
    pub(super) members: Vec<NodeIx>,
}

/// A company in the making.
pub(super) struct World {
    pub(super) rng: Rng,
    pub(super) rates: Rates,
    pub(super) builder: Builder,
    pub(super) teams: Vec<Team>,
    pub(super) gone: Vec<NodeIx>,
    pub(super) contractors: Vec<NodeIx>,
    pub(super) machines: Vec<NodeIx>,
    pub(super) admins: Vec<NodeIx>,
    pub(super) apps: Vec<App>,
    pub(super) source: u32,
    pub(super) hand: u32,
    pub(super) now: TimeUs,
    labels: HashMap<NodeIx, String>,
    key: i64,
}

impl World {
    pub(super) fn new(seed: u64, identities: u64, rates: Rates) -> Self {
        let mut builder = Builder::new();
        let now = TimeUs::from_seconds(1_795_000_000);
        let info = |connector: &str| SourceInfo {
            connector: connector.to_owned(),
            scope: "generated".to_owned(),
            last_observed: Some(now),
            authoritative: true,
        };
        let source = builder.source(info("generated"));
        let hand = builder.source(info(crate::apply::sources::BY_HAND));
        let mut world = Self {
            rng: Rng::of(seed),
            rates,
            builder,
            teams: Vec::new(),
            gone: Vec::new(),
            contractors: Vec::new(),
            machines: Vec::new(),
            admins: Vec::new(),
            apps: Vec::new(),
            source,
            hand,
            now,
            labels: HashMap::new(),
            key: 0,
        };
        let teams = (identities / 120).clamp(8, TEAMS.len() as u64);
        world.people(usize::try_from(teams).unwrap_or(8));
        world.machines_and_admins();
        world.applications(identities / 12);
        world
    }

    pub(super) fn freeze(self) -> Estate {
        self.builder.freeze(self.now)
    }

    pub(super) fn add(
        &mut self,
        kind: NodeKind,
        native: &str,
        name: &str,
        change: impl FnOnce(&mut Node),
    ) -> NodeIx {
        self.key += 1;
        let mut node = Node::new(
            self.key,
            NodeRef::global(kind, "generated", native).id(),
            kind,
        );
        node.native_id = self.builder.name(native);
        node.name = self.builder.name(name);
        change(&mut node);
        let ix = self.builder.push(node);
        if kind == NodeKind::Person {
            self.labels.insert(ix, name.to_owned());
        }
        let source = self.source;
        self.builder.shown_by(ix, vec![source]);
        ix
    }

    pub(super) fn relate(&mut self, from: NodeIx, kind: EdgeKind, to: NodeIx) {
        self.builder
            .edge(from, kind, to, self.source, Text::NONE, Text::NONE);
    }

    pub(super) fn relate_with(&mut self, from: NodeIx, kind: EdgeKind, to: NodeIx, words: &str) {
        let words = self.builder.word(Some(words));
        self.builder
            .edge(from, kind, to, self.source, Text::NONE, words);
    }

    /// The name of a person or team, as a tag writes it.
    pub(super) fn label(&self, ix: NodeIx) -> String {
        self.labels.get(&ix).cloned().unwrap_or_default()
    }

    pub(super) fn team(&self, at: usize) -> Option<&Team> {
        self.teams.get(at)
    }

    /// One of a team, at random.
    pub(super) fn member(&mut self, team: usize) -> Option<NodeIx> {
        let members = self.teams.get(team)?.members.clone();
        self.rng.pick(&members)
    }

    /// Anybody but the people of a team.
    pub(super) fn stranger(&mut self, team: usize) -> Option<NodeIx> {
        if self.rng.chance(25) && !self.contractors.is_empty() {
            let contractors = self.contractors.clone();
            return self.rng.pick(&contractors);
        }
        let other = usize::try_from(self.rng.below(self.teams.len() as u64)).unwrap_or(0);
        let other = if other == team {
            (other + 1) % self.teams.len().max(1)
        } else {
            other
        };
        self.member(other)
    }

    fn people(&mut self, teams: usize) {
        let mut number = 0_usize;
        for name in TEAMS.iter().take(teams) {
            let node = self.add(NodeKind::Team, name, name, |_| {});
            self.teams.push(Team {
                node,
                name: (*name).to_owned(),
                members: Vec::new(),
            });
        }
        for at in 0..teams {
            let size = 4 + self.rng.below(6);
            let mut lead = None;
            for _ in 0..size {
                let (left, unseen) = (
                    self.rng.chance(self.rates.left),
                    self.rng.chance(self.rates.left_unseen),
                );
                let person = self.person(number, left && !unseen);
                number += 1;
                // Who moved is on the list of the new team.
                let moved = self.rng.chance(self.rates.moved);
                let to = usize::try_from(self.rng.below(teams as u64)).unwrap_or(0);
                let team = if moved { to } else { at };
                if self.rng.chance(self.rates.contractors) {
                    self.contractors.push(person);
                    continue;
                }
                if let Some(node) = self.teams.get(team).map(|team| team.node) {
                    self.relate(person, EdgeKind::MemberOf, node);
                }
                if left {
                    self.gone.push(person);
                } else if let Some(team) = self.teams.get_mut(team) {
                    team.members.push(person);
                }
                match lead {
                    Some(lead) => self.relate(person, EdgeKind::ManagedBy, lead),
                    None if !left => lead = Some(person),
                    None => {}
                }
            }
        }
        // No team is empty.
        for at in 0..teams {
            if self
                .teams
                .get(at)
                .is_some_and(|team| team.members.len() < 2)
            {
                for _ in 0..2 {
                    let person = self.person(number, false);
                    number += 1;
                    if let Some(team) = self.teams.get_mut(at) {
                        team.members.push(person);
                    }
                    if let Some(node) = self.teams.get(at).map(|team| team.node) {
                        self.relate(person, EdgeKind::MemberOf, node);
                    }
                }
            }
        }
    }

    fn person(&mut self, number: usize, known_left: bool) -> NodeIx {
        let first = FIRST.get(number % FIRST.len()).copied().unwrap_or("kim");
        let last = LAST
            .get((number / FIRST.len() * 7 + number * 3) % LAST.len())
            .copied()
            .unwrap_or("lee");
        let round = number / (FIRST.len() * LAST.len());
        let suffix = if round == 0 {
            String::new()
        } else {
            round.to_string()
        };
        let email = format!("{first}.{last}{suffix}{number}@corp.example");
        let name = email.clone();
        self.add(NodeKind::Person, &email, &name, |node| {
            node.status = Some(if known_left {
                Status::Disabled
            } else {
                Status::Enabled
            });
        })
    }

    fn machines_and_admins(&mut self) {
        for name in [
            "terraform-runner",
            "pipeline-prod",
            "platform-automation",
            "jenkins",
        ] {
            let ix = self.add(NodeKind::Identity, name, name, |node| {
                node.class = Some(Class::Machine);
            });
            self.machines.push(ix);
        }
        // One of the administrators has a name like anybody.
        for name in [
            "sysadmin@corp.example",
            "root@corp.example",
            "marta.weiss@corp.example",
        ] {
            let ix = self.add(NodeKind::Person, name, name, |_| {});
            self.admins.push(ix);
        }
    }

    fn applications(&mut self, count: u64) {
        let count = count.max(self.teams.len() as u64);
        let mut shared_accounts = Vec::new();
        for number in 0..4 {
            shared_accounts.push(self.add(
                NodeKind::Account,
                &format!("shared-{number}"),
                &format!("shared-{number}"),
                |_| {},
            ));
        }
        for number in 0..count {
            let team = usize::try_from(number).unwrap_or(0) % self.teams.len().max(1);
            let before = if self.rng.chance(self.rates.transferred) {
                usize::try_from(self.rng.below(self.teams.len() as u64)).unwrap_or(0)
            } else {
                team
            };
            let name = format!("app{number}");
            let node = self.add(NodeKind::Application, &name, &name, |_| {});
            let own = self.rng.chance(50);
            let account = if own {
                self.add(
                    NodeKind::Account,
                    &format!("acct-{number}"),
                    &format!("acct-{number}"),
                    |_| {},
                )
            } else {
                self.rng.pick(&shared_accounts).unwrap_or(node)
            };
            let repo = self.add(
                NodeKind::Repo,
                &format!("acme/{name}"),
                &format!("acme/{name}"),
                |_| {},
            );
            let Some(lead) = self.member(team) else {
                continue;
            };
            let former = self.former(before, lead);
            let has_rule = self.rng.chance(self.rates.code_owners);
            let app = App {
                node,
                number,
                team,
                before,
                lead,
                former,
                account,
                repo,
                has_rule,
            };
            self.relate(account, EdgeKind::Contains, node);
            self.describe(&app, own);
            self.apps.push(app);
        }
    }

    /// Who had an application before: somebody of the team then, often gone by now.
    fn former(&mut self, before: usize, lead: NodeIx) -> NodeIx {
        let gone = self.gone.clone();
        if self.rng.chance(45)
            && let Some(one) = self.rng.pick(&gone)
        {
            return one;
        }
        self.member(before).unwrap_or(lead)
    }

    /// Whom a rule for a team names when it names a person.
    fn lead_of(&mut self, app: &App, team: usize) -> Option<NodeIx> {
        if team == app.team {
            Some(app.lead)
        } else {
            self.member(team)
        }
    }

    /// What registers and repositories say about an application.
    fn describe(&mut self, app: &App, own_account: bool) {
        if self.rng.chance(self.rates.application_owner) {
            let wrong = self.rng.chance(self.rates.application_owner_wrong);
            let owner = match (wrong, self.rng.chance(50)) {
                (true, true) => Some(app.former),
                (true, false) => self.team(app.before).map(|team| team.node),
                (false, true) => Some(app.lead),
                (false, false) => self.team(app.team).map(|team| team.node),
            };
            let thing = if own_account && self.rng.chance(30) {
                app.account
            } else {
                app.node
            };
            if let Some(owner) = owner {
                self.relate(thing, EdgeKind::OwnedBy, owner);
            }
        }
        self.started(app);
        let root = format!("acme/app{}", app.number);
        let platform = self
            .teams
            .iter()
            .position(|team| team.name == "platform")
            .unwrap_or(0);
        let mut rules = vec![("*", platform)];
        if app.has_rule {
            let wrong = self.rng.chance(self.rates.code_owners_wrong);
            let stale = if app.before == app.team || self.rng.chance(40) {
                platform
            } else {
                app.before
            };
            rules.push(("/deploy/", if wrong { stale } else { app.team }));
        }
        for (line, (pattern, team)) in (1..).zip(rules) {
            let rule = self.add(
                NodeKind::Resource,
                &format!("{root}#{pattern}"),
                pattern,
                |_| {},
            );
            self.relate_with(
                app.repo,
                EdgeKind::Contains,
                rule,
                &format!("{{\"line\":{line},\"root\":\"{root}\"}}"),
            );
            // One rule in five names a person.
            let person = self
                .rng
                .chance(20)
                .then(|| self.lead_of(app, team))
                .flatten();
            if let Some(owner) = person.or_else(|| self.team(team).map(|team| team.node)) {
                self.relate(rule, EdgeKind::OwnedBy, owner);
            }
        }
    }

    /// Who created the application, and who owns and changes its repository.
    fn started(&mut self, app: &App) {
        if self.rng.chance(30) {
            let creator = if self.rng.chance(50) {
                self.member(app.before)
            } else {
                Some(app.former)
            };
            if let Some(creator) = creator {
                self.relate(app.node, EdgeKind::CreatedBy, creator);
            }
        }
        if self.rng.chance(40) {
            let at = if self.rng.chance(75) {
                app.team
            } else {
                app.before
            };
            if let Some(team) = self.team(at).map(|team| team.node) {
                self.relate(app.repo, EdgeKind::OwnedBy, team);
            }
        }
        if self.rng.chance(40) {
            for author in [Some(app.lead), Some(app.former), self.stranger(app.team)]
                .into_iter()
                .flatten()
            {
                let commits = 5 + self.rng.below(60);
                self.relate_with(
                    app.repo,
                    EdgeKind::ManagedBy,
                    author,
                    &format!("{{\"commits\":{commits}}}"),
                );
            }
        }
    }

    /// A time so many days ago.
    pub(super) fn ago(&self, days: u64) -> When {
        When::at(self.now.plus_days(-i64::try_from(days).unwrap_or(0)))
    }
}
