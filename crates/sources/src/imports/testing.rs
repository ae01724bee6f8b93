//! What the tests of formats share: one document in, observations out, through the catalogue's own
//! choice of format.

use std::collections::BTreeMap;

use model::observation::Collected;
use model::{CoverageState, EdgeKind, Fingerprinter, NodeKind, Observation, TimeUs};

use super::{Document, ImportContext, ImportOptions};
use crate::catalog::FORMATS;

/// What one document gave.
pub(crate) struct Read {
    /// The id of the format that was chosen.
    pub(crate) format: &'static str,
    /// What was said.
    pub(crate) got: Collected,
    /// Why reading stopped early.
    pub(crate) error: Option<String>,
}

/// 2026-11-22T19:00:00Z.
pub(crate) const NOW: i64 = 1_795_374_000;

/// Reads a document with `--scope` options and checks that no marked secret is in what it gave.
pub(crate) fn read(name: &str, bytes: &[u8], scopes: &[(&str, &str)]) -> Read {
    let options = ImportOptions {
        scopes: scopes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..ImportOptions::default()
    };
    read_with(name, bytes, &options)
}

/// As [`read`], with all options.
pub(crate) fn read_with(name: &str, bytes: &[u8], options: &ImportOptions) -> Read {
    read_if_known(name, bytes, options).unwrap_or_else(|| panic!("no format takes {name}"))
}

/// As [`read_with`], for documents that may be none of any format.
pub(crate) fn read_if_known(name: &str, bytes: &[u8], options: &ImportOptions) -> Option<Read> {
    let mut document = Document::new(name, None, std::io::Cursor::new(bytes.to_vec())).unwrap();
    let format = document.choose(FORMATS)?;
    let fingerprinter = Fingerprinter::new([7; 32]);
    let mut got = Collected::default();
    let error = {
        let mut cx = ImportContext {
            fingerprinter: &fingerprinter,
            options,
            now: TimeUs::from_seconds(NOW),
            sink: &mut got,
            observed: 0,
        };
        format.read(&mut document, &mut cx).err()
    };
    let text = format!(
        "{} {} {error:?}",
        serde_json::to_string(&got.observations).unwrap(),
        serde_json::to_string(&got.coverage).unwrap()
    );
    assert!(!text.contains("CANARY"), "a secret value left {name}");
    for (_, observation) in &got.observations {
        for edge in &observation.edges {
            let (from, to) = if edge.reversed {
                (edge.to.kind, observation.node.kind)
            } else {
                (observation.node.kind, edge.to.kind)
            };
            assert!(
                edge.kind.allows(from, to),
                "{name}: {from} -{}-> {to} is not in the table",
                edge.kind
            );
        }
    }
    Some(Read {
        format: format.spec().id,
        got,
        error: error.map(|error| error.to_string()),
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

    /// Real exports with a few bytes changed or cut: no panic, no edge outside the table, and no
    /// secret in what comes out.
    #[test]
    fn damaged_exports_are_read_or_refused(
        which in 0..DAMAGED.len(),
        changes in proptest::collection::vec((proptest::prelude::any::<u16>(), proptest::prelude::any::<u8>()), 0..4),
        keep in 1..=100_usize,
    ) {
        let mut bytes = DAMAGED[which].to_vec();
        bytes.truncate(bytes.len() * keep / 100);
        for (at, byte) in changes {
            let len = bytes.len().max(1);
            if let Some(place) = bytes.get_mut(usize::from(at) % len) {
                *place = byte;
            }
        }
        // A changed byte may break the mark that secrets bear, never make a secret public.
        let read = read_if_known("damaged", &bytes, &ImportOptions::default());
        if let Some(read) = read {
            proptest::prop_assert!(read.error.is_none_or(|error| !error.is_empty()));
        }
    }
}

/// One export of each family's formats.
const DAMAGED: &[&[u8]] = &[
    include_bytes!("aws/fixtures/credential-report.csv"),
    include_bytes!("aws/fixtures/get-credential-report.json"),
    include_bytes!("aws/fixtures/get-account-authorization-details.json"),
    include_bytes!("aws/fixtures/list-access-keys.json"),
    include_bytes!("aws/fixtures/lambda-list-functions.json"),
    include_bytes!("aws/fixtures/describe-policy.json"),
    include_bytes!("aws/fixtures/list-account-assignments.json"),
    include_bytes!("gcp/fixtures/service-accounts.json"),
    include_bytes!("gcp/fixtures/keys.json"),
    include_bytes!("gcp/fixtures/project-policy.json"),
    include_bytes!("gcp/fixtures/assets.ndjson"),
    include_bytes!("gcp/fixtures/providers.json"),
    include_bytes!("terraform/fixtures/terraform.tfstate"),
    include_bytes!("terraform/fixtures/plan.json"),
];

impl Read {
    /// The last observation of a node.
    pub(crate) fn node(&self, kind: NodeKind, native: &str) -> &Observation {
        self.find(kind, native)
            .unwrap_or_else(|| panic!("no {kind} {native} in {:#?}", self.names()))
    }

    /// The last observation of a node, if there is one.
    pub(crate) fn find(&self, kind: NodeKind, native: &str) -> Option<&Observation> {
        self.got
            .observations
            .iter()
            .rev()
            .map(|(_, observation)| observation)
            .find(|found| found.node.kind == kind && found.node.native_id == native)
    }

    /// Every node said, as `kind native id`.
    pub(crate) fn names(&self) -> Vec<String> {
        self.got
            .observations
            .iter()
            .map(|(_, found)| format!("{} {}", found.node.kind, found.node.native_id))
            .collect()
    }

    /// How many observations there are of each subtype.
    pub(crate) fn subtypes(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (_, found) in &self.got.observations {
            *counts
                .entry(found.attributes.subtype.as_deref().unwrap_or("-"))
                .or_default() += 1;
        }
        counts
    }

    /// The gaps, as `place: reason`.
    pub(crate) fn gaps(&self) -> Vec<String> {
        self.got
            .coverage
            .iter()
            .filter(|row| row.state.is_shortfall())
            .map(|row| format!("{}: {}", row.place, row.reason))
            .collect()
    }

    /// True when some kind was called complete.
    pub(crate) fn complete(&self) -> bool {
        self.got
            .coverage
            .iter()
            .any(|row| row.state == CoverageState::Complete)
    }

    /// The scopes that spoke.
    pub(crate) fn scopes(&self) -> Vec<String> {
        let mut scopes: Vec<String> = self
            .got
            .observations
            .iter()
            .map(|(source, _)| {
                format!(
                    "{}{}",
                    source.scope,
                    if source.provisional { " (file)" } else { "" }
                )
            })
            .collect();
        scopes.sort();
        scopes.dedup();
        scopes
    }
}

/// The edges of an observation, as `kind -> native id`, `<-` for those that run to it.
pub(crate) fn edges(observation: &Observation) -> Vec<String> {
    observation
        .edges
        .iter()
        .map(|edge| {
            let arrow = if edge.reversed { "<-" } else { "->" };
            format!("{} {arrow} {}", edge.kind, edge.to.native_id)
        })
        .collect()
}

/// The attributes of one edge.
pub(crate) fn edge_words<'o>(
    observation: &'o Observation,
    kind: EdgeKind,
    to: &str,
) -> &'o model::Extra {
    &observation
        .edges
        .iter()
        .find(|edge| edge.kind == kind && edge.to.native_id == to)
        .unwrap_or_else(|| panic!("no {kind} to {to}"))
        .attributes
}
