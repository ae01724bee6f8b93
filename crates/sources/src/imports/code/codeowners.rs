//! CODEOWNERS, as GitHub, GitLab and Bitbucket read it.

use std::collections::BTreeMap;

use model::{Alias, Attributes, EdgeKind, NodeKind, NodeRef, Observation, ObservedEdge, TimeUs};

use super::{email, repository, root, spec};
use crate::imports::document::Line;
use crate::imports::{Document, Format, ImportContext, Match, Probe, ReadError};
use crate::spec::ConnectorSpec;

/// GitHub reads files up to 3 MiB; real ones end below 5,000 rules.
const MAX_RULES: usize = 20_000;
/// The most owners of one rule; GitHub has no bound, real rules end below ten.
const MAX_OWNERS: usize = 50;
/// Longer patterns are no paths.
const MAX_PATTERN: usize = 1_024;

/// The catalogue entry.
const SPEC: ConnectorSpec = spec(
    "code.owners",
    "CODEOWNERS files",
    "Who answers for which files, and so for the identities these files declare.",
    &[
        "Whether the people and teams exist and still do the work.",
        "The approval rules of GitLab's sections: of several sections the last rule that matches counts.",
    ],
    "import the checkout, or the file: countersign import shop/.github/CODEOWNERS --scope repo=acme/shop",
);

/// The format.
#[derive(Debug)]
pub struct CodeOwners;

impl Format for CodeOwners {
    fn spec(&self) -> &'static ConnectorSpec {
        &SPEC
    }

    fn detect(&self, probe: &Probe<'_>) -> Match {
        let text = std::str::from_utf8(probe.head).unwrap_or_default();
        if probe.file_name() == "codeowners" && !text.contains('\0') {
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
        let (name, folder) = (document.name().to_owned(), root(document));
        let repo = repository(cx, &folder);
        let at = cx.observed_at(None, document);
        let (rules, problems) = rules(document)?;
        let named = Attributes::named(repo.native_id.clone(), "git_repository");
        cx.observe(
            &source,
            Observation::new(repo.clone(), at, named).at(name.as_str()),
        )?;
        let mut owners: BTreeMap<NodeRef, Observation> = BTreeMap::new();
        for (pattern, rule) in rules {
            let place = format!("{name}:line {}", rule.line);
            let node = NodeRef::within(
                NodeKind::Resource,
                "codeowners",
                repo.native_id.clone(),
                pattern.clone(),
            );
            let contains = ObservedEdge::from(EdgeKind::Contains, repo.clone())
                .with("line", rule.line)
                .with("root", folder.as_str());
            let named = Attributes::named(pattern, "code_owners_rule");
            let mut observation = Observation::new(node, at, named).at(place).edge(contains);
            for owner in &rule.owners {
                let Some(known) = owner_of(owner, at) else {
                    continue;
                };
                observation =
                    observation.edge(ObservedEdge::to(EdgeKind::OwnedBy, known.node.clone()));
                owners.entry(known.node.clone()).or_insert(known);
            }
            cx.observe(&source, observation)?;
        }
        for (_, owner) in owners {
            cx.observe(&source, owner.at(name.as_str()))?;
        }
        for (line, reason) in problems {
            cx.gap(&source, format!("{name}:line {line}"), reason)?;
        }
        cx.covered(&source, super::KINDS, "owners", &name)
    }
}

/// One rule: its line and whom it names.
struct Rule {
    line: u64,
    owners: Vec<String>,
}

/// Rules by pattern, the last of equal ones, and lines that cannot be read.
type Rules = (BTreeMap<String, Rule>, Vec<(u64, String)>);

fn rules(document: &mut Document<'_>) -> Result<Rules, ReadError> {
    let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
    let mut problems: Vec<(u64, String)> = Vec::new();
    let mut default: Vec<String> = Vec::new();
    document.lines(|line| {
        let (number, text) = match line {
            Line::Text { number, text, .. } => (number, text),
            Line::TooLong { number } => {
                problems.push((number, "the line is too long".to_owned()));
                return Ok(());
            }
        };
        let words = words(text);
        let Some(first) = words.first() else {
            return Ok(());
        };
        if first.starts_with('[') || first.starts_with("^[") {
            default = words
                .into_iter()
                .filter(|word| is_owner(word))
                .take(MAX_OWNERS)
                .collect();
            return Ok(());
        }
        if first.len() > MAX_PATTERN || first.starts_with('!') {
            let reason = "the pattern is too long or negated, which CODEOWNERS does not allow";
            problems.push((number, reason.to_owned()));
            return Ok(());
        }
        let mut owners: Vec<String> = words
            .iter()
            .skip(1)
            .filter(|word| is_owner(word))
            .take(MAX_OWNERS)
            .cloned()
            .collect();
        if let Some(odd) = words.iter().skip(1).find(|word| !is_owner(word)) {
            let odd = model::text::label(&model::text::bounded(odd, 40));
            problems.push((
                number,
                format!("`{odd}` is no owner; write @user, @org/team or an e-mail address"),
            ));
        }
        if words.len() == 1 {
            owners.clone_from(&default);
        }
        if rules.len() >= MAX_RULES {
            return Err(ReadError::Limit(format!(
                "more than {MAX_RULES} rules; the rest was left out"
            )));
        }
        rules.insert(
            first.clone(),
            Rule {
                line: number,
                owners,
            },
        );
        Ok(())
    })?;
    Ok((rules, problems))
}

/// The words of a line up to a comment; a backslash keeps a blank or a `#`. A section's title in
/// brackets is one word.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = line.trim_start_matches('\u{feff}').chars();
    let mut bracket = 0_u32;
    while let Some(ch) = chars.next() {
        let fresh = words.last().is_none_or(String::is_empty);
        match ch {
            '\\' => {
                if let (Some(next), Some(word)) = (chars.next(), words.last_mut()) {
                    word.push(next);
                }
                continue;
            }
            '#' if fresh => break,
            '[' if words.len() == 1 => bracket += 1,
            ']' if words.len() == 1 => bracket = bracket.saturating_sub(1),
            _ => {}
        }
        if ch.is_whitespace() && bracket == 0 {
            if !fresh {
                words.push(String::new());
            }
        } else if let Some(word) = words.last_mut() {
            word.push(ch);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_owner(word: &str) -> bool {
    (word.starts_with('@') && word.len() > 1) || email(word).is_some()
}

/// The person or team that an owner names. `@org/team` is the team of that name; `@@role` nobody.
fn owner_of(word: &str, at: TimeUs) -> Option<Observation> {
    if let Some(email) = email(word).filter(|_| !word.starts_with('@')) {
        let node = NodeRef::global(NodeKind::Person, "person", email.clone());
        let said = Attributes::named(email.clone(), "person");
        return Some(
            Observation::new(node, at, said).alias(Alias::lookup(format!("email:{email}"))),
        );
    }
    let handle = word.strip_prefix('@')?.to_lowercase();
    if handle.starts_with('@') {
        return None;
    }
    let (kind, name, subtype) = match handle.rsplit_once('/') {
        Some((_, team)) if !team.is_empty() => (NodeKind::Team, team.to_owned(), "team"),
        Some(_) => return None,
        None => (NodeKind::Person, format!("@{handle}"), "person"),
    };
    let node = NodeRef::global(kind, subtype, name.clone());
    let said = Attributes::named(name, subtype);
    Some(Observation::new(node, at, said).alias(Alias::lookup(format!("handle:{handle}"))))
}
