//! Figures that nobody counts as they change: how long the queue is, how much is under way.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::state::State;

const EVERY: Duration = Duration::from_secs(5);

/// Sets the gauges until `stop`.
pub async fn run(state: Arc<State>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        metrics::gauge!("execution_workers_busy").set(state.under_way.len() as f64);
        metrics::gauge!("execution_agents_active").set(state.roster.active() as f64);
        match state.storage.run_counts().await {
            Ok(counts) => {
                for (status, count) in counts {
                    metrics::gauge!("execution_runs", "status" => status).set(count as f64);
                }
            }
            Err(error) => tracing::debug!(%error, "runs cannot be counted"),
        }
    }
}
