//! Ends the sessions of workers that died, so that their runs go on elsewhere. Every process does it; once is enough.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt;
use tokio_util::sync::CancellationToken;

use crate::state::State;

/// Reaps until `stop`, about three times per TTL.
pub async fn run(state: Arc<State>, stop: CancellationToken) {
    let third = Duration::from_millis(state.settings.lease_ttl_ms) / 3;
    loop {
        let pause = third.mul_f64(rand::rng().random_range(0.8..1.2));
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
        if let Err(error) = reap(&state).await {
            tracing::warn!(%error, "expired worker sessions cannot be ended");
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
