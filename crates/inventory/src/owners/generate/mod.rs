//! An estate whose owners are known, to train on and to measure by: teams that were reorganised, people
//! who left or moved, contractors, pipelines and administrators that create for everybody, tags that were
//! wrong from the start or have become so. How often each happens is a [`Rates`] and nothing else; the
//! rates were written down before anything was measured and are documented in `docs/ownership.md`.

mod rng;
mod things;
mod world;

use graph::Estate;

use super::measure::Truth;

/// How often things are so, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// A record has an owner tag.
    pub tag: u64,
    /// Of those: names a predecessor, somebody else, or nobody who can be found.
    pub tag_wrong: u64,
    /// Of those that are right: names the team and not the person.
    pub tag_team: u64,
    /// The record or its namespace has a label for teams.
    pub label: u64,
    /// Of those: names another team.
    pub label_wrong: u64,
    /// The directory lists an owner.
    pub directory: u64,
    /// Of those: a predecessor or somebody who only clicked.
    pub directory_wrong: u64,
    /// A sponsor is on record; of those one in four is another person.
    pub sponsor: u64,
    /// The creator is known.
    pub creator: u64,
    /// Of those: a pipeline, automation or bot.
    pub creator_machine: u64,
    /// Of those: an administrator who creates for everybody.
    pub creator_admin: u64,
    /// Of the human creators: somebody of another team, a contractor included.
    pub creator_stranger: u64,
    /// The declaring file is known.
    pub file: u64,
    /// Of those: CODEOWNERS has a rule of its own for it.
    pub code_owners: u64,
    /// Of those: the rule names the team before the reorganisation or the platform team.
    pub code_owners_wrong: u64,
    /// Of those with a file: the git history was imported.
    pub git: u64,
    /// Of its changes: by people of other teams (mass changes, helpers).
    pub git_stranger: u64,
    /// A workload runs as it, with an owner on record.
    pub workload: u64,
    /// Of those: owned by another team that shares the identity.
    pub workload_wrong: u64,
    /// The application has an owner on record.
    pub application_owner: u64,
    /// Of those: a predecessor.
    pub application_owner_wrong: u64,
    /// The name carries the team's short name.
    pub named: u64,
    /// Of those: another team's, from before a reorganisation or by chance of words.
    pub named_wrong: u64,
    /// People stated owners by hand for so many records already.
    pub decided: u64,
    /// Applications that moved to another team.
    pub transferred: u64,
    /// People who left.
    pub left: u64,
    /// Of those: nobody told the inventory.
    pub left_unseen: u64,
    /// People who moved to another team; their old work stays where it is.
    pub moved: u64,
    /// People who are contractors without a team on record.
    pub contractors: u64,
}

/// A company as one would expect it.
pub const ORDINARY: Rates = Rates {
    tag: 55,
    tag_wrong: 35,
    tag_team: 45,
    label: 30,
    label_wrong: 20,
    directory: 25,
    directory_wrong: 30,
    sponsor: 4,
    creator: 60,
    creator_machine: 35,
    creator_admin: 12,
    creator_stranger: 20,
    file: 50,
    code_owners: 65,
    code_owners_wrong: 18,
    git: 70,
    git_stranger: 25,
    workload: 30,
    workload_wrong: 15,
    application_owner: 45,
    application_owner_wrong: 25,
    named: 30,
    named_wrong: 30,
    decided: 8,
    transferred: 20,
    left: 15,
    left_unseen: 30,
    moved: 12,
    contractors: 12,
};

/// A company in the cloud with infrastructure as code and many tags.
pub const CLOUD: Rates = Rates {
    tag: 75,
    tag_wrong: 25,
    label: 50,
    label_wrong: 12,
    directory: 10,
    creator_machine: 60,
    file: 75,
    code_owners: 80,
    code_owners_wrong: 12,
    git: 85,
    application_owner: 55,
    left: 10,
    ..ORDINARY
};

/// An old directory: few tags, many administrators, people long gone.
pub const DIRECTORY: Rates = Rates {
    tag: 35,
    tag_wrong: 45,
    label: 8,
    directory: 50,
    directory_wrong: 40,
    creator: 70,
    creator_machine: 15,
    creator_admin: 40,
    file: 12,
    workload: 40,
    application_owner: 40,
    application_owner_wrong: 35,
    transferred: 30,
    left: 28,
    left_unseen: 40,
    ..ORDINARY
};

/// A company after a merger, which nothing is trained on: half of all tags and a third of CODEOWNERS
/// are wrong, and every third application has changed hands.
pub const MERGED: Rates = Rates {
    tag_wrong: 50,
    label_wrong: 30,
    directory_wrong: 40,
    creator_stranger: 30,
    code_owners_wrong: 32,
    git_stranger: 35,
    workload_wrong: 25,
    application_owner_wrong: 40,
    named_wrong: 45,
    transferred: 35,
    left: 25,
    moved: 20,
    ..ORDINARY
};

/// A company between the others, which nothing is trained on.
pub const HELD_OUT: Rates = Rates {
    tag: 50,
    tag_wrong: 38,
    label: 35,
    label_wrong: 17,
    directory: 30,
    directory_wrong: 34,
    creator_machine: 45,
    creator_admin: 18,
    file: 55,
    code_owners_wrong: 22,
    git_stranger: 28,
    workload: 25,
    transferred: 25,
    left: 18,
    ..ORDINARY
};

/// What the weights are trained on.
pub const TRAINING: &[Rates] = &[ORDINARY, CLOUD, DIRECTORY];

/// An estate with its truth.
#[derive(Debug)]
pub struct Generated {
    /// The estate.
    pub estate: Estate,
    /// Who answers for each record that nobody stated an owner for by hand.
    pub truths: Vec<Truth>,
}

/// Makes an estate of about `identities` records; the same for the same arguments everywhere.
pub fn generate(seed: u64, identities: u64, rates: &Rates) -> Generated {
    let mut world = world::World::new(seed, identities, *rates);
    let truths = things::fill(&mut world, identities);
    Generated {
        estate: world.freeze(),
        truths: truths
            .into_iter()
            .map(|(subject, person, team)| Truth {
                subject,
                person,
                team: Some(team),
            })
            .collect(),
    }
}
