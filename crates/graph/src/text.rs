//! Texts of an estate in one piece of memory; equal texts are one.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// A text of an estate. Zero is "no text".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(u32);

impl Text {
    /// No text at all.
    pub const NONE: Self = Self(0);

    /// False when a source gave a text.
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// Holds texts end to end. Words that repeat (tenants, subtypes, owners) are kept once through
/// [`Interner`]; names, which seldom repeat, are only appended.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    /// The text, or `""` for no text.
    pub fn get(&self, text: Text) -> &str {
        let Some(index) = (text.0 as usize).checked_sub(1) else {
            return "";
        };
        let start = index
            .checked_sub(1)
            .and_then(|before| self.ends.get(before).copied())
            .unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.bytes.get(start..end).unwrap_or("")
    }

    /// The text, or nothing for no text.
    pub fn opt(&self, text: Text) -> Option<&str> {
        (!text.is_none()).then(|| self.get(text))
    }

    /// Keeps a text. Past four thousand million texts everything is "no text", which memory ends first.
    pub fn push(&mut self, text: &str) -> Text {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        Text(u32::try_from(self.ends.len()).unwrap_or(0))
    }
}

/// Finds texts that are kept already.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    hasher: RandomState,
    /// Hash of a text, and the texts that have it.
    known: HashMap<u64, Vec<Text>>,
}

impl Interner {
    /// The one text equal to `text`.
    pub(crate) fn intern(&mut self, texts: &mut Texts, text: &str) -> Text {
        let same = self.known.entry(self.hasher.hash_one(text)).or_default();
        if let Some(found) = same.iter().find(|known| texts.get(**known) == text) {
            return *found;
        }
        let new = texts.push(text);
        same.push(new);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_words_are_kept_once() {
        let (mut texts, mut interner) = (Texts::default(), Interner::default());
        let a = interner.intern(&mut texts, "prod");
        let b = interner.intern(&mut texts, "");
        assert_eq!(interner.intern(&mut texts, "prod"), a);
        assert_eq!((texts.get(a), texts.get(b)), ("prod", ""));
        assert_eq!(texts.opt(Text::NONE), None);
        assert_eq!(texts.opt(b), Some(""));
    }
}
