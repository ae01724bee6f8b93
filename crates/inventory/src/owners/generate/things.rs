//! Identities with the traces that people left on them.

use graph::{NodeIx, Text};
use model::{Class, EdgeKind, NodeKind};

use super::world::{App, World};

/// A record, the person who answers for it, the team.
type Answer = (NodeIx, Option<NodeIx>, NodeIx);

/// Adds the identities and gives who answers for each that is to be guessed.
pub(super) fn fill(world: &mut World, identities: u64) -> Vec<Answer> {
    let mut answers = Vec::new();
    for number in 0..identities {
        let apps = world.apps.clone();
        let Some(app) = world.rng.pick(&apps) else {
            break;
        };
        let Some(team) = world
            .team(app.team)
            .map(|team| (team.node, team.name.clone()))
        else {
            continue;
        };
        // Two of three things are the lead's, the others a member's.
        let person = if world.rng.chance(65) {
            Some(app.lead)
        } else {
            world.member(app.team)
        };
        let Some(person) = person else { continue };
        let days = 20 + world.rng.below(1800);
        // What is older than the reorganisation bears its traces.
        let old = days > 500;
        let thing = Thing {
            app,
            person,
            days,
            old,
            number,
        };
        let ix = thing.add(world, &team.1);
        thing.traces(world, ix);
        if world.rng.chance(world.rates.decided) {
            // One decision in ten is wrong.
            let wrong = world.rng.chance(10);
            let owner = if world.rng.chance(50) { person } else { team.0 };
            let (hand, owner) = (world.hand, if wrong { app.former } else { owner });
            world
                .builder
                .edge(ix, EdgeKind::OwnedBy, owner, hand, Text::NONE, Text::NONE);
        } else {
            answers.push((ix, Some(person), team.0));
        }
    }
    answers
}

struct Thing {
    app: App,
    /// Who answers for it now.
    person: NodeIx,
    days: u64,
    old: bool,
    number: u64,
}

impl Thing {
    fn add(&self, world: &mut World, team: &str) -> NodeIx {
        let word = world
            .rng
            .pick(&[
                "deploy", "reader", "sync", "backup", "api", "worker", "export", "cron",
            ])
            .unwrap_or("job");
        let named = world.rng.chance(world.rates.named);
        let wrong = world.rng.chance(world.rates.named_wrong);
        let other = if wrong {
            let at = if self.app.before == self.app.team {
                usize::try_from(world.rng.below(world.teams.len() as u64)).unwrap_or(0)
            } else {
                self.app.before
            };
            world.team(at).map(|team| team.name.clone())
        } else {
            None
        };
        // Two of five things named after somebody are named after somebody else by now.
        let whose = if world.rng.chance(60) {
            self.person
        } else {
            self.app.former
        };
        let person = world.label(whose);
        let person = person
            .split('@')
            .next()
            .unwrap_or_default()
            .replace('.', "-");
        let prefix = if world.rng.chance(3) {
            person
        } else if named {
            other.unwrap_or_else(|| team.to_owned())
        } else {
            format!("app{}", self.app.number)
        };
        let name = format!("{prefix}-{word}-{}", self.number);
        let created = world.ago(self.days);
        let tenant = world
            .builder
            .word(Some(&format!("acct-{}", self.app.number)));
        world.add(
            NodeKind::Identity,
            &format!("generated:{}:{name}", self.number),
            &name,
            |node| {
                node.class = Some(Class::Machine);
                node.created = created;
                node.tenant = tenant;
            },
        )
    }

    fn traces(&self, world: &mut World, ix: NodeIx) {
        if world.rng.chance(70) {
            world.relate(ix, EdgeKind::PartOf, self.app.node);
        }
        self.tag(world, ix);
        self.label(world, ix);
        self.directory(world, ix);
        self.creator(world, ix);
        self.code(world, ix);
        self.workload(world, ix);
    }

    fn tag(&self, world: &mut World, ix: NodeIx) {
        if !world.rng.chance(world.rates.tag) {
            return;
        }
        let text = if world.rng.chance(world.rates.tag_wrong) {
            match world.rng.below(10) {
                // Stale: who had it before.
                0..=3 => world.label(self.app.former),
                4..=6 => world
                    .team(self.app.before)
                    .map(|team| team.name.clone())
                    .unwrap_or_default(),
                // Copied from another thing.
                7..=8 => world
                    .stranger(self.app.team)
                    .map(|one| world.label(one))
                    .unwrap_or_default(),
                // Nobody who can be found.
                _ => "devops@old-corp.example".to_owned(),
            }
        } else if world.rng.chance(world.rates.tag_team) {
            world
                .team(self.app.team)
                .map(|team| team.name.clone())
                .unwrap_or_default()
        } else {
            world.label(self.person)
        };
        let text = world.builder.word(Some(&text));
        world.builder.change(ix, |node| node.owner = text);
    }

    fn label(&self, world: &mut World, ix: NodeIx) {
        if !world.rng.chance(world.rates.label) {
            return;
        }
        let at = if world.rng.chance(world.rates.label_wrong) {
            if world.rng.chance(60) {
                self.app.before
            } else {
                usize::try_from(world.rng.below(world.teams.len() as u64)).unwrap_or(0)
            }
        } else {
            self.app.team
        };
        let name = world
            .team(at)
            .map(|team| team.name.clone())
            .unwrap_or_default();
        world.builder.tag(ix, "team", &name);
    }

    fn directory(&self, world: &mut World, ix: NodeIx) {
        if world.rng.chance(world.rates.directory) {
            let wrong = world.rng.chance(world.rates.directory_wrong);
            let owner = match (wrong, world.rng.chance(60)) {
                (true, true) => Some(self.app.former),
                (true, false) => world.stranger(self.app.team),
                (false, _) => Some(self.person),
            };
            if let Some(owner) = owner {
                world.relate(ix, EdgeKind::OwnedBy, owner);
            }
        }
        if world.rng.chance(world.rates.sponsor) {
            let sponsor = if world.rng.chance(75) {
                Some(self.person)
            } else {
                world.stranger(self.app.team)
            };
            if let Some(sponsor) = sponsor {
                world.relate(ix, EdgeKind::SponsoredBy, sponsor);
            }
        }
    }

    fn creator(&self, world: &mut World, ix: NodeIx) {
        if !world.rng.chance(world.rates.creator) {
            return;
        }
        let lot = world.rng.below(100);
        let (machine, admin) = (world.rates.creator_machine, world.rates.creator_admin);
        let creator = if lot < machine {
            let machines = world.machines.clone();
            world.rng.pick(&machines)
        } else if lot < machine + admin {
            let admins = world.admins.clone();
            world.rng.pick(&admins)
        } else if world.rng.chance(world.rates.creator_stranger) {
            world.stranger(self.app.team)
        } else {
            self.worker(world)
        };
        if let Some(creator) = creator {
            world.relate(ix, EdgeKind::CreatedBy, creator);
        }
    }

    /// Who works on it: before a reorganisation those of then, else the one who answers or a colleague.
    fn worker(&self, world: &mut World) -> Option<NodeIx> {
        if self.old && self.app.before != self.app.team {
            return if world.rng.chance(60) {
                Some(self.app.former)
            } else {
                world.member(self.app.before)
            };
        }
        match world.rng.below(100) {
            0..=54 => Some(self.person),
            55..=84 => world.member(self.app.team),
            _ => Some(self.app.former),
        }
    }

    fn code(&self, world: &mut World, ix: NodeIx) {
        if !world.rng.chance(world.rates.file) {
            return;
        }
        if world.rng.chance(30) {
            world.relate(ix, EdgeKind::DeployedFrom, self.app.repo);
        }
        let root = format!("acme/app{}", self.app.number);
        let file = format!("deploy/id{}.yaml", self.number);
        let place = world.add(NodeKind::Resource, &format!("{root}/{file}"), &file, |_| {});
        world.relate(ix, EdgeKind::DeployedFrom, place);
        if !world.rng.chance(world.rates.git) {
            return;
        }
        let history = world.add(NodeKind::Resource, &file, &file, |_| {});
        world.relate(self.app.repo, EdgeKind::Contains, history);
        let authors = 1 + world.rng.below(4);
        for _ in 0..authors {
            let author = if world.rng.chance(world.rates.git_stranger) {
                world.stranger(self.app.team)
            } else {
                self.worker(world)
            };
            let commits = 1 + world.rng.below(9);
            let last = world
                .now
                .plus_days(-i64::try_from(world.rng.below(self.days)).unwrap_or(0))
                .date();
            if let Some(author) = author {
                world.relate_with(
                    history,
                    EdgeKind::ManagedBy,
                    author,
                    &format!("{{\"commits\":{commits},\"last\":\"{last}\"}}"),
                );
            }
        }
    }

    fn workload(&self, world: &mut World, ix: NodeIx) {
        if !world.rng.chance(world.rates.workload) {
            return;
        }
        let name = format!("workload-{}", self.number);
        let workload = world.add(NodeKind::Workload, &name, &name, |_| {});
        world.relate(workload, EdgeKind::RunsAs, ix);
        let team = if world.rng.chance(world.rates.workload_wrong) {
            usize::try_from(world.rng.below(world.teams.len() as u64)).unwrap_or(0)
        } else {
            self.app.team
        };
        let owner = if world.rng.chance(60) {
            world.team(team).map(|team| team.node)
        } else {
            world.member(team)
        };
        if let Some(owner) = owner {
            world.relate(workload, EdgeKind::OwnedBy, owner);
        }
    }
}
