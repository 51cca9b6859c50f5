//! Group commit: the one place of this process that writes.
//!
//! Operations wait in lanes. The writer takes what waits, runs it in one transaction, commits once, and answers all.
//! An operation that fails is rolled back alone. It knows no table: lanes bring their statements with them.
//!
//! On SQLite it has a thread to itself, on which all statements run.

pub(crate) mod group;
pub(crate) mod lane;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::lanes::Lanes;
use crate::open::database::Database;
use crate::signals::Signals;
use crate::sql::Connection;
use crate::{Error, Kind, Result, StorageOptions};
use group::Group;
use transaction::Attempted;

/// What the writer and the callers share.
pub(crate) struct Desk {
    pub(crate) lanes: Lanes,
    pub(crate) arrived: Notify,
    closing: AtomicBool,
}

impl Desk {
    /// An empty desk.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { lanes: Lanes::new(), arrived: Notify::new(), closing: AtomicBool::new(false) })
    }

    /// Lets the writer finish what waits, and then end.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.arrived.notify_one();
    }
}

/// The one who writes.
pub(crate) struct Writer {
    desk: Arc<Desk>,
    database: Database,
    signals: Arc<Signals>,
    options: StorageOptions,
    connection: Option<Connection>,
    last_size: usize,
}

impl Writer {
    /// Starts it; it ends after [`Desk::close`], and tells so.
    pub(crate) async fn start(
        desk: Arc<Desk>,
        database: Database,
        signals: Arc<Signals>,
        options: StorageOptions,
    ) -> Result<oneshot::Receiver<()>> {
        let mut writer = Self { desk, database, signals, options, connection: None, last_size: 0 };
        let (tell, ended) = oneshot::channel();
        let work = async move |writer: Self| {
            writer.run().await;
            let _ = tell.send(());
        };
        match writer.database.kind() {
            Kind::Postgres => drop(tokio::spawn(work(writer))),
            Kind::Sqlite => {
                writer.connection = Some(writer.database.write().await?);
                let runtime = Handle::current();
                let thread = thread::Builder::new().name("storage-writer".to_owned());
                let started = thread.spawn(move || runtime.block_on(work(writer)));
                started
                    .map_err(|error| Error::Unavailable(format!("a thread cannot be started: {error}")))?;
            }
        }
        Ok(ended)
    }

    async fn run(mut self) {
        // Whoever still waits when this task ends, however it ends, is told so.
        let _closer = LaneCloser(self.desk.clone());
        loop {
            if self.desk.lanes.waiting() == 0 {
                if self.desk.closing.load(Ordering::Acquire) {
                    return;
                }
                self.desk.arrived.notified().await;
                continue;
            }
            self.gather().await;
            let groups = self.desk.lanes.take(self.options.write_batch_max);
            self.last_size = groups.iter().map(|group| group.len()).sum();
            self.commit(groups).await;
        }
    }

    /// Waits for company, as long as there was some last time and more keeps coming. A lone caller never waits.
    async fn gather(&mut self) {
        if self.last_size <= 1 {
            return;
        }
        let give_up = Instant::now() + self.options.batch_window();
        let enough = self.last_size.min(self.options.write_batch_max);
        let mut seen = 0;
        loop {
            let waiting = self.desk.lanes.waiting();
            if waiting == seen || waiting >= enough || Instant::now() >= give_up {
                return;
            }
            seen = waiting;
            tokio::task::yield_now().await;
        }
    }

    async fn commit(&mut self, mut groups: Vec<Box<dyn Group>>) {
        metrics::histogram!("storage_batch_operations").record(self.last_size as f64);
        let start = Instant::now();
        let mut attempted = self.attempt(&mut groups).await;
        if let Attempted::NotBegun(error) | Attempted::RolledBack(error) = &attempted
            && matches!(error, Error::Unavailable(_))
        {
            // A connection that the server closed while it was idle, or a deadlock: once more, from the start.
            tracing::debug!(%error, "repeating a transaction");
            attempted = self.attempt(&mut groups).await;
        }
        metrics::histogram!("storage_commit_seconds").record(start.elapsed());
        let failure = attempted.failure();
        if let Some(error) = &failure {
            tracing::warn!(%error, operations = self.last_size, "a commit failed");
        }
        for group in groups {
            if failure.is_none() {
                group.signals().iter().for_each(|signal| self.signals.raise(*signal));
            }
            group.answer(failure.as_ref());
        }
    }

    async fn attempt(&mut self, groups: &mut [Box<dyn Group>]) -> Attempted {
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.database.write().await,
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            Err(error) => return Attempted::NotBegun(error),
        };
        let attempted = transaction::run(&mut connection, groups, self.options.busy_timeout()).await;
        if attempted.failure().is_none() {
            self.connection = Some(connection);
        }
        attempted
    }
}

struct LaneCloser(Arc<Desk>);

impl Drop for LaneCloser {
    fn drop(&mut self) {
        self.0.lanes.close();
    }
}
