//! Relations whose other end is only a GUID: its kind is known when the whole file was read.

use std::collections::HashMap;

use model::{Attributes, Extra, NodeKind, Observation, ObservedEdge, SourceRef, TimeUs};

use super::names;
use crate::imports::{ImportContext, ReadError};

/// The most relations remembered; a million assignments is beyond the limits of a tenant.
const MAX_RELATIONS: usize = 5_000_000;

/// A relation that begins (or, for `reversed` edges, ends) at an object known by its GUID.
#[derive(Debug)]
struct Pending {
    object: String,
    kind: Option<NodeKind>,
    edge: ObservedEdge,
    source: SourceRef,
}

/// The objects of a file by GUID, and what refers to them.
#[derive(Debug, Default)]
pub(super) struct Relations {
    kinds: HashMap<String, NodeKind>,
    pending: Vec<Pending>,
    dropped: u64,
}

impl Relations {
    /// Remembers what kind of thing a GUID names.
    pub(super) fn know(&mut self, guid: &str, kind: NodeKind) {
        self.kinds.insert(guid.trim().to_ascii_lowercase(), kind);
    }

    /// Remembers a relation of an object, with its kind when the source states it.
    pub(super) fn refer(
        &mut self,
        object: &str,
        kind: Option<NodeKind>,
        edge: ObservedEdge,
        source: &SourceRef,
    ) {
        if self.pending.len() >= MAX_RELATIONS {
            self.dropped += 1;
            return;
        }
        self.pending.push(Pending {
            object: object.trim().to_ascii_lowercase(),
            kind,
            edge,
            source: source.clone(),
        });
    }

    /// Says the relations, one observation an object. Those of objects of unknown kind are
    /// counted and become one gap with `way_out`.
    pub(super) fn settle(
        mut self,
        cx: &mut ImportContext<'_>,
        observed: TimeUs,
        fallback: &SourceRef,
        place: &str,
        way_out: &str,
    ) -> Result<(), ReadError> {
        let mut pending = std::mem::take(&mut self.pending);
        // Stable, so the relations of one object keep the order of the file.
        pending.sort_by(|a, b| (&a.object, &a.source).cmp(&(&b.object, &b.source)));
        let mut unknown: Option<(SourceRef, u64)> = None;
        let mut current: Option<(SourceRef, Observation)> = None;
        for Pending {
            object,
            kind,
            edge,
            source,
        } in pending
        {
            let Some(kind) = kind.or_else(|| self.kinds.get(&object).copied()) else {
                unknown.get_or_insert((source, 0)).1 += 1;
                continue;
            };
            let node = names::object(kind, &object);
            let allowed = if edge.reversed {
                edge.kind.allows(edge.to.kind, kind)
            } else {
                edge.kind.allows(kind, edge.to.kind)
            };
            if !allowed {
                continue;
            }
            match &mut current {
                Some((_, observation)) if observation.node == node => observation.edges.push(edge),
                _ => {
                    if let Some((source, observation)) = current.take() {
                        cx.observe(&source, observation)?;
                    }
                    let observation =
                        Observation::new(node, observed, Attributes::default()).edge(edge);
                    current = Some((source, observation));
                }
            }
        }
        if let Some((source, observation)) = current {
            cx.observe(&source, observation)?;
        }
        if let Some((source, count)) = unknown {
            cx.gap(
                &source,
                place,
                format!(
                    "{} whose kind is not in the file; {way_out}",
                    if count == 1 {
                        "1 relation names an object".to_owned()
                    } else {
                        format!("{count} relations name objects")
                    }
                ),
            )?;
        }
        if self.dropped > 0 {
            let dropped = self.dropped;
            cx.gap(
                fallback,
                place,
                format!("{dropped} relations beyond five million were not kept; export in parts"),
            )?;
        }
        Ok(())
    }
}

/// Extra words by key; null, empty text and empty lists are left out.
pub(super) fn words(pairs: Vec<(&str, serde_json::Value)>) -> Extra {
    use serde_json::Value;
    pairs
        .into_iter()
        .filter(|(_, value)| match value {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
            Value::String(text) => !text.is_empty(),
            _ => true,
        })
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
