//! Waits for the end of a task: woken by commits of this process, looking now and then for those of others.

use std::time::Duration;

use task_model::TaskId;
use tokio::time::{Instant, timeout_at};

use super::tasks::{self, Seen};
use crate::error::Result;
use crate::state::State;

/// Between two looks at a task that another process may drive.
pub const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// The same, while the orchestrator settles a failed attempt.
const LOOK_SOON: Duration = Duration::from_millis(25);

/// The task when it has ended, or as it is when the time is up or the service stops.
pub async fn for_end(state: &State, id: &TaskId, within: Duration) -> Result<Seen> {
    let until = Instant::now() + within;
    let watch = state.watchers.watch(id);
    loop {
        let changed = watch.next();
        let seen = tasks::require(state, id).await?;
        let now = Instant::now();
        if seen.is_ended() || now >= until || state.stopping.is_cancelled() {
            return Ok(seen);
        }
        let pause = if seen.is_unsettled() { LOOK_SOON } else { LOOK_AGAIN };
        let _ = timeout_at(until.min(now + pause), state.stopping.run_until_cancelled(changed)).await;
    }
}
