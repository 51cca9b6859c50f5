//! Opening PostgreSQL: one pool, with a limit on how long a statement or a wait for a lock may take.

use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use crate::{Error, Result, StorageOptions};

pub(super) async fn open(url: &str, options: &StorageOptions) -> Result<PgPool> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| Error::invalid("database url", "is not one that PostgreSQL understands"))?
        .application_name("agent-lightning")
        .options([
            ("statement_timeout", options.statement_timeout_ms.to_string()),
            ("lock_timeout", options.busy_timeout_ms.to_string()),
            ("synchronous_commit", "on".to_owned()),
        ])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        // The writer keeps one for itself.
        .max_connections(options.connections_max.max(2))
        .acquire_timeout(options.acquire_timeout())
        .connect_with(connect)
        .await?;
    Ok(pool)
}
