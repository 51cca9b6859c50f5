//! PostgreSQL: every table copied out of one snapshot, and copied in again in one transaction. Needs no program of the server's.

use std::collections::BTreeMap;
use std::path::Path;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection, PgPool, Row as _};

use super::frames::{FrameReader, FrameWriter};
use super::not_empty;
use crate::open::database::Database;
use crate::{Error, Kind, Result, Storage, StorageOptions, migrations};

const FORMAT: &str = "agent-lightning backup 1";

/// What a migration writes by itself.
const SEEDED: &str = "roster";

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    /// The latest migration.
    schema: i64,
    tables: usize,
}

#[derive(Debug, Serialize, Deserialize)]
struct Table {
    name: String,
    columns: Vec<String>,
    /// The column that counts up, and how far it came.
    counter: Option<(String, Option<i64>)>,
}

impl Table {
    fn columns(&self) -> String {
        self.columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    rows: BTreeMap<String, u64>,
}

pub(super) async fn export(pool: &PgPool, path: &Path) -> Result<BTreeMap<String, u64>> {
    let mut connection = patient(pool).await?;
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
    let tables = tables(&mut connection).await?;
    let mut out = FrameWriter::create(path)?;
    let schema = schema(&mut connection).await?;
    out.json(&Header { format: FORMAT.to_owned(), schema, tables: tables.len() }).await?;
    let mut rows = BTreeMap::new();
    for table in &tables {
        out.json(table).await?;
        let copy = format!("COPY \"{}\" ({}) TO STDOUT", table.name, table.columns());
        let mut chunks = connection.copy_out_raw(&copy).await?;
        let mut count = 0;
        while let Some(chunk) = chunks.try_next().await? {
            // A line end within a value is written as two other characters.
            count += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
            if !chunk.is_empty() {
                out.bytes(chunk.to_vec()).await?;
            }
        }
        drop(chunks);
        out.bytes(Vec::new()).await?;
        rows.insert(table.name.clone(), count);
    }
    out.json(&End { rows: rows.clone() }).await?;
    out.finish().await?;
    connection.execute("COMMIT").await?;
    connection.close().await?;
    verify(path)?;
    Ok(rows)
}

/// Reads the whole file once, as a restore would.
fn verify(path: &Path) -> Result<BTreeMap<String, u64>> {
    let mut source = FrameReader::open(path)?;
    let header = header(&mut source)?;
    for _ in 0..header.tables {
        source.json::<Table>()?;
        while !source.bytes()?.is_empty() {}
    }
    let end: End = source.json()?;
    source.end()?;
    Ok(end.rows)
}

fn header(source: &mut FrameReader) -> Result<Header> {
    let header: Header = source.json()?;
    if header.format == FORMAT {
        Ok(header)
    } else {
        Err(Error::Corrupt(format!("a backup of the format {:?} cannot be read", header.format)))
    }
}

pub(super) async fn import(
    options: &StorageOptions,
    path: &Path,
    may_replace: bool,
) -> Result<BTreeMap<String, u64>> {
    // Damage is found before anything is touched.
    let rows = verify(path)?;
    let storage = Storage::open(options).await?;
    let imported = match storage.database() {
        Database::Postgres { read, write, .. } => {
            // Nothing is written through it here, and its connection would look like somebody else's.
            write.close().await;
            import_into(read, path, may_replace).await
        }
        Database::Sqlite { .. } => {
            Err(Error::invalid("the backup", "is of a PostgreSQL database and cannot go into a file"))
        }
    };
    match &imported {
        Ok(_) => storage.migrate().await?,
        Err(error) => tracing::debug!(%error, "a backup was not restored"),
    }
    storage.close().await;
    imported.map(|()| rows)
}

async fn import_into(pool: &PgPool, path: &Path, may_replace: bool) -> Result<()> {
    let mut connection = patient(pool).await?;
    let mut source = FrameReader::open(path)?;
    let header = header(&mut source)?;
    reach_schema(&mut connection, header.schema).await?;
    connection.execute("BEGIN").await?;
    let there = tables(&mut connection).await?;
    if !may_replace && !is_empty(&mut connection, &there).await? {
        return Err(not_empty());
    }
    refuse_company(&mut connection).await?;
    let names: Vec<_> = there.iter().map(|table| format!("\"{}\"", table.name)).collect();
    connection.execute(AssertSqlSafe(format!("TRUNCATE {}", names.join(", ")))).await?;
    for _ in 0..header.tables {
        copy_in(&mut connection, &mut source).await?;
    }
    connection.execute("COMMIT").await?;
    Ok(connection.close().await?)
}

async fn copy_in(connection: &mut PgConnection, source: &mut FrameReader) -> Result<()> {
    let table: Table = source.json()?;
    let copy = format!("COPY \"{}\" ({}) FROM STDIN", table.name, table.columns());
    let mut rows = connection.copy_in_raw(&copy).await?;
    loop {
        let chunk = source.bytes()?;
        if chunk.is_empty() {
            break;
        }
        rows.send(chunk).await?;
    }
    rows.finish().await?;
    if let Some((column, Some(last))) = &table.counter {
        const SET: &str = "SELECT setval(pg_get_serial_sequence($1, $2), $3)";
        sqlx::query(SET).bind(&table.name).bind(column).bind(last).execute(connection).await?;
    }
    Ok(())
}

/// An empty database is brought to the backup's schema; another schema than the backup's is left alone.
async fn reach_schema(connection: &mut PgConnection, wanted: i64) -> Result<()> {
    let known: bool = sqlx::query("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    if !known {
        let migrator = migrations::migrator(Kind::Postgres);
        if migrator.iter().all(|migration| migration.version != wanted) {
            return Err(Error::Schema(format!(
                "the backup is of schema {wanted}, which this program does not know"
            )));
        }
        return migrator.run_direct(Some(wanted), connection, false).await.map_err(migrations::failure);
    }
    let found = schema(connection).await?;
    if found == wanted {
        return Ok(());
    }
    Err(Error::Schema(format!(
        "the backup is of schema {wanted}, the database of {found}; restore into a new database"
    )))
}

async fn schema(connection: &mut PgConnection) -> Result<i64> {
    let row =
        sqlx::query("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations").fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}

/// A service that is connected would go on with what it remembers of the database before.
async fn refuse_company(connection: &mut PgConnection) -> Result<()> {
    const OTHERS: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                          AND application_name = 'agent-lightning' AND pid <> pg_backend_pid()";
    let others: i64 = sqlx::query(OTHERS).fetch_one(connection).await?.try_get(0)?;
    if others == 0 {
        return Ok(());
    }
    Err(Error::invalid(
        "the database",
        format!("is in use by {others} connections of services; stop them first"),
    ))
}

async fn is_empty(connection: &mut PgConnection, tables: &[Table]) -> Result<bool> {
    for table in tables.iter().filter(|table| table.name != SEEDED) {
        let text = format!("SELECT EXISTS (SELECT 1 FROM \"{}\")", table.name);
        let row = sqlx::query(AssertSqlSafe(text)).fetch_one(&mut *connection).await?;
        if row.try_get(0)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Every table of the schema with what can be copied of it.
async fn tables(connection: &mut PgConnection) -> Result<Vec<Table>> {
    const COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text, c.is_identity = 'YES' AS counts \
        FROM information_schema.columns c JOIN information_schema.tables t \
            ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE' \
        WHERE c.table_schema = current_schema() AND c.is_generated = 'NEVER' AND c.table_name <> '_sqlx_migrations' \
            AND c.table_name NOT LIKE 'audit\\_%' ORDER BY c.table_name, c.ordinal_position";
    let mut tables: Vec<Table> = Vec::new();
    for row in sqlx::query(COLUMNS).fetch_all(&mut *connection).await? {
        let (name, column, counts): (String, String, bool) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table { name: name.clone(), columns: Vec::new(), counter: None });
        }
        let Some(table) = tables.last_mut() else { continue };
        if counts {
            const LAST: &str = "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass)";
            let last = sqlx::query(LAST).bind(&name).bind(&column).fetch_one(&mut *connection).await?;
            table.counter = Some((column.clone(), last.try_get(0)?));
        }
        table.columns.push(column);
    }
    Ok(tables)
}

/// A connection outside the pool, on which a statement may take as long as it takes.
async fn patient(pool: &PgPool) -> Result<PgConnection> {
    let mut connection = pool.acquire().await?.detach();
    connection.execute("SET statement_timeout = 0").await?;
    Ok(connection)
}
