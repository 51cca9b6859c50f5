//! The worker session of this process: opened, renewed, doubted, closed. The database's clock decides when it expires; this
//! process only measures how long ago it asked.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

use super::lease::Lease;
use super::under_way::Wish;
use crate::state::State;

/// Between two tries to open a session while the database is away.
const OPEN_AGAIN: Duration = Duration::from_millis(500);
/// Between two tries to renew while the database is away.
const RENEW_AGAIN: Duration = Duration::from_millis(100);

/// An open session.
#[derive(Debug)]
pub struct Session {
    /// Its identity.
    pub id: String,
    lease: Lease,
}

/// Opens a session, trying until `stop`.
pub async fn open(state: &State, stop: &CancellationToken) -> Option<Session> {
    let mut complained = false;
    while !stop.is_cancelled() {
        let asked = Instant::now();
        match try_open(state).await {
            Ok(id) => {
                let lease = Lease::granted(Duration::from_millis(state.settings.lease_ttl_ms), asked);
                state.under_way.believe_until(lease.stop_at());
                tracing::info!(session = id, workers = state.settings.workers, "workers are ready");
                return Some(Session { id, lease });
            }
            Err(error) if !complained => {
                complained = true;
                tracing::warn!(%error, "no worker session can be opened");
            }
            Err(_) => {}
        }
        stop.run_until_cancelled(sleep(OPEN_AGAIN)).await;
    }
    None
}

async fn try_open(state: &State) -> storage::Result<String> {
    let now = state.storage.now().await?;
    let session = state.storage.session_open(&host(), std::process::id().into(), ttl_ms(state), now).await?;
    Ok(session.session_id)
}

/// Renews until `done`. When the lease can no longer be believed, `lost` is cancelled and every run is abandoned at once.
pub async fn keep(state: &State, session: &Session, lost: &CancellationToken, done: &CancellationToken) {
    let mut lease = session.lease;
    let every = Duration::from_millis(state.settings.lease_renew_ms);
    let mut next = Instant::now() + every;
    loop {
        tokio::select! {
            () = done.cancelled() => return,
            () = lost.cancelled() => break,
            () = sleep_until(next) => {}
        }
        let asked = Instant::now();
        match timeout_at(lease.stop_at(), renew(state, &session.id)).await {
            Ok(Ok(())) => {
                lease.renewed(asked);
                state.under_way.believe_until(lease.stop_at());
                next = asked + every;
            }
            Ok(Err(storage::Error::Stale)) => {
                tracing::error!(session = session.id, "the worker session was taken away");
                break;
            }
            Ok(Err(error)) => {
                tracing::warn!(session = session.id, %error, "the worker session cannot be renewed");
                next = Instant::now() + RENEW_AGAIN;
            }
            Err(_) => {}
        }
        if !lease.holds(Instant::now()) {
            tracing::error!(
                session = session.id,
                "the worker session was not renewed in time; its runs go to others"
            );
            break;
        }
    }
    lost.cancel();
    state.under_way.want_all(Wish::Abandon);
}

async fn renew(state: &State, id: &str) -> storage::Result<()> {
    let now = state.storage.now().await?;
    state.storage.session_renew(id, ttl_ms(state), now).await
}

/// Closes the session; what it still holds waits for another worker.
pub async fn close(state: &State, id: &str) {
    let closed = async {
        let now = state.storage.now().await?;
        state.storage.session_close(id, now).await
    };
    match closed.await {
        Ok(0) | Err(storage::Error::Stale) => {}
        Ok(released) => tracing::info!(session = id, released, "runs were handed back"),
        Err(error) => {
            tracing::warn!(session = id, %error, "the worker session was not closed; it expires by itself")
        }
    }
}

fn ttl_ms(state: &State) -> i64 {
    i64::try_from(state.settings.lease_ttl_ms).unwrap_or(i64::MAX)
}

/// For people who look for a worker; nothing depends on it.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "unknown".to_owned() } else { name.to_owned() }
}
