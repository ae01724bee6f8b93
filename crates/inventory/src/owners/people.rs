//! Who people and teams are, and which of them a text means.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use graph::{Estate, NodeIx};
use model::{Class, EdgeKind, NodeKind, Status};

use super::proof::{Who, name_of};

/// Names shorter than this say nothing inside another name.
const MIN_WORD: usize = 3;

/// Names that mean a post or a machine, never one person.
const IMPERSONAL: &[&str] = &[
    "admin",
    "administrator",
    "admins",
    "root",
    "noreply",
    "no-reply",
    "info",
    "support",
    "helpdesk",
    "hostmaster",
    "postmaster",
    "security",
    "none",
    "unknown",
    "tbd",
    "n-a",
    "na",
];

/// True when a person has left as of the estate's moment: switched off, gone, or past the last day.
pub fn has_left(estate: &Estate, ix: NodeIx) -> bool {
    estate.node(ix).is_some_and(|node| {
        node.retired
            || matches!(node.status, Some(Status::Disabled | Status::Deleted))
            || node.expires.known().is_some_and(|day| day <= estate.now())
    })
}

/// Lower case, every run of other characters than letters and digits one dash.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> = text
        .split(|ch: char| !ch.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

/// A team's name without the word team.
fn short_team(name: &str) -> String {
    let plain = plain(name);
    let words: Vec<&str> = plain
        .split('-')
        .filter(|word| !matches!(*word, "team" | "squad" | "group" | "owners" | "devs"))
        .collect();
    words.join("-")
}

/// Everybody who can own things.
#[derive(Debug, Default)]
pub(super) struct People {
    by_email: HashMap<String, NodeIx>,
    by_name: HashMap<String, BTreeSet<NodeIx>>,
    by_local_part: HashMap<String, BTreeSet<NodeIx>>,
    by_team: HashMap<String, BTreeSet<NodeIx>>,
    /// The one record that stands for several of one person or team.
    stands_for: HashMap<NodeIx, NodeIx>,
    teams: HashMap<NodeIx, Vec<NodeIx>>,
    managers: HashMap<NodeIx, NodeIx>,
    /// First and last names that only one person has.
    words: BTreeMap<String, NodeIx>,
}

impl People {
    /// Looks at every person, team, group and human identity. `emails` are addresses known beside
    /// the estate, by row key.
    pub(super) fn of(estate: &Estate, emails: &[(i64, String)]) -> Self {
        let mut people = Self::default();
        let mut more: HashMap<i64, Vec<&str>> = HashMap::new();
        for (key, email) in emails {
            more.entry(*key).or_default().push(email);
        }
        // Persons first, so that identities of theirs point to them.
        for kind in [
            NodeKind::Person,
            NodeKind::Team,
            NodeKind::Identity,
            NodeKind::Group,
        ] {
            for ix in estate.indices() {
                let Some(node) = estate.node(ix).filter(|node| node.kind == kind) else {
                    continue;
                };
                match kind {
                    NodeKind::Person => people.person(estate, ix, more.get(&node.key)),
                    NodeKind::Identity if node.class == Some(Class::Human) => {
                        people.person(estate, ix, more.get(&node.key));
                    }
                    NodeKind::Team => people.team(estate, ix, true),
                    NodeKind::Group => people.team(estate, ix, false),
                    _ => {}
                }
            }
        }
        people.handles(estate);
        people.relate(estate);
        people
    }

    fn person(&mut self, estate: &Estate, ix: NodeIx, more: Option<&Vec<&str>>) {
        let Some(node) = estate.node(ix) else { return };
        let (name, native) = (name_of(estate, ix), estate.text(node.native_id));
        let known = [name, native]
            .into_iter()
            .chain(more.into_iter().flatten().copied());
        let emails: BTreeSet<String> = known.filter_map(email).collect();
        let same = emails
            .iter()
            .find_map(|email| self.by_email.get(email))
            .copied();
        let related = estate
            .out_by(ix, EdgeKind::OwnedBy)
            .iter()
            .map(|edge| edge.other)
            .find(|other| {
                estate
                    .node(*other)
                    .is_some_and(|node| node.kind == NodeKind::Person)
            });
        let stands = same
            .or(related.filter(|_| node.kind == NodeKind::Identity))
            .unwrap_or(ix);
        if stands != ix {
            self.stands_for.insert(ix, stands);
        }
        for email in emails {
            if let Some((local, _)) = email.split_once('@') {
                self.by_local_part
                    .entry(plain(local))
                    .or_default()
                    .insert(stands);
            }
            self.by_email.entry(email).or_insert(stands);
        }
        for text in [name, native] {
            let text = plain(text);
            if !text.is_empty() {
                self.by_name.entry(text).or_default().insert(stands);
            }
        }
    }

    fn team(&mut self, estate: &Estate, ix: NodeIx, is_team: bool) {
        let Some(node) = estate.node(ix) else { return };
        let names = [name_of(estate, ix), estate.text(node.native_id)];
        let short: Vec<String> = names
            .into_iter()
            .map(short_team)
            .filter(|name| !name.is_empty())
            .collect();
        let same = short
            .iter()
            .find_map(|name| self.by_team.get(name)?.first().copied())
            .filter(|same| !is_team && *same != ix);
        match same {
            // A directory's group of the team's name is the team.
            Some(team) => {
                self.stands_for.insert(ix, team);
            }
            None if is_team => {
                for name in short {
                    self.by_team.entry(name).or_default().insert(ix);
                }
            }
            None => {}
        }
    }

    /// A person known by a handle is the one whose address begins with it, when there is one such.
    fn handles(&mut self, estate: &Estate) {
        for ix in estate.indices() {
            let Some(node) = estate.node(ix).filter(|node| node.kind == NodeKind::Person) else {
                continue;
            };
            let Some(handle) = estate.text(node.native_id).strip_prefix('@') else {
                continue;
            };
            let whose = self.by_local_part.get(&plain(handle));
            if let Some(only) = whose
                .filter(|whose| whose.len() == 1)
                .and_then(|whose| whose.first())
            {
                self.stands_for.insert(ix, *only);
            }
        }
    }

    fn relate(&mut self, estate: &Estate) {
        for ix in estate.indices() {
            let Some(node) = estate.node(ix) else {
                continue;
            };
            if !matches!(node.kind, NodeKind::Person | NodeKind::Identity) {
                continue;
            }
            let person = self.canonical(ix);
            for edge in estate.out_by(ix, EdgeKind::MemberOf) {
                let team = self.canonical(edge.other);
                let is_team = estate
                    .node(team)
                    .is_some_and(|node| node.kind == NodeKind::Team);
                let teams = self.teams.entry(person).or_default();
                if is_team && !teams.contains(&team) {
                    teams.push(team);
                }
            }
            if node.kind == NodeKind::Person
                && let Some(edge) = estate.out_by(ix, EdgeKind::ManagedBy).first()
            {
                let manager = self.canonical(edge.other);
                self.managers.insert(person, manager);
            }
        }
        let mut seen: BTreeMap<String, BTreeSet<NodeIx>> = BTreeMap::new();
        for (name, whose) in &self.by_local_part_sorted() {
            for ix in whose {
                seen.entry(name.clone()).or_default().insert(*ix);
                for word in name.split('-').filter(|word| word.len() > MIN_WORD) {
                    seen.entry(word.to_owned()).or_default().insert(*ix);
                }
            }
        }
        for (word, whose) in seen {
            if let (1, Some(only)) = (whose.len(), whose.first())
                && !IMPERSONAL.contains(&word.as_str())
            {
                self.words.insert(word, *only);
            }
        }
    }

    fn by_local_part_sorted(&self) -> BTreeMap<String, BTreeSet<NodeIx>> {
        self.by_local_part
            .iter()
            .map(|(name, whose)| (name.clone(), whose.clone()))
            .collect()
    }

    /// The record that stands for a person or team.
    pub(super) fn canonical(&self, ix: NodeIx) -> NodeIx {
        self.stands_for.get(&ix).copied().unwrap_or(ix)
    }

    /// The candidate a record is: a person, team, group or human identity; none for machines.
    pub(super) fn candidate(&self, estate: &Estate, ix: NodeIx) -> Option<Who> {
        let ix = self.canonical(ix);
        let node = estate.node(ix)?;
        match node.kind {
            NodeKind::Person | NodeKind::Team | NodeKind::Group => Some(Who::Record(ix)),
            NodeKind::Identity if node.class == Some(Class::Human) => Some(Who::Record(ix)),
            _ => None,
        }
    }

    /// The teams of a person.
    pub(super) fn teams_of(&self, who: &Who) -> &[NodeIx] {
        match who {
            Who::Record(ix) => self.teams.get(ix).map_or(&[], Vec::as_slice),
            Who::Named(..) => &[],
        }
    }

    /// The manager of a person.
    pub(super) fn manager_of(&self, ix: NodeIx) -> Option<NodeIx> {
        self.managers.get(&ix).copied()
    }

    /// The person or team whose name is this word, and no other's.
    pub(super) fn by_word(&self, word: &str) -> Option<NodeIx> {
        if word.len() < MIN_WORD {
            return None;
        }
        let team = self.by_team.get(word).filter(|teams| teams.len() == 1);
        team.and_then(|teams| teams.first())
            .or_else(|| self.words.get(word))
            .copied()
    }

    /// Whom a text means, with how well it fits. `team` says that the text stands where teams are
    /// named, so that an unknown name is a team nobody recorded yet.
    pub(super) fn meant(&self, text: &str, team: bool) -> Vec<(Who, f64)> {
        let text = text.trim();
        if text.len() > model::text::MAX_LABEL_BYTES {
            return Vec::new();
        }
        let upper = text.to_uppercase();
        if upper.starts_with("CN=") {
            // A distinguished name: its first part.
            let first = text.split(',').next().unwrap_or_default();
            return self.one(first.get(3..).unwrap_or_default(), false);
        }
        text.split([',', ';', '|'])
            .take(8)
            .flat_map(|part| self.one(part.trim(), team))
            .collect()
    }

    fn one(&self, text: &str, team: bool) -> Vec<(Who, f64)> {
        if let Some(email) = email(text) {
            return self.address(&email);
        }
        let text = text.trim_start_matches('@');
        let text = text.rsplit(['/', '\\']).next().unwrap_or(text);
        let (whole, short) = (plain(text), short_team(text));
        if whole.is_empty() || IMPERSONAL.contains(&whole.as_str()) {
            return Vec::new();
        }
        let mut found: BTreeMap<NodeIx, f64> = BTreeMap::new();
        let mut all = |whose: Option<&BTreeSet<NodeIx>>, fit: f64| {
            let whose = whose.into_iter().flatten();
            for ix in whose {
                let known = found.entry(*ix).or_insert(fit);
                *known = known.max(fit);
            }
        };
        all(self.by_team.get(&short), 0.95);
        all(self.by_name.get(&whole), 0.9);
        all(self.by_local_part.get(&whole), 0.75);
        if found.is_empty() && team {
            return vec![(Who::Named(NodeKind::Team, whole), 0.6)];
        }
        let share = if found.len() > 1 { 0.45 } else { 1.0 };
        let found = found.into_iter().take(4);
        found
            .map(|(ix, fit)| (Who::Record(ix), fit * share))
            .collect()
    }

    fn address(&self, email: &str) -> Vec<(Who, f64)> {
        if let Some(ix) = self.by_email.get(email) {
            return vec![(Who::Record(*ix), 1.0)];
        }
        let local = email.split_once('@').map_or("", |(local, _)| local);
        // A mailbox named after a team is the team's.
        if let Some(team) = self
            .by_team
            .get(&short_team(local))
            .filter(|teams| teams.len() == 1)
            && let Some(team) = team.first()
        {
            return vec![(Who::Record(*team), 0.9)];
        }
        if IMPERSONAL.contains(&plain(local).as_str()) {
            return Vec::new();
        }
        vec![(Who::Named(NodeKind::Person, email.to_owned()), 0.7)]
    }
}

/// The e-mail address in a text: bare, after `mailto:`, or in angle brackets.
pub(super) fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.strip_suffix('>'))
        .unwrap_or(text);
    let inner = inner.strip_prefix("mailto:").unwrap_or(inner);
    let (local, domain) = inner.split_once('@')?;
    let fits = !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && inner.len() <= 254
        && !inner.contains(|ch: char| {
            ch.is_whitespace() || ch.is_control() || matches!(ch, '/' | ',' | '<' | '>' | ':')
        });
    fits.then(|| inner.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_every_dress() {
        for (text, want) in [
            ("Ann@Example.com", Some("ann@example.com")),
            ("Ann Lee <ann@example.com>", Some("ann@example.com")),
            ("mailto:ann@example.com", Some("ann@example.com")),
            ("@org/team", None),
            ("ann@host", None),
            ("a b@example.com", None),
        ] {
            assert_eq!(email(text).as_deref(), want, "{text}");
        }
    }

    #[test]
    fn a_text_means_whom_it_names() {
        let estate = graph::shorthand::estate(
            "person:ann.lee@example.com name=\"Ann Lee\"\n\
             person:bob.lee@example.com name=\"Bob Lee\"\n\
             team:payments name=payments\n\
             identity:ann class=human name=ann.lee@example.com\n",
        )
        .unwrap();
        let people = People::of(&estate, &[]);
        let find = |label| Who::Record(graph::shorthand::find(&estate, label).unwrap());
        let ann = find("person:ann.lee@example.com");
        for text in [
            "ann.lee@example.com",
            "Ann Lee",
            "CN=Ann Lee,OU=x",
            "corp\\ann.lee",
        ] {
            assert_eq!(
                people.meant(text, false).first().map(|(who, _)| who),
                Some(&ann),
                "{text}"
            );
        }
        let payments = find("team:payments");
        for text in [
            "Payments",
            "payments-team@example.com",
            "@acme/payments",
            "team payments",
        ] {
            assert_eq!(
                people.meant(text, false).first().map(|(who, _)| who),
                Some(&payments),
                "{text}"
            );
        }
        assert!(people.meant("admin@example.com", false).is_empty());
        assert!(people.meant("somebody", false).is_empty());
        let identity = graph::shorthand::find(&estate, "identity:ann").unwrap();
        assert_eq!(people.candidate(&estate, identity), Some(ann));
        assert_eq!(people.by_word("lee"), None, "two people have it");
    }
}
