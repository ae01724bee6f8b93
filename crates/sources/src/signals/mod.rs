//! What sources recognise that matters to a judgement: provider attributes become the words that are
//! the same for every provider, so that a rule never reads a provider's word.
//!
//! A family is one small file with a table of what it states and one function that states it. Yes and
//! no are said only of what the source looked at: an attribute that is not there is no "no". What a
//! source said itself is never overwritten.

mod activedirectory;
mod agents;
mod aws;
mod aws_policy;
mod cadence;
mod declared;
mod entra;
mod files;
mod gcp;
mod host;
mod keys;
mod kubernetes;
mod origin;
mod reference;
mod tls;
mod tokens;
mod types;
mod ways;
mod x509;

use model::{
    Answer, Attributes, Coverage, CredentialType, EdgeKind, NodeKind, Observation, ObservedEdge,
    Signal, Sink, SinkClosed, SourceRef,
};
use serde_json::Value;

pub use reference::page as reference_page;
pub use types::{CREDENTIAL_TYPES, WITHOUT_FORM, credential_type};

/// What one family says of one signal.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// The signal.
    pub signal: Signal,
    /// What makes it say yes; empty when it never does.
    pub yes: &'static str,
    /// What makes it say no; empty when it never does.
    pub no: &'static str,
    /// What makes it say that it could not tell; empty when it never does.
    pub unknown: &'static str,
}

impl Statement {
    const fn yes(signal: Signal, yes: &'static str) -> Self {
        Self::of(signal, yes, "")
    }

    const fn no(signal: Signal, no: &'static str) -> Self {
        Self::of(signal, "", no)
    }

    const fn of(signal: Signal, yes: &'static str, no: &'static str) -> Self {
        Self {
            signal,
            yes,
            no,
            unknown: "",
        }
    }

    const fn or_unknown(self, unknown: &'static str) -> Self {
        Self { unknown, ..self }
    }
}

/// One family: what it looks at, what it states, and how.
pub struct Family {
    /// Its word in the reference.
    pub title: &'static str,
    /// What it states.
    pub states: &'static [Statement],
    applies: fn(&Seen<'_>) -> bool,
    read: fn(&Seen<'_>, &mut Said),
}

impl std::fmt::Debug for Family {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Family").field(&self.title).finish()
    }
}

/// Every family. Where two answer the same signal about one thing, the first is kept.
pub const FAMILIES: &[Family] = &[
    x509::FAMILY,
    tls::FAMILY,
    keys::FAMILY,
    tokens::FAMILY,
    files::FAMILY,
    aws::FAMILY,
    entra::FAMILY,
    gcp::FAMILY,
    kubernetes::FAMILY,
    activedirectory::FAMILY,
    agents::FAMILY,
    host::FAMILY,
    origin::FAMILY,
    ways::FAMILY,
    declared::FAMILY,
];

/// Adds what follows from what a source said of a thing to the observation itself.
pub fn recognise(source: &SourceRef, observation: &mut Observation) {
    let mut said = Said::default();
    let seen = Seen::of(source, observation);
    if seen.is(NodeKind::Credential) {
        said.credential_type = seen.form;
    }
    for family in FAMILIES {
        if (family.applies)(&seen) {
            (family.read)(&seen, &mut said);
        }
    }
    said.add_to(&mut observation.attributes);
}

/// A sink that recognises what it passes on.
#[derive(Debug)]
pub struct Recognising<'a, S: Sink> {
    to: &'a mut S,
}

impl<'a, S: Sink> Recognising<'a, S> {
    /// Recognises everything on its way to another sink.
    pub fn new(to: &'a mut S) -> Self {
        Self { to }
    }
}

impl<S: Sink> Sink for Recognising<'_, S> {
    fn observe(
        &mut self,
        source: &SourceRef,
        mut observation: Observation,
    ) -> Result<(), SinkClosed> {
        recognise(source, &mut observation);
        self.to.observe(source, observation)
    }

    fn cover(&mut self, coverage: Coverage) -> Result<(), SinkClosed> {
        self.to.cover(coverage)
    }
}

/// An observation as a family sees it.
struct Seen<'o> {
    connector: &'o str,
    subtype: &'o str,
    form: Option<CredentialType>,
    observation: &'o Observation,
}

impl<'o> Seen<'o> {
    fn of(source: &'o SourceRef, observation: &'o Observation) -> Self {
        let subtype = observation.attributes.subtype.as_deref().unwrap_or("");
        let form = observation.attributes.credential_type.or_else(|| {
            let is_credential = observation.node.kind == NodeKind::Credential;
            let known = is_credential.then(|| credential_type(subtype)).flatten();
            known.or_else(|| {
                let by_hand = is_credential && source.connector == "csv.mapped";
                by_hand.then(|| types::by_words(subtype)).flatten()
            })
        });
        Self {
            connector: &source.connector,
            subtype,
            form,
            observation,
        }
    }

    fn is(&self, kind: NodeKind) -> bool {
        self.observation.node.kind == kind
    }

    fn provider(&self) -> &'o str {
        &self.observation.node.provider
    }

    fn native(&self) -> &'o str {
        &self.observation.node.native_id
    }

    fn attributes(&self) -> &'o Attributes {
        &self.observation.attributes
    }

    fn word(&self, key: &str) -> Option<&'o Value> {
        self.attributes().extra.get(key)
    }

    fn text(&self, key: &str) -> Option<&'o str> {
        self.word(key)?.as_str()
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.word(key)?.as_bool()
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.word(key)?.as_u64()
    }

    /// The texts of a list; nothing when the word is not there.
    fn list(&self, key: &str) -> impl Iterator<Item = &'o str> + use<'o> {
        self.word(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }

    /// Edges of a kind that start at the thing.
    fn edges(&self, kind: EdgeKind) -> impl Iterator<Item = &'o ObservedEdge> + use<'o> {
        self.observation
            .edges
            .iter()
            .filter(move |edge| edge.kind == kind && !edge.reversed)
    }

    /// Edges of a kind that end at the thing.
    fn edges_to_it(&self, kind: EdgeKind) -> impl Iterator<Item = &'o ObservedEdge> + use<'o> {
        self.observation
            .edges
            .iter()
            .filter(move |edge| edge.kind == kind && edge.reversed)
    }

    /// True when the source read the value of the credential.
    fn value_was_read(&self) -> bool {
        self.is(NodeKind::Credential) && self.attributes().fingerprint.is_some()
    }
}

/// What families said of one observation. Nothing is allocated while nothing is said.
#[derive(Default)]
struct Said {
    signals: Vec<(Signal, Answer)>,
    credential_type: Option<CredentialType>,
    cadence_days: Option<u32>,
    purpose: Option<String>,
    application: Option<String>,
    justification: Option<String>,
    sensitivity: Option<String>,
}

impl Said {
    fn say(&mut self, signal: Signal, answer: Answer) {
        if !self.signals.iter().any(|(known, _)| *known == signal) {
            self.signals.push((signal, answer));
        }
    }

    fn yes(&mut self, signal: Signal) {
        self.say(signal, Answer::of(true));
    }

    fn no(&mut self, signal: Signal) {
        self.say(signal, Answer::No);
    }

    fn seen(&mut self, signal: Signal, detail: impl Into<String>) {
        self.say(signal, Answer::yes(detail));
    }

    /// What a flag says, when it is there.
    fn flag(&mut self, signal: Signal, flag: Option<bool>) {
        if let Some(flag) = flag {
            self.say(signal, Answer::of(flag));
        }
    }

    fn unknown(&mut self, signal: Signal, reason: &str) {
        self.say(signal, Answer::unknown(reason));
    }

    fn add_to(self, attributes: &mut Attributes) {
        for (signal, answer) in self.signals {
            attributes.signals.entry(signal).or_insert(answer);
        }
        let free = &mut attributes.credential_type;
        *free = free.or(self.credential_type);
        let free = &mut attributes.cadence_days;
        *free = free.or(self.cadence_days);
        for (free, said) in [
            (&mut attributes.declared_purpose, self.purpose),
            (&mut attributes.declared_application, self.application),
            (&mut attributes.declared_justification, self.justification),
            (&mut attributes.declared_sensitivity, self.sensitivity),
        ] {
            if free.is_none() {
                *free = said;
            }
        }
    }
}

#[cfg(test)]
mod tests;
