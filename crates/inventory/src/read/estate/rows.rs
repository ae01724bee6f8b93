//! One row becomes one node, relation, tag or answer of the estate.

use std::collections::BTreeMap;

use graph::{Node, NodeIx, Signals, Text, When};
use model::{Answer, Class, CredentialType, EdgeKind, NodeId, NodeKind, Signal, Status, TimeUs};
use serde::Deserialize;
use store::Row;

use super::{Loading, Relation};
use crate::InventoryError;
use crate::apply::sources::rank;
use crate::edit::Word;
use crate::read::Reader;
use crate::read::node::last_seen;

/// The columns of [`Loading::node`].
pub(super) const NODES: &str = "SELECT v.node_key, n.id, v.kind, v.class, v.subtype, v.provider, n.native_id, \
     v.tenant, v.name, v.status, v.created_us, v.created_state, v.expires_us, v.expires_state, v.last_used_us, \
     v.last_used_state, v.last_rotated_us, v.last_rotated_state, v.environment, v.owner, v.vendor, v.privileged, \
     v.instances, v.referenced_us, v.retired_us, v.purpose, v.application, v.justification, v.sensitivity, \
     v.credential_type, v.cadence_days, v.signals FROM node_version v JOIN node n ON n.node_key = v.node_key";

/// The columns of [`Loading::edge`].
pub(super) const EDGES: &str = "SELECT e.by_key, e.other_key, e.reversed, e.kind, e.source_key, e.place, \
     e.attributes FROM edge e";

/// The columns of [`Loading::tag`].
pub(super) const TAGS: &str = "SELECT t.node_key, t.name, t.value FROM tag t";

/// When a sighting was seen.
const SEEN: &str = "s.observed_us, s.last_observed_us, s.seen";

/// How the attributes of a signal that says yes with a detail are written.
const DETAIL: &str = "\"yes\",\"detail\":";

/// What an estate reads of a sighting's attributes; the rest is skipped.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Told {
    signals: BTreeMap<String, Answer>,
    extra: Extra,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Extra {
    by_hand: BTreeMap<String, Word>,
}

impl Loading {
    /// The questions whose rows [`Loading::sighting`] takes: who shows a node, what was seen of a
    /// signal that says yes, what a person said. Attributes are the largest column there is, so the
    /// first, which asks for every sighting, does not touch them and is answered by an index alone.
    pub(super) fn sightings(&self, reader: &Reader) -> Vec<String> {
        let select = |attributes: &str| {
            let seen = if self.latest {
                "CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST('' AS TEXT)"
            } else {
                "s.observed_us, s.last_observed_us, s.seen"
            };
            let weight = if attributes == "s.attributes" {
                SEEN
            } else {
                seen
            };
            format!("SELECT s.node_key, s.source_key, {attributes}, {weight} FROM sighting s")
        };
        let visible = reader.visible("s");
        let mut all = vec![format!("{} WHERE {visible}", select("CAST(NULL AS TEXT)"))];
        if self.any_yes {
            // The plus keeps SQLite from an index in whose order the rows lie scattered.
            let visible = visible.replacen("s.to_run IS NULL", "+s.to_run IS NULL", 1);
            all.push(format!(
                "{} WHERE {visible} AND s.attributes LIKE '%{DETAIL}%'",
                select("s.attributes")
            ));
        }
        if let Some(hand) = self.hand {
            all.push(format!(
                "{} WHERE s.source_key = {hand} AND {visible}",
                select("s.attributes")
            ));
        }
        all
    }

    /// As [`Loading::sightings`], of some nodes and in one question.
    pub(super) fn sightings_of_some(&self) -> String {
        let hand = self.hand.unwrap_or(-1);
        format!(
            "SELECT s.node_key, s.source_key, \
             CASE WHEN s.source_key = {hand} OR s.attributes LIKE '%{DETAIL}%' THEN s.attributes END, {SEEN} \
             FROM sighting s"
        )
    }

    /// Adds a node. Those that stand must come in the order of keys.
    pub(super) fn node(&mut self, row: &Row) -> Result<(), InventoryError> {
        let key = row.get_i64(0)?;
        let damaged = |what| InventoryError::Damaged {
            what,
            key,
            detail: "no such word".to_owned(),
        };
        let id = NodeId::parse(row.text(1)?).ok_or_else(|| damaged("id"))?;
        let kind = NodeKind::parse(row.text(2)?).ok_or_else(|| damaged("kind"))?;
        let mut node = Node::new(key, id, kind);
        self.words(&mut node, row)?;
        let when = |at: usize| -> Result<When, InventoryError> {
            Ok(When::from_columns(row.opt_text(at + 1)?, row.opt_i64(at)?))
        };
        node.created = when(10)?;
        node.expires = when(12)?;
        node.last_used = when(14)?;
        node.last_rotated = when(16)?;
        let small = |at: usize| -> Result<u32, InventoryError> {
            let number = row.opt_i64(at)?.unwrap_or(0).max(0);
            Ok(u32::try_from(number).unwrap_or(u32::MAX))
        };
        node.instances = small(22)?;
        node.cadence_days = small(30)?;
        if let Some(signals) = row.opt_text(31)? {
            let signals = crate::columns::Signals::parse(signals);
            node.signals = Signals::from_bits(signals.yes, signals.no);
            self.any_yes |= signals.yes != 0;
        }
        node.referenced = row.opt_i64(23)?.is_some();
        if row.opt_i64(24)?.is_some() {
            (node.retired, node.referenced) = (true, true);
            node.status = Some(Status::Deleted);
            let ix = self.builder.push(node);
            self.retired.insert(key, ix);
        } else {
            self.builder.push(node);
            self.keys.push(key);
        }
        Ok(())
    }

    fn words(&mut self, node: &mut Node, row: &Row) -> Result<(), InventoryError> {
        node.class = row.opt_text(3)?.and_then(Class::parse);
        node.status = row.opt_text(9)?.and_then(Status::parse);
        node.credential_type = row.opt_text(29)?.and_then(CredentialType::parse);
        node.declared_privileged = row.opt_i64(21)?.map(|flag| flag != 0);
        let (name, native_id) = (row.text(8)?, row.text(6)?);
        node.native_id = self.builder.name(native_id);
        node.name = if name == native_id {
            node.native_id
        } else {
            self.builder.name(name)
        };
        let mut word = |at: usize| -> Result<Text, InventoryError> {
            Ok(self.builder.word(row.opt_text(at)?))
        };
        node.subtype = word(4)?;
        node.provider = word(5)?;
        node.tenant = word(7)?;
        node.environment = word(18)?;
        node.owner = word(19)?;
        node.vendor = word(20)?;
        node.purpose = word(25)?;
        node.application = word(26)?;
        node.justification = word(27)?;
        node.sensitivity = word(28)?;
        Ok(())
    }

    /// Adds a relation.
    pub(super) fn edge(&mut self, row: &Row) -> Result<(), InventoryError> {
        let relation = self.relation(row)?;
        if let Some(relation) = relation {
            self.relate(relation);
        }
        Ok(())
    }

    /// A relation with its ends as roots; `None` for a kind of a newer version.
    pub(super) fn relation(&mut self, row: &Row) -> Result<Option<Relation>, InventoryError> {
        let (by, other) = (self.root(row.get_i64(0)?), self.root(row.get_i64(1)?));
        let (from, to) = if row.get_i64(2)? == 1 {
            (other, by)
        } else {
            (by, other)
        };
        let source = self.source_of.get(&row.get_i64(4)?).copied();
        let (Some(kind), Some(source)) = (EdgeKind::parse(row.text(3)?), source) else {
            return Ok(None);
        };
        let attributes = Some(row.text(6)?).filter(|text| *text != "{}");
        Ok(Some(Relation {
            from,
            kind,
            to,
            source,
            place: self.builder.word(row.opt_text(5)?),
            attributes: self.builder.word(attributes),
        }))
    }

    /// Adds a tag. They stand at the root; a member's own are those from before it was one.
    pub(super) fn tag(&mut self, row: &Row) -> Result<(), InventoryError> {
        if let Some(ix) = self.at(row.get_i64(0)?) {
            self.builder.tag(ix, row.text(1)?, row.text(2)?);
        }
        Ok(())
    }

    /// Notes who shows a node, and what was seen of a signal that says yes.
    pub(super) fn sighting(&mut self, reader: &Reader, row: &Row) -> Result<(), InventoryError> {
        let Some(number) = self.source_of.get(&row.get_i64(1)?).copied() else {
            return Ok(());
        };
        let observed = last_seen(reader, row.get_i64(3)?, row.get_i64(4)?, row.text(5)?);
        if !self.latest
            && let Some(source) = self.sources.get_mut(number as usize)
        {
            source.last_observed = source
                .last_observed
                .max(Some(TimeUs::from_micros(observed)));
        }
        let Some(ix) = self.at(self.root(row.get_i64(0)?)) else {
            return Ok(());
        };
        self.builder.also_shown_by(ix, number);
        match row.opt_text(2)? {
            Some(text) => self.told(ix, number, observed, text),
            None => Ok(()),
        }
    }

    fn told(
        &mut self,
        ix: NodeIx,
        number: u32,
        observed: i64,
        text: &str,
    ) -> Result<(), InventoryError> {
        let told: Told = serde_json::from_str(text).map_err(|error| InventoryError::Damaged {
            what: "attributes",
            key: self.builder.get(ix).map_or(0, |node| node.key),
            detail: error.to_string(),
        })?;
        let Some(source) = self.sources.get(number as usize) else {
            return Ok(());
        };
        let weight = (
            rank(&source.connector, source.authoritative),
            observed,
            number,
        );
        let signals = self.builder.get(ix).map(|node| node.signals);
        for (name, answer) in told.signals {
            let (Some(signal), Some(detail)) = (Signal::parse(&name), answer.detail()) else {
                continue;
            };
            if signals.and_then(|signals| signals.get(signal)) != Some(true) {
                continue;
            }
            let known = self.details.get(&(ix, signal));
            if known.is_none_or(|(lighter, _)| *lighter < weight) {
                self.details
                    .insert((ix, signal), (weight, detail.to_owned()));
            }
        }
        let hand = self.hand_number == Some(number);
        for (field, word) in told.extra.by_hand.into_iter().filter(|_| hand) {
            let said = [field.as_str(), &word.value, &word.by, &word.why];
            self.builder.said(ix, said, Some(word.at));
        }
        Ok(())
    }
}
