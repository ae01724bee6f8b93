//! What people declare in tags and labels: purpose, application, justification, sensitivity, and that
//! something is temporary.

use model::{Class, NodeKind, Signal};

use super::{Family, Said, Seen, Statement};

pub(super) const FAMILY: Family = Family {
    title: "tags, labels, names and descriptions",
    applies: |seen| {
        !seen.attributes().tags.is_empty() || may_be_temporary(seen) || has_description(seen)
    },
    read,
    states: &[Statement::yes(
        Signal::Temporary,
        "its name has the word temp, tmp, temporary or interim, or a tag says so or gives a last day",
    )],
};

/// Keys by what they declare, lower case with `-` between words; the first that is there counts.
const PURPOSE: &[&str] = &[
    "purpose",
    "usage",
    "use-case",
    "used-for",
    "description",
    "function",
];
const APPLICATION: &[&str] = &[
    "app.kubernetes.io/part-of",
    "application",
    "application-name",
    "app",
    "app-name",
    "app-id",
    "app.kubernetes.io/name",
    "system",
    "service",
    "service-name",
    "product",
    "workload",
];
const JUSTIFICATION: &[&str] = &[
    "justification",
    "ticket",
    "ticket-id",
    "change",
    "change-id",
    "change-request",
    "change-ticket",
    "request",
    "request-id",
    "approved-by",
    "approval",
    "jira",
    "rfc",
    "reason",
];
const SENSITIVITY: &[&str] = &[
    "data-classification",
    "dataclassification",
    "data-sensitivity",
    "classification",
    "sensitivity",
    "confidentiality",
    "data-class",
];
const TEMPORARY: &[&str] = &["temporary", "temp", "ephemeral"];
const LAST_DAY: &[&str] = &[
    "expires",
    "expires-on",
    "expiry",
    "expiration",
    "expiration-date",
    "expiry-date",
    "valid-until",
    "delete-after",
    "delete-on",
    "end-date",
    "until",
];

/// Words of a name that say so; short enough lists need no map.
const WORDS: &[&str] = &["temp", "tmp", "temporary", "temporaer", "interim"];

fn read(seen: &Seen<'_>, said: &mut Said) {
    let attributes = seen.attributes();
    said.purpose = tag(seen, PURPOSE);
    if said.purpose.is_none() && has_description(seen) {
        said.purpose.clone_from(&attributes.description);
    }
    said.application = tag(seen, APPLICATION);
    said.justification = tag(seen, JUSTIFICATION);
    said.sensitivity = tag(seen, SENSITIVITY);
    if !may_be_temporary(seen) {
        return;
    }
    let word = attributes.name.as_deref().and_then(|name| {
        let mut words = name.split(|ch: char| !ch.is_alphabetic());
        words.find(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
    });
    let marked = || tag(seen, TEMPORARY).filter(|value| !matches!(&**value, "false" | "no" | "0"));
    if let Some(day) = tag(seen, LAST_DAY) {
        said.seen(Signal::Temporary, day);
    } else if let Some(word) = word {
        said.seen(Signal::Temporary, word);
    } else if let Some(value) = marked() {
        said.seen(Signal::Temporary, value);
    }
}

/// Things that people make for a while; files, hosts and policies of vendors have such words for
/// other reasons.
fn may_be_temporary(seen: &Seen<'_>) -> bool {
    match seen.observation.node.kind {
        NodeKind::Identity | NodeKind::Role | NodeKind::Group | NodeKind::Application => true,
        // Session credentials are called temporary by their form; only what people name counts.
        NodeKind::Credential => seen.attributes().fingerprint.is_none(),
        _ => false,
    }
}

/// A description says what a thing is for, unless the thing is a person.
fn has_description(seen: &Seen<'_>) -> bool {
    let described = matches!(
        seen.observation.node.kind,
        NodeKind::Identity | NodeKind::Application | NodeKind::Workload | NodeKind::Credential
    );
    let text = seen.attributes().description.as_deref().unwrap_or_default();
    described && seen.attributes().class != Some(Class::Human) && !text.trim().is_empty()
}

fn tag(seen: &Seen<'_>, keys: &[&str]) -> Option<String> {
    let tags = &seen.attributes().tags;
    if tags.is_empty() {
        return None;
    }
    keys.iter().find_map(|wanted| {
        let found = tags
            .iter()
            .find(|(key, value)| !value.trim().is_empty() && is_one_of(key, &[wanted]))?;
        Some(found.1.clone())
    })
}

/// Whether a key is one of the wanted, whatever its case and separators: `DataClassification`,
/// `data_classification`, `acme:data-classification` and `acme.example/data.classification`.
pub(super) fn is_one_of(key: &str, wanted: &[&str]) -> bool {
    let own = key.rsplit(['/', ':']).next().unwrap_or(key);
    wanted.iter().any(|wanted| {
        let whole = if wanted.contains('/') { key } else { own };
        letters(whole).eq(letters(wanted))
    })
}

/// The letters and digits of a key in lower case: separators and humps do not count.
fn letters(key: &str) -> impl Iterator<Item = char> {
    key.chars()
        .filter(|ch| ch.is_alphanumeric())
        .flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_in_every_dress() {
        for key in [
            "data-classification",
            "DataClassification",
            "data_classification",
            "acme:Data Classification",
            "acme.example/data.classification",
        ] {
            assert!(is_one_of(key, SENSITIVITY), "{key}");
        }
        assert!(is_one_of("app.kubernetes.io/part-of", APPLICATION));
        assert!(!is_one_of("part-of", APPLICATION));
        assert!(!is_one_of("my-app-version", APPLICATION));
    }
}
