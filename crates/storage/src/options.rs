//! How a database is opened. Knows no file formats and no environment: whoever calls has read them.

use std::fmt;
use std::num::NonZeroU64;
use std::time::Duration;

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer};

/// Settings of [`crate::Storage::open`]; the section `[database]` of the configuration, field for field.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageOptions {
    /// `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite://relative.db`, `sqlite::memory:`,
    /// `postgres://…` or `postgresql://…`.
    pub url: String,
    /// Connections that only read (SQLite).
    #[serde(deserialize_with = "positive")]
    pub read_connections_max: u32,
    /// All connections of this process to PostgreSQL: one writes, one listens for others' wake-ups, the rest read.
    #[serde(deserialize_with = "positive")]
    pub connections_max: u32,
    /// The most operations of one kind that share one commit.
    #[serde(deserialize_with = "positive")]
    pub write_batch_max: usize,
    /// How long a commit may wait for company when the one before it had some. A lone operation never waits.
    pub write_batch_window_us: u64,
    /// How long another process may hold the write lock (SQLite).
    pub busy_timeout_ms: u64,
    /// How long to wait for a free connection.
    #[serde(deserialize_with = "positive")]
    pub acquire_timeout_ms: u64,
    /// The longest a statement may run (PostgreSQL).
    #[serde(deserialize_with = "positive")]
    pub statement_timeout_ms: u64,
}

/// A whole number that is at least 1.
fn positive<'de, D: Deserializer<'de>, T: TryFrom<u64>>(from: D) -> Result<T, D::Error> {
    let number = NonZeroU64::deserialize(from)?.get();
    T::try_from(number)
        .map_err(|_| D::Error::invalid_value(Unexpected::Unsigned(number), &"a smaller number"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn options(member: &str, value: serde_json::Value) -> Result<StorageOptions, String> {
        let mut section = json!({
            "url": "postgres://app:hunter2@db/x", "read_connections_max": 1, "connections_max": 1, "write_batch_max": 1,
            "write_batch_window_us": 0, "busy_timeout_ms": 0, "acquire_timeout_ms": 1, "statement_timeout_ms": 1,
        });
        section[member] = value;
        serde_json::from_value(section).map_err(|error| error.to_string())
    }

    #[test]
    fn passwords_are_not_printed() {
        let options = options("connections_max", json!(2)).expect("usable");
        assert!(!format!("{options:?}").contains("hunter2"));
    }

    #[test]
    fn what_would_stop_all_work_is_refused() {
        for member in ["read_connections_max", "connections_max", "write_batch_max", "statement_timeout_ms"] {
            assert!(options(member, json!(0)).is_err_and(|why| why.contains("nonzero")), "{member}");
        }
        assert!(options("connections_max", json!(1_u64 << 32)).is_err_and(|why| why.contains("smaller")));
    }
}
