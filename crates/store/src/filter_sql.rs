//! Filters as portable SQL.
//!
//! SQL's own three-valued logic does the work: an unknown value is NULL, so neither a comparison
//! nor its `NOT` is true. Questions about states, lists and tags always have an answer.
//! [`compile`] and [`model::filter::Filter::eval`] agree; a test compares them.

use model::TimeUs;
use model::filter::{Comparison, Filter, Op, Operand, Pattern, StateTest};

use crate::{StoreError, Value};

/// Where the value of a filter field is found. Expressions come from code, never from a user.
#[derive(Debug, Clone)]
pub enum FieldColumn {
    /// A column or expression, NULL when unknown.
    Plain {
        /// For example `v.name`.
        value: String,
    },
    /// A time with the states of [`model::Fact`].
    Fact {
        /// The time, NULL without one.
        value: String,
        /// The state's word (`known`, `never` …), NULL when nothing was said.
        state: String,
    },
    /// Yes when a nullable time is set.
    Flag {
        /// For example `v.retired_us`.
        value: String,
    },
    /// Answers by the name of the question, `name=yes;name=no` in one text; NULL when there is none.
    Answers {
        /// For example `v.signals`.
        value: String,
    },
    /// Rows of a side table.
    Set {
        /// The inside of an `EXISTS`, from `FROM` on, joined to the outer row, for example
        /// `node_tag t WHERE t.node_id = n.id`.
        from: String,
        /// The key's column, for `tags.<key>`; without one the field is a list.
        key: Option<String>,
        /// The column a value is compared with. Tags asked without a key compare the key.
        value: String,
    },
}

/// The columns of one kind of list, and how it searches text.
pub struct FilterColumns<'a> {
    /// Finds the column of a field by its name in the schema.
    pub field: &'a dyn Fn(&str) -> Option<FieldColumn>,
    /// Writes the condition for a word of text search, binding what it needs.
    pub text: &'a dyn Fn(&str, &mut Binder) -> String,
}

impl std::fmt::Debug for FilterColumns<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FilterColumns")
    }
}

/// Collects the values of a statement and hands out their markers.
#[derive(Debug, Clone, Default)]
pub struct Binder {
    values: Vec<Value>,
}

impl Binder {
    /// Begins after the values a statement has already.
    pub fn after(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// Takes a value and gives its marker, `$1`, `$2` …
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// The values, in the order of their markers.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }
}

/// Writes a filter as a boolean SQL expression. Rows to be shown are those where it is true; rows
/// that were undecided are those where `(<expression>) IS NULL`.
///
/// # Errors
/// The columns lack a field of the filter: schema and columns do not fit together.
pub fn compile(
    filter: &Filter,
    columns: &FilterColumns<'_>,
    now: TimeUs,
    binder: &mut Binder,
) -> Result<String, StoreError> {
    Compiler {
        columns,
        now,
        binder,
    }
    .filter(filter)
}

struct Compiler<'a, 'b> {
    columns: &'a FilterColumns<'a>,
    now: TimeUs,
    binder: &'b mut Binder,
}

impl Compiler<'_, '_> {
    fn filter(&mut self, filter: &Filter) -> Result<String, StoreError> {
        match filter {
            Filter::All => Ok("1 = 1".to_owned()),
            Filter::And(parts) => self.joined(parts, " AND "),
            Filter::Or(parts) => self.joined(parts, " OR "),
            Filter::Not(part) => Ok(format!("NOT ({})", self.filter(part)?)),
            Filter::Text(word) => Ok(format!("({})", (self.columns.text)(word, self.binder))),
            Filter::Compare(comparison) => {
                let sql = self.comparison(comparison)?;
                Ok(if comparison.op == Op::Ne {
                    format!("NOT ({sql})")
                } else {
                    sql
                })
            }
            Filter::State {
                field,
                key,
                test,
                negated,
            } => {
                let column = self.column(field)?;
                let sql = self.state(&column, key.as_deref(), *test);
                Ok(if *negated {
                    format!("NOT ({sql})")
                } else {
                    sql
                })
            }
        }
    }

    fn joined(&mut self, parts: &[Filter], with: &str) -> Result<String, StoreError> {
        let parts = parts
            .iter()
            .map(|part| Ok(format!("({})", self.filter(part)?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(parts.join(with))
    }

    fn column(&self, field: &str) -> Result<FieldColumn, StoreError> {
        (self.columns.field)(field)
            .ok_or_else(|| StoreError::value(format!("filter field `{field}` has no column")))
    }

    /// The condition for `=` where the operator is `!=`.
    fn comparison(&mut self, comparison: &Comparison) -> Result<String, StoreError> {
        let column = self.column(&comparison.field)?;
        let op = comparison.op;
        let value = match &column {
            FieldColumn::Plain { value } | FieldColumn::Fact { value, .. } => value,
            FieldColumn::Flag { value } => {
                let yes = comparison.operand == Operand::Bool(true);
                return Ok(format!("{value} IS {}NULL", if yes { "NOT " } else { "" }));
            }
            FieldColumn::Set { from, key, value } => {
                return self.member(from, key.as_deref(), value, comparison);
            }
            FieldColumn::Answers { value } => {
                return self.answer(value, comparison);
            }
        };
        match &comparison.operand {
            Operand::Text(pattern) => Ok(self.text(value, op, pattern)),
            Operand::Int(number) => Ok(self.within(value, op, *number, number.saturating_add(1))),
            Operand::Time(time) => {
                let (from, to) = time.range(self.now);
                Ok(self.within(value, op, from.as_micros(), to.as_micros()))
            }
            Operand::Bool(_) => {
                let field = &comparison.field;
                Err(StoreError::value(format!(
                    "filter field `{field}` is no flag"
                )))
            }
        }
    }

    fn member(
        &mut self,
        from: &str,
        key: Option<&str>,
        value: &str,
        comparison: &Comparison,
    ) -> Result<String, StoreError> {
        let Operand::Text(pattern) = &comparison.operand else {
            let field = &comparison.field;
            return Err(StoreError::value(format!(
                "filter field `{field}` is no list"
            )));
        };
        let (with_key, compared) = match (key, &comparison.key) {
            (Some(column), Some(key)) => {
                (format!(" AND {column} = {}", self.binder.bind(key)), value)
            }
            (Some(column), None) => (String::new(), column),
            (None, _) => (String::new(), value),
        };
        let condition = if comparison.op == Op::Has {
            let lower = Pattern {
                text: pattern.text.to_ascii_lowercase(),
                ..pattern.clone()
            };
            self.pattern(&format!("lower({compared})"), &lower)
        } else {
            self.pattern(compared, pattern)
        };
        Ok(format!(
            "EXISTS (SELECT 1 FROM {from}{with_key} AND {condition})"
        ))
    }

    /// NULL when the question has no answer.
    fn answer(&mut self, value: &str, comparison: &Comparison) -> Result<String, StoreError> {
        let (Operand::Text(answer), Some(name)) = (&comparison.operand, &comparison.key) else {
            let field = &comparison.field;
            return Err(StoreError::value(format!(
                "filter field `{field}` is asked by the name of a question"
            )));
        };
        let said = self.said(value, name);
        Ok(format!("({said}) = {}", self.binder.bind(&answer.text)))
    }

    /// The answer to one question: `yes`, `no` or NULL.
    fn said(&mut self, value: &str, name: &str) -> String {
        let mut has = |answer: &str| {
            let like = format!("%;{}={answer};%", escape_like(name));
            format!(
                "';' || {value} || ';' LIKE {} ESCAPE '\\'",
                self.binder.bind(like)
            )
        };
        let (yes, no) = (has("yes"), has("no"));
        format!("CASE WHEN {yes} THEN 'yes' WHEN {no} THEN 'no' END")
    }

    fn text(&mut self, value: &str, op: Op, pattern: &Pattern) -> String {
        match op {
            Op::Eq | Op::Ne => self.pattern(value, pattern),
            Op::Has => {
                let like = format!("%{}%", escape_like(&pattern.text.to_ascii_lowercase()));
                format!("lower({value}) LIKE {} ESCAPE '\\'", self.binder.bind(like))
            }
            Op::Lt | Op::Le | Op::Gt | Op::Ge => {
                format!("{value} {} {}", op.sign(), self.binder.bind(&pattern.text))
            }
        }
    }

    /// A text with wildcards at its ends, case and all. The beginning is asked as a range, which
    /// an index can answer.
    fn pattern(&mut self, value: &str, pattern: &Pattern) -> String {
        match (pattern.open_start, pattern.open_end) {
            (false, false) => format!("{value} = {}", self.binder.bind(&pattern.text)),
            (false, true) => {
                let low = self.binder.bind(&pattern.text);
                match after_prefix(&pattern.text) {
                    Some(high) => {
                        format!(
                            "({value} >= {low} AND {value} < {})",
                            self.binder.bind(high)
                        )
                    }
                    None => format!("{value} >= {low}"),
                }
            }
            (true, false) => {
                let end = self.binder.bind(&pattern.text);
                // Where the value is the shorter one, what is cut out is shorter still.
                format!("substr({value}, length({value}) - length({end}) + 1) = {end}")
            }
            (true, true) if pattern.text.is_empty() => format!("{value} = {value}"),
            (true, true) => {
                let inner = self.binder.bind(&pattern.text);
                format!("length(replace({value}, {inner}, '')) < length({value})")
            }
        }
    }

    fn within(&mut self, value: &str, op: Op, from: i64, to: i64) -> String {
        match op {
            Op::Lt => format!("{value} < {}", self.binder.bind(from)),
            Op::Ge => format!("{value} >= {}", self.binder.bind(from)),
            // The last instant of the range; ranges hold at least one.
            Op::Le => format!(
                "{value} <= {}",
                self.binder.bind(from.max(to.saturating_sub(1)))
            ),
            Op::Gt => format!(
                "{value} > {}",
                self.binder.bind(from.max(to.saturating_sub(1)))
            ),
            Op::Eq | Op::Ne | Op::Has => {
                let (low, high) = (from, from.max(to.saturating_sub(1)));
                if low == high {
                    return format!("{value} = {}", self.binder.bind(low));
                }
                let (low, high) = (self.binder.bind(low), self.binder.bind(high));
                format!("({value} >= {low} AND {value} <= {high})")
            }
        }
    }

    /// A question that is always true or false.
    fn state(&mut self, column: &FieldColumn, key: Option<&str>, test: StateTest) -> String {
        let word = test.name();
        match (column, test) {
            (FieldColumn::Fact { state, .. }, StateTest::Unknown) => {
                format!("coalesce({state}, '') NOT IN ('known', 'never')")
            }
            (FieldColumn::Fact { state, .. }, _) => format!("coalesce({state}, '') = '{word}'"),
            (FieldColumn::Plain { value }, StateTest::Known) => format!("{value} IS NOT NULL"),
            (FieldColumn::Plain { value }, StateTest::Unknown) => format!("{value} IS NULL"),
            (FieldColumn::Answers { value }, StateTest::Known | StateTest::Unknown) => {
                let said = match key {
                    Some(name) => format!("({})", self.said(value, name)),
                    None => value.clone(),
                };
                let not = if test == StateTest::Known { "NOT " } else { "" };
                format!("{said} IS {not}NULL")
            }
            (FieldColumn::Flag { .. }, StateTest::Known) => "1 = 1".to_owned(),
            (
                FieldColumn::Set {
                    from, key: column, ..
                },
                StateTest::Known | StateTest::Unknown,
            ) => {
                let with_key = match (column, key) {
                    (Some(column), Some(key)) => {
                        format!(" AND {column} = {}", self.binder.bind(key))
                    }
                    _ => String::new(),
                };
                let not = if test == StateTest::Known { "" } else { "NOT " };
                format!("{not}EXISTS (SELECT 1 FROM {from}{with_key})")
            }
            _ => "1 = 0".to_owned(),
        }
    }
}

/// Makes a text literal inside a LIKE pattern with `ESCAPE '\'`.
pub fn escape_like(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        if matches!(ch, '%' | '_' | '\\') {
            out.push('\\');
        }
        out.push(ch);
    }
    out
}

/// The first text after all those that begin with `prefix`, in code point order; `None` when there
/// is none. With it a prefix search is `col >= prefix AND col < after`, which uses the index.
pub fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = match last {
            // The numbers in between are no characters.
            '\u{d7ff}' => Some('\u{e000}'),
            other => u32::from(other).checked_add(1).and_then(char::from_u32),
        };
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_after_a_prefix() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(after_prefix(""), None);
        assert_eq!(after_prefix("\u{10ffff}"), None);
    }

    #[test]
    fn like_is_literal() {
        assert_eq!(escape_like("50%_\\"), "50\\%\\_\\\\");
    }
}
