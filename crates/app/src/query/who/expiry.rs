//! When does it expire: its own end, and that of every credential that proves it.

use model::TimeUs;
use serde::Serialize;

use super::gather::{Gathered, Held};
use super::{count, relative, when};
use crate::query::views::{Evidence, FactView};

/// The answer to "when does it expire".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Expiry {
    /// `known`, `expired`, `never`, `no_data_yet`, `not_observable`, `unknown`.
    pub state: String,
    /// One sentence.
    pub summary: String,
    /// The soonest end.
    pub soonest: FactView,
    /// Its own end.
    pub own: FactView,
    /// For an identity: the end of each of its credentials.
    pub credentials: Vec<CredentialExpiry>,
    /// What would make it known; null when it is.
    pub to_know: Option<String>,
    /// Which source said what.
    pub evidence: Vec<Evidence>,
}

/// When one credential ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CredentialExpiry {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The provider's sort.
    pub subtype: Option<String>,
    /// Whether the provider accepts it.
    pub status: Option<String>,
    /// When it ends.
    pub expires: FactView,
}

pub(super) fn answer(gathered: &Gathered) -> Expiry {
    let own = FactView::from(&gathered.record.node.expires);
    let live: Vec<&Held> = gathered
        .credentials
        .iter()
        .filter(|held| held.node.retired.is_none())
        .collect();
    let credentials: Vec<CredentialExpiry> = live.iter().map(|held| credential(held)).collect();
    let soonest = soonest(&own, &credentials);
    let state = match (soonest.at, soonest.state.as_str()) {
        (Some(at), _) if at <= gathered.now => "expired",
        (Some(_), _) => "known",
        (None, "nothing_said") => "unknown",
        (None, state) => state,
    }
    .to_owned();
    Expiry {
        summary: summary(gathered, &own, &soonest, &credentials),
        to_know: matches!(state.as_str(), "unknown" | "no_data_yet" | "not_observable")
            .then(|| to_know(gathered).to_owned()),
        evidence: evidence(gathered, &live),
        state,
        soonest,
        own,
        credentials,
    }
}

fn credential(held: &Held) -> CredentialExpiry {
    let node = &held.node;
    CredentialExpiry {
        id: node.id.clone(),
        name: node.name.clone(),
        subtype: node.subtype.clone(),
        status: node.status.clone(),
        expires: (&node.expires).into(),
    }
}

/// The soonest known end; else what is said most clearly.
fn soonest(own: &FactView, credentials: &[CredentialExpiry]) -> FactView {
    let all = || std::iter::once(own).chain(credentials.iter().map(|c| &c.expires));
    let known = all()
        .filter(|fact| fact.at.is_some())
        .min_by_key(|fact| fact.at);
    if let Some(known) = known {
        return known.clone();
    }
    // One credential of unknown end is enough for the whole to be unknown.
    for state in ["nothing_said", "no_data_yet", "not_observable", "never"] {
        let mut said = all().skip(usize::from(
            own.state == "nothing_said" && !credentials.is_empty(),
        ));
        if let Some(fact) = said.find(|fact| fact.state == state) {
            return fact.clone();
        }
    }
    own.clone()
}

fn summary(
    gathered: &Gathered,
    own: &FactView,
    soonest: &FactView,
    credentials: &[CredentialExpiry],
) -> String {
    let now = gathered.now;
    if credentials.is_empty() {
        return own_summary(gathered, own);
    }
    let of = format!("of its {}", count(credentials.len(), "credential"));
    let ends = |state: &str| {
        credentials
            .iter()
            .filter(|c| c.expires.state == state)
            .count()
    };
    let mut parts = Vec::new();
    if let Some(at) = soonest.at {
        let verb = if at <= now { "ended" } else { "ends" };
        parts.push(format!(
            "the first {verb} {} ({})",
            at.date(),
            relative(at, now)
        ));
    }
    for (number, words) in [
        (ends("never"), "without an end"),
        (ends("not_observable"), "whose end cannot be observed"),
        (ends("no_data_yet") + ends("nothing_said"), "of unknown end"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    let own = match own.state.as_str() {
        "nothing_said" => String::new(),
        _ => format!("; it itself: {}", when(own, now)),
    };
    format!("{of}: {}{own}", parts.join(", "))
}

fn own_summary(gathered: &Gathered, own: &FactView) -> String {
    let now: TimeUs = gathered.now;
    match (own.at, own.state.as_str()) {
        (Some(at), _) if at <= now => format!("expired {} ({})", at.date(), relative(at, now)),
        (Some(at), _) => format!("expires {} ({})", at.date(), relative(at, now)),
        (None, "never") => "never: it has no expiry of its own".to_owned(),
        (None, "not_observable") => "not observable: its sources cannot say".to_owned(),
        (None, "no_data_yet") => "no data: its sources could say but have nothing".to_owned(),
        _ if gathered.record.node.kind == "identity" => {
            "unknown: no source states an end, and none of its credentials is known".to_owned()
        }
        _ => "unknown: none of its sources states an end".to_owned(),
    }
}

fn evidence(gathered: &Gathered, credentials: &[&Held]) -> Vec<Evidence> {
    let mut all = Vec::new();
    if let Some(merged) = gathered
        .record
        .attributes
        .iter()
        .find(|merged| merged.name == "expires")
    {
        for said in std::iter::once(&merged.stands).chain(&merged.others) {
            let value = said.value.as_ref().and_then(serde_json::Value::as_str);
            all.push(Evidence {
                what: match value {
                    Some(at) => format!("says it expires at {at}"),
                    None => format!("says {}", said.state.replace('_', " ")),
                },
                source: said.source.clone(),
                place: None,
                observed_at: Some(said.observed),
            });
        }
    }
    for held in credentials {
        all.push(Evidence {
            what: format!(
                "its credential {} ends: {}",
                held.label(),
                when(&(&held.node.expires).into(), gathered.now)
            ),
            source: "inventory".to_owned(),
            place: None,
            observed_at: None,
        });
    }
    all
}

fn to_know(gathered: &Gathered) -> &'static str {
    match gathered.record.node.kind.as_str() {
        "identity" => {
            "import its credentials: a credential report, key list or secret list of its provider"
        }
        _ => "its issuer's list of credentials has it; what lies in a file often does not say",
    }
}
