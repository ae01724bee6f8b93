//! From a field, an operator and a raw value to a typed question.

use super::FilterError;
use super::ast::{Comparison, Filter, Op, Operand, Pattern, StateTest, TimeOperand};
use super::lexer::RawValue;
use super::schema::{FieldType, Resolved, STATE_WORDS};
use crate::TimeUs;

/// Units of relative times in seconds, from small to large. A year is 365 days.
pub(super) const UNITS: &[(char, i64)] = &[
    ('s', 1),
    ('m', 60),
    ('h', 3_600),
    ('d', 86_400),
    ('w', 604_800),
    ('y', 31_536_000),
];

/// Makes a typed question, or says why the value does not fit the field.
pub(super) fn comparison(
    filter: &str,
    field: Resolved<'_>,
    op: Op,
    value: RawValue,
) -> Result<Filter, FilterError> {
    let asks = Ask {
        filter,
        field,
        op,
        value,
    };
    if let Some(state) = asks.state()? {
        return Ok(state);
    }
    if asks.field.spec.kind == FieldType::Signals {
        return asks.signal();
    }
    let operand = match asks.field.spec.kind {
        FieldType::Text | FieldType::Signals => asks.text()?,
        FieldType::Tags | FieldType::TextList => asks.member()?,
        FieldType::Int => asks.int()?,
        FieldType::Bool => asks.bool()?,
        FieldType::Enum(words) => asks.word(words)?,
        FieldType::Time | FieldType::TimeFact => asks.time()?,
    };
    Ok(Filter::Compare(Comparison {
        field: asks.field.spec.name.to_owned(),
        key: asks.field.key.map(str::to_owned),
        op: asks.op,
        operand,
    }))
}

struct Ask<'a> {
    filter: &'a str,
    field: Resolved<'a>,
    op: Op,
    value: RawValue,
}

impl Ask<'_> {
    /// A question about the state: `= never`, `.state = …`, `= unknown`, `= *`.
    fn state(&self) -> Result<Option<Filter>, FilterError> {
        let value = &self.value;
        let lone_star = !value.quoted && value.text.is_empty() && value.open_start;
        let kind = self.field.spec.kind;
        let word = value.text.as_str();
        let test = if lone_star {
            Some(StateTest::Known)
        } else if self.field.state {
            let Some(test) = StateTest::parse(word) else {
                return Err(self.no_such_word(STATE_WORDS));
            };
            Some(test)
        } else if value.quoted || value.open_start || value.open_end {
            None
        } else {
            match StateTest::parse(word) {
                Some(StateTest::Unknown) if !matches!(kind, FieldType::Enum(words) if words.contains(&word)) => {
                    Some(StateTest::Unknown)
                }
                Some(test) if kind == FieldType::TimeFact => Some(test),
                _ => None,
            }
        };
        let Some(test) = test else { return Ok(None) };
        let negated = match self.op {
            Op::Eq | Op::Has => false,
            Op::Ne => true,
            _ => return Err(self.wrong_op("a state can be asked with = and != only")),
        };
        let field = self.field.spec.name.to_owned();
        let key = self.field.key.map(str::to_owned);
        Ok(Some(Filter::State {
            field,
            key,
            test,
            negated,
        }))
    }

    fn text(&self) -> Result<Operand, FilterError> {
        let pattern = self.pattern();
        let ordered = matches!(self.op, Op::Lt | Op::Le | Op::Gt | Op::Ge);
        if ordered && !pattern.is_literal() {
            return Err(self.wrong_op("a value with `*` can be asked with =, != and : only"));
        }
        Ok(Operand::Text(pattern))
    }

    fn member(&self) -> Result<Operand, FilterError> {
        if !matches!(self.op, Op::Eq | Op::Ne | Op::Has) {
            return Err(self.wrong_op("a list can be asked with =, != and : only"));
        }
        Ok(Operand::Text(self.pattern()))
    }

    /// `signals:plain_text` asks for yes, `signals.plain_text = no` for the answer it names.
    fn signal(&self) -> Result<Filter, FilterError> {
        let (key, answer) = match self.field.key {
            Some(key) => (key, self.word(&["yes", "no"])?),
            None => {
                let names: Vec<&str> = crate::Signal::ALL.iter().map(|one| one.name()).collect();
                self.word(&names)?;
                (
                    self.value.text.as_str(),
                    Operand::Text(Pattern::literal("yes")),
                )
            }
        };
        Ok(Filter::Compare(Comparison {
            field: self.field.spec.name.to_owned(),
            key: Some(key.to_owned()),
            op: if self.op == Op::Ne { Op::Ne } else { Op::Eq },
            operand: answer,
        }))
    }

    fn int(&self) -> Result<Operand, FilterError> {
        let number = self.value.text.parse().ok().filter(|_| self.is_plain());
        let number = number.ok_or_else(|| self.wrong_value("a whole number"))?;
        if self.op == Op::Has {
            return Err(self.wrong_op("a number cannot be asked with `:`; write `=`"));
        }
        Ok(Operand::Int(number))
    }

    fn bool(&self) -> Result<Operand, FilterError> {
        if !matches!(self.op, Op::Eq | Op::Ne) {
            return Err(self.wrong_op("yes or no can be asked with = and != only"));
        }
        match self.value.text.as_str() {
            "true" => Ok(Operand::Bool(true)),
            "false" => Ok(Operand::Bool(false)),
            _ => Err(self.no_such_word(&["true", "false"])),
        }
    }

    fn word(&self, words: &[&str]) -> Result<Operand, FilterError> {
        if !matches!(self.op, Op::Eq | Op::Ne | Op::Has) {
            return Err(self.wrong_op("a word can be asked with = and != only"));
        }
        if self.is_plain() && words.contains(&self.value.text.as_str()) {
            return Ok(Operand::Text(Pattern::literal(self.value.text.as_str())));
        }
        Err(self.no_such_word(words))
    }

    fn time(&self) -> Result<Operand, FilterError> {
        if self.op == Op::Has {
            return Err(self.wrong_op("a time cannot be asked with `:`; write =, <, <=, > or >="));
        }
        let text = self.value.text.as_str();
        if !self.is_plain() {
            return Err(self.wrong_value("a time"));
        }
        if let Some(offset) = text.strip_prefix("now") {
            if offset.is_empty() {
                return Ok(Operand::Time(TimeOperand::Now(0)));
            }
            let signed = offset
                .starts_with(['+', '-'])
                .then(|| length_us(offset))
                .flatten();
            let wanted = "a time; write for example `now-90d` with one of s m h d w y";
            let us = signed.ok_or_else(|| self.wrong_value(wanted))?;
            return Ok(Operand::Time(TimeOperand::Now(us)));
        }
        if length_us(text).is_some() {
            let bare = text.trim_start_matches(['+', '-']);
            let suggestion =
                format!("write `now-{bare}` for that long ago or `now+{bare}` for that far ahead");
            let message = format!("`{text}` is a length of time, not a time");
            return Err(
                FilterError::new(self.filter, self.value.span.clone(), message)
                    .suggest(Some(suggestion)),
            );
        }
        let wanted = "a time; write 2026-01-31, 2026-01-31T12:00:00Z or `now-90d`";
        let time = TimeUs::parse(text).map_err(|_| {
            let words = if self.field.spec.kind == FieldType::TimeFact {
                STATE_WORDS
            } else {
                &["now"]
            };
            let near = crate::suggest::nearest(text, words.iter().copied());
            self.wrong_value(wanted)
                .suggest(near.map(|near| format!("did you mean `{near}`?")))
        })?;
        let day = text.len() == 10 && time.date() == text;
        Ok(Operand::Time(if day {
            TimeOperand::Day(time)
        } else {
            TimeOperand::At(time)
        }))
    }

    fn pattern(&self) -> Pattern {
        let value = &self.value;
        // `:` looks for the text anywhere already.
        let open = self.op != Op::Has
            || matches!(self.field.spec.kind, FieldType::Tags | FieldType::TextList);
        Pattern {
            open_start: open && value.open_start,
            text: value.text.clone(),
            open_end: open && value.open_end,
        }
    }

    fn is_plain(&self) -> bool {
        !self.value.open_start && !self.value.open_end
    }

    fn wrong_op(&self, message: &str) -> FilterError {
        let name = self.field.spec.name;
        let message = format!("{message} (`{name} {} …`)", self.op.sign());
        FilterError::new(self.filter, self.value.span.clone(), message)
    }

    fn wrong_value(&self, wanted: &str) -> FilterError {
        let text = crate::text::label(&self.value.text);
        let message = format!("`{text}` after `{}` is not {wanted}", self.field.spec.name);
        FilterError::new(self.filter, self.value.span.clone(), message)
    }

    fn no_such_word(&self, words: &[&str]) -> FilterError {
        let text = crate::text::label(&self.value.text);
        let suggestion = match crate::suggest::nearest(&text, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write one of {}", words.join(", ")),
        };
        let message = format!("`{}` is never `{text}`", self.field.spec.name);
        FilterError::new(self.filter, self.value.span.clone(), message).suggest(Some(suggestion))
    }
}

/// Reads `90d`, `+12h`, `-30s` as microseconds.
fn length_us(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let digits = text.strip_suffix(unit)?;
    let bare = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    number.checked_mul(*seconds)?.checked_mul(1_000_000)
}
