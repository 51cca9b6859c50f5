//! Wake-ups across processes on PostgreSQL: one task of the process tells what it committed, another listens to the others.
//!
//! NOTIFY is sent apart from the transactions that write, because its commit takes a lock that the whole server shares, and
//! gathered, so that however many commits there are, the others are told a hundred times a second at most. All of it is a hint:
//! what is lost, perhaps because a pooler in between forwards no notifications, is found by polling.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::{Executor, PgPool};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Signals;
use crate::open::database::Database;

const CHANNEL: &str = "lightning";
/// Losing a hint in a crash of the server does not matter, so its commit need not wait for the disk.
const TELL: &str = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";
/// Between two NOTIFYs of this process. The first after a pause is sent at once.
const GATHER: Duration = Duration::from_millis(10);
/// The longest that telling may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries to listen while the server gives no connection.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);
/// After so long a silence the connection is tried: what lies between may have forgotten it without a word.
const SILENCE: Duration = Duration::from_secs(30);

/// Both tasks; they end with this.
pub(crate) struct Neighbours([JoinHandle<()>; 2]);

impl Neighbours {
    /// Begins to tell and to listen, where the database can pass it on.
    pub(crate) fn spawn(database: &Database, signals: &Arc<Signals>) -> Option<Self> {
        let Database::Postgres { read, listen, .. } = database else { return None };
        // Whoever listens hears itself too; this is how it knows.
        let own = uuid::Uuid::now_v7().simple().to_string();
        let telling = tokio::spawn(tell(read.clone(), signals.clone(), own.clone()));
        let hearing = tokio::spawn(hear(listen.clone(), signals.clone(), own));
        Some(Self([telling, hearing]))
    }

    /// Ends both, and waits until they have let go of their connections.
    pub(crate) async fn leave(mut self) {
        for task in &mut self.0 {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for Neighbours {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn tell(pool: PgPool, signals: Arc<Signals>, own: String) {
    loop {
        let bits = signals.take_untold().await;
        let notify = sqlx::query(TELL).bind(CHANNEL).bind(format!("{own} {bits}"));
        match timeout(PATIENCE, notify.execute(&pool)).await {
            Ok(Ok(_)) => metrics::counter!("storage_hints_told_total").increment(1),
            Ok(Err(error)) => {
                tracing::debug!(%error, "other processes were not woken; they look by themselves")
            }
            Err(_) => tracing::debug!("other processes were not woken in time; they look by themselves"),
        }
        sleep(GATHER).await;
    }
}

/// A process in which nobody wants to be woken needs no connection for it.
async fn hear(pool: PgPool, signals: Arc<Signals>, own: String) {
    signals.subscribed().await;
    loop {
        if let Err(error) = listen(&pool, &signals, &own).await {
            tracing::debug!(%error, "the wake-ups of other processes are not heard");
            sleep(LISTEN_AGAIN).await;
        }
    }
}

/// Listens until the connection is lost.
async fn listen(pool: &PgPool, signals: &Signals, own: &str) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // What was told before is lost, so everybody looks.
    signals.hear_all(u32::MAX);
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(told))) => {
                let others = told.payload().split_once(' ').filter(|(whose, _)| *whose != own);
                if let Some(bits) = others.and_then(|(_, bits)| bits.parse().ok()) {
                    metrics::counter!("storage_hints_heard_total").increment(1);
                    signals.hear_all(bits);
                }
            }
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let ping = listener.execute("SELECT 1");
                timeout(PATIENCE, ping).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
            }
        }
    }
}
