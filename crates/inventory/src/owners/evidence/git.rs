//! The last and the most frequent author of the file that declares it.

use graph::Edge;

use super::{Case, EvidenceKind, Gathered};
use crate::owners::code_paths::{Author, declaring};
use crate::owners::proof::{Proof, name_of, of_edge};
use crate::owners::shared::why_not_name;

pub(super) fn last(case: &Case<'_>, found: &mut Gathered) {
    for file in declaring(case.estate, case.ix) {
        let authors = people(case, file, found);
        if let Some(last) = authors.iter().max_by_key(|author| author.last) {
            let when = last
                .last
                .map(|time| format!(" on {}", time.date()))
                .unwrap_or_default();
            add(
                case,
                found,
                EvidenceKind::GitLast,
                1.0,
                &last.edge,
                &format!("is declared in `{file}`, last changed{when} by"),
            );
        }
    }
}

pub(super) fn frequent(case: &Case<'_>, found: &mut Gathered) {
    for file in declaring(case.estate, case.ix) {
        let authors = people(case, file, found);
        let all: u32 = authors.iter().map(|author| author.commits).sum();
        for author in authors.iter().take(3) {
            let share = f64::from(author.commits) / f64::from(all.max(1));
            let how = format!(
                "is declared in `{file}`, {} of {all} changes of which are by",
                author.commits
            );
            add(
                case,
                found,
                EvidenceKind::GitFrequent,
                share,
                &author.edge,
                &how,
            );
        }
    }
}

/// The authors who are people; machines are noted.
fn people(case: &Case<'_>, file: &str, found: &mut Gathered) -> Vec<Author> {
    let mut authors = case.ground.paths.authors(case.estate, file);
    authors.retain(|author| {
        let reason = why_not_name(name_of(case.estate, author.edge.other));
        let known = found
            .machines
            .iter()
            .any(|(ix, _)| *ix == author.edge.other);
        if let Some(reason) = &reason
            && !known
        {
            found.machines.push((author.edge.other, reason.clone()));
        }
        reason.is_none()
    });
    authors
}

fn add(
    case: &Case<'_>,
    found: &mut Gathered,
    kind: EvidenceKind,
    fit: f64,
    edge: &Edge,
    how: &str,
) {
    let Some(who) = case.ground.people.candidate(case.estate, edge.other) else {
        return;
    };
    let name = name_of(case.estate, edge.other);
    let evidence = of_edge(case.estate, edge, format!("{how} `{name}`"));
    found.add(who, Proof::new(kind, fit, &name.to_lowercase(), evidence));
}
