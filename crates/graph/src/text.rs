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

/// Bytes of text a node has, more rather than less: a name and an id of 50.
const BYTES_EACH: usize = 120;

/// Holds texts end to end. Words that repeat (tenants, subtypes, owners) are kept once through
/// [`Interner`]; names, which seldom repeat, are only appended.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    bytes: String,
    /// Where each text ends; four bytes each, for there are millions.
    ends: Vec<u32>,
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
        self.bytes.get(start as usize..end as usize).unwrap_or("")
    }

    /// The text, or nothing for no text.
    pub fn opt(&self, text: Text) -> Option<&str> {
        (!text.is_none()).then(|| self.get(text))
    }

    /// Makes room for the texts of so many nodes, so that they are not copied while they grow.
    pub(crate) fn expect(&mut self, nodes: usize) {
        self.bytes.reserve_exact(nodes.saturating_mul(BYTES_EACH));
        self.ends.reserve_exact(nodes.saturating_mul(2));
    }

    /// Keeps a text. Past four gibibytes everything is "no text"; a million identities take a quarter
    /// of one.
    pub fn push(&mut self, text: &str) -> Text {
        let Ok(end) = u32::try_from(self.bytes.len() + text.len()) else {
            return Text::NONE;
        };
        self.bytes.push_str(text);
        self.ends.push(end);
        Text(u32::try_from(self.ends.len()).unwrap_or(0))
    }
}

/// Finds texts that are kept already.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    hasher: RandomState,
    /// By the hash of a text; a text whose hash is taken has the next free number.
    known: HashMap<u64, Text>,
}

impl Interner {
    /// The one text equal to `text`.
    pub(crate) fn intern(&mut self, texts: &mut Texts, text: &str) -> Text {
        let mut hash = self.hasher.hash_one(text);
        while let Some(known) = self.known.get(&hash) {
            if texts.get(*known) == text {
                return *known;
            }
            hash = hash.wrapping_add(1);
        }
        let new = texts.push(text);
        self.known.insert(hash, new);
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
