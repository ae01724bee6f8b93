//! Patterns of paths, arranged so that a search through a million names stays cheap.

use std::collections::BTreeMap;

use super::excludes::name_fits;

/// One pattern: what its last part must be is told by where it stands in the [`NameIndex`].
#[derive(Debug, Clone)]
struct Entry<T> {
    /// Its number in the list it came from: the first that fits counts.
    order: usize,
    /// The last part of the pattern.
    name: String,
    /// The parts before it, from the last to the first.
    above: Vec<String>,
    value: T,
}

/// Patterns by the last part of the path they fit. A pattern is compared with the last parts of a
/// path in lower case; `*` stands for any characters of one name.
#[derive(Debug, Clone)]
pub(super) struct NameIndex<T> {
    /// Patterns whose last part is a plain name.
    exact: BTreeMap<String, Vec<Entry<T>>>,
    /// Patterns whose last part is `*.` and an extension.
    extension: BTreeMap<String, Vec<Entry<T>>>,
    others: Vec<Entry<T>>,
}

impl<T: Copy> NameIndex<T> {
    /// Arranges patterns; the first in the list that fits counts.
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = (&'p str, T)>) -> Self {
        let mut index = Self {
            exact: BTreeMap::new(),
            extension: BTreeMap::new(),
            others: Vec::new(),
        };
        for (order, (pattern, value)) in patterns.into_iter().enumerate() {
            let lower = pattern.trim_start_matches('/').to_lowercase();
            let mut parts = lower.rsplit('/');
            let name = parts.next().unwrap_or_default().to_owned();
            let entry = Entry {
                order,
                name: name.clone(),
                above: parts.map(str::to_owned).collect(),
                value,
            };
            match name.strip_prefix("*.") {
                Some(end) if !end.contains(['*', '.']) => {
                    index
                        .extension
                        .entry(end.to_owned())
                        .or_default()
                        .push(entry);
                }
                _ if name.contains('*') => index.others.push(entry),
                _ => index.exact.entry(name).or_default().push(entry),
            }
        }
        index
    }

    /// Finds the value of the first pattern that fits a path in lower case.
    pub(super) fn find(&self, lower_path: &str) -> Option<T> {
        let mut parts = lower_path.rsplit(['/', '\\', '!']);
        let name = parts.next().unwrap_or(lower_path);
        let exact = self.exact.get(name).map_or(&[][..], Vec::as_slice);
        let extension = name
            .rsplit_once('.')
            .and_then(|(_, end)| self.extension.get(end))
            .map_or(&[][..], Vec::as_slice);
        let others = self
            .others
            .iter()
            .filter(|entry| name_fits(&entry.name, name));
        exact
            .iter()
            .chain(extension)
            .chain(others)
            .filter(|entry| {
                let mut parts = parts.clone();
                entry
                    .above
                    .iter()
                    .all(|wanted| parts.next().is_some_and(|part| name_fits(wanted, part)))
            })
            .min_by_key(|entry| entry.order)
            .map(|entry| entry.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pattern_that_fits_counts() {
        let index = NameIndex::new([
            (".aws/config", 1),
            ("*.pem", 2),
            ("id_*", 3),
            ("a*/*.json", 4),
            ("config", 5),
            ("id_rsa.pem", 6),
        ]);
        for (path, want) in [
            ("/home/a/.aws/config", Some(1)),
            ("/home/a/config", Some(5)),
            ("x.pem", Some(2)),
            ("/x/id_rsa.pem", Some(2)),
            ("/x/id_rsa", Some(3)),
            ("/ab/c.json", Some(4)),
            ("/b/c.json", None),
            ("z!a/x.json", Some(4)),
        ] {
            assert_eq!(index.find(path), want, "{path}");
        }
    }
}
