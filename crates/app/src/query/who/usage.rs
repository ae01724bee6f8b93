//! Is it used: what is known, how far back its sources see, and what they cannot see.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use inventory::read::Merged;
use model::TimeUs;
use serde::Serialize;

use super::gather::{Gathered, OUT};
use super::{relative, some, stated};
use crate::query::views::{Evidence, FactView, Named};

/// The answer to "is it used".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Use {
    /// `known`, `never`, `no_data_yet`, `not_observable`, `unknown`.
    pub state: String,
    /// One sentence.
    pub summary: String,
    /// When it was last used.
    pub last_used: FactView,
    /// How far back the source of the verdict can see, when it says so.
    pub window: Option<String>,
    /// The sources behind the verdict, each with its own time.
    pub sources: Vec<Seen>,
    /// What was configured to use it: workloads, hosts, agents.
    pub consumers: Vec<Named>,
    /// What its sources cannot see, so that no silence is read as disuse.
    pub cannot_see: Vec<BlindSpot>,
    /// What would make it known; null when it is.
    pub to_know: Option<String>,
    /// Which source said what.
    pub evidence: Vec<Evidence>,
}

/// A source that shows the thing, and when it last did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Seen {
    /// The source, `connector[scope]`.
    pub source: String,
    /// The source's own time.
    pub observed_at: TimeUs,
}

/// What one kind of source cannot see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BlindSpot {
    /// The kind of source.
    pub source: String,
    /// What it cannot see.
    pub what: String,
}

pub(super) fn answer(gathered: &Gathered) -> Use {
    let merged = gathered
        .record
        .attributes
        .iter()
        .find(|merged| merged.name == "last_used");
    let mut evidence = evidence(merged);
    let mut last_used = FactView::from(&gathered.record.node.last_used);
    let mut by = None;
    for credential in &gathered.credentials {
        let used = FactView::from(&credential.node.last_used);
        if used.at > last_used.at {
            by = Some(credential);
            last_used = used;
        }
    }
    if let (Some(credential), Some(at)) = (by, last_used.at) {
        evidence.push(Evidence {
            what: format!("its credential {} was used at {at}", credential.label()),
            source: "inventory".to_owned(),
            place: None,
            observed_at: None,
        });
    }
    for edge in gathered.edges("logged_use", OUT) {
        evidence.push(stated(
            format!("a log shows use at {}", Named::from(&edge.other).label()),
            edge,
        ));
    }
    let window = merged.and_then(|merged| merged.stands.reason.clone());
    let state = match last_used.state.as_str() {
        "nothing_said" => "unknown".to_owned(),
        state => state.to_owned(),
    };
    let consumers = consumers(gathered);
    let summary = summary(gathered, &state, &last_used, window.as_deref(), &consumers);
    Use {
        to_know: (state != "known").then(|| to_know(gathered).to_owned()),
        cannot_see: blind_spots(gathered.connectors()),
        state,
        summary,
        last_used,
        window,
        sources: seen_by(gathered),
        consumers,
        evidence,
    }
}

/// Every source of the verdict once, with its newest word.
fn seen_by(gathered: &Gathered) -> Vec<Seen> {
    let mut newest = BTreeMap::new();
    for sighting in &gathered.record.sightings {
        let label = inventory::read::source_label(&sighting.connector, &sighting.scope);
        let at = newest.entry(label).or_insert(sighting.observed);
        *at = (*at).max(sighting.observed);
    }
    newest
        .into_iter()
        .map(|(source, observed_at)| Seen {
            source,
            observed_at,
        })
        .collect()
}

fn evidence(merged: Option<&Merged>) -> Vec<Evidence> {
    merged
        .into_iter()
        .flat_map(|merged| std::iter::once(&merged.stands).chain(&merged.others))
        .map(|said| {
            let value = said.value.as_ref().and_then(serde_json::Value::as_str);
            let what = match (value, &said.reason) {
                (Some(at), _) => format!("says it was last used at {at}"),
                (None, Some(reason)) => format!("says {}: {reason}", said.state.replace('_', " ")),
                (None, None) => format!("says {}", said.state.replace('_', " ")),
            };
            Evidence {
                what,
                source: said.source.clone(),
                place: None,
                observed_at: Some(said.observed),
            }
        })
        .collect()
}

/// What is configured to use it, runs as it, or shows it.
fn consumers(gathered: &Gathered) -> Vec<Named> {
    let mut all = gathered.named("used_by", OUT);
    all.extend(
        gathered
            .container_users()
            .map(|(_, edge)| Named::from(&edge.other)),
    );
    all.extend(gathered.named("runs_as", super::gather::IN));
    all.extend(gathered.named("presents", super::gather::IN));
    all.sort();
    all.dedup();
    all
}

/// What sources of these kinds cannot see.
pub(crate) fn blind_spots<'a>(connectors: impl IntoIterator<Item = &'a str>) -> Vec<BlindSpot> {
    connectors
        .into_iter()
        .filter_map(sources::catalog::spec)
        .flat_map(|spec| {
            spec.cannot_see.iter().map(|what| BlindSpot {
                source: spec.id.to_owned(),
                what: (*what).to_owned(),
            })
        })
        .collect()
}

fn summary(
    gathered: &Gathered,
    state: &str,
    last_used: &FactView,
    window: Option<&str>,
    consumers: &[Named],
) -> String {
    let seen = observed(gathered);
    let reason = window.map_or_else(String::new, |reason| format!(" ({})", since(reason)));
    let mut text = match (last_used.at, state) {
        (Some(at), _) => format!("last used {} ({})", at.date(), relative(at, gathered.now)),
        (None, "never") => format!("not used, as far back as its sources see{reason}"),
        (None, "not_observable") => format!("not observable: its sources cannot say{reason}"),
        (None, "no_data_yet") => format!("no data: its sources could say but have nothing{reason}"),
        _ => "unknown: none of its sources says anything about use".to_owned(),
    };
    text.push_str(&seen);
    if !consumers.is_empty() {
        let names: Vec<String> = consumers.iter().map(|named| named.name.clone()).collect();
        let _ = write!(text, "; configured for {}", some(&names, 3));
    }
    text
}

/// A window in words: from its day on, where the source states a time.
pub fn since(window: &str) -> String {
    TimeUs::parse(window).map_or_else(
        |_| window.to_owned(),
        |start| format!("since {}", start.date()),
    )
}

fn observed(gathered: &Gathered) -> String {
    let newest: Option<TimeUs> = gathered
        .record
        .sightings
        .iter()
        .map(|sighting| sighting.observed)
        .max();
    newest.map_or_else(String::new, |at| format!(", as seen on {}", at.date()))
}

fn to_know(gathered: &Gathered) -> &'static str {
    match gathered.record.node.provider.as_str() {
        "aws" => {
            "import a credential report (`aws iam get-credential-report`), which says when passwords and keys were used"
        }
        "entra" => "import the sign-in activity report of service principals of its tenant",
        "gcp" => {
            "import the service account activity (Policy Intelligence, last authentication) of its project"
        }
        "kubernetes" => "Kubernetes keeps no last use of its own; the cluster's audit log has it",
        "ad" => "import lastLogonTimestamp with the directory export",
        _ => {
            "look into the access log of the system that accepts it; no source read so far reports its use"
        }
    }
}
