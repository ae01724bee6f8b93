//! Who changed which file, from the text of `git log`.

use std::collections::{BTreeMap, HashMap};

use model::{
    Alias, Attributes, CoverageState, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge,
};

use super::{email, repository, spec};
use crate::imports::document::Line;
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// Files that are kept; more than any repository of declarations has.
const MAX_FILES: usize = 200_000;
/// People that are kept.
const MAX_PEOPLE: usize = 50_000;
/// Authors counted for one file; who comes later than these changed it once in a hundred times.
const MAX_COUNTED: usize = 64;
/// Authors named for one file: the most frequent ones, and the last.
const MAX_NAMED: usize = 5;
/// Longer paths are none.
const MAX_PATH: usize = 1_024;

/// Files that may declare an identity or what runs as one. Others count for the repository only.
const DECLARING: &[&str] = &[
    "yaml",
    "yml",
    "json",
    "tf",
    "tfvars",
    "hcl",
    "bicep",
    "jsonnet",
    "cue",
    "toml",
    "ini",
    "conf",
    "env",
    "properties",
    "xml",
    "service",
    "timer",
    "cron",
    "template",
    "cfg",
    "libsonnet",
    "pkl",
];

/// The catalogue entry.
const SPEC: ConnectorSpec = spec(
    "code.git_history",
    "Authors of files by the git history",
    "Who changed the files that declare identities, last and most often.",
    &[
        "Who wrote what a squash, a rebase or a bot committed under another name.",
        "Changes before the history begins: a shallow clone shows only the last.",
    ],
    "git log --no-merges --date=short --format='commit %H%x09%aE%x09%ad' --name-only > history.txt",
);

/// The format.
#[derive(Debug)]
pub struct GitHistory;

/// How often somebody changed something, and the last day.
#[derive(Debug, Clone, Default)]
struct Changes {
    commits: u64,
    last: String,
}

/// Authors by number.
type Authors = BTreeMap<u32, Changes>;

#[derive(Default)]
struct History {
    people: Vec<String>,
    by_email: HashMap<String, u32>,
    files: BTreeMap<String, Authors>,
    whole: Authors,
    /// The author and day of the commit being read.
    current: Option<(u32, String)>,
    left_out: u64,
    broken: Vec<u64>,
}

impl Format for GitHistory {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let text = String::from_utf8_lossy(probe.head);
        let first = text.lines().find(|line| !line.trim().is_empty());
        if first.is_some_and(|line| commit(line).is_some()) {
            Match::Sure
        } else {
            Match::No
        }
    }

    fn read(
        &self,
        document: &mut Document<'_>,
        cx: &mut ImportContext<'_>,
    ) -> Result<(), ReadError> {
        let source = cx.source_or_file(&SPEC, "repo", document);
        let name = document.name().to_owned();
        let stem = document
            .short_name()
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned();
        let repo = repository(cx, &stem);
        let at = cx.observed_at(None, document);
        let mut history = History::default();
        document.lines(|line| {
            match line {
                Line::Text { number, text, .. } => history.line(number, text),
                Line::TooLong { number } => history.broken.push(number),
            }
            Ok(())
        })?;
        let person = |number: u32| {
            let email = history.people.get(number as usize)?;
            Some(NodeRef::global(NodeKind::Person, "person", email.clone()))
        };
        let authors = |mut observation: Observation, authors: &Authors| {
            for (number, changes) in named(authors) {
                if let Some(person) = person(number) {
                    let edge = ObservedEdge::to(EdgeKind::ManagedBy, person)
                        .with("commits", changes.commits)
                        .with("last", changes.last.as_str());
                    observation = observation.edge(edge);
                }
            }
            observation
        };
        let said = Attributes::named(repo.native_id.clone(), "git_repository");
        let whole = Observation::new(repo.clone(), at, said).at(name.as_str());
        cx.observe(&source, authors(whole, &history.whole))?;
        for (path, of_file) in &history.files {
            let node = NodeRef::within(
                NodeKind::Resource,
                "git",
                repo.native_id.clone(),
                path.clone(),
            );
            let said = Attributes::named(path.clone(), "git_file");
            let file = Observation::new(node, at, said).at(name.as_str());
            let file = file.edge(ObservedEdge::from(EdgeKind::Contains, repo.clone()));
            cx.observe(&source, authors(file, of_file))?;
        }
        for email in &history.people {
            let node = NodeRef::global(NodeKind::Person, "person", email.clone());
            let said = Attributes::named(email.clone(), "person");
            let person =
                Observation::new(node, at, said).alias(Alias::lookup(format!("email:{email}")));
            cx.observe(&source, person.at(name.as_str()))?;
        }
        for line in history.broken.iter().take(100) {
            cx.gap(
                &source,
                format!("{name}:line {line}"),
                "a commit whose line cannot be read",
            )?;
        }
        if history.left_out > 0 {
            let reason = format!(
                "{} changes were left out: more than {MAX_FILES} files or {MAX_PEOPLE} people",
                history.left_out
            );
            let gap =
                model::Coverage::gap(&source, CoverageState::Truncated, name.as_str(), reason);
            cx.sink.cover(gap)?;
        }
        cx.covered(&source, super::KINDS, "owners", &name)
    }
}

/// The most frequent authors and the last one.
fn named(authors: &Authors) -> Vec<(u32, &Changes)> {
    let mut all: Vec<(u32, &Changes)> = authors
        .iter()
        .map(|(number, changes)| (*number, changes))
        .collect();
    all.sort_by(|(a, one), (b, other)| {
        (other.commits, &other.last, a).cmp(&(one.commits, &one.last, b))
    });
    let last = all.iter().max_by_key(|(_, changes)| &changes.last).copied();
    all.truncate(MAX_NAMED);
    if let Some(last) = last
        && !all.iter().any(|(number, _)| *number == last.0)
    {
        all.push(last);
    }
    all
}

/// The address and day of a line that begins a commit.
fn commit(line: &str) -> Option<(String, &str)> {
    let mut parts = line.strip_prefix("commit ")?.split('\t');
    let (hash, author, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_hash =
        matches!(hash.len(), 40 | 64) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_day = day.len() == 10
        && day
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    (is_hash && is_day).then_some(())?;
    Some((email(author)?, day))
}

impl History {
    fn line(&mut self, number: u64, text: &str) {
        if text.starts_with("commit ") && text.contains('\t') {
            self.current =
                commit(text).and_then(|(email, day)| Some((self.person(email)?, day.to_owned())));
            match &self.current {
                Some((author, day)) => count(&mut self.whole, *author, day, MAX_PEOPLE),
                None => self.broken.push(number),
            }
            return;
        }
        let path = text.trim().trim_matches('"');
        let Some((author, day)) = &self.current else {
            return;
        };
        let declares = path
            .rsplit_once('.')
            .is_some_and(|(_, end)| DECLARING.contains(&end))
            || path.ends_with("Dockerfile");
        if path.is_empty() || path.len() > MAX_PATH || !declares {
            return;
        }
        if !self.files.contains_key(path) {
            if self.files.len() >= MAX_FILES {
                self.left_out += 1;
                return;
            }
            self.files.insert(model::text::label(path), Authors::new());
        }
        if let Some(authors) = self.files.get_mut(path) {
            count(authors, *author, day, MAX_COUNTED);
        }
    }

    fn person(&mut self, email: String) -> Option<u32> {
        if let Some(known) = self.by_email.get(&email) {
            return Some(*known);
        }
        if self.people.len() >= MAX_PEOPLE {
            self.left_out += 1;
            return None;
        }
        let number = u32::try_from(self.people.len()).ok()?;
        self.people.push(email.clone());
        self.by_email.insert(email, number);
        Some(number)
    }
}

fn count(authors: &mut Authors, author: u32, day: &str, most: usize) {
    if authors.len() >= most && !authors.contains_key(&author) {
        return;
    }
    let changes = authors.entry(author).or_default();
    changes.commits += 1;
    if changes.last.as_str() < day {
        day.clone_into(&mut changes.last);
    }
}
