//! Which record a declared owner means: a text is matched with the names of people and teams as a
//! whole. One that fits several means none of them.

use std::collections::{BTreeMap, HashMap};

use graph::{Estate, NodeIx, Text};
use model::{Class, NodeKind};

/// Records by the texts that declare them as owners.
#[derive(Debug, Default)]
pub(super) struct People(HashMap<Text, NodeIx>);

impl People {
    /// Looks at every declared owner once; they repeat, and equal texts are one.
    pub(super) fn of(estate: &Estate) -> Self {
        let mut declared: BTreeMap<Text, Option<NodeIx>> = BTreeMap::new();
        let nodes = || {
            estate
                .indices()
                .filter_map(|ix| Some((ix, estate.node(ix)?)))
        };
        for (_, node) in nodes().filter(|(_, node)| !node.owner.is_none()) {
            declared.insert(node.owner, None);
        }
        if declared.is_empty() {
            return Self::default();
        }
        // First who is listed as a person or team, then accounts of people.
        for accounts in [false, true] {
            let mut by_name: HashMap<String, Option<NodeIx>> = HashMap::new();
            for (ix, node) in nodes() {
                let fits = match node.kind {
                    NodeKind::Person | NodeKind::Team => !accounts,
                    NodeKind::Identity => accounts && node.class == Some(Class::Human),
                    _ => false,
                };
                if fits {
                    for text in [node.native_id, node.name] {
                        let name = by_name.entry(plain(estate.text(text))).or_insert(Some(ix));
                        if *name != Some(ix) {
                            *name = None;
                        }
                    }
                }
            }
            for (text, found) in &mut declared {
                if found.is_none() {
                    let text = estate.text(*text);
                    let inner = address(text).map(plain);
                    let get = |name: &String| by_name.get(name).copied().flatten();
                    *found = get(&plain(text)).or_else(|| get(&inner?));
                }
            }
        }
        let known = declared.into_iter();
        Self(known.filter_map(|(text, ix)| Some((text, ix?))).collect())
    }

    /// The record that a declared owner means.
    pub(super) fn meant(&self, owner: Text) -> Option<NodeIx> {
        self.0.get(&owner).copied()
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The address in `Ann Example <ann@example.com>` or `mailto:ann@example.com`.
fn address(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let inside = text
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    let address = inside.map_or(text, |(address, _)| address);
    (address != text || address.contains('@')).then_some(address)
}
