//! Who answers for things: as people say it, as evidence proposes it, and what leavers leave behind.

mod bench;
mod coverage;
mod leavers;
mod propose;
mod register;

use inventory::edit::{self, Other, RelationChange, Statement};
use inventory::{Applied, RunKind};
use model::labels::OwnerRole;
use model::{Attributes, Class, EdgeKind, NodeKind, NodeRef};

use crate::query::find::{self, Found, Target};
use crate::{Error, Installation};

pub use bench::{Measurement, bench};
pub use coverage::{Coverage, Due, Team, coverage};
pub use leavers::{Leaving, Task, leavers, parse_leavers};
pub use propose::{Candidate, Decided, Demoted, Proposed, Reason, accept, propose, queue, reject};
pub use register::{Line, Register, register};

/// Who is to answer for a thing.
#[derive(Debug)]
pub enum Party {
    /// A record that is there.
    Known(Box<Target>),
    /// A person no source has shown, by e-mail address.
    Person(String),
}

/// Finds who is meant: a person, a team, a group, a person's account; else, by an e-mail address, a
/// person nobody has seen yet.
///
/// # Errors
/// The database cannot be read.
pub async fn party(installation: &Installation, text: &str) -> Result<Found<Party>, Error> {
    const KINDS: &[NodeKind] = &[
        NodeKind::Person,
        NodeKind::Team,
        NodeKind::Group,
        NodeKind::Identity,
    ];
    let plain = text.trim();
    match find::target(installation, plain, KINDS).await? {
        Found::One(target) => Ok(Found::One(Box::new(Party::Known(target)))),
        Found::Candidates(none) if none.state != "several_match" && is_address(plain) => {
            Ok(Found::One(Box::new(Party::Person(plain.to_lowercase()))))
        }
        Found::Candidates(candidates) => Ok(Found::Candidates(candidates)),
    }
}

/// `name@domain`, with nothing that a name of a person does not have.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| {
        !name.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
            && model::text::label(text) == text
    })
}

/// Says by hand that somebody answers for a thing, or that they no longer do. It stands before what
/// sources say for the same role.
///
/// # Errors
/// The party is a machine, or the database fails.
pub async fn assign(
    installation: &Installation,
    subject: i64,
    party: Party,
    role: OwnerRole,
    stated: bool,
    why: &str,
) -> Result<Applied, Error> {
    let other = match party {
        Party::Known(target) => {
            let row = &target.row;
            let machine = row.kind == "identity"
                && row.class.as_deref().is_some_and(|class| class != "human");
            if machine && stated {
                return Err(Error::usage(format!(
                    "`{}` is a machine; it answers for nothing",
                    model::text::label(&row.name)
                ))
                .hint("name a person, a team or a group"));
            }
            Other::Known(target.key)
        }
        Party::Person(address) => {
            let attributes = Attributes {
                class: Some(Class::Human),
                ..Attributes::named(address.clone(), "person")
            };
            let node = NodeRef::global(NodeKind::Person, "person", address);
            Other::Named(node, Box::new(attributes))
        }
    };
    let title = if stated {
        "owner assign"
    } else {
        "owner unassign"
    };
    let start = installation.run_start(RunKind::Edit, title)?;
    let statement = Statement {
        subject,
        facts: Vec::new(),
        relations: vec![RelationChange {
            kind: EdgeKind::OwnedBy,
            other,
            role: Some(role),
            stated,
        }],
        why: why.to_owned(),
    };
    let now = installation.clock.now();
    Ok(edit::say(&installation.db, &start, &[statement], now).await?)
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn only_an_address_names_somebody_nobody_has_seen() {
        assert!(is_address("ann@example.com"));
        for text in [
            "ann",
            "ann@",
            "@example.com",
            "a b@example.com",
            "a@b@c.d",
            "ann@localhost",
        ] {
            assert!(!is_address(text), "{text}");
        }
    }
}
