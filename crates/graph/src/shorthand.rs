//! An estate written as text, for tests and examples that read like a specification:
//!
//! ```text
//! now 2026-11-22
//! identity:deploy class=machine privileged=yes last_used=-400d env=production tag.team=pay
//! credential:key1 type=access_key created=-1100d expires=never +plain_text +weak_cryptography="RSA 1024"
//! credential:key1 -authenticates-> identity:deploy
//! identity:deploy -owned_by-> person:ann {"role":"business"}
//! hand identity:deploy -owned_by-> person:ann {"role":"technical"}
//! said identity:deploy environment production "CHG-7 moved it"
//! gap identity usage denied the log was not readable
//! ```
//!
//! Times are days from `now` (`-400d`, `+30d`), a date, `never`, `not_observable` or `no_data_yet`; `+` and
//! `-` before a word are a signal's yes and no; `+retired` is what no source shows any more. What a person
//! said, ann said the day before `now`. A node that only a relation names is *referenced*.

use model::{
    Class, CoverageState, CredentialType, EdgeKind, NodeKind, NodeRef, Signal, Status, TimeUs,
};

use crate::{Builder, Estate, Gap, Node, NodeIx, SourceInfo, When};

/// What is wrong with a line of shorthand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ShorthandError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// Reads an estate; without a `now` line it is judged as of 2026-01-01.
///
/// # Errors
/// A line says nothing this module knows; whoever wrote the line can fix it.
pub fn estate(text: &str) -> Result<Estate, ShorthandError> {
    let mut reading = Reading {
        builder: Builder::new(),
        now: TimeUs::from_seconds(1_767_225_600),
    };
    let [source, _hand] = [("shorthand", "test", true), ("hand", "", false)].map(
        |(connector, scope, authoritative)| {
            reading.builder.source(SourceInfo {
                connector: connector.to_owned(),
                scope: scope.to_owned(),
                last_observed: None,
                authoritative,
            })
        },
    );
    for (index, line) in text.lines().enumerate() {
        reading
            .line(line.trim(), source)
            .map_err(|what| ShorthandError {
                line: index + 1,
                what,
            })?;
    }
    Ok(reading.builder.freeze(reading.now))
}

/// Finds a node of a shorthand estate by its `kind:name`.
pub fn find(estate: &Estate, label: &str) -> Option<NodeIx> {
    estate.find(reference(label).ok()?.id())
}

/// The index of the source for what people say.
const HAND: u32 = 1;

struct Reading {
    builder: Builder,
    now: TimeUs,
}

impl Reading {
    fn line(&mut self, line: &str, source: u32) -> Result<(), String> {
        if line.is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let (head, rest) = line.split_once(' ').unwrap_or((line, ""));
        match head {
            "now" => self.now = TimeUs::parse(rest).map_err(|error| error.to_string())?,
            "gap" => self.gap(rest, source)?,
            "said" => self.said(rest)?,
            "hand" => return self.related(rest, HAND),
            _ if rest.trim().starts_with('-') && rest.contains("-> ") => {
                self.related(line, source)?;
            }
            _ => self.node(head, rest, source)?,
        }
        Ok(())
    }

    fn related(&mut self, line: &str, source: u32) -> Result<(), String> {
        let bad = "a relation is: kind:name -kind-> kind:name";
        let (from, rest) = line.split_once(" -").ok_or(bad)?;
        let (kind, end) = rest.split_once("-> ").ok_or(bad)?;
        self.edge(from, kind, end, source)
    }

    fn said(&mut self, rest: &str) -> Result<(), String> {
        let words = words(rest);
        let mut words = words.iter().map(String::as_str);
        let mut next = || words.next().ok_or("what is said is: node fact value why");
        let ix = self.named(next()?)?;
        let (field, value) = (next()?, next()?);
        let why = next().unwrap_or_default();
        let at = self.now.plus_days(-1);
        self.builder.said(ix, [field, value, "ann", why], Some(at));
        Ok(())
    }

    fn gap(&mut self, rest: &str, source: u32) -> Result<(), String> {
        let mut words = rest.splitn(4, ' ');
        let mut next = || words.next().ok_or("a gap is: kind group state reason");
        let kind = next()?;
        let group = next()?.to_owned();
        let state = next()?;
        self.builder.gap(Gap {
            source,
            kind: if kind == "all" {
                None
            } else {
                Some(NodeKind::parse(kind).ok_or_else(|| format!("no kind `{kind}`"))?)
            },
            group,
            place: String::new(),
            state: CoverageState::parse(state).ok_or_else(|| format!("no state `{state}`"))?,
            reason: words.next().unwrap_or_default().to_owned(),
        });
        Ok(())
    }

    fn edge(&mut self, from: &str, kind: &str, end: &str, source: u32) -> Result<(), String> {
        let (to, attributes) = end.split_once(' ').unwrap_or((end, ""));
        let kind = EdgeKind::parse(kind).ok_or_else(|| format!("no relation `{kind}`"))?;
        let (from, to) = (self.named(from)?, self.named(to)?);
        let attributes = self.builder.word(Some(attributes.trim()));
        self.builder
            .edge(from, kind, to, source, crate::Text::NONE, attributes);
        Ok(())
    }

    /// A node that a relation names; it stays a reference until a line of its own shows it.
    fn named(&mut self, label: &str) -> Result<NodeIx, String> {
        let reference = reference(label)?;
        if let Some(known) = self.builder.find(reference.id()) {
            return Ok(known);
        }
        let mut node = Node::new(0, reference.id(), reference.kind);
        node.referenced = true;
        node.name = self.builder.name(&reference.native_id);
        node.native_id = node.name;
        node.provider = self.builder.word(Some("test"));
        Ok(self.builder.node(node))
    }

    fn node(&mut self, label: &str, rest: &str, source: u32) -> Result<(), String> {
        let ix = self.named(label)?;
        self.builder.change(ix, |node| node.referenced = false);
        self.builder.shown_by(ix, vec![source]);
        for word in words(rest) {
            self.attribute(ix, &word)?;
        }
        Ok(())
    }

    fn attribute(&mut self, ix: NodeIx, word: &str) -> Result<(), String> {
        if word == "+retired" {
            self.builder.change(ix, |node| {
                (node.retired, node.referenced) = (true, true);
                node.status = Some(Status::Deleted);
            });
            return Ok(());
        }
        if let Some(signal) = word.strip_prefix('+') {
            let (name, detail) = signal.split_once('=').unwrap_or((signal, ""));
            let signal = Signal::parse(name).ok_or_else(|| format!("no signal `{name}`"))?;
            self.builder
                .change(ix, |node| node.signals.set(signal, true));
            if !detail.is_empty() {
                self.builder.detail(ix, signal, detail);
            }
            return Ok(());
        }
        if let Some(name) = word.strip_prefix('-') {
            let signal = Signal::parse(name).ok_or_else(|| format!("no signal `{name}`"))?;
            self.builder
                .change(ix, |node| node.signals.set(signal, false));
            return Ok(());
        }
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| format!("`{word}` is neither name=value nor +signal nor -signal"))?;
        if let Some(tag) = name.strip_prefix("tag.") {
            self.builder.tag(ix, tag, value);
            return Ok(());
        }
        self.field(ix, name, value)
    }

    fn field(&mut self, ix: NodeIx, name: &str, value: &str) -> Result<(), String> {
        let bad = || format!("`{value}` is no value of `{name}`");
        let when = if matches!(name, "created" | "expires" | "last_used" | "last_rotated") {
            self.when(value)?
        } else {
            When::NOTHING_SAID
        };
        let text = self.builder.word(Some(value));
        let class = Class::parse(value);
        let form = CredentialType::parse(value);
        let status = Status::parse(value);
        let mut known = true;
        let mut fits = true;
        self.builder.change(ix, |node| match name {
            "class" => (node.class, fits) = (class, class.is_some()),
            "type" => (node.credential_type, fits) = (form, form.is_some()),
            "status" => (node.status, fits) = (status, status.is_some()),
            "privileged" => node.declared_privileged = Some(value == "yes"),
            "created" => node.created = when,
            "expires" => node.expires = when,
            "last_used" => node.last_used = when,
            "last_rotated" => node.last_rotated = when,
            "subtype" => node.subtype = text,
            "provider" => node.provider = text,
            "tenant" => node.tenant = text,
            "env" => node.environment = text,
            "owner" => node.owner = text,
            "vendor" => node.vendor = text,
            "purpose" => node.purpose = text,
            "application" => node.application = text,
            "justification" => node.justification = text,
            "sensitivity" => node.sensitivity = text,
            "name" => node.name = text,
            "cadence" => node.cadence_days = value.parse().unwrap_or(0),
            "instances" => node.instances = value.parse().unwrap_or(0),
            _ => known = false,
        });
        match (known, fits) {
            (false, _) => Err(format!("no field `{name}`")),
            (true, false) => Err(bad()),
            (true, true) => Ok(()),
        }
    }

    fn when(&self, value: &str) -> Result<When, String> {
        if let Some(days) = value
            .strip_suffix('d')
            .and_then(|days| days.parse::<i64>().ok())
        {
            return Ok(When::at(self.now.plus_days(days)));
        }
        match value {
            "never" => Ok(When::NEVER),
            "not_observable" => Ok(When::NOT_OBSERVABLE),
            "no_data_yet" => Ok(When::NO_DATA_YET),
            date => TimeUs::parse(date)
                .map(When::at)
                .map_err(|error| error.to_string()),
        }
    }
}

fn reference(label: &str) -> Result<NodeRef, String> {
    let (kind, name) = label
        .split_once(':')
        .ok_or_else(|| format!("`{label}` is not kind:name"))?;
    let kind = NodeKind::parse(kind).ok_or_else(|| format!("no kind `{kind}`"))?;
    Ok(NodeRef::global(kind, "test", name))
}

/// Splits at spaces outside double quotes; the quotes go away.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for char in text.chars() {
        match (char, quoted, words.last_mut()) {
            ('"', _, _) => quoted = !quoted,
            (' ', false, _) => words.push(String::new()),
            (_, _, Some(word)) => word.push(char),
            (_, _, None) => {}
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estate_reads_as_it_is_written() {
        let estate = estate(
            "now 2026-11-22\n\
             identity:deploy class=machine privileged=yes last_used=-400d tag.team=pay\n\
             credential:key1 type=access_key expires=never +weak_cryptography=\"RSA 1024\" -no_passphrase\n\
             credential:key1 -authenticates-> identity:deploy\n\
             identity:deploy -owned_by-> person:ann {\"role\":\"business\"}\n\
             hand identity:deploy -owned_by-> team:pay {\"role\":\"technical\"}\n\
             said identity:deploy environment production \"CHG-7 moved it\"\n\
             identity:old +retired\n\
             gap identity usage denied no permission",
        )
        .unwrap();
        let deploy = find(&estate, "identity:deploy").unwrap();
        let key = find(&estate, "credential:key1").unwrap();
        let ann = find(&estate, "person:ann").unwrap();
        let node = estate.node(deploy).unwrap();
        assert_eq!(node.class, Some(Class::Machine));
        assert_eq!(node.last_used.known(), Some(estate.now().plus_days(-400)));
        assert_eq!(estate.tags(deploy).collect::<Vec<_>>(), [("team", "pay")]);
        assert!(!node.referenced && estate.node(ann).unwrap().referenced);
        let signals = estate.node(key).unwrap().signals;
        assert_eq!(signals.get(Signal::WeakCryptography), Some(true));
        assert_eq!(signals.get(Signal::NoPassphrase), Some(false));
        assert_eq!(signals.get(Signal::SelfSigned), None);
        assert_eq!(
            estate.detail(key, Signal::WeakCryptography),
            Some("RSA 1024")
        );
        assert_eq!(estate.out_by(key, EdgeKind::Authenticates).len(), 1);
        assert_eq!(
            estate.into_by(deploy, EdgeKind::Authenticates)[0].other,
            key
        );
        let owned = estate.out_by(deploy, EdgeKind::OwnedBy);
        assert_eq!(owned.len(), 2);
        let by_hand = owned.iter().find(|edge| edge.source == HAND).unwrap();
        assert_eq!(by_hand.other, find(&estate, "team:pay").unwrap());
        let said = estate.said(deploy, "environment").unwrap();
        assert_eq!(
            (estate.text(said.value), estate.text(said.why), said.at),
            (
                "production",
                "CHG-7 moved it",
                Some(estate.now().plus_days(-1))
            )
        );
        let old = estate.node(find(&estate, "identity:old").unwrap()).unwrap();
        assert!(old.retired && old.referenced && !old.may_be_active());
        let owned = owned.iter().find(|edge| edge.source != HAND).unwrap();
        assert_eq!(estate.text(owned.attributes), "{\"role\":\"business\"}");
        assert_eq!(estate.gaps_of(deploy, "usage").count(), 1);
        assert_eq!(estate.gaps_of(key, "usage").count(), 0);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        for line in [
            "nonsense",
            "identity:a wrong=1",
            "identity:a class=robot",
            "identity:a -flies-> identity:b",
        ] {
            assert_eq!(estate(&format!("\n{line}")).unwrap_err().line, 2, "{line}");
        }
    }
}
