//! The fields a list can be filtered by.

use crate::fact;

/// A field and what may be asked of it.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    /// The name as it is written in filters.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldType,
    /// One line for help texts and the reference.
    pub doc: &'static str,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// A time, or unknown.
    Time,
    /// A time with the states of [`crate::Fact`]; has a sub-field `.state`.
    TimeFact,
    /// Yes or no.
    Bool,
    /// One of some words.
    Enum(&'static [&'static str]),
    /// Keys with values; asked as `tags.env = prod` or `tags:env`.
    Tags,
    /// Several texts.
    TextList,
    /// Answers of sources by the name of the question; asked as `signals:plain_text` for yes, or as
    /// `signals.plain_text = no`. What nobody answered cannot be told.
    Signals,
}

/// The fields of one kind of list.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// Every field.
    pub fields: &'static [FieldSpec],
}

/// A name in a filter, found in the schema.
#[derive(Debug, Clone, Copy)]
pub struct Resolved<'a> {
    /// The field.
    pub spec: &'static FieldSpec,
    /// The key, for `tags.<key>`.
    pub key: Option<&'a str>,
    /// True for `<field>.state`.
    pub state: bool,
}

impl Schema {
    /// Finds a field, `tags.<key>` and `<time fact>.state` included.
    pub fn resolve<'a>(&self, name: &'a str) -> Option<Resolved<'a>> {
        let exact = |name: &str| self.fields.iter().find(|spec| spec.name == name);
        if let Some(spec) = exact(name) {
            return Some(Resolved {
                spec,
                key: None,
                state: false,
            });
        }
        name.match_indices('.').find_map(|(dot, _)| {
            let (front, key) = (name.get(..dot)?, name.get(dot + 1..)?);
            let spec = exact(front)?;
            match spec.kind {
                FieldType::Signals if crate::Signal::parse(key).is_some() => Some(Resolved {
                    spec,
                    key: Some(key),
                    state: false,
                }),
                FieldType::Tags if !key.is_empty() => Some(Resolved {
                    spec,
                    key: Some(key),
                    state: false,
                }),
                FieldType::TimeFact if key == "state" => Some(Resolved {
                    spec,
                    key: None,
                    state: true,
                }),
                _ => None,
            }
        })
    }

    /// The field whose name is nearest to a wrong one.
    pub(super) fn nearest(&self, wrong: &str) -> Option<&'static str> {
        crate::suggest::nearest(wrong, self.fields.iter().map(|spec| spec.name))
    }
}

/// The words a state can be asked with, beside `unknown`.
pub(super) const STATE_WORDS: &[&str] = fact::STATES;
