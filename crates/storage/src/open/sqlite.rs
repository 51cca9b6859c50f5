//! Opening an SQLite file: WAL, durable commits, one connection that writes and several that read.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Executor, Row as _};

use crate::{Error, Result, StorageOptions};

/// Versions before this one carry a WAL-reset bug that can corrupt the file.
const SOUND_VERSION: (u32, u32, u32) = (3, 51, 3);

/// Statements that a connection keeps prepared: those over many rows are several each, by their number of rows.
const STATEMENTS_MAX: usize = 512;

/// Between two tries to open a file that others are opening.
const AGAIN: Duration = Duration::from_millis(20);

const NO_BUSY_HANDLER: &str = "PRAGMA busy_timeout = 0";

/// The reading and the writing pool.
pub(super) async fn open(path: &Path, options: &StorageOptions) -> Result<(SqlitePool, SqlitePool)> {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .auto_vacuum(SqliteAutoVacuum::None)
        .journal_mode(SqliteJournalMode::Wal)
        // With NORMAL a power cut loses commits that were answered.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.busy_timeout())
        .foreign_keys(false)
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-8000")
        // Pages that many tasks touch are then copied into the file once for thousands of tasks, not for hundreds.
        .pragma("wal_autocheckpoint", "4000")
        .pragma("journal_size_limit", "67108864")
        .statement_cache_capacity(STATEMENTS_MAX)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout())
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // The writer waits for its neighbours by asking again and again, not inside SQLite: see `Connection::begin`.
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(NO_BUSY_HANDLER).await.map(drop) })
        });
    let write = patiently(|| pool.clone().connect_with(connect.clone()), options.busy_timeout()).await;
    let write = write.map_err(|error| unopened(path, error.into()))?;
    warn_about_old_version(&write).await?;
    let read = SqlitePoolOptions::new()
        .max_connections(options.read_connections_max.max(1))
        .acquire_timeout(options.acquire_timeout())
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_lazy_with(connect.pragma("query_only", "on"));
    Ok((read, write))
}

/// Several processes that open a new file at once stand in each other's way while it becomes a WAL; SQLite then answers at once,
/// without waiting as long as it may.
async fn patiently<F>(connect: impl Fn() -> F, patience: Duration) -> sqlx::Result<SqlitePool>
where
    F: Future<Output = sqlx::Result<SqlitePool>>,
{
    let until = Instant::now() + patience;
    loop {
        match connect().await {
            Err(error) if is_busy(&error) && Instant::now() < until => tokio::time::sleep(AGAIN).await,
            opened => return opened,
        }
    }
}

/// `SQLITE_BUSY` in any of its forms: the lowest byte of the code tells.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}

/// Says which file it was; the driver does not.
fn unopened(path: &Path, error: Error) -> Error {
    match error {
        Error::Unavailable(why) => Error::Unavailable(format!("{}: {why}", path.display())),
        other => other,
    }
}

async fn warn_about_old_version(pool: &SqlitePool) -> Result<()> {
    let version: String = sqlx::query("SELECT sqlite_version()").fetch_one(pool).await?.try_get(0)?;
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    let found = (next(), next(), next());
    if found < SOUND_VERSION {
        tracing::warn!(%version, "this SQLite can corrupt its file when the WAL is reset: build with 3.51.3 or later");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_somebody_holds_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held.db");
        let holder = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut holder = holder.connect().await.unwrap();
        holder.execute("CREATE TABLE t (a); BEGIN EXCLUSIVE").await.unwrap();
        let options = StorageOptions::new("sqlite::memory:");
        let opening = open(&path, &options);
        let letting_go = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            holder.execute("COMMIT").await.unwrap();
        };
        let (opened, ()) = tokio::join!(opening, letting_go);
        assert!(opened.is_ok());
    }
}
