//! Wishes that were written by another process: seen at its hint, or by looking at the long-running runs of this one once a second.

use std::time::Duration;

use storage::{RunLease, Signal};
use tokio_util::sync::CancellationToken;

use super::under_way::Wish;
use crate::state::State;

const EVERY: Duration = Duration::from_secs(1);

/// Passes on what was asked until `done`. Without a hint, a run that ends within a second is never looked at.
pub async fn relay(state: &State, done: &CancellationToken) {
    let mut asked = state.storage.signals().subscribe(Signal::RunAsked);
    let mut clock = tokio::time::interval(EVERY);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut before: Vec<RunLease> = Vec::new();
    loop {
        let hinted = tokio::select! {
            () = done.cancelled() => return,
            hint = asked.changed() => hint.is_ok(),
            _ = clock.tick() => false,
        };
        let now = state.under_way.leases();
        for lease in now.iter().filter(|lease| hinted || before.contains(lease)) {
            if let Err(error) = look(state, lease).await {
                tracing::debug!(task.id = %lease.task_id, %error, "a run under way cannot be looked at");
            }
        }
        before = now;
    }
}

async fn look(state: &State, lease: &RunLease) -> storage::Result<()> {
    let Some(run) = state.storage.run_find(&lease.task_id, Some(lease.attempt)).await? else { return Ok(()) };
    let wish = if run.fence != lease.fence {
        Wish::Abandon
    } else if run.cancel_at.is_some() {
        Wish::Cancel
    } else if run.pause_at.is_some() {
        Wish::Pause
    } else {
        return Ok(());
    };
    state.under_way.want(&lease.task_id, lease.attempt, wish);
    Ok(())
}
