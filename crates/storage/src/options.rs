//! How a database is opened. Knows no file formats and no environment: whoever calls has read them.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// Settings of [`crate::Storage::open`]; the section `[database]` of the configuration, field for field.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageOptions {
    /// `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://relative.db`, `sqlite::memory:`,
    /// `postgres://…` or `postgresql://…`.
    pub url: String,
    /// Connections that only read (SQLite).
    pub read_connections_max: u32,
    /// All connections of this process to PostgreSQL: one writes, one listens for others' wake-ups, the rest read.
    pub connections_max: u32,
    /// The most operations of one kind that share one commit.
    pub write_batch_max: usize,
    /// How long a commit may wait for company when the one before it had some. A lone operation never waits.
    pub write_batch_window_us: u64,
    /// How long another process may hold the write lock (SQLite).
    pub busy_timeout_ms: u64,
    /// How long to wait for a free connection.
    pub acquire_timeout_ms: u64,
    /// The longest a statement may run (PostgreSQL).
    pub statement_timeout_ms: u64,
}

impl fmt::Debug for StorageOptions {
    /// The URL may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StorageOptions").field("url", &"[hidden]").finish_non_exhaustive()
    }
}

impl StorageOptions {
    /// The defaults for the database at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            read_connections_max: 8,
            connections_max: 16,
            write_batch_max: 256,
            write_batch_window_us: 2_000,
            busy_timeout_ms: 5_000,
            acquire_timeout_ms: 5_000,
            statement_timeout_ms: 15_000,
        }
    }

    pub(crate) fn busy_timeout(&self) -> Duration {
        Duration::from_millis(self.busy_timeout_ms)
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }

    pub(crate) fn batch_window(&self) -> Duration {
        Duration::from_micros(self.write_batch_window_us)
    }
}
