//! PostgreSQL: sessions, typed binding, binary bulk insert. Only the `postgres*.rs` files name the
//! driver.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::BytesMut;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, future, pin_mut};
use tokio::sync::mpsc as channel;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Client, Statement};

pub(crate) use crate::postgres_address::Address;
use crate::postgres_trust::explain;
use crate::sql::has_markers;
use crate::{Cell, Row, Rows, StoreError, Value};

/// Prepared statements kept per connection; all are forgotten when one more comes.
const STATEMENTS: usize = 256;
/// Statements in flight at once in `execute_many`: hides the round trip, bounds the memory.
const IN_FLIGHT: usize = 64;
/// Rows per batch of a stream.
const BATCH_ROWS: usize = 512;
/// The oldest server we test against.
const OLDEST_SERVER: i64 = 140_000;

/// By text and the types of the values: the same text may be bound with other types.
type Statements = HashMap<(String, Vec<u8>), Statement>;

/// One connection with its prepared statements.
#[derive(Clone)]
pub(crate) struct Session {
    client: Arc<Client>,
    statements: Arc<Mutex<Statements>>,
    place: Arc<str>,
}

impl Session {
    /// Connects and checks that the server is one we can work with.
    pub(crate) async fn connect(address: &Address) -> Result<Self, StoreError> {
        let place = address.place.clone();
        let client = address.connect().await?;
        let session = Self {
            client: Arc::new(client),
            statements: Arc::default(),
            place,
        };
        session
            .batch("SET client_min_messages = warning; SET TimeZone = 'UTC'")
            .await?;
        let sql = "SELECT CAST(current_setting('server_version_num') AS BIGINT), \
                   current_setting('server_encoding')";
        let facts = session.query(sql, &[]).await?;
        let Some(facts) = facts.first() else {
            return Ok(session);
        };
        let (version, encoding) = (facts.get_i64(0)?, facts.text(1)?);
        if version < OLDEST_SERVER || encoding != "UTF8" {
            let detail = format!(
                "server version {version} with encoding {encoding}; \
                 PostgreSQL 14 or newer with encoding UTF8 is needed"
            );
            return Err(StoreError::Unreachable {
                place: session.place,
                detail,
            });
        }
        Ok(session)
    }

    /// True when the connection is still there.
    pub(crate) fn is_alive(&self) -> bool {
        !self.client.is_closed()
    }

    /// Runs statements without parameters.
    pub(crate) async fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.client
            .batch_execute(sql)
            .await
            .map_err(|error| self.classify(sql, &error))
    }

    /// Runs one statement, gives the number of changed rows.
    pub(crate) async fn execute(&self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let statement = self.prepare(sql, params).await?;
        self.execute_prepared(sql, &statement, params).await
    }

    /// Runs one statement once per set of parameters, several in flight at a time.
    pub(crate) async fn execute_many(
        &self,
        sql: &str,
        sets: &[Vec<Value>],
    ) -> Result<u64, StoreError> {
        let Some(first) = sets.first() else {
            return Ok(0);
        };
        let statement = self.prepare(sql, first).await?;
        let mut changed = 0;
        for some in sets.chunks(IN_FLIGHT) {
            let work = some
                .iter()
                .map(|params| self.execute_prepared(sql, &statement, params));
            changed += future::try_join_all(work).await?.into_iter().sum::<u64>();
        }
        Ok(changed)
    }

    async fn execute_prepared(
        &self,
        sql: &str,
        statement: &Statement,
        params: &[Value],
    ) -> Result<u64, StoreError> {
        check(sql, statement, params)?;
        self.client
            .execute_raw(statement, params.iter())
            .await
            .map_err(|error| self.classify(sql, &error))
    }

    /// Runs a query and collects its rows.
    pub(crate) async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.rows(sql, params).await?.try_collect().await
    }

    /// Streams the rows of a query in batches. Stops when the receiver is dropped.
    pub(crate) fn stream(
        &self,
        sql: String,
        params: Vec<Value>,
    ) -> channel::Receiver<Result<Vec<Row>, StoreError>> {
        let (sender, receiver) = channel::channel(2);
        let session = self.clone();
        tokio::spawn(async move {
            let rows = match session.rows(&sql, &params).await {
                Ok(rows) => rows,
                // Nobody listens any more when the receiver is gone.
                Err(error) => return drop(sender.send(Err(error)).await),
            };
            let batches = rows.ready_chunks(BATCH_ROWS);
            pin_mut!(batches);
            while let Some(batch) = batches.next().await {
                if sender.send(batch.into_iter().collect()).await.is_err() {
                    break;
                }
            }
        });
        receiver
    }

    async fn rows(
        &self,
        sql: &str,
        params: &[Value],
    ) -> Result<impl Stream<Item = Result<Row, StoreError>> + use<>, StoreError> {
        let statement = self.prepare(sql, params).await?;
        check(sql, &statement, params)?;
        let rows = self
            .client
            .query_raw(&statement, params.iter())
            .await
            .map_err(|error| self.classify(sql, &error))?;
        let (session, sql) = (self.clone(), sql.to_owned());
        Ok(rows.map(move |row| match row {
            Ok(row) => read(&row),
            Err(error) => Err(session.classify(&sql, &error)),
        }))
    }

    /// Inserts rows through a binary stream.
    pub(crate) async fn copy(&self, sql: &str, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        let Some(first) = rows.first() else {
            return Ok(());
        };
        let types: Vec<Type> = first.iter().map(column_type).collect();
        for row in rows {
            let fits = row.len() == types.len()
                && row
                    .iter()
                    .zip(&types)
                    .all(|(value, of)| column_type(value) == *of);
            if !fits {
                return Err(StoreError::sql(sql, "rows with different types or lengths"));
            }
            row.iter().try_for_each(Value::check)?;
        }
        let fail = |error: tokio_postgres::Error| self.classify(sql, &error);
        let sink = self.client.copy_in(sql).await.map_err(fail)?;
        let writer = BinaryCopyInWriter::new(sink, &types);
        pin_mut!(writer);
        for row in rows {
            writer.as_mut().write_raw(row.iter()).await.map_err(fail)?;
        }
        writer.finish().await.map_err(fail)?;
        Ok(())
    }

    /// Inserts packed rows through a binary stream.
    pub(crate) async fn copy_packed(&self, sql: &str, rows: &Rows) -> Result<(), StoreError> {
        rows.check(sql)?;
        let (mut reading, mut row) = (rows.read(), Vec::new());
        if !reading.next_into(&mut row) {
            return Ok(());
        }
        let types: Vec<Type> = row.iter().map(cell_type).collect();
        let fail = |error: tokio_postgres::Error| self.classify(sql, &error);
        let sink = self.client.copy_in(sql).await.map_err(fail)?;
        let writer = BinaryCopyInWriter::new(sink, &types);
        pin_mut!(writer);
        loop {
            if row.iter().map(cell_type).ne(types.iter().cloned()) {
                return Err(StoreError::sql(sql, "rows with different types"));
            }
            writer.as_mut().write_raw(row.iter()).await.map_err(fail)?;
            if !reading.next_into(&mut row) {
                break;
            }
        }
        writer.finish().await.map_err(fail)?;
        Ok(())
    }

    /// Forgets prepared statements, after the schema changed.
    pub(crate) fn forget_statements(&self) {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    async fn prepare(&self, sql: &str, params: &[Value]) -> Result<Statement, StoreError> {
        let types: Vec<Type> = params.iter().map(column_type).collect();
        let key = (sql.to_owned(), params.iter().map(type_mark).collect());
        let known = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        if !has_markers(sql, params.len()) {
            let detail = format!("{} values came, but not each has a marker", params.len());
            return Err(StoreError::sql(sql, detail));
        }
        let statement = self
            .client
            .prepare_typed(sql, &types)
            .await
            .map_err(|error| self.classify(sql, &error))?;
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(key, statement.clone());
        Ok(statement)
    }

    /// Sorts the driver's error into ours. Only the main message and the constraint's name are
    /// kept: the server's detail, hint and context may repeat values, and so may the message of a
    /// data exception (class 22).
    fn classify(&self, sql: &str, error: &tokio_postgres::Error) -> StoreError {
        let place = self.place.clone();
        let Some(db) = error.as_db_error() else {
            if error.is_closed() || self.client.is_closed() || sql.is_empty() {
                return unreachable(&place, error);
            }
            return StoreError::sql(sql, source(error));
        };
        let (code, message) = (db.code(), db.message().to_owned());
        let class: String = code.code().chars().take(2).collect();
        match class.as_str() {
            "23" => StoreError::Constraint {
                unique: *code == SqlState::UNIQUE_VIOLATION,
                detail: constraint(db),
            },
            "40" | "55" | "57" if is_wait(code) => StoreError::Busy {
                place,
                detail: message,
            },
            "08" | "28" | "3D" | "57" => StoreError::Unreachable {
                place,
                detail: message,
            },
            "53" | "58" => StoreError::Io {
                place,
                detail: message,
            },
            "XX" => StoreError::Corrupt {
                place,
                detail: message,
            },
            "22" => StoreError::sql(sql, format!("data exception {}", code.code())),
            _ => StoreError::sql(sql, message),
        }
    }
}

fn check(sql: &str, statement: &Statement, params: &[Value]) -> Result<(), StoreError> {
    let (wants, came) = (statement.params().len(), params.len());
    if wants != came {
        let detail = format!("the statement has {wants} markers, {came} values came");
        return Err(StoreError::sql(sql, detail));
    }
    params.iter().try_for_each(Value::check)
}

fn is_wait(code: &SqlState) -> bool {
    [
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::QUERY_CANCELED,
        SqlState::OBJECT_IN_USE,
    ]
    .contains(code)
}

fn constraint(db: &tokio_postgres::error::DbError) -> String {
    let table = db.table().unwrap_or("?");
    match (db.constraint(), db.column()) {
        (Some(name), _) => format!("{name} of table {table}"),
        (None, Some(column)) => format!("{table}.{column} must not be null"),
        (None, None) => format!("table {table}"),
    }
}

pub(crate) fn unreachable(place: &Arc<str>, error: &tokio_postgres::Error) -> StoreError {
    let detail = match error.as_db_error() {
        Some(db) => db.message().to_owned(),
        None => explain(error).unwrap_or_else(|| source(error)),
    };
    StoreError::Unreachable {
        place: place.clone(),
        detail,
    }
}

/// The driver's words with what lies beneath: "error connecting to server: connection refused".
fn source(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => {
            format!("{error}: {cause}").replace(&format!("{cause}: {cause}"), &cause.to_string())
        }
        None => error.to_string(),
    }
}

fn column_type(value: &Value) -> Type {
    match value {
        Value::Int(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
        Value::Real(_) => Type::FLOAT8,
    }
}

fn cell_type(cell: &Cell<'_>) -> Type {
    match cell {
        Cell::Int(_) => Type::INT8,
        Cell::Text(_) => Type::TEXT,
        Cell::Real(_) => Type::FLOAT8,
    }
}

fn type_mark(value: &Value) -> u8 {
    match value {
        Value::Int(_) => b'i',
        Value::Text(_) => b't',
        Value::Real(_) => b'r',
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Int(value) => value.to_sql(of, out),
            Self::Text(value) => value.to_sql(of, out),
            Self::Real(value) => value.to_sql(of, out),
        }
    }

    fn accepts(of: &Type) -> bool {
        matches!(*of, Type::INT8 | Type::TEXT | Type::FLOAT8)
    }

    tokio_postgres::types::to_sql_checked!();
}

impl ToSql for Value {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Int(value) => value.to_sql(of, out),
            Self::Text(value) => value.to_sql(of, out),
            Self::Real(value) => value.to_sql(of, out),
        }
    }

    fn accepts(of: &Type) -> bool {
        matches!(*of, Type::INT8 | Type::TEXT | Type::FLOAT8)
    }

    tokio_postgres::types::to_sql_checked!();
}

fn read(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let of = column.type_();
        let value = match *of {
            Type::INT8 => row.try_get(index).map(Value::Int),
            Type::INT4 => row
                .try_get(index)
                .map(|v: Option<i32>| Value::Int(v.map(i64::from))),
            Type::INT2 => row
                .try_get(index)
                .map(|v: Option<i16>| Value::Int(v.map(i64::from))),
            Type::BOOL => row
                .try_get(index)
                .map(|v: Option<bool>| Value::Int(v.map(i64::from))),
            Type::FLOAT8 => row.try_get(index).map(Value::Real),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR | Type::UNKNOWN => {
                row.try_get(index).map(Value::Text)
            }
            _ => {
                let detail = format!("column {index} is {of}; cast it to BIGINT or TEXT");
                return Err(StoreError::value(detail));
            }
        };
        values.push(value.map_err(|e| StoreError::value(format!("column {index}: {e}")))?);
    }
    Ok(Row(values))
}
