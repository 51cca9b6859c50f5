//! Opening a database: one handle for every service, cheap to clone.

pub(crate) mod database;
mod postgres;
mod sqlite;

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use task_model::Micros;
use tokio::sync::oneshot;

use crate::signals::Signals;
use crate::signals::neighbours::Neighbours;
use crate::sql::{Connection, sql};
use crate::writer::group::{Manner, Run, Single};
use crate::writer::{Desk, Writer};
use crate::{Result, Signal, StorageOptions};
use database::Database;

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file in this machine.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database. All clones share one writer and one set of signals.
#[derive(Clone)]
pub struct Storage {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    desk: Arc<Desk>,
    signals: Arc<Signals>,
    neighbours: Mutex<Option<Neighbours>>,
    writer: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Storage {
    /// Opens the database; creates the file of an SQLite database that does not exist. Changes no schema.
    pub async fn open(options: &StorageOptions) -> Result<Self> {
        let database = Database::open(options).await?;
        let desk = Desk::new();
        let signals = Arc::new(Signals::new());
        let writer = Writer::start(desk.clone(), database.clone(), signals.clone(), options.clone()).await?;
        let neighbours = Mutex::new(Neighbours::spawn(&database, &signals));
        let writer = Mutex::new(Some(writer));
        Ok(Self { inner: Arc::new(Inner { database, desk, signals, neighbours, writer }) })
    }

    /// Brings the schema up to date. Safe when several processes start at once.
    pub async fn migrate(&self) -> Result<()> {
        self.inner.database.migrate().await
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        sql("SELECT 1 AS one").row(&mut self.read().await?).await.map(drop)
    }

    /// The clock that decides deadlines: the server's, when several machines share the database.
    pub async fn now(&self) -> Result<Micros> {
        match self.kind() {
            Kind::Sqlite => Ok(local_clock()),
            Kind::Postgres => {
                const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now";
                let row = sql(NOW).row(&mut self.read().await?).await?;
                row.map_or(Ok(local_clock()), |row| row.micros("now"))
            }
        }
    }

    /// Which database it is.
    pub fn kind(&self) -> Kind {
        self.inner.database.kind()
    }

    /// How many operations wait for their commit.
    pub fn queue_depth(&self) -> usize {
        self.inner.desk.lanes.waiting()
    }

    /// The wake-ups of this process, and on PostgreSQL those that others send it.
    pub fn signals(&self) -> &Signals {
        &self.inner.signals
    }

    /// Finishes what is queued and closes all connections.
    pub async fn close(&self) {
        self.inner.desk.close();
        let writer = self.inner.writer.lock().take();
        if let Some(ended) = writer
            && ended.await.is_err()
        {
            tracing::error!("the writer ended badly");
        }
        let neighbours = self.inner.neighbours.lock().take();
        if let Some(neighbours) = neighbours {
            neighbours.leave().await;
        }
        self.inner.database.close().await;
    }

    /// A connection that only reads.
    pub(crate) async fn read(&self) -> Result<Connection> {
        self.inner.database.read().await
    }

    /// The pools, for what needs a connection outside them.
    pub(crate) fn database(&self) -> &Database {
        &self.inner.database
    }

    /// What the writer works on.
    pub(crate) fn desk(&self) -> &Desk {
        &self.inner.desk
    }

    /// Runs an operation that is not batched, in the writer's next transaction, and wakes up whom it concerns.
    pub(crate) async fn write<A, T>(
        &self,
        args: A,
        signals: &'static [Signal],
        run: Single<A, T>,
    ) -> Result<T>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
    {
        let manner = Manner { run: Run::Single(run), signals, appends_to_log: false };
        self.desk().lanes.odd.call(args, manner, &self.desk().arrived).await
    }

    /// The same for an operation that may append to the experience log.
    pub(crate) async fn write_log<A, T>(
        &self,
        args: A,
        signals: &'static [Signal],
        run: Single<A, T>,
    ) -> Result<T>
    where
        A: Send + Sync + 'static,
        T: Send + 'static,
    {
        let manner = Manner { run: Run::Single(run), signals, appends_to_log: true };
        self.desk().lanes.odd.call(args, manner, &self.desk().arrived).await
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.desk.close();
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

fn local_clock() -> Micros {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}
