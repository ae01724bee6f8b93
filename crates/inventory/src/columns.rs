//! The facts of a node that are filtered and listed by, and how several sources' words about it
//! become one.

use model::fact::Fact;
use model::{Attributes, Class, Status, TimeUs};
use serde::{Deserialize, Serialize};

/// A fact about a time, as two columns: the state and, when known, the time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeColumn {
    /// `known`, `never`, `no_data_yet`, `not_observable`; `None` when no source says anything.
    pub state: Option<String>,
    /// The time, when known.
    pub us: Option<i64>,
}

impl TimeColumn {
    /// The two columns of a fact.
    pub fn of(fact: Option<&Fact<TimeUs>>) -> Self {
        Self {
            state: fact.map(|fact| fact.state().to_owned()),
            us: fact.and_then(Fact::value).map(|time| time.as_micros()),
        }
    }
}

/// The listed facts of one node, from one source or merged from many.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Columns {
    /// The name people know it by.
    pub name: Option<String>,
    /// Human, machine, agent, device or external.
    pub class: Option<String>,
    /// The provider's sort.
    pub subtype: Option<String>,
    /// Account, tenant, cluster or domain.
    pub tenant: Option<String>,
    /// Enabled, disabled, deleted or planned.
    pub status: Option<String>,
    /// When it was created.
    pub created: TimeColumn,
    /// When it stops working by itself.
    pub expires: TimeColumn,
    /// When it was last used.
    pub last_used: TimeColumn,
    /// When its secret part was last replaced.
    pub last_rotated: TimeColumn,
    /// The environment as declared.
    pub environment: Option<String>,
    /// The owner as declared.
    pub owner: Option<String>,
    /// The outside company behind it.
    pub vendor: Option<String>,
    /// 1 when the source itself calls it privileged, 0 when it says it is not.
    pub privileged: Option<i64>,
    /// How many instances it stands for.
    pub instances: Option<i64>,
}

impl Columns {
    /// The columns of what one source says.
    pub fn of(attributes: &Attributes) -> Self {
        Self {
            name: attributes.name.clone(),
            class: attributes.class.map(|class: Class| class.name().to_owned()),
            subtype: attributes.subtype.clone(),
            tenant: attributes.tenant.clone(),
            status: attributes
                .status
                .map(|status: Status| status.name().to_owned()),
            created: TimeColumn::of(attributes.created.as_ref()),
            expires: TimeColumn::of(attributes.expires.as_ref()),
            last_used: TimeColumn::of(attributes.last_used.as_ref()),
            last_rotated: TimeColumn::of(attributes.last_rotated.as_ref()),
            environment: attributes.declared_environment.clone(),
            owner: attributes.declared_owner.clone(),
            vendor: attributes.vendor.clone(),
            privileged: attributes.declared_privileged.map(i64::from),
            instances: attributes
                .instances
                .and_then(|count| i64::try_from(count).ok()),
        }
    }
}

/// How much weight a source's word has. By hand beats an authoritative source, which beats others;
/// within one rank a source that describes the thing beats one that only mentions it, then the newer observation wins, then the connector's name decides, so that the
/// result never depends on the order of imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// A plan, a spreadsheet, an attack-graph file.
    Secondary,
    /// The provider itself.
    Authoritative,
    /// A person said so.
    ByHand,
}

/// What one source says, with its weight.
#[derive(Debug, Clone)]
pub struct Weighted<T> {
    /// The weight.
    pub rank: Rank,
    /// How much the source knows the thing, see [`describes`].
    pub describes: u8,
    /// The source's own time.
    pub observed_us: i64,
    /// The source, as a last tie-break.
    pub source: String,
    /// What it says.
    pub said: T,
}

/// How much a source knows a thing: 2 when it describes it under the provider's own id, 1 when it
/// calls it by nothing but that id (a policy that names an e-mail address, a task that names a
/// SID), 0 when it does not even know the id and uses a slot or a stand-in.
pub fn describes(name: Option<&str>, native_id: &str) -> u8 {
    if crate::spool::plainness(native_id) >= crate::spool::MADE_UP {
        return 0;
    }
    1 + u8::from(name.is_some_and(|name| !name.eq_ignore_ascii_case(native_id)))
}

/// Orders from the weightiest to the least.
pub fn sort<T>(said: &mut [Weighted<T>]) {
    said.sort_by(|a, b| {
        b.rank
            .cmp(&a.rank)
            .then(b.describes.cmp(&a.describes))
            .then(b.observed_us.cmp(&a.observed_us))
            .then(a.source.cmp(&b.source))
    });
}

/// Merges what the sources say, given in the order of [`sort`].
pub fn merge(said: &[Weighted<Columns>]) -> Columns {
    let first =
        |pick: fn(&Columns) -> Option<&String>| said.iter().find_map(|w| pick(&w.said)).cloned();
    let time = |pick: fn(&Columns) -> &TimeColumn| strongest(said.iter().map(|w| pick(&w.said)));
    Columns {
        name: first(|c| c.name.as_ref()),
        class: first(|c| c.class.as_ref()),
        subtype: first(|c| c.subtype.as_ref()),
        tenant: first(|c| c.tenant.as_ref()),
        status: first(|c| c.status.as_ref()),
        created: time(|c| &c.created),
        expires: time(|c| &c.expires),
        last_used: latest(said.iter().map(|w| &w.said.last_used)),
        last_rotated: time(|c| &c.last_rotated),
        environment: first(|c| c.environment.as_ref()),
        owner: first(|c| c.owner.as_ref()),
        vendor: first(|c| c.vendor.as_ref()),
        privileged: said.iter().find_map(|w| w.said.privileged),
        instances: said.iter().find_map(|w| w.said.instances),
    }
}

fn strength(state: Option<&str>) -> u8 {
    match state {
        Some("known") => 4,
        Some("never") => 3,
        Some("no_data_yet") => 2,
        Some(_) => 1,
        None => 0,
    }
}

/// A source that knows beats a weightier one that does not.
fn strongest<'a>(columns: impl Iterator<Item = &'a TimeColumn>) -> TimeColumn {
    let mut best = TimeColumn::default();
    for column in columns {
        if strength(column.state.as_deref()) > strength(best.state.as_deref()) {
            best = column.clone();
        }
    }
    best
}

/// Use only grows: the latest known use by any source is the last use.
fn latest<'a>(columns: impl Iterator<Item = &'a TimeColumn>) -> TimeColumn {
    let mut best = TimeColumn::default();
    for column in columns {
        let stronger = strength(column.state.as_deref()) > strength(best.state.as_deref());
        if stronger || (column.state == best.state && column.us > best.us) {
            best = column.clone();
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        rank: Rank,
        observed_us: i64,
        name: Option<&str>,
        used: Option<Fact<TimeUs>>,
    ) -> Weighted<Columns> {
        let attributes = Attributes {
            name: name.map(str::to_owned),
            last_used: used,
            ..Attributes::default()
        };
        Weighted {
            rank,
            describes: describes(name, "native"),
            observed_us,
            source: format!("s{observed_us}"),
            said: Columns::of(&attributes),
        }
    }

    #[test]
    fn by_hand_then_authoritative_then_newer() {
        let mut all = vec![
            said(Rank::Secondary, 9, Some("newest"), None),
            said(Rank::Authoritative, 1, Some("old"), None),
            said(Rank::Authoritative, 2, Some("new"), None),
            said(Rank::Authoritative, 3, None, None),
        ];
        sort(&mut all);
        assert_eq!(merge(&all).name.as_deref(), Some("new"));
        all.push(said(Rank::ByHand, 0, Some("person"), None));
        sort(&mut all);
        assert_eq!(merge(&all).name.as_deref(), Some("person"));
    }

    #[test]
    fn a_mention_does_not_rename_what_another_source_describes() {
        let mut all = vec![
            said(Rank::Authoritative, 9, Some("NATIVE"), None),
            said(Rank::Authoritative, 1, Some("Nightly loader"), None),
        ];
        sort(&mut all);
        assert_eq!(merge(&all).name.as_deref(), Some("Nightly loader"));
    }

    #[test]
    fn not_observable_never_hides_what_another_source_knows() {
        let at = |us| Some(Fact::known(TimeUs::from_micros(us)));
        let mut all = vec![
            said(Rank::ByHand, 5, None, Some(Fact::not_observable("no log"))),
            said(Rank::Authoritative, 4, None, Some(Fact::never())),
        ];
        sort(&mut all);
        assert_eq!(merge(&all).last_used.state.as_deref(), Some("never"));
        all.push(said(Rank::Secondary, 1, None, at(10)));
        all.push(said(Rank::Authoritative, 2, None, at(7)));
        sort(&mut all);
        assert_eq!(merge(&all).last_used.us, Some(10));
    }
}
