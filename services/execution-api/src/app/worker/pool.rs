//! The pool: opens a session, claims and drives runs under it, and hands everything back when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::under_way::Wish;
use super::{asks, claim, session};
use crate::state::State;

/// After the order to abandon, a run may still be inside a database call.
const ABANDON_WAIT: Duration = Duration::from_millis(800);

/// How the pool is, for health checks.
#[derive(Debug, Default)]
pub struct PoolState {
    leased: AtomicBool,
}

impl PoolState {
    /// Whether the pool holds a session and may work.
    pub fn is_leased(&self) -> bool {
        self.leased.load(Ordering::Relaxed)
    }
}

/// Works until `stop`, under one session after another.
pub async fn run(state: Arc<State>, stop: CancellationToken) {
    if state.settings.workers == 0 {
        return stop.cancelled().await;
    }
    while let Some(session) = session::open(&state, &stop).await {
        state.pool.leased.store(true, Ordering::Relaxed);
        serve(&state, session, &stop).await;
        state.pool.leased.store(false, Ordering::Relaxed);
    }
}

/// One session, from its first claim until it is lost or the service stops.
async fn serve(state: &Arc<State>, session: session::Session, stop: &CancellationToken) {
    // `lost`: others may have our runs. `done`: nothing of ours is under way any more.
    let (lost, done) = (CancellationToken::new(), CancellationToken::new());
    let runs = TaskTracker::new();
    let work = async {
        claim::claim(state, &session.id, &runs, stop, &lost).await;
        runs.close();
        drain(state, &runs, &lost).await;
        done.cancel();
    };
    tokio::join!(work, session::keep(state, &session, &lost, &done), asks::relay(state, &done));
    if !lost.is_cancelled() {
        session::close(state, &session.id).await;
    }
}

/// Waits for what is under way; what takes too long is abandoned here and goes on elsewhere.
async fn drain(state: &State, runs: &TaskTracker, lost: &CancellationToken) {
    let patience = Duration::from_millis(state.settings.drain_ms);
    tokio::select! {
        () = runs.wait() => return,
        () = lost.cancelled() => {}
        () = tokio::time::sleep(patience) => {
            tracing::warn!(runs = state.under_way.len(), "runs under way are handed back unfinished");
        }
    }
    state.under_way.want_all(Wish::Abandon);
    if tokio::time::timeout(ABANDON_WAIT, runs.wait()).await.is_err() {
        tracing::warn!(runs = state.under_way.len(), "some runs do not let go; their fence is lost");
    }
}
