//! Portable backups: a gzip of JSON lines that loads into either database.
//!
//! First line: format, schema version and the tables with their columns, parents before children.
//! Then one array per row, each table opened by `{"table": …}`; a last line counts the rows, so a
//! file that was cut short is noticed. Real numbers are text, to come back bit for bit.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use model::TimeUs;
use serde::{Deserialize, Serialize};

use crate::sql::identifier;
use crate::{Db, Migration, Snapshot, StoreError, Tx, Value, sqlite};

/// What the first line says the file is.
const FORMAT: &str = "countersign-backup";
/// The version of this format.
const FORMAT_VERSION: u32 = 1;
/// The longest line read back: one row; the largest column is a policy document of some MB.
const MAX_LINE_BYTES: u64 = 256 * 1024 * 1024;
/// Rows and bytes per bulk insert when loading, whichever comes first.
const BATCH_ROWS: usize = 5_000;
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// The first line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Always `countersign-backup`.
    pub format: String,
    /// Version of the format.
    pub v: u32,
    /// Version of the schema the rows belong to.
    pub schema_version: i64,
    /// The tables, parents before children.
    pub tables: Vec<Table>,
}

/// A table of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Name and type of its columns.
    pub columns: Vec<(String, ColumnType)>,
}

/// The three column types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// `BIGINT`.
    Int,
    /// `TEXT`.
    Text,
    /// `DOUBLE PRECISION`.
    Real,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Mark {
    Table(String),
    Rows(u64),
}

impl Db {
    /// Writes a backup of the named tables (parents before children) as one consistent state, while
    /// others go on writing. The file is private to its owner. Gives the number of rows.
    ///
    /// # Errors
    /// The file is there already or cannot be written, or the database cannot be read.
    pub async fn backup(&self, file: &Path, tables: &[&str]) -> Result<u64, StoreError> {
        let snapshot = self.snapshot().await?;
        let mut header = Header {
            format: FORMAT.to_owned(),
            v: FORMAT_VERSION,
            schema_version: snapshot.schema_version().await?,
            tables: Vec::new(),
        };
        for table in tables {
            header
                .tables
                .push(describe(&snapshot, identifier(table)?).await?);
        }
        let mut out = Writer::create(file)?;
        out.line(&header)?;
        let mut count = 0;
        for table in &header.tables {
            out.line(&Mark::Table(table.name.clone()))?;
            count += write_rows(&snapshot, table, &mut out).await?;
        }
        out.line(&Mark::Rows(count))?;
        out.finish()?;
        Ok(count)
    }

    /// Loads a backup into an empty database and brings its schema up to date. Gives the number of
    /// rows. All rows come in one transaction: a restore that fails leaves no rows.
    ///
    /// # Errors
    /// The file is damaged, cut short or newer than this program, or the database is not empty.
    pub async fn restore(
        &self,
        file: &Path,
        migrations: &[Migration],
        now: TimeUs,
    ) -> Result<u64, StoreError> {
        // Read to its end before anything is changed: a file cut short must not cost a database.
        Reader::open(file)?.verify()?;
        let mut backup = Reader::open(file)?;
        let header = backup.header()?;
        let known = migrations
            .iter()
            .map(|step| step.version)
            .max()
            .unwrap_or(0);
        if header.schema_version > known {
            return Err(StoreError::NewerSchema {
                found: header.schema_version,
                known,
            });
        }
        let found = self.schema_version().await?;
        if found > 0 {
            self.refuse_rows(&header, &backup).await?;
        }
        if found > header.schema_version {
            self.unset(migrations).await?;
        }
        self.migrate_to(migrations, header.schema_version, now)
            .await?;
        let mut tx = self.write().await?;
        // Rows a migration put in are in the backup too, as they were when it was made.
        for table in header.tables.iter().rev() {
            tx.exec(
                &format!("DELETE FROM {}", identifier(&table.name)?),
                Vec::new(),
            )
            .await?;
        }
        let count = load(&mut tx, &mut backup, &header).await?;
        tx.commit().await?;
        self.migrate(migrations, now).await?;
        Ok(count)
    }

    /// Takes the schema out of a database that holds no rows, so that an older one can be set up.
    async fn unset(&self, migrations: &[Migration]) -> Result<(), StoreError> {
        let created = migrations.iter().flat_map(|step| step.sql.lines());
        let tables: BTreeSet<&str> = created
            .filter_map(|line| line.trim_start().strip_prefix("CREATE TABLE "))
            .filter_map(|rest| rest.split_whitespace().next())
            .chain(["schema_version"])
            .collect();
        let mut tx = self.write().await?;
        for table in tables {
            tx.ddl(&format!("DROP TABLE IF EXISTS {}", identifier(table)?))
                .await?;
        }
        tx.commit().await?;
        self.forget_statements().await;
        Ok(())
    }

    async fn refuse_rows(&self, header: &Header, backup: &Reader) -> Result<(), StoreError> {
        for table in &header.tables {
            let sql = format!("SELECT 1 FROM {} LIMIT 1", identifier(&table.name)?);
            if !self.read(&sql, Vec::new()).await?.is_empty() {
                let detail = format!(
                    "table {} is not empty; restore into a new database",
                    table.name
                );
                return Err(backup.fail(detail));
            }
        }
        Ok(())
    }
}

/// Reads the first line of a backup: what it holds, without loading it.
///
/// # Errors
/// The file cannot be read or is no backup.
pub fn inspect(file: &Path) -> Result<Header, StoreError> {
    Reader::open(file)?.header()
}

async fn describe(snapshot: &Snapshot, table: &str) -> Result<Table, StoreError> {
    let sql = snapshot.dialect().columns();
    let mut columns = Vec::new();
    for row in snapshot.read(sql, vec![Value::from(table)]).await? {
        let of = match row.text(1)?.to_ascii_lowercase().as_str() {
            "bigint" | "integer" => ColumnType::Int,
            "text" => ColumnType::Text,
            "double precision" => ColumnType::Real,
            other => {
                let detail = format!("column type {other} of table {table} is not portable");
                return Err(StoreError::value(detail));
            }
        };
        columns.push((row.text(0)?.to_owned(), of));
    }
    if columns.is_empty() {
        return Err(StoreError::value(format!("there is no table {table}")));
    }
    Ok(Table {
        name: table.to_owned(),
        columns,
    })
}

async fn write_rows(
    snapshot: &Snapshot,
    table: &Table,
    out: &mut Writer,
) -> Result<u64, StoreError> {
    let names: Vec<&str> = table
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let sql = format!("SELECT {} FROM {}", names.join(", "), table.name);
    let mut stream = snapshot.stream(&sql, Vec::new());
    let mut count = 0;
    while let Some(rows) = stream.next_batch().await? {
        for row in rows {
            let cells: Vec<serde_json::Value> = row
                .values()
                .iter()
                .zip(&table.columns)
                .map(|(v, (_, of))| cell(v, *of))
                .collect();
            out.line(&cells)?;
            count += 1;
        }
    }
    Ok(count)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "SQLite gives whole numbers of a REAL column back"
)]
fn cell(value: &Value, of: ColumnType) -> serde_json::Value {
    match value {
        Value::Int(Some(value)) if of == ColumnType::Real => format!("{:?}", *value as f64).into(),
        Value::Int(value) => (*value).into(),
        Value::Text(value) => value.clone().into(),
        Value::Real(value) => value.map(|value| format!("{value:?}")).into(),
    }
}

async fn load(tx: &mut Tx, backup: &mut Reader, header: &Header) -> Result<u64, StoreError> {
    let mut count = 0;
    for table in &header.tables {
        match backup.mark()? {
            Mark::Table(name) if name == table.name => {}
            _ => return Err(backup.fail(format!("table {} is missing", table.name))),
        }
        let names: Vec<&str> = table
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(row) = backup.row(table)? {
            bytes += backup.line.len();
            batch.push(row);
            count += 1;
            if batch.len() >= BATCH_ROWS || bytes >= BATCH_BYTES {
                tx.insert_many(&table.name, &names, std::mem::take(&mut batch))
                    .await?;
                bytes = 0;
            }
        }
        tx.insert_many(&table.name, &names, batch).await?;
    }
    match backup.mark()? {
        Mark::Rows(said) if said == count => Ok(count),
        _ => Err(backup.fail("the number of rows is not the one it promises".to_owned())),
    }
}

struct Writer {
    out: GzEncoder<BufWriter<File>>,
    place: String,
}

impl Writer {
    fn create(file: &Path) -> Result<Self, StoreError> {
        let place = file.display().to_string();
        if file.exists() {
            let detail = "the file is there already; name another".to_owned();
            return Err(StoreError::Backup { place, detail });
        }
        sqlite::create_private(file)?;
        match File::options().write(true).open(file) {
            Ok(open) => Ok(Self {
                out: GzEncoder::new(BufWriter::new(open), Compression::fast()),
                place,
            }),
            Err(error) => Err(StoreError::Backup {
                place,
                detail: error.to_string(),
            }),
        }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), StoreError> {
        let written = serde_json::to_writer(&mut self.out, line).map_err(std::io::Error::from);
        written
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(|error| self.fail(&error))
    }

    fn finish(self) -> Result<(), StoreError> {
        let place = self.place;
        let done = || {
            self.out
                .finish()?
                .into_inner()
                .map_err(std::io::Error::from)?
                .sync_all()
        };
        done().map_err(|error| StoreError::Backup {
            place,
            detail: error.to_string(),
        })
    }

    fn fail(&self, error: &std::io::Error) -> StoreError {
        StoreError::Backup {
            place: self.place.clone(),
            detail: error.to_string(),
        }
    }
}

struct Reader {
    input: BufReader<MultiGzDecoder<BufReader<File>>>,
    place: String,
    number: u64,
    line: String,
    /// The line in `line` was looked at but not used.
    held: bool,
}

impl Reader {
    fn open(file: &Path) -> Result<Self, StoreError> {
        let place = file.display().to_string();
        match File::open(file) {
            Ok(open) => Ok(Self {
                input: BufReader::new(MultiGzDecoder::new(BufReader::new(open))),
                place,
                number: 0,
                line: String::new(),
                held: false,
            }),
            Err(error) => Err(StoreError::Backup {
                place,
                detail: error.to_string(),
            }),
        }
    }

    fn fail(&self, detail: String) -> StoreError {
        let place = format!("{} line {}", self.place, self.number);
        StoreError::Backup { place, detail }
    }

    fn next(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.held) {
            return Ok(());
        }
        self.line.clear();
        self.number += 1;
        let read = self
            .input
            .by_ref()
            .take(MAX_LINE_BYTES)
            .read_line(&mut self.line);
        match read {
            Ok(_) if self.line.ends_with('\n') => Ok(()),
            Ok(_) => Err(self.fail("the file is cut short or a line is too long".to_owned())),
            Err(error) => Err(self.fail(format!("not readable as gzip of text: {error}"))),
        }
    }

    fn header(&mut self) -> Result<Header, StoreError> {
        self.next()?;
        let header: Header = serde_json::from_str(&self.line)
            .map_err(|_| self.fail("not a countersign backup".to_owned()))?;
        if header.format != FORMAT || header.v != FORMAT_VERSION {
            let detail = format!("format {} {} is not known here", header.format, header.v);
            return Err(self.fail(model::text::label(&detail)));
        }
        for table in &header.tables {
            identifier(&table.name)?;
            table
                .columns
                .iter()
                .try_for_each(|(name, _)| identifier(name).map(drop))?;
        }
        Ok(header)
    }

    /// Reads the whole file: its checksum holds and it has as many rows as it says.
    fn verify(&mut self) -> Result<(), StoreError> {
        self.header()?;
        let mut count = 0;
        loop {
            self.next()?;
            if self.line.starts_with('[') {
                count += 1;
                continue;
            }
            self.held = true;
            match self.mark()? {
                Mark::Table(_) => {}
                Mark::Rows(said) if said == count => return self.last(),
                Mark::Rows(_) => {
                    return Err(self.fail("the number of rows is not the promised one".to_owned()));
                }
            }
        }
    }

    /// Nothing may follow; reading to the end also checks the checksum.
    fn last(&mut self) -> Result<(), StoreError> {
        match self.input.by_ref().take(1).read_to_end(&mut Vec::new()) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.fail("something follows the last line".to_owned())),
            Err(error) => Err(self.fail(format!("damaged at its end: {error}"))),
        }
    }

    fn mark(&mut self) -> Result<Mark, StoreError> {
        self.next()?;
        serde_json::from_str(&self.line)
            .map_err(|_| self.fail("a table's beginning or the end was expected".to_owned()))
    }

    /// The next row of a table, `None` when the next line is a mark.
    fn row(&mut self, table: &Table) -> Result<Option<Vec<Value>>, StoreError> {
        self.next()?;
        if self.line.starts_with('{') {
            self.held = true;
            return Ok(None);
        }
        let bad = || self.fail(format!("not a row of table {}", table.name));
        let cells: Vec<serde_json::Value> = serde_json::from_str(&self.line).map_err(|_| bad())?;
        if cells.len() != table.columns.len() {
            return Err(bad());
        }
        let values = cells
            .into_iter()
            .zip(&table.columns)
            .map(|(cell, (_, of))| value(cell, *of));
        values.collect::<Option<Vec<_>>>().map(Some).ok_or_else(bad)
    }
}

fn value(cell: serde_json::Value, of: ColumnType) -> Option<Value> {
    use serde_json::Value as Json;
    match (of, cell) {
        (ColumnType::Int, Json::Null) => Some(Value::Int(None)),
        (ColumnType::Int, Json::Number(number)) => number.as_i64().map(Value::from),
        (ColumnType::Text, Json::Null) => Some(Value::Text(None)),
        (ColumnType::Text, Json::String(text)) => Some(Value::from(text)),
        (ColumnType::Real, Json::Null) => Some(Value::Real(None)),
        (ColumnType::Real, Json::String(text)) => text.parse::<f64>().ok().map(Value::from),
        _ => None,
    }
}
