//! What keeps a database in shape: reading all of it, giving room back, moving the log into the tables.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Executor, Row as _};

use crate::open::database::Database;
use crate::{Error, Ledger, Moment, Result, Storage};

/// How long a payload stays that nothing refers to: far longer than any clock is wrong.
const UNREFERRED_MS: i64 = 86_400_000;
/// Deleted in one transaction.
const FORGOTTEN_AT_ONCE: usize = 500;

impl Storage {
    /// Reads every page (SQLite) or row (PostgreSQL) and holds the books against their rules; says what is wrong.
    pub async fn upkeep_check(&self) -> Result<Vec<String>> {
        let mut wrong = match self.database() {
            Database::Sqlite { file, .. } => {
                let mut connection = SqliteConnection::connect_with(&file.options).await?;
                let rows = sqlx::query("PRAGMA integrity_check(20)").fetch_all(&mut connection).await?;
                connection.close().await?;
                let told: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
                told.into_iter().filter(|line| line != "ok").collect()
            }
            Database::Postgres { read: pool, .. } => unreadable(pool).await?,
        };
        let books = self.books_check(&Ledger::default(), Moment::Any).await?;
        wrong.extend(books.violations.into_iter().map(|broken| {
            format!("{} times not true: {} ({})", broken.found, broken.rule, broken.examples.join(", "))
        }));
        Ok(wrong)
    }

    /// Deletes payloads that nothing refers to, gives unused room back and renews what the planner knows. SQLite: nobody writes
    /// meanwhile.
    pub async fn upkeep_vacuum(&self) -> Result<()> {
        let before = self.now().await?.plus_millis(-UNREFERRED_MS);
        while self.blobs_forget(before, FORGOTTEN_AT_ONCE).await? == FORGOTTEN_AT_ONCE {}
        self.alone(&["VACUUM", "PRAGMA optimize"], &["VACUUM (ANALYZE)"]).await
    }

    /// Moves the write-ahead log into the tables. PostgreSQL: needs the right to.
    pub async fn upkeep_checkpoint(&self) -> Result<()> {
        self.alone(&["PRAGMA wal_checkpoint(TRUNCATE)"], &["CHECKPOINT"]).await
    }

    /// Runs statements on a connection of their own, outside any transaction and without a limit of time.
    async fn alone(&self, sqlite: &[&'static str], postgres: &[&'static str]) -> Result<()> {
        match self.database() {
            Database::Sqlite { file, .. } => {
                let mut connection = SqliteConnection::connect_with(&file.options).await?;
                for statement in sqlite {
                    connection.execute(*statement).await?;
                }
                connection.close().await?;
            }
            Database::Postgres { read: pool, .. } => {
                let mut connection = pool.acquire().await?.detach();
                connection.execute("SET statement_timeout = 0").await?;
                for statement in postgres {
                    connection.execute(*statement).await.map_err(refused)?;
                }
                connection.close().await?;
            }
        }
        Ok(())
    }
}

fn refused(error: sqlx::Error) -> Error {
    match error.as_database_error().and_then(|database| database.code()).as_deref() {
        Some("42501") => Error::invalid("the user", "has not the right to do this on the server"),
        _ => error.into(),
    }
}

/// Tables of which not every row can be read.
async fn unreadable(pool: &sqlx::PgPool) -> Result<Vec<String>> {
    let mut connection = pool.acquire().await?.detach();
    connection.execute("SET statement_timeout = 0").await?;
    const TABLES: &str =
        "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1";
    let mut wrong = Vec::new();
    for table in sqlx::query(TABLES).fetch_all(&mut connection).await? {
        let name: String = table.try_get(0)?;
        // Length, so that every value is looked at and not only counted.
        let read = format!("SELECT SUM(LENGTH(t::text)) FROM \"{name}\" t");
        if let Err(error) = sqlx::query(sqlx::AssertSqlSafe(read)).fetch_one(&mut connection).await {
            wrong.push(format!("the table {name} cannot be read: {error}"));
        }
    }
    connection.close().await?;
    Ok(wrong)
}
