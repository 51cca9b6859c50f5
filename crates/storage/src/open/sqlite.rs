//! Opening an SQLite file: WAL, durable commits, one connection that writes and several that read.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};

use crate::sql::Inline;
use crate::{Error, Result, StorageOptions};

/// Versions before this one carry a WAL-reset bug that can corrupt the file.
const SOUND_VERSION: (u32, u32, u32) = (3, 51, 3);

/// Between two tries to open a file that others are opening.
const AGAIN: Duration = Duration::from_millis(20);

/// What every connection is set to.
const SETTINGS: [(&str, &str); 8] = [
    ("auto_vacuum", "none"),
    ("journal_mode", "wal"),
    // With NORMAL a power cut loses commits that were answered.
    ("synchronous", "full"),
    ("foreign_keys", "off"),
    ("temp_store", "memory"),
    ("cache_size", "-8000"),
    // Pages that many tasks touch are then copied into the file once for thousands of tasks, not for hundreds.
    ("wal_autocheckpoint", "4000"),
    ("journal_size_limit", "67108864"),
];

/// How to reach the file.
pub(crate) struct File {
    path: PathBuf,
    patience: Duration,
    /// For connections outside the pool that reads.
    pub(crate) options: SqliteConnectOptions,
}

impl File {
    pub(super) fn at(path: &Path, options: &StorageOptions) -> Self {
        let patience = options.busy_timeout();
        let connect =
            SqliteConnectOptions::new().filename(path).create_if_missing(true).busy_timeout(patience);
        let connect =
            SETTINGS.into_iter().fold(connect, |connect, (name, value)| connect.pragma(name, value));
        Self { path: path.to_owned(), patience, options: connect.disable_statement_logging() }
    }

    /// A pool of connections that read; none is opened yet.
    pub(super) fn readers(&self, options: &StorageOptions) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(options.read_connections_max.max(1))
            .acquire_timeout(options.acquire_timeout())
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(self.options.clone().pragma("query_only", "on"))
    }

    /// The connection that writes. It waits for its neighbours by asking again and again, not inside SQLite: see `Connection::begin`.
    pub(super) async fn writer(&self) -> Result<Inline> {
        let settings: String =
            SETTINGS.into_iter().map(|(name, value)| format!("PRAGMA {name} = {value};")).collect();
        let opened = patiently(|| Inline::open(&self.path, &settings), self.patience).await;
        let inline = opened.map_err(|error| unopened(&self.path, error))?;
        warn_about_old_version(&inline)?;
        Ok(inline)
    }
}

/// Several processes that open a new file at once stand in each other's way while it becomes a WAL; SQLite then answers at once,
/// without waiting as long as it may.
async fn patiently<T>(open: impl Fn() -> Result<T>, patience: Duration) -> Result<T> {
    let until = Instant::now() + patience;
    loop {
        match open() {
            Err(Error::Unavailable(_)) if Instant::now() < until => tokio::time::sleep(AGAIN).await,
            opened => return opened,
        }
    }
}

/// Says which file it was; the driver does not.
fn unopened(path: &Path, error: Error) -> Error {
    match error {
        Error::Unavailable(why) => Error::Unavailable(format!("{}: {why}", path.display())),
        other => other,
    }
}

fn warn_about_old_version(inline: &Inline) -> Result<()> {
    let version = inline.version()?;
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
    use sqlx::Executor;

    use super::*;

    #[tokio::test]
    async fn a_file_that_somebody_holds_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("held.db");
        let holder = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut holder = holder.connect().await.unwrap();
        holder.execute("CREATE TABLE t (a); BEGIN EXCLUSIVE").await.unwrap();
        let options = StorageOptions::new("sqlite::memory:");
        let file = File::at(&path, &options);
        let opening = file.writer();
        let letting_go = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            holder.execute("COMMIT").await.unwrap();
        };
        let (opened, ()) = tokio::join!(opening, letting_go);
        assert!(opened.is_ok());
    }
}
