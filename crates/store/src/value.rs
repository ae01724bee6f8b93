//! Values to bind and rows that come back: three types, and a NULL always has one.

use crate::StoreError;

/// A value to bind or a value read. `None` is NULL of that type, because PostgreSQL wants to know.
#[derive(Debug, Clone)]
pub enum Value {
    /// A `BIGINT`.
    Int(Option<i64>),
    /// A `TEXT`. Must not contain U+0000, which PostgreSQL cannot hold.
    Text(Option<String>),
    /// A `DOUBLE PRECISION`. Must not be NaN, which SQLite would store as NULL.
    Real(Option<f64>),
}

impl Value {
    /// True for a NULL of any type.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Int(None) | Self::Text(None) | Self::Real(None))
    }

    /// The name of the column type, as DDL writes it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "BIGINT",
            Self::Text(_) => "TEXT",
            Self::Real(_) => "DOUBLE PRECISION",
        }
    }

    /// Refuses what only one of the two databases could hold.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self {
            Self::Text(Some(text)) if memchr::memchr(0, text.as_bytes()).is_some() => Err(
                StoreError::value("a text with the character U+0000 cannot be stored"),
            ),
            Self::Real(Some(number)) if number.is_nan() => {
                Err(StoreError::value("NaN cannot be stored"))
            }
            _ => Ok(()),
        }
    }
}

impl PartialEq for Value {
    /// NULL equals NULL of any type: SQLite does not say of which type a NULL is.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(Some(a)), Self::Int(Some(b))) => a == b,
            (Self::Text(Some(a)), Self::Text(Some(b))) => a == b,
            (Self::Real(Some(a)), Self::Real(Some(b))) => a.to_bits() == b.to_bits(),
            _ => self.is_null() && other.is_null(),
        }
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident($value:ident) $make:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                Self::$variant($make)
            }
        }
    )*};
}

from! {
    i64 => Int(value) Some(value);
    Option<i64> => Int(value) value;
    i32 => Int(value) Some(i64::from(value));
    u32 => Int(value) Some(i64::from(value));
    f64 => Real(value) Some(value);
    Option<f64> => Real(value) value;
    &str => Text(value) Some(value.to_owned());
    Option<&str> => Text(value) value.map(str::to_owned);
    String => Text(value) Some(value);
    &String => Text(value) Some(value.clone());
    Option<String> => Text(value) value;
    model::TimeUs => Int(value) Some(value.as_micros());
    Option<model::TimeUs> => Int(value) value.map(model::TimeUs::as_micros);
}

/// One row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// The columns in order.
    pub fn values(&self) -> &[Value] {
        &self.0
    }

    /// Gives the columns away.
    pub fn into_values(self) -> Vec<Value> {
        self.0
    }

    /// Column `index` (from 0) as an integer.
    ///
    /// # Errors
    /// There is no such column, it is NULL, or it holds another type.
    pub fn get_i64(&self, index: usize) -> Result<i64, StoreError> {
        self.opt_i64(index)?.ok_or_else(|| null(index))
    }

    /// Column `index` as an integer or NULL.
    ///
    /// # Errors
    /// There is no such column, or it holds another type.
    pub fn opt_i64(&self, index: usize) -> Result<Option<i64>, StoreError> {
        match self.column(index)? {
            Value::Int(value) => Ok(*value),
            other => other.null_or(index, "an integer"),
        }
    }

    /// Column `index` as text.
    ///
    /// # Errors
    /// There is no such column, it is NULL, or it holds another type.
    pub fn text(&self, index: usize) -> Result<&str, StoreError> {
        self.opt_text(index)?.ok_or_else(|| null(index))
    }

    /// Column `index` as text or NULL.
    ///
    /// # Errors
    /// There is no such column, or it holds another type.
    pub fn opt_text(&self, index: usize) -> Result<Option<&str>, StoreError> {
        match self.column(index)? {
            Value::Text(value) => Ok(value.as_deref()),
            other => other.null_or(index, "text"),
        }
    }

    /// Column `index` as a number; an integer is widened.
    ///
    /// # Errors
    /// There is no such column, it is NULL, or it holds text.
    pub fn f64(&self, index: usize) -> Result<f64, StoreError> {
        self.opt_f64(index)?.ok_or_else(|| null(index))
    }

    /// Column `index` as a number or NULL; an integer is widened.
    ///
    /// # Errors
    /// There is no such column, or it holds text.
    #[expect(
        clippy::cast_precision_loss,
        reason = "whoever asks for a float accepts one"
    )]
    pub fn opt_f64(&self, index: usize) -> Result<Option<f64>, StoreError> {
        match self.column(index)? {
            Value::Real(value) => Ok(*value),
            Value::Int(value) => Ok(value.map(|value| value as f64)),
            other @ Value::Text(_) => other.null_or(index, "a number"),
        }
    }

    /// Column `index` as a time or NULL.
    ///
    /// # Errors
    /// There is no such column, or it holds another type.
    pub fn opt_time(&self, index: usize) -> Result<Option<model::TimeUs>, StoreError> {
        Ok(self.opt_i64(index)?.map(model::TimeUs::from_micros))
    }

    fn column(&self, index: usize) -> Result<&Value, StoreError> {
        self.0.get(index).ok_or_else(|| {
            StoreError::value(format!(
                "there is no column {index}; the row has {}",
                self.0.len()
            ))
        })
    }
}

impl Value {
    fn null_or<T>(&self, index: usize, wanted: &str) -> Result<Option<T>, StoreError> {
        if self.is_null() {
            return Ok(None);
        }
        let found = self.type_name();
        Err(StoreError::value(format!(
            "column {index} is {found}, not {wanted}"
        )))
    }
}

fn null(index: usize) -> StoreError {
    StoreError::value(format!("column {index} is NULL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn getters_tell_null_from_wrong_type() {
        let row = Row(vec![
            Value::Int(Some(4)),
            Value::Text(None),
            Value::from("x"),
        ]);
        assert_eq!(row.get_i64(0).unwrap(), 4);
        assert_eq!(row.f64(0).unwrap().to_bits(), 4.0_f64.to_bits());
        assert_eq!(row.opt_i64(1).unwrap(), None);
        assert!(
            row.get_i64(1)
                .unwrap_err()
                .to_string()
                .contains("column 1 is NULL")
        );
        assert!(
            row.opt_i64(2)
                .unwrap_err()
                .to_string()
                .contains("is TEXT, not an integer")
        );
        assert!(row.text(3).unwrap_err().to_string().contains("no column 3"));
    }
}
