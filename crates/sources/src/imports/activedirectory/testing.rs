//! What the tests of the directory formats share.

use std::collections::BTreeMap;
use std::io::Cursor;

use model::observation::Collected;
use model::{EdgeKind, Fingerprinter, Observation, TimeUs};

use crate::imports::{Document, Format, ImportContext, ImportOptions, ReadError};

/// What reading one document gave.
#[derive(Debug)]
pub(in crate::imports) struct Read {
    pub(in crate::imports) collected: Collected,
    pub(in crate::imports) result: Result<(), ReadError>,
}

/// Reads bytes under a name, with scopes; the scope `complete` stands for `--complete`.
pub(in crate::imports) fn read(
    format: &dyn Format,
    name: &str,
    bytes: &[u8],
    scopes: &[(&str, &str)],
) -> Read {
    let options = ImportOptions {
        scopes: scopes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
        complete: scopes.iter().any(|(key, _)| *key == "complete"),
        ..ImportOptions::default()
    };
    let mut document = Document::new(name, None, Cursor::new(bytes.to_vec())).unwrap();
    let mut collected = Collected::default();
    let mut cx = ImportContext {
        fingerprinter: &Fingerprinter::new([7; 32]),
        options: &options,
        now: TimeUs::parse("2026-11-23T00:00:00Z").unwrap(),
        sink: &mut collected,
        observed: 0,
    };
    let result = format.read(&mut document, &mut cx);
    let read = Read { collected, result };
    read.assert_sound();
    read
}

impl Read {
    /// No secret left the reader, and every edge is one that the table of kinds allows.
    fn assert_sound(&self) {
        let text = serde_json::to_string(
            &self
                .collected
                .observations
                .iter()
                .map(|(source, observation)| (source, observation))
                .collect::<Vec<_>>(),
        )
        .unwrap();
        let coverage = serde_json::to_string(&self.collected.coverage).unwrap();
        for marker in ["CANARY", "Q0FOQVJZ"] {
            assert!(!text.contains(marker), "a secret in the observations");
            assert!(!coverage.contains(marker), "a secret in the coverage");
        }
        for (_, observation) in &self.collected.observations {
            for edge in &observation.edges {
                let (from, to) = if edge.reversed {
                    (edge.to.kind, observation.node.kind)
                } else {
                    (observation.node.kind, edge.to.kind)
                };
                assert!(
                    edge.kind.allows(from, to),
                    "{} from {from} to {to}",
                    edge.kind
                );
            }
        }
    }

    /// Everything said about the node with this native id, put together: later words win.
    pub(in crate::imports) fn node(&self, native_id: &str) -> Observation {
        self.find(native_id)
            .unwrap_or_else(|| panic!("no {native_id}"))
    }

    pub(in crate::imports) fn find(&self, native_id: &str) -> Option<Observation> {
        let mut said = self
            .collected
            .observations
            .iter()
            .map(|(_, observation)| observation)
            .filter(|observation| observation.node.native_id == native_id);
        let mut whole = said.next()?.clone();
        for more in said {
            let mut attributes = serde_json::to_value(&whole.attributes).unwrap();
            let later = serde_json::to_value(&more.attributes).unwrap();
            for (key, value) in later.as_object().unwrap() {
                if key == "extra" {
                    let extra = attributes
                        .as_object_mut()
                        .unwrap()
                        .entry("extra")
                        .or_insert(serde_json::json!({}));
                    for (key, value) in value.as_object().unwrap() {
                        extra[key] = value.clone();
                    }
                } else {
                    attributes[key] = value.clone();
                }
            }
            whole.attributes = serde_json::from_value(attributes).unwrap();
            whole.edges.extend(more.edges.iter().cloned());
            whole.aliases.extend(more.aliases.iter().cloned());
        }
        Some(whole)
    }

    /// The coverage statements with a shortfall, as `place: reason`.
    pub(in crate::imports) fn shortfalls(&self) -> Vec<String> {
        self.collected
            .coverage
            .iter()
            .filter(|coverage| coverage.state.is_shortfall())
            .map(|coverage| format!("{}: {}", coverage.place, coverage.reason))
            .collect()
    }

    /// How many observations have this subtype.
    pub(in crate::imports) fn count(&self, subtype: &str) -> usize {
        self.collected
            .observations
            .iter()
            .filter(|(_, observation)| observation.attributes.subtype.as_deref() == Some(subtype))
            .count()
    }
}

/// The native ids at the other end of the edges of a kind, `<` marking the reversed ones.
pub(in crate::imports) fn ends(observation: &Observation, kind: EdgeKind) -> Vec<String> {
    observation
        .edges
        .iter()
        .filter(|edge| edge.kind == kind)
        .map(|edge| {
            let mark = if edge.reversed { "<" } else { "" };
            format!("{mark}{}", edge.to.native_id)
        })
        .collect()
}
