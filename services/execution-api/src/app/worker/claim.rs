//! Claims runs whenever there is room for them: at once when this process hears of one, or ends one that others may have waited for; by
//! polling otherwise.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use rand::RngExt;
use storage::{RunRecord, Signal};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::ending;
use super::queues::{Left, Queues};
use super::under_way::{Entry, Wish};
use crate::state::State;

/// Between two looks at what the session holds.
const LOOK: Duration = Duration::from_secs(1);

/// Claims until `stop` or until the session is lost.
pub async fn claim(
    state: &Arc<State>,
    session: &str,
    runs: &TaskTracker,
    stop: &CancellationToken,
    lost: &CancellationToken,
) {
    let room = Arc::new(Semaphore::new(state.settings.workers));
    let mut queued = state.storage.signals().subscribe(Signal::RunQueued);
    let ended = Arc::new(Notify::new());
    let begin = |claimed, free: &mut _| start(state, runs, claimed, free, (lost, &ended));
    let mut looked = Instant::now();
    let mut queues = Queues::default();
    loop {
        let mut free = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = lost.cancelled() => return,
            free = all_free(&room) => free,
        };
        if looked.elapsed() >= LOOK {
            looked = Instant::now();
            begin(forgotten(state, session).await, &mut free);
        }
        // Marked as seen before the look, so that a run that comes during it is not overlooked.
        queued.mark_unchanged();
        let left = match queues.claim(state, session, free.num_permits()).await {
            Ok((claimed, left)) => {
                begin(claimed, &mut free);
                left
            }
            Err(storage::Error::Stale) => return lost.cancel(),
            Err(error) => {
                tracing::warn!(%error, "runs cannot be claimed");
                Left::Nothing
            }
        };
        if left == Left::More {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = lost.cancelled() => return,
            _ = queued.changed() => {}
            () = ended.notified(), if left == Left::HeldBack => {}
            () = tokio::time::sleep(pause(state.settings.poll_max_ms, rand::rng().random())) => {}
        }
    }
}

/// Waits for one free place and takes all that are free by then.
async fn all_free(room: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    let mut free = room.clone().acquire_owned().await.expect("the semaphore is never closed");
    let others = u32::try_from(room.available_permits()).unwrap_or(u32::MAX);
    if let Ok(others) = room.clone().try_acquire_many_owned(others) {
        free.merge(others);
    }
    free
}

/// Runs that the session holds and nobody here drives: a claim was committed, and its answer lost with the connection. Without
/// this look they would stay with a session that renews for ever.
async fn forgotten(state: &State, session: &str) -> Vec<RunRecord> {
    let before = state.under_way.leases();
    let held = state.storage.runs_held(session).await.unwrap_or_else(|error| {
        tracing::debug!(session, %error, "what this session holds cannot be looked at");
        Vec::new()
    });
    // One that ended during the look is in the list from before it; this task alone begins any.
    let after = state.under_way.leases();
    let driven = |run: &RunRecord| before.contains(&run.lease()) || after.contains(&run.lease());
    held.into_iter().filter(|run| !driven(run)).collect()
}

/// Between half and all of `max_ms`: many idle processes do not ask in step.
fn pause(max_ms: u64, unit: f64) -> Duration {
    Duration::from_millis(max_ms).mul_f64(0.5 + unit / 2.0)
}

fn start(
    state: &Arc<State>,
    runs: &TaskTracker,
    claimed: Vec<RunRecord>,
    free: &mut OwnedSemaphorePermit,
    (lost, ended): (&CancellationToken, &Arc<Notify>),
) {
    for run in claimed {
        let Some(place) = free.split(1) else { return };
        // Under way from here on, so that an order to abandon everything reaches it too.
        let entry = state.under_way.begin(run.lease());
        let (state, ended) = (state.clone(), ended.clone());
        runs.spawn(async move {
            drive(state, run, entry, place).await;
            ended.notify_one();
        });
    }
    if lost.is_cancelled() {
        state.under_way.want_all(Wish::Abandon);
    }
}

async fn drive(state: Arc<State>, run: RunRecord, entry: Entry, _place: OwnedSemaphorePermit) {
    let lease = run.lease();
    if run.cancel_at.is_some() {
        entry.ask.want(Wish::Cancel);
    }
    let walked = AssertUnwindSafe(ending::see_through(&state, &entry.ask, run)).catch_unwind().await;
    if walked.is_err() {
        tracing::error!(task.id = %lease.task_id, attempt = lease.attempt.0, "a worker panicked; the run waits for a person");
        let why =
            storage::TaskError { code: "INTERNAL".into(), message: "a worker failed on this task".into() };
        let _ = state.storage.run_review(lease, why).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn takes_every_free_place_and_waits_for_the_first() {
        let room = Arc::new(Semaphore::new(3));
        let mut free = all_free(&room).await;
        assert_eq!(free.num_permits(), 3);
        assert!(all_free(&room).now_or_never().is_none());
        drop(free.split(2));
        assert_eq!(all_free(&room).await.num_permits(), 2);
    }

    #[test]
    fn pauses_are_spread_and_never_longer_than_said() {
        assert_eq!(pause(200, 0.0), Duration::from_millis(100));
        assert!(pause(200, 0.999) <= Duration::from_millis(200));
    }
}
