//! A connection to either database, and the words that open and close transactions on it.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite};
use tokio::time::Instant;

use super::{Inline, sql};
use crate::{Error, Kind, Result};

/// A connection, with at most one open transaction.
pub(crate) enum Connection {
    /// SQLite on the caller's thread: the writer's.
    Inline(Inline),
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Connection {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Inline(_) | Self::Sqlite(_) => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// The text for this database, where one text does not serve both.
    pub(crate) fn choose(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Inline(_) | Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// Opens a transaction that may write. Another process may hold SQLite's write lock for as long as `patience`.
    ///
    /// SQLite's own busy handler sleeps up to 100 ms between tries, so a busy neighbour starves it; asking
    /// every millisecond does not. Never a deferred transaction: one that reads and then writes cannot wait.
    pub(crate) async fn begin(&mut self, patience: Duration) -> Result<()> {
        if self.kind() == Kind::Postgres {
            return self.control("BEGIN").await;
        }
        let give_up = Instant::now() + patience;
        loop {
            match self.control("BEGIN IMMEDIATE").await {
                Err(Error::Unavailable(_)) if Instant::now() < give_up => {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                done => return done,
            }
        }
    }

    /// Opens a transaction that only reads, and that sees the database as it is at its first read.
    pub(crate) async fn begin_snapshot(&mut self) -> Result<()> {
        const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.control(self.choose("BEGIN", SNAPSHOT)).await
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.control("COMMIT").await
    }

    /// Gives up the transaction. A connection that cannot even do that is not used again.
    pub(crate) async fn rollback(&mut self) {
        if self.control("ROLLBACK").await.is_err() {
            self.close_on_drop();
        }
    }

    /// Sees to it that it does not go back to its pool.
    pub(crate) fn close_on_drop(&mut self) {
        match self {
            // It belongs to no pool.
            Self::Inline(_) => {}
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }

    pub(crate) async fn savepoint(&mut self) -> Result<()> {
        self.control("SAVEPOINT operation").await
    }

    pub(crate) async fn release(&mut self) -> Result<()> {
        self.control("RELEASE SAVEPOINT operation").await
    }

    pub(crate) async fn rollback_to_savepoint(&mut self) -> Result<()> {
        self.control("ROLLBACK TO SAVEPOINT operation").await?;
        self.release().await
    }

    async fn control(&mut self, word: &'static str) -> Result<()> {
        sql(word).execute(self).await.map(drop)
    }
}
