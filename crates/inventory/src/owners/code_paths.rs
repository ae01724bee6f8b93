//! Paths of source code: who owns them by CODEOWNERS, and who changed them by the git history.

use std::collections::HashMap;

use graph::{Edge, Estate, NodeIx};
use model::{EdgeKind, NodeKind, TimeUs};
use serde::Deserialize;

/// Deeper paths and patterns are not matched; real ones end below twenty.
const MAX_SEGMENTS: usize = 64;

/// What the imports say about a path, on the relation from its repository.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct OnPath {
    root: String,
    line: u32,
}

/// What the git history says about an author, on the relation from a path.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct OnAuthor {
    commits: u32,
    last: String,
}

/// One line of a CODEOWNERS file.
#[derive(Debug)]
struct Rule {
    line: u32,
    node: NodeIx,
}

/// One author of a path.
#[derive(Debug, Clone, Copy)]
pub(super) struct Author {
    /// The person, and the relation that says so.
    pub(super) edge: Edge,
    /// How many changes.
    pub(super) commits: u32,
    /// The last of them.
    pub(super) last: Option<TimeUs>,
}

/// Every path that some import speaks about.
#[derive(Debug, Default)]
pub(super) struct CodePaths {
    /// By the last part of the repository's folder or name: its whole root and its rules, in order.
    rules: HashMap<String, Vec<(String, Vec<Rule>)>>,
    /// Paths with a history, by the path in the repository: root and node.
    history: HashMap<String, Vec<(String, NodeIx)>>,
}

impl CodePaths {
    pub(super) fn of(estate: &Estate) -> Self {
        let mut paths = Self::default();
        for repo in estate.indices() {
            if estate
                .node(repo)
                .is_none_or(|node| node.kind != NodeKind::Repo)
            {
                continue;
            }
            let mut by_root: Vec<(String, Vec<Rule>)> = Vec::new();
            for edge in estate.out_by(repo, EdgeKind::Contains) {
                let Some(node) = estate.node(edge.other) else {
                    continue;
                };
                let on: OnPath =
                    serde_json::from_str(estate.text(edge.attributes)).unwrap_or_default();
                if on.line == 0 {
                    let path = estate.text(node.native_id).to_owned();
                    let root = estate
                        .node(repo)
                        .map_or("", |node| estate.text(node.native_id));
                    paths
                        .history
                        .entry(path)
                        .or_default()
                        .push((root.to_owned(), edge.other));
                    continue;
                }
                let rule = Rule {
                    line: on.line,
                    node: edge.other,
                };
                match by_root.iter_mut().find(|(root, _)| *root == on.root) {
                    Some((_, rules)) => rules.push(rule),
                    None => by_root.push((on.root, vec![rule])),
                }
            }
            for (root, mut rules) in by_root {
                rules.sort_by_key(|rule| rule.line);
                paths
                    .rules
                    .entry(last(&root).to_owned())
                    .or_default()
                    .push((root, rules));
            }
        }
        paths
    }

    /// The rule of CODEOWNERS that decides about a file: the last one that matches.
    pub(super) fn rule(&self, estate: &Estate, file: &str) -> Option<NodeIx> {
        splits(file).find_map(|(root, rest)| {
            let (_, rules) = self
                .rules
                .get(last(root))?
                .iter()
                .find(|(known, _)| is_same_root(known, root))?;
            let pattern = |rule: &&Rule| {
                estate
                    .node(rule.node)
                    .is_some_and(|node| fits(estate.text(node.name), rest))
            };
            rules.iter().rev().find(pattern).map(|rule| rule.node)
        })
    }

    /// Who changed a file, most changes first.
    pub(super) fn authors(&self, estate: &Estate, file: &str) -> Vec<Author> {
        let found = splits(file).find_map(|(root, rest)| {
            let all = self.history.get(rest)?;
            all.iter().find(|(known, _)| is_same_root(known, root))
        });
        found.map_or_else(Vec::new, |(_, node)| authors_of(estate, *node))
    }
}

/// Who changed a path or repository, most changes first.
pub(super) fn authors_of(estate: &Estate, ix: NodeIx) -> Vec<Author> {
    let mut authors: Vec<Author> = estate
        .out_by(ix, EdgeKind::ManagedBy)
        .iter()
        .filter(|edge| {
            let kind = estate.node(edge.other).map(|node| node.kind);
            matches!(kind, Some(NodeKind::Person | NodeKind::Identity))
        })
        .map(|edge| {
            let on: OnAuthor =
                serde_json::from_str(estate.text(edge.attributes)).unwrap_or_default();
            Author {
                edge: *edge,
                commits: on.commits.max(1),
                last: TimeUs::parse(&on.last).ok(),
            }
        })
        .collect();
    authors.sort_by(|a, b| b.commits.cmp(&a.commits).then(b.last.cmp(&a.last)));
    authors
}

/// The files that declare a thing: where it was deployed from, and the places its relations stand in.
pub(super) fn declaring(estate: &Estate, ix: NodeIx) -> Vec<&str> {
    let mut files: Vec<&str> = Vec::new();
    for edge in estate.out(ix) {
        let from_file = edge.kind == EdgeKind::DeployedFrom
            && estate
                .node(edge.other)
                .is_some_and(|node| node.kind == NodeKind::Resource);
        let named = if from_file {
            estate
                .node(edge.other)
                .map(|node| estate.text(node.native_id))
        } else {
            estate.opt_text(edge.place)
        };
        let file = named.map(without_line).filter(|file| file.contains('/'));
        if let Some(file) = file
            && !files.contains(&file)
            && files.len() < 16
        {
            files.push(file);
        }
    }
    files
}

fn without_line(place: &str) -> &str {
    let place = place.split(['#']).next().unwrap_or(place);
    place.split_once(":line ").map_or(place, |(file, _)| file)
}

fn last(root: &str) -> &str {
    root.rsplit(['/', ':', '!'])
        .next()
        .unwrap_or(root)
        .trim_end_matches(".git")
}

/// A checkout and a repository are the same when one names the other's end.
fn is_same_root(known: &str, root: &str) -> bool {
    known == root || root.is_empty() || last(known) == last(root)
}

/// Every way of parting a path into a folder and the rest.
fn splits(file: &str) -> impl Iterator<Item = (&str, &str)> {
    let file = file.trim_start_matches("./");
    std::iter::once(("", file)).chain(
        file.match_indices(['/', '!'])
            .take(MAX_SEGMENTS)
            .filter_map(move |(at, _)| Some((file.get(..at)?, file.get(at + 1..)?))),
    )
}

/// True when a pattern of CODEOWNERS matches a path of the repository.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let anchored = pattern.trim_end_matches('/').contains('/');
    let folder = pattern.ends_with('/');
    let mut parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    if !anchored {
        parts.insert(0, "**");
    }
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() > MAX_SEGMENTS || path.len() > MAX_SEGMENTS {
        return false;
    }
    // `docs/*` names what lies directly in it; anything else that names a folder names all below it.
    let deep =
        folder || parts.last().is_none_or(|last| *last != "*") || parts.len() <= 2 && !anchored;
    segments(&parts, &path, deep, folder)
}

/// Which beginnings of the path the pattern has matched so far: one bit a length.
fn segments(parts: &[&str], path: &[&str], deep: bool, folder: bool) -> bool {
    let mut reached: u128 = 1;
    for part in parts {
        let mut next: u128 = 0;
        if *part == "**" {
            let mut open = false;
            for at in 0..=path.len() {
                open |= reached >> at & 1 == 1;
                next |= u128::from(open) << at;
            }
        } else {
            for (at, name) in path.iter().enumerate() {
                if reached >> at & 1 == 1 && glob(part.as_bytes(), name.as_bytes()) {
                    next |= 1 << (at + 1);
                }
            }
        }
        reached = next;
    }
    let whole = reached >> path.len() & 1 == 1;
    let below = (0..path.len()).any(|at| at > 0 && reached >> at & 1 == 1);
    (whole && !folder) || (deep && below)
}

/// `*` and `?` within one name.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(mark) if *mark == b'?' || Some(mark) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|mark| *mark == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_on_github() {
        for (pattern, path, want) in [
            ("*", "a/b.rs", true),
            ("*.js", "src/x.js", true),
            ("*.js", "src/x.ts", false),
            ("/build/logs/", "build/logs/a/b.txt", true),
            ("/build/logs/", "x/build/logs/a", false),
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/a/b.md", false),
            ("apps/", "x/apps/y/z", true),
            ("apps/", "apps", false),
            ("/docs/", "docs/a", true),
            ("**/logs", "a/b/logs/c", true),
            ("/apps/github", "apps/github/x", true),
            ("a/**/c", "a/b/d/c", true),
            ("/sa?.yaml", "sa1.yaml", true),
        ] {
            assert_eq!(fits(pattern, path), want, "{pattern} {path}");
        }
        let hostile = "*a".repeat(40);
        assert!(!fits(&hostile, &"a".repeat(20_000).replace("aa", "ab")));
    }

    #[test]
    fn a_place_is_parted_from_its_line() {
        assert_eq!(without_line("x/y.yaml:line 3"), "x/y.yaml");
        assert_eq!(without_line("x/y.yaml#2"), "x/y.yaml");
        assert!(is_same_root("github.com/acme/shop.git", "checkout/shop"));
    }
}
