//! Opening PostgreSQL: connections that read, one that writes and one that listens, with a limit on how long a statement or a wait for a lock may take.

use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::{Error, Result, StorageOptions};

/// The writer touches rows by their keys, whole batches at a time. What the planner knows of a table that was filled since it was
/// last analysed would tell it to read all of it for every batch, so that choice is taken away.
const BY_KEY: [(&str, &str); 3] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off")];

/// A writer that pauses inside a transaction is a process that was frozen, and others wait for its locks. It is shorter than a lease, so
/// that they can take its work over in time; the writer itself repeats what was given up.
const FROZEN: (&str, &str) = ("idle_in_transaction_session_timeout", "2000");

/// The reading and the writing pool, and one of a single connection that listens.
pub(super) async fn open(url: &str, options: &StorageOptions) -> Result<[PgPool; 3]> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| Error::invalid("database url", "is not one that PostgreSQL understands"))?
        .application_name("agent-lightning")
        .options([
            ("statement_timeout", options.statement_timeout_ms.to_string()),
            ("lock_timeout", options.busy_timeout_ms.to_string()),
            ("synchronous_commit", "on".to_owned()),
            // A plan that was made while a table was empty would be kept when it no longer is.
            ("plan_cache_mode", "force_custom_plan".to_owned()),
        ])
        .disable_statement_logging();
    let write = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout())
        .connect_with(connect.clone().options(BY_KEY).options([FROZEN]))
        .await?;
    let read = PgPoolOptions::new()
        .max_connections(options.connections_max.saturating_sub(2).max(1))
        .acquire_timeout(options.acquire_timeout())
        .connect_lazy_with(connect.clone());
    let listen = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout())
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(connect);
    Ok([read, write, listen])
}
