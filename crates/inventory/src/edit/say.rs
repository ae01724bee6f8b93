//! What a person says about records: a sighting of the source `hand`, so that the merging, the
//! history and the as-of reading of every other source apply. Each fact is said and unsaid by itself.

use std::collections::{BTreeMap, BTreeSet};

use model::labels::{OwnerRole, SaidFact};
use model::{Attributes, EdgeKind, Extra, NodeId, NodeKind, NodeRef, SourceRef, TimeUs};
use store::{Db, Value};

use super::Edit;
use super::said::{Field, Word, Words, attributes_of, check, words_of};
use crate::InventoryError;
use crate::apply::{Applied, fresh, groups, sources};
use crate::columns::Columns;
use crate::run::{RunStart, in_list, next_key};
use crate::spool::{EdgeRecord, Record};

/// What a person says about one record.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The record's row key.
    pub subject: i64,
    /// Facts with their value; `None` takes back what a person said.
    pub facts: Vec<(Field, Option<String>)>,
    /// Relations that begin or end.
    pub relations: Vec<RelationChange>,
    /// Why; kept with each word.
    pub why: String,
}

/// A relation that a person states or takes back.
#[derive(Debug, Clone)]
pub struct RelationChange {
    /// The kind.
    pub kind: EdgeKind,
    /// The other end.
    pub other: Other,
    /// What an owner does; of other relations and for taking back every role: none.
    pub role: Option<OwnerRole>,
    /// True to state it, false to take it back.
    pub stated: bool,
}

/// The other end of a relation.
#[derive(Debug, Clone)]
pub enum Other {
    /// A record that is there.
    Known(i64),
    /// A thing by name, with what is said about it when it is not there yet: a person nobody
    /// observed.
    Named(NodeRef, Box<Attributes>),
}

/// Writes down what a person says.
///
/// # Errors
/// A record is not there, a value is none of its field, a relation cannot be between such records,
/// or the database fails; then nothing is changed.
pub async fn say(
    db: &Db,
    start: &RunStart,
    said: &[Statement],
    now: TimeUs,
) -> Result<Applied, InventoryError> {
    let mut edit = Edit::begin(db, start, now).await?;
    let hand = SourceRef::new(sources::BY_HAND, "");
    let source = sources::row_of(&mut edit.tx, &edit.work, &hand, false).await?;
    let mut saying = Saying {
        edit,
        source,
        actor: start.actor.clone(),
        now,
    };
    let subjects: BTreeSet<i64> = said.iter().map(|one| one.subject).collect();
    let member_of = groups::memberships(&mut saying.edit.tx, &subjects).await?;
    let mut by_root: BTreeMap<i64, Vec<&Statement>> = BTreeMap::new();
    for one in said {
        let root = member_of.get(&one.subject).copied();
        by_root
            .entry(root.unwrap_or(one.subject))
            .or_default()
            .push(one);
    }
    for (root, statements) in by_root {
        saying.record(root, &statements).await?;
    }
    let Saying { mut edit, .. } = saying;
    edit.work.batches.flush(&mut edit.tx).await?;
    sources::write_times(&mut edit.tx, &mut edit.work).await?;
    edit.commit().await
}

struct Saying {
    edit: Edit,
    source: i64,
    actor: String,
    now: TimeUs,
}

/// What people said about one record so far.
#[derive(Default)]
struct Before {
    words: Words,
    /// What was said beside words: the name of a person only people know.
    beside: Attributes,
    edges: Vec<EdgeBefore>,
    sightings: Vec<i64>,
    newest_us: Option<i64>,
}

/// A relation a person stated.
#[derive(Clone)]
struct EdgeBefore {
    edge_key: i64,
    by_key: i64,
    other_key: i64,
    kind: EdgeKind,
    reversed: bool,
    attributes: String,
}

impl Saying {
    async fn record(&mut self, root: i64, said: &[&Statement]) -> Result<(), InventoryError> {
        let kind = self.kind_of(root).await?;
        let before = self.before(root).await?;
        let mut words = before.words.clone();
        let mut edges = before.edges.clone();
        let mut added = Vec::new();
        for one in said {
            self.facts(&mut words, one)?;
            for change in &one.relations {
                self.relation(kind, change, &one.why, &mut edges, &mut added)
                    .await?;
            }
        }
        if words == before.words && edges.len() == before.edges.len() && added.is_empty() {
            return Ok(());
        }
        self.end(&before, &edges, root).await?;
        let moved = edges.iter().filter(|edge| edge.by_key != root);
        let mut stated: Vec<(i64, EdgeRecord)> = Vec::new();
        for edge in moved {
            stated.push((
                edge.other_key,
                record_of(edge.kind, edge.reversed, &edge.attributes),
            ));
        }
        self.edit.work.applied.edges_added += added.len() as u64;
        stated.extend(added);
        let (seq, source) = (self.edit.work.seq, self.source);
        for (other, edge) in &stated {
            self.edit
                .work
                .batches
                .edge(seq, root, *other, source, edge, None);
        }
        let mut attributes = attributes_of(&words);
        beside(&mut attributes, before.beside);
        if attributes != Attributes::default() || !edges.is_empty() || !stated.is_empty() {
            let observed = before.newest_us.map_or(self.now.as_micros(), |newest| {
                (newest + 1).max(self.now.as_micros())
            });
            self.sighting(root, kind, &attributes, observed);
        }
        self.edit.work.applied.observations += 1;
        self.edit.work.touched.insert(root);
        Ok(())
    }

    fn facts(&self, words: &mut Words, one: &Statement) -> Result<(), InventoryError> {
        for (field, value) in &one.facts {
            match value {
                Some(value) => {
                    let word = Word {
                        value: check(*field, value)?,
                        by: self.actor.clone(),
                        at: self.now,
                        why: model::text::label(&one.why),
                    };
                    words.insert(field.name(), word);
                }
                None => {
                    words.remove(&field.name());
                }
            }
        }
        Ok(())
    }

    async fn relation(
        &mut self,
        kind: NodeKind,
        change: &RelationChange,
        why: &str,
        edges: &mut Vec<EdgeBefore>,
        added: &mut Vec<(i64, EdgeRecord)>,
    ) -> Result<(), InventoryError> {
        let (other, other_kind) = match &change.other {
            Other::Known(key) => (*key, self.kind_of(*key).await?),
            Other::Named(node, attributes) => {
                let known = self.find(node).await?;
                match (known, change.stated) {
                    (Some(key), _) => (key, node.kind),
                    (None, true) => (self.add(node, attributes).await?, node.kind),
                    (None, false) => return Ok(()),
                }
            }
        };
        if !change.kind.allows(kind, other_kind) {
            return Err(InventoryError::Refused(format!(
                "a record of kind {kind} cannot be related as `{}` to one of kind {other_kind}",
                change.kind
            )));
        }
        let same = self.group(other).await?;
        let role = change.role.map(OwnerRole::name);
        let fits = |edge: &EdgeBefore| {
            let same_role = role.is_none() || role_of(&edge.attributes).as_deref() == role;
            edge.kind == change.kind
                && !edge.reversed
                && same.contains(&edge.other_key)
                && same_role
        };
        if !change.stated {
            edges.retain(|edge| !fits(edge));
            return Ok(());
        }
        let twice = |(key, edge): &(i64, EdgeRecord)| {
            same.contains(key)
                && edge.kind == change.kind
                && role_of(&edge.attributes).as_deref() == role
        };
        if edges.iter().any(fits) || added.iter().any(twice) {
            return Ok(());
        }
        let mut attributes = Extra::new();
        let mut put = |key: &str, text: String| attributes.insert(key.to_owned(), text.into());
        if let Some(role) = role {
            put("role", role.to_owned());
        }
        put("by", self.actor.clone());
        put("at", self.now.to_string());
        if !why.is_empty() {
            put("why", model::text::label(why));
        }
        let text = serde_json::to_string(&attributes).unwrap_or_else(|_| "{}".to_owned());
        added.push((other, record_of(change.kind, false, &text)));
        Ok(())
    }

    /// Ends what is replaced: the sightings, and relations that are taken back or stated elsewhere.
    async fn end(
        &mut self,
        before: &Before,
        kept: &[EdgeBefore],
        root: i64,
    ) -> Result<(), InventoryError> {
        let seq = self.edit.work.seq;
        for sighting in &before.sightings {
            self.edit
                .tx
                .exec(
                    "UPDATE sighting SET to_run = $2 WHERE sighting_key = $1",
                    vec![(*sighting).into(), seq.into()],
                )
                .await?;
        }
        let stays = |edge: &&EdgeBefore| {
            edge.by_key == root && kept.iter().any(|kept| kept.edge_key == edge.edge_key)
        };
        for edge in before.edges.iter().filter(|edge| !stays(edge)) {
            self.edit
                .tx
                .exec(
                    "UPDATE edge SET to_run = $2 WHERE edge_key = $1",
                    vec![edge.edge_key.into(), seq.into()],
                )
                .await?;
        }
        self.edit.work.applied.edges_ended += (before.edges.len() - kept.len()) as u64;
        Ok(())
    }

    fn sighting(&mut self, key: i64, kind: NodeKind, attributes: &Attributes, observed: i64) {
        let record = Record {
            source: 0,
            kind,
            provider: String::new(),
            partition: String::new(),
            native_id: String::new(),
            observed_us: observed,
            place: None,
            attributes: serde_json::to_string(attributes).unwrap_or_else(|_| "{}".to_owned()),
            columns: Columns::default(),
            tags: Vec::new(),
            aliases: Vec::new(),
            edges: Vec::new(),
        };
        let (seq, source) = (self.edit.work.seq, self.source);
        self.edit.work.batches.sighting(seq, key, source, &record);
    }

    /// Adds a thing nobody observed yet.
    async fn add(
        &mut self,
        node: &NodeRef,
        attributes: &Attributes,
    ) -> Result<i64, InventoryError> {
        let (tx, work) = (&mut self.edit.tx, &mut self.edit.work);
        let key = next_key(tx, "node", "node_key").await?;
        work.batches.reserve(1);
        fresh::write_mentioned(work, key, node);
        work.applied.nodes_added += 1;
        work.touched.insert(key);
        let mut attributes = attributes.clone();
        attributes.sanitise();
        self.sighting(key, node.kind, &attributes, self.now.as_micros());
        self.edit.work.batches.flush(&mut self.edit.tx).await?;
        Ok(key)
    }

    async fn find(&mut self, node: &NodeRef) -> Result<Option<i64>, InventoryError> {
        let id: NodeId = node.id();
        let rows = self
            .edit
            .tx
            .query(
                "SELECT node_key FROM node WHERE id = $1",
                vec![id.to_string().into()],
            )
            .await?;
        Ok(rows.first().map(|row| row.get_i64(0)).transpose()?)
    }

    async fn kind_of(&mut self, key: i64) -> Result<NodeKind, InventoryError> {
        let rows = self
            .edit
            .tx
            .query(
                "SELECT kind FROM node WHERE node_key = $1",
                vec![key.into()],
            )
            .await?;
        let kind = rows.first().map(|row| row.text(0)).transpose()?;
        kind.and_then(NodeKind::parse)
            .ok_or_else(|| InventoryError::NotFound("there is no such record".to_owned()))
    }

    /// Every key of a record.
    async fn group(&mut self, key: i64) -> Result<BTreeSet<i64>, InventoryError> {
        let member_of = groups::memberships(&mut self.edit.tx, &BTreeSet::from([key])).await?;
        let root = member_of.get(&key).copied().unwrap_or(key);
        let members = member_of.iter().filter(|(_, of)| **of == root);
        Ok(members.map(|(key, _)| *key).chain([root, key]).collect())
    }

    async fn before(&mut self, root: i64) -> Result<Before, InventoryError> {
        let keys: Vec<i64> = self.group(root).await?.into_iter().collect();
        let mut before = Before::default();
        let (list, mut values) = in_list(&keys, 2);
        values.insert(0, Value::from(self.source));
        let sql = format!(
            "SELECT sighting_key, last_observed_us, attributes FROM sighting \
             WHERE source_key = $1 AND node_key IN {list} AND to_run IS NULL ORDER BY last_observed_us"
        );
        for row in self.edit.tx.query(&sql, values.clone()).await? {
            let key = row.get_i64(0)?;
            let damaged = |error: serde_json::Error| InventoryError::Damaged {
                what: "attributes",
                key,
                detail: error.to_string(),
            };
            let mut attributes: Attributes = serde_json::from_str(row.text(2)?).map_err(damaged)?;
            let words = words_of(&attributes);
            if words.contains_key(SaidFact::Class.name()) {
                attributes.class = None;
            }
            before.words.extend(words);
            beside(&mut before.beside, attributes);
            before.sightings.push(key);
            before.newest_us = Some(row.get_i64(1)?);
        }
        let sql = format!(
            "SELECT edge_key, by_key, other_key, kind, reversed, attributes FROM edge \
             WHERE source_key = $1 AND by_key IN {list} AND to_run IS NULL ORDER BY edge_key"
        );
        for row in self.edit.tx.query(&sql, values).await? {
            let Some(kind) = EdgeKind::parse(row.text(3)?) else {
                continue;
            };
            before.edges.push(EdgeBefore {
                edge_key: row.get_i64(0)?,
                by_key: row.get_i64(1)?,
                other_key: row.get_i64(2)?,
                kind,
                reversed: row.get_i64(4)? == 1,
                attributes: row.text(5)?.to_owned(),
            });
        }
        Ok(before)
    }
}

/// Keeps what a person's first mention said about a thing only people know.
fn beside(attributes: &mut Attributes, said: Attributes) {
    attributes.name = attributes.name.take().or(said.name);
    attributes.subtype = attributes.subtype.take().or(said.subtype);
    attributes.class = attributes.class.or(said.class);
    attributes.status = attributes.status.or(said.status);
}

fn record_of(kind: EdgeKind, reversed: bool, attributes: &str) -> EdgeRecord {
    EdgeRecord {
        kind,
        reversed,
        other: [0; 16],
        other_ref: NodeRef::global(NodeKind::Person, "", ""),
        attributes: attributes.to_owned(),
    }
}

fn role_of(attributes: &str) -> Option<String> {
    let attributes: Extra = serde_json::from_str(attributes).ok()?;
    Some(attributes.get("role")?.as_str()?.to_owned())
}
