//! A parsed filter, and its canonical text.

use std::fmt;

use crate::TimeUs;

/// A filter. [`fmt::Display`] writes a text that parses to the same filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Matches everything: the empty filter.
    All,
    /// Every part; two or more.
    And(Vec<Self>),
    /// At least one part; two or more.
    Or(Vec<Self>),
    /// The opposite; unknown stays unknown.
    Not(Box<Self>),
    /// A word to search for in the texts of a record.
    Text(String),
    /// A question about a value.
    Compare(Comparison),
    /// A question about a state; always true or false.
    State {
        /// The field's name in the schema.
        field: String,
        /// The key, for `tags.<key>`.
        key: Option<String>,
        /// The state asked for.
        test: StateTest,
        /// True for `!=`.
        negated: bool,
    },
}

/// A question about the value of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The field's name in the schema.
    pub field: String,
    /// The key, for `tags.<key>`.
    pub key: Option<String>,
    /// How to compare.
    pub op: Op,
    /// With what.
    pub operand: Operand,
}

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `:`
    Has,
}

impl Op {
    /// Every operator, the longer spelling before its beginning.
    pub const ALL: &'static [Self] = &[
        Self::Ne,
        Self::Le,
        Self::Ge,
        Self::Eq,
        Self::Lt,
        Self::Gt,
        Self::Has,
    ];

    /// The operator as it is written.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Has => ":",
        }
    }
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A text, perhaps with wildcards.
    Text(Pattern),
    /// A whole number.
    Int(i64),
    /// A time.
    Time(TimeOperand),
    /// Yes or no.
    Bool(bool),
}

/// A text with wildcards at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// Anything may stand before.
    pub open_start: bool,
    /// The literal part.
    pub text: String,
    /// Anything may stand after.
    pub open_end: bool,
}

impl Pattern {
    /// A text without wildcards.
    pub fn literal(text: impl Into<String>) -> Self {
        Self {
            open_start: false,
            text: text.into(),
            open_end: false,
        }
    }

    /// True when it must be met as a whole.
    pub fn is_literal(&self) -> bool {
        !self.open_start && !self.open_end
    }
}

/// A time as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOperand {
    /// `now` plus or minus microseconds.
    Now(i64),
    /// A whole day, from its midnight in UTC.
    Day(TimeUs),
    /// An instant.
    At(TimeUs),
}

impl TimeOperand {
    /// The span it names, first instant and the one after the last: `=` is within, `<` before it,
    /// `>` after it.
    pub fn range(self, now: TimeUs) -> (TimeUs, TimeUs) {
        match self {
            Self::Now(offset) => (now.plus_us(offset), now.plus_us(offset.saturating_add(1))),
            Self::Day(day) => (day, day.plus_days(1)),
            Self::At(time) => (time, time.plus_us(1)),
        }
    }
}

/// A state asked for by its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateTest {
    /// There is a value.
    Known,
    /// It has not happened, as far back as the source can see.
    Never,
    /// The source cannot say.
    NotObservable,
    /// The source could say but has no data yet.
    NoDataYet,
    /// Neither a value nor `never`.
    Unknown,
}

impl StateTest {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Known,
        Self::Never,
        Self::NotObservable,
        Self::NoDataYet,
        Self::Unknown,
    ];

    /// The word in a filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Never => "never",
            Self::NotObservable => "not_observable",
            Self::NoDataYet => "no_data_yet",
            Self::Unknown => "unknown",
        }
    }

    /// Finds the state by its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|test| test.name() == word)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::And(parts) => join(f, parts, " AND "),
            Self::Or(parts) => join(f, parts, " OR "),
            Self::Not(part) => {
                f.write_str("NOT ")?;
                grouped(f, part)
            }
            Self::Text(word) => quoted(f, word),
            Self::Compare(comparison) => comparison.fmt(f),
            Self::State {
                field,
                key,
                test,
                negated,
            } => {
                name(f, field, key.as_deref())?;
                let op = if *negated { Op::Ne } else { Op::Eq };
                let word = if *test == StateTest::Known {
                    "*"
                } else {
                    test.name()
                };
                write!(f, " {} {word}", op.sign())
            }
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Filter], with: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(with)?;
        }
        grouped(f, part)?;
    }
    Ok(())
}

fn grouped(f: &mut fmt::Formatter<'_>, part: &Filter) -> fmt::Result {
    match part {
        Filter::And(_) | Filter::Or(_) => write!(f, "({part})"),
        _ => write!(f, "{part}"),
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name(f, &self.field, self.key.as_deref())?;
        write!(f, " {} {}", self.op.sign(), self.operand)
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(pattern) => {
                f.write_str(if pattern.open_start { "*" } else { "" })?;
                quoted(f, &pattern.text)?;
                f.write_str(if pattern.open_end { "*" } else { "" })
            }
            Self::Int(number) => write!(f, "{number}"),
            Self::Time(time) => time.fmt(f),
            Self::Bool(yes) => write!(f, "{yes}"),
        }
    }
}

impl fmt::Display for TimeOperand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(0) => f.write_str("now"),
            Self::Now(offset) => {
                let seconds = offset / 1_000_000;
                let (length, unit) = super::operand::UNITS
                    .iter()
                    .rev()
                    .find(|(_, length)| seconds % length == 0)
                    .map_or((seconds, 's'), |(unit, length)| (seconds / length, *unit));
                write!(f, "now{length:+}{unit}")
            }
            Self::Day(day) => f.write_str(&day.date()),
            Self::At(time) => write!(f, "{time}"),
        }
    }
}

fn name(f: &mut fmt::Formatter<'_>, field: &str, key: Option<&str>) -> fmt::Result {
    f.write_str(field)?;
    key.map_or(Ok(()), |key| write!(f, ".{key}"))
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for ch in text.chars() {
        match ch {
            '"' | '\\' => write!(f, "\\{ch}")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            _ => write!(f, "{ch}")?,
        }
    }
    f.write_str("\"")
}
