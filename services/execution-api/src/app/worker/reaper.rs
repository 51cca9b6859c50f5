//! Ends the sessions of workers that died, so that their runs go on elsewhere, and takes runs from workers that do not stop when
//! asked to, and ends runs whose deadline passes while nobody drives them. Every process does it; once is enough.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::state::State;

/// Runs that end in one commit.
const AT_ONCE: usize = 200;

/// Reaps until `stop`. A look that finds nothing costs no commit.
pub async fn run(state: Arc<State>, stop: CancellationToken) {
    let ttl = Duration::from_millis(state.settings.lease_ttl_ms);
    loop {
        let pause = pause(ttl, rand::rng().random());
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        if let Err(error) = reap(&state).await {
            tracing::warn!(%error, "expired worker sessions cannot be ended");
        }
        if let Err(error) = stop_hard(&state).await {
            tracing::warn!(%error, "runs that do not stop cannot be taken from their workers");
        }
        if let Err(error) = expire(&state).await {
            tracing::warn!(%error, "runs whose deadline passed cannot be ended");
        }
    }
}

/// About six times per TTL, not in step with other processes: the runs of a dead worker wait for its TTL and one pause.
fn pause(ttl: Duration, unit: f64) -> Duration {
    (ttl / 6).mul_f64(0.8 + 0.4 * unit)
}

/// Cooperation was asked for and had its time.
async fn stop_hard(state: &State) -> storage::Result<()> {
    let grace = i64::try_from(state.settings.cancel_grace_ms).unwrap_or(i64::MAX);
    let stopped = state.storage.runs_cancel_overdue(clock::now().plus_millis(-grace)).await?;
    if stopped > 0 {
        tracing::warn!(stopped, "cancelled runs were taken from workers that did not stop");
        metrics::counter!("execution_runs_stopped_hard_total").increment(stopped as u64);
    }
    Ok(())
}

/// What nobody drives has nobody who looks at its deadline.
async fn expire(state: &State) -> storage::Result<()> {
    let now = state.storage.now().await?;
    loop {
        let expired = state.storage.runs_expire(now, AT_ONCE).await?;
        if expired > 0 {
            tracing::info!(expired, "runs ended because their deadline passed while nobody drove them");
            metrics::counter!("execution_runs_expired_total").increment(expired as u64);
        }
        if expired < AT_ONCE {
            return Ok(());
        }
    }
}

async fn reap(state: &State) -> storage::Result<()> {
    let now = state.storage.now().await?;
    let reaped = state.storage.sessions_reap(now).await?;
    if reaped != storage::Reaped::default() {
        let storage::Reaped { requeued, poisoned, stopped } = reaped;
        tracing::warn!(requeued, poisoned, stopped, "a worker died; its runs go on elsewhere");
        metrics::counter!("execution_runs_requeued_total").increment(requeued as u64);
        metrics::counter!("execution_runs_poisoned_total").increment(poisoned as u64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by `lightning chaos`: a look every second made the slowest takeovers longer than four.
    #[test]
    fn a_takeover_ends_within_four_seconds_of_a_death() {
        let (ttl, poll) = (Duration::from_secs(3), Duration::from_millis(250));
        assert!(ttl + pause(ttl, 1.0) + poll <= Duration::from_secs(4));
    }
}
