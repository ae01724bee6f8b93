//! Pieces of a filter's text. What a word means depends on where it stands, so the parser asks for
//! the piece it expects.

use std::ops::Range;

use super::{FilterError, Op};

/// Walks over the text of a filter.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// A value, with what was outside of the quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawValue {
    /// Without quotes and escapes.
    pub(super) text: String,
    /// It stood in quotes, so no word in it is special.
    pub(super) quoted: bool,
    /// A `*` stood before.
    pub(super) open_start: bool,
    /// A `*` stood after.
    pub(super) open_end: bool,
    /// Where it stands.
    pub(super) span: Range<usize>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Where the next piece begins.
    pub(super) fn position(&mut self) -> usize {
        self.at += self.rest().len() - self.rest().trim_start().len();
        self.at
    }

    /// Where the last piece ended.
    pub(super) fn end(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// True at the end of the text.
    pub(super) fn is_done(&mut self) -> bool {
        self.position() == self.text.len()
    }

    /// Takes one character, if it is the next.
    pub(super) fn take(&mut self, ch: char) -> bool {
        self.position();
        let found = self.rest().starts_with(ch);
        self.at += if found { ch.len_utf8() } else { 0 };
        found
    }

    /// True when the next character is this one.
    pub(super) fn sees(&mut self, ch: char) -> bool {
        self.position();
        self.rest().starts_with(ch)
    }

    /// Takes `AND`, `OR` or `NOT`, if it is the next word.
    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        self.position();
        let Some(after) = self.rest().strip_prefix(keyword) else {
            return false;
        };
        let ends = after.is_empty() || after.starts_with(|c: char| is_border(c) || c == '"');
        self.at += if ends { keyword.len() } else { 0 };
        ends
    }

    /// Takes a field's name and an operator, if that is what comes; else takes nothing.
    pub(super) fn take_field(&mut self) -> Option<(&'a str, Range<usize>, Op)> {
        let from = self.position();
        let length = self
            .rest()
            .find(|c| !is_name(c))
            .unwrap_or(self.rest().len());
        let name = self.rest().get(..length).filter(|name| !name.is_empty())?;
        let mut ahead = self.clone();
        ahead.at += length;
        ahead.position();
        let op = Op::ALL
            .iter()
            .copied()
            .find(|op| ahead.rest().starts_with(op.sign()))?;
        self.at = ahead.at + op.sign().len();
        Some((name, from..from + length, op))
    }

    /// Takes a value: quoted or up to the next space or parenthesis, with `*` at its ends.
    pub(super) fn take_value(&mut self) -> Result<RawValue, FilterError> {
        let from = self.position();
        let open_start = self.rest().starts_with('*');
        self.at += usize::from(open_start);
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let text = self.take_quoted(quote)?;
                let open_end = self.rest().starts_with('*');
                self.at += usize::from(open_end);
                Ok(RawValue {
                    text,
                    quoted: true,
                    open_start,
                    open_end,
                    span: from..self.at,
                })
            }
            _ => {
                let length = self.rest().find(is_border).unwrap_or(self.rest().len());
                let word = self.rest().get(..length).unwrap_or_default();
                self.at += length;
                let span = from..self.at;
                let (word, open_end) = match word.strip_suffix('*') {
                    Some(word) => (word, true),
                    None => (word, false),
                };
                if word.contains('*') {
                    let error = FilterError::new(
                        self.text,
                        span,
                        "`*` can stand only at the beginning and the end of a value",
                    );
                    return Err(
                        error.suggest(Some("put the value in quotes to mean the character"))
                    );
                }
                let text = word.to_owned();
                Ok(RawValue {
                    text,
                    quoted: false,
                    open_start,
                    open_end,
                    span,
                })
            }
        }
    }

    fn take_quoted(&mut self, quote: char) -> Result<String, FilterError> {
        let from = self.at;
        let mut text = String::new();
        let mut escaped = false;
        for (index, ch) in self.rest().char_indices().skip(1) {
            match ch {
                _ if escaped => {
                    text.push(match ch {
                        'n' => '\n',
                        't' => '\t',
                        other => other,
                    });
                    escaped = false;
                }
                '\\' => escaped = true,
                _ if ch == quote => {
                    self.at = from + index + 1;
                    return Ok(text);
                }
                _ => text.push(ch),
            }
        }
        self.at = self.text.len();
        let message = format!("the quote {quote} is never closed");
        Err(FilterError::new(self.text, from..self.text.len(), message))
    }
}

fn is_border(ch: char) -> bool {
    ch.is_whitespace() || ch == '(' || ch == ')'
}

/// Characters of names: tag keys such as `kubernetes.io/name` and `cost-centre` too.
fn is_name(ch: char) -> bool {
    ch.is_alphanumeric() || matches!(ch, '_' | '.' | '-' | '/' | '@')
}
