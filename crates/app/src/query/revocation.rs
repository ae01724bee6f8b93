//! How it is revoked: concrete steps with its ids filled in, who can take them, what breaks.
//!
//! Commands are shown, never run. Ids come from outside, so each is quoted for a shell.

use std::fmt::Write as _;

use inventory::read::{Direction, Record};
use serde::Serialize;
use sources::revocation::entry;

use super::views::{Evidence, Named};
use super::who::gather::Gathered;
use super::who::stated;

/// The answer to "how is it revoked".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Revocation {
    /// `known` or `unknown`.
    pub state: &'static str,
    /// One sentence.
    pub summary: String,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Who can do it.
    pub who_can: Option<String>,
    /// How to see that it worked.
    pub proof: Option<String>,
    /// Known consumers, which stop working.
    pub breaks: Vec<Named>,
    /// For an identity: credentials that end with it or have to be revoked too.
    pub credentials: Vec<Named>,
    /// What would make it known; null when it is.
    pub to_know: Option<String>,
    /// Where this comes from.
    pub evidence: Vec<Evidence>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What to do.
    pub text: String,
    /// A command that does it; `<WORDS>` in it have to be filled in.
    pub command: Option<String>,
}

/// Answers about one thing.
pub(crate) fn answer(gathered: &Gathered) -> Revocation {
    let mut answer = way(gathered);
    answer
        .evidence
        .extend(gathered.container_users().map(|(container, edge)| {
            let user = Named::from(&edge.other).label();
            let container = Named::from(&container.node).label();
            stated(format!("{user} uses {container}, which holds it"), edge)
        }));
    answer
}

fn way(gathered: &Gathered) -> Revocation {
    let record = &gathered.record;
    let subtype = record.node.subtype.as_deref().unwrap_or_default();
    let breaks = breaks(gathered);
    let credentials = gathered
        .credentials
        .iter()
        .map(|held| Named::from(&held.node))
        .collect();
    let consequence = consequence(record, breaks.len());
    if let Some(entry) = entry(&record.node.kind, subtype) {
        let values = Values::of(record);
        let steps: Vec<Step> = entry
            .steps
            .iter()
            .map(|(text, command)| Step {
                text: values.fill(text, false),
                command: command.map(|command| values.fill(command, true)),
            })
            .collect();
        let first = steps.first().map_or("", |step| step.text.as_str());
        return Revocation {
            state: "known",
            summary: format!("{first}; {consequence}"),
            who_can: Some(values.fill(entry.who, false)),
            // It quotes commands, so what is filled in is quoted as in those.
            proof: Some(values.fill(entry.proof, true)),
            steps,
            breaks,
            credentials,
            to_know: None,
            evidence: vec![table_evidence(subtype)],
        };
    }
    if let Some(said) = how_to_revoke(record) {
        let text = said
            .value
            .as_ref()
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        return Revocation {
            state: "known",
            summary: format!("{text}; {consequence}"),
            steps: vec![Step {
                text: text.to_owned(),
                command: None,
            }],
            who_can: None,
            proof: None,
            breaks,
            credentials,
            to_know: None,
            evidence: vec![Evidence {
                what: format!("how tokens of the form `{subtype}` are revoked"),
                source: said.source.clone(),
                place: None,
                observed_at: Some(said.observed),
            }],
        };
    }
    unknown(record, breaks, credentials)
}

/// What the reader of a token wrote down about its form.
fn how_to_revoke(record: &Record) -> Option<&inventory::read::Said> {
    record
        .attributes
        .iter()
        .find(|merged| merged.name == "extra.how_to_revoke")
        .map(|merged| &merged.stands)
}

fn unknown(record: &Record, breaks: Vec<Named>, credentials: Vec<Named>) -> Revocation {
    let node = &record.node;
    let sort = node.subtype.as_deref().unwrap_or(&node.kind);
    let why = match node.kind.as_str() {
        "credential" => format!(
            "unknown: no way to revoke is recorded for `{sort}`; whoever issued it can (it is replaced at the system \
             that accepts it, then removed from where it lies)"
        ),
        "identity" => format!(
            "unknown: no way to disable `{sort}` is recorded; its provider's administrator can, and revoking each of \
             its credentials ends what they prove"
        ),
        kind => format!(
            "does not apply to a {kind} itself: what it runs as, stores or presents is revoked instead"
        ),
    };
    Revocation {
        state: "unknown",
        summary: why,
        steps: Vec::new(),
        who_can: None,
        proof: None,
        breaks,
        credentials,
        to_know: Some("find the system that accepts it: import the identity it proves".to_owned()),
        evidence: Vec::new(),
    }
}

fn table_evidence(subtype: &str) -> Evidence {
    Evidence {
        what: format!("the way to revoke `{subtype}`, from countersign's table"),
        source: "countersign".to_owned(),
        place: None,
        observed_at: None,
    }
}

fn consequence(record: &Record, breaks: usize) -> String {
    let kept = record
        .edges
        .iter()
        .filter(|edge| edge.kind == "stored_in" && edge.direction == Direction::Out)
        .map(|edge| edge.other.key)
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let breaks = match breaks {
        0 => "no consumer is known, which is not proof that there is none".to_owned(),
        1 => "1 known consumer breaks".to_owned(),
        number => format!("{number} known consumers break"),
    };
    match kept {
        0 => breaks,
        1 => format!("{breaks}; it lies in 1 place"),
        places => format!("{breaks}; it lies in {places} places"),
    }
}

/// What is known to use it: workloads, agents and hosts configured for it or for the container it
/// lies in, endpoints that show it.
fn breaks(gathered: &Gathered) -> Vec<Named> {
    let through_container = gathered.container_users().map(|(_, edge)| edge);
    let mut all: Vec<Named> = gathered
        .record
        .edges
        .iter()
        .filter(|edge| {
            matches!(
                (edge.kind.as_str(), edge.direction),
                ("used_by", Direction::Out)
                    | (
                        "runs_as" | "presents" | "consumes" | "trusts",
                        Direction::In
                    )
            )
        })
        .chain(through_container)
        .map(|edge| (&edge.other).into())
        .collect();
    all.sort();
    all.dedup();
    all
}

/// The values of the places in a template.
struct Values(Vec<(&'static str, String)>);

impl Values {
    fn of(record: &Record) -> Self {
        let node = &record.node;
        let native = node.native_id.as_str();
        let end = |kind: &str| {
            record
                .edges
                .iter()
                .find(|edge| edge.kind == kind && edge.direction == Direction::Out)
                .map(|edge| &edge.other)
        };
        let mut values = vec![
            ("native", native.to_owned()),
            ("name", node.name.clone()),
            (
                "last",
                native
                    .rsplit(['/', ':', '#'])
                    .next()
                    .unwrap_or(native)
                    .to_owned(),
            ),
            (
                "head",
                native.split('/').next().unwrap_or(native).to_owned(),
            ),
        ];
        if let Some(tenant) = &node.tenant {
            values.push(("tenant", tenant.clone()));
        }
        if let Some(identity) = end("authenticates") {
            values.push(("identity", identity.name.clone()));
            values.push(("identity_native", identity.native_id.clone()));
        }
        if let Some(place) = end("stored_in") {
            values.push(("place", place.native_id.clone()));
        }
        if let Some((namespace, object)) = object_of(record) {
            values.push(("namespace", namespace));
            values.push(("object", object));
        }
        Self(values)
    }

    /// Fills a template; what has no value stays as `<NAME>` for the reader to fill in.
    fn fill(&self, template: &str, quote: bool) -> String {
        let mut out = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                out.push('{');
                rest = after;
                continue;
            };
            match self.0.iter().find(|(known, _)| *known == name) {
                Some((_, value)) if quote => out.push_str(&shell_quoted(value)),
                Some((_, value)) => out.push_str(value),
                None => {
                    let _ = write!(out, "<{}>", name.to_uppercase());
                }
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

/// Namespace and name of the Kubernetes object it is, under any of its names, or lies in.
fn object_of(record: &Record) -> Option<(String, String)> {
    let members = record.members.iter().map(|member| &member.native_id);
    let places = record
        .edges
        .iter()
        .filter(|edge| edge.kind == "stored_in" && edge.direction == Direction::Out)
        .map(|edge| &edge.other.native_id);
    std::iter::once(&record.node.native_id)
        .chain(members)
        .chain(places)
        .find_map(|native| kubernetes(native))
}

/// Namespace and name in `system:serviceaccount:ns:name` and `secret:ns/name`.
fn kubernetes(native: &str) -> Option<(String, String)> {
    let (namespace, object) = match native.strip_prefix("system:serviceaccount:") {
        Some(rest) => rest.split_once(':')?,
        None => ["secret:", "token:"]
            .iter()
            .find_map(|sort| native.strip_prefix(sort))?
            .split_once('/')?,
    };
    Some((namespace.to_owned(), object.to_owned()))
}

/// Quotes a value for a POSIX shell, so that a hostile name cannot become a command.
fn shell_quoted(value: &str) -> String {
    let plain = !value.is_empty()
        && !value.starts_with('-')
        && value
            .chars()
            .all(|ch| ch.is_ascii_alphanumeric() || "_-./:@=+,".contains(ch));
    if plain {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests;
