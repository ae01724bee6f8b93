//! From text to a filter.

use std::ops::Range;

use super::lexer::Lexer;
use super::{Filter, FilterError, MAX_BYTES, MAX_DEPTH, MAX_TERMS, Schema, operand};

/// Parses a filter against the fields of a list. An empty text matches everything.
///
/// # Errors
/// The text is not a filter, or names a field or value that does not exist; the error says where
/// and, when it can, what was meant.
pub fn parse(text: &str, schema: &Schema) -> Result<Filter, FilterError> {
    if text.len() > MAX_BYTES {
        let message = format!("the filter is longer than {MAX_BYTES} bytes");
        return Err(FilterError::new(text, 0..0, message));
    }
    let mut parser = Parser {
        lexer: Lexer::new(text),
        schema,
        terms: 0,
    };
    if parser.lexer.is_done() {
        return Ok(Filter::All);
    }
    let filter = parser.group(0)?;
    if parser.lexer.is_done() {
        return Ok(filter);
    }
    let at = parser.lexer.position();
    let message = "`)` without its `(`";
    Err(FilterError::new(text, at..at + 1, message))
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    schema: &'a Schema,
    terms: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    And,
    Or,
}

impl Parser<'_> {
    /// Parts linked by `AND`, `OR` or nothing, up to `)` or the end.
    fn group(&mut self, depth: usize) -> Result<Filter, FilterError> {
        let from = self.lexer.position();
        let (first, span) = self.part(depth)?;
        let mut parts = vec![first];
        let mut spans = vec![span];
        let mut links = Vec::new();
        while !self.lexer.is_done() && !self.lexer.sees(')') {
            links.push(if self.lexer.take_keyword("OR") {
                Link::Or
            } else {
                // `AND` may be left out.
                self.lexer.take_keyword("AND");
                Link::And
            });
            let (part, span) = self.part(depth)?;
            parts.push(part);
            spans.push(span);
        }
        match (links.contains(&Link::And), links.contains(&Link::Or)) {
            (true, true) => Err(self.mixed(from, &spans, &links)),
            (true, false) => Ok(Filter::And(parts)),
            (false, true) => Ok(Filter::Or(parts)),
            (false, false) => parts
                .pop()
                .ok_or_else(|| self.wanted("a comparison or a word")),
        }
    }

    /// One part, with where it stands.
    fn part(&mut self, depth: usize) -> Result<(Filter, Range<usize>), FilterError> {
        let from = self.lexer.position();
        if depth > MAX_DEPTH {
            let message = format!("parentheses and NOT nest deeper than {MAX_DEPTH}");
            return Err(FilterError::new(self.lexer.text(), from..from, message));
        }
        let part = if self.lexer.take_keyword("NOT") || self.lexer.take('-') {
            Filter::Not(Box::new(self.part(depth + 1)?.0))
        } else if self.lexer.take('(') {
            let inner = self.group(depth + 1)?;
            if !self.lexer.take(')') {
                let message = "`(` is never closed";
                return Err(FilterError::new(self.lexer.text(), from..from + 1, message));
            }
            inner
        } else {
            self.term()?
        };
        Ok((part, from..self.lexer.end()))
    }

    /// A comparison or a word to search for.
    fn term(&mut self) -> Result<Filter, FilterError> {
        self.terms += 1;
        let from = self.lexer.position();
        if self.terms > MAX_TERMS {
            let message = format!("more than {MAX_TERMS} comparisons and words");
            return Err(FilterError::new(self.lexer.text(), from..from, message));
        }
        let mut ahead = self.lexer.clone();
        let keyword = ["AND", "OR"]
            .iter()
            .any(|keyword| ahead.take_keyword(keyword));
        if keyword || self.lexer.is_done() || self.lexer.sees(')') {
            return Err(self.wanted("a comparison or a word"));
        }
        let Some((name, span, op)) = self.lexer.take_field() else {
            return self.word();
        };
        let Some(field) = self.schema.resolve(name) else {
            return Err(self.unknown_field(name, span));
        };
        if self.lexer.is_done() || self.lexer.sees(')') {
            return Err(self.wanted(&format!("a value after `{name} {}`", op.sign())));
        }
        let value = self.lexer.take_value()?;
        operand::comparison(self.lexer.text(), field, op, value)
    }

    fn word(&mut self) -> Result<Filter, FilterError> {
        let value = self.lexer.take_value()?;
        if value.text.is_empty() {
            let message = "a word to search for must not be empty";
            return Err(FilterError::new(self.lexer.text(), value.span, message));
        }
        if !value.quoted && value.text.starts_with(['=', '<', '>', '!', ':']) {
            let message = "an operator without a field before it";
            return Err(FilterError::new(self.lexer.text(), value.span, message));
        }
        // Text search is by the beginnings of words anyway, so `*` adds nothing.
        Ok(Filter::Text(value.text))
    }

    fn wanted(&mut self, what: &str) -> FilterError {
        let from = self.lexer.position();
        let rest = self.lexer.text().get(from..).unwrap_or_default();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        FilterError::new(
            self.lexer.text(),
            from..from + length,
            format!("expected {what}"),
        )
    }

    fn unknown_field(&self, name: &str, span: Range<usize>) -> FilterError {
        let suggestion = match self.schema.nearest(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let names: Vec<&str> = self.schema.fields.iter().map(|spec| spec.name).collect();
                format!(
                    "put it in quotes to search for text; fields are {}",
                    names.join(", ")
                )
            }
        };
        let message = format!("there is no field `{}`", crate::text::label(name));
        FilterError::new(self.lexer.text(), span, message).suggest(Some(suggestion))
    }

    /// Shows both ways to read `a AND b OR c`.
    fn mixed(&self, from: usize, spans: &[Range<usize>], links: &[Link]) -> FilterError {
        let reading = |tight: Link| -> String {
            let loose = if tight == Link::And { " OR " } else { " AND " };
            let inner = if tight == Link::And { " AND " } else { " OR " };
            let mut groups: Vec<Vec<&str>> = vec![Vec::new()];
            let before = std::iter::once(None).chain(links.iter().map(Some));
            for (span, link) in spans.iter().zip(before) {
                if link.is_some_and(|link| *link != tight) {
                    groups.push(Vec::new());
                }
                let text = self.lexer.text().get(span.clone()).unwrap_or_default();
                groups
                    .last_mut()
                    .map(|group| group.push(text))
                    .unwrap_or_default();
            }
            let shown = groups.iter().map(|group| match group.as_slice() {
                [one] => (*one).to_owned(),
                more => format!("({})", more.join(inner)),
            });
            shown.collect::<Vec<_>>().join(loose)
        };
        let suggestion = format!("write `{}` or `{}`", reading(Link::And), reading(Link::Or));
        let message = "AND and OR stand side by side without parentheses";
        FilterError::new(self.lexer.text(), from..self.lexer.end(), message)
            .suggest(Some(suggestion))
    }
}
