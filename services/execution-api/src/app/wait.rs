//! Waits for a task: woken by commits of this process, looking now and then for those of others.

use std::time::Duration;

use storage::Signal;
use task_model::TaskId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::tasks::{self, Seen};
use super::watchers::Watch;
use crate::error::Result;
use crate::state::State;

/// Between two looks at a task that another process may drive.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// The same, while an orchestrator elsewhere settles an attempt that is over.
const LOOK_SOON: Duration = Duration::from_millis(50);

/// The task when it has ended, or as it is when the time is up or the service stops.
pub async fn for_end(state: &State, id: &TaskId, within: Duration) -> Result<Seen> {
    let until = Instant::now() + within;
    let mut waiter = Waiter::new(state, id);
    loop {
        let look = waiter.look();
        let seen = tasks::require(state, id).await?;
        let left = until.saturating_duration_since(Instant::now());
        if seen.is_ended() || left.is_zero() || state.stopping.is_cancelled() {
            return Ok(seen);
        }
        look.rest(state, &seen, left).await;
    }
}

/// What wakes somebody who waits for a task.
pub struct Waiter {
    watch: Watch,
    /// Commits of the orchestrator, when it runs in this process: they concern all tasks, so they count only while one is settled.
    settled: watch::Receiver<u64>,
}

impl Waiter {
    /// Begins to wait.
    pub fn new(state: &State, id: &TaskId) -> Self {
        Self {
            watch: state.watchers.watch(id),
            settled: state.storage.signals().subscribe(Signal::TaskChanged),
        }
    }

    /// To be called before each look: what changes after it ends the rest that follows the look.
    pub fn look(&mut self) -> Look<'_, impl Future<Output = ()> + '_> {
        self.settled.mark_unchanged();
        Look { changed: self.watch.next(), settled: &mut self.settled }
    }
}

/// A look that found nothing new.
pub struct Look<'w, F> {
    changed: F,
    settled: &'w mut watch::Receiver<u64>,
}

impl<F: Future<Output = ()>> Look<'_, F> {
    /// Until something changed, the service stops, or it is time to look again.
    pub async fn rest(self, state: &State, seen: &Seen, at_most: Duration) {
        let unsettled = seen.is_unsettled();
        let pause = if unsettled { LOOK_SOON } else { LOOK_AGAIN };
        tokio::select! {
            () = self.changed => {}
            () = state.stopping.cancelled() => {}
            _ = self.settled.changed(), if unsettled => {}
            () = tokio::time::sleep(pause.min(at_most)) => {}
        }
    }
}
