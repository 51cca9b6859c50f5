//! Loops that run as long as a service, and are started again when they fail.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::access::{KeyEntry, KeyRing};

/// Between the end of a loop that should not have ended and its next start.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// A named loop.
pub(crate) struct Background {
    name: &'static str,
    run: Box<dyn Fn(CancellationToken) -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Background {
    pub(crate) fn new<F, Fut>(name: &'static str, run: F) -> Self
    where
        F: Fn(CancellationToken) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self { name, run: Box::new(move |stop| Box::pin(run(stop))) }
    }

    /// Runs until `stop`.
    pub(crate) async fn supervise(self, service: &'static str, stop: CancellationToken) {
        loop {
            let ended = AssertUnwindSafe((self.run)(stop.clone())).catch_unwind().await;
            if stop.is_cancelled() {
                return;
            }
            let how = if ended.is_ok() { "ended" } else { "panicked" };
            tracing::error!(
                service,
                background = self.name,
                how,
                "a background loop stopped by itself and starts again"
            );
            metrics::counter!("background_restarts_total", "service" => service, "background" => self.name)
                .increment(1);
            if stop.run_until_cancelled(tokio::time::sleep(RESTART_AFTER)).await.is_none() {
                return;
            }
        }
    }
}

/// Reads the keys again and again. A failure is logged when it begins and when it is over, not every second.
pub(super) async fn refresh_keys<F, Fut, E>(
    ring: KeyRing,
    read: Arc<F>,
    every: Duration,
    stop: CancellationToken,
) where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Vec<KeyEntry>, E>> + Send + 'static,
    E: Display + Send + 'static,
{
    let mut failing = false;
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let Some(result) = stop.run_until_cancelled(read()).await else { return };
        match result {
            Ok(keys) => {
                ring.store(keys);
                if std::mem::take(&mut failing) {
                    tracing::info!("the API keys can be read again");
                }
            }
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(%error, "the API keys cannot be read; those read before stay valid");
            }
            Err(_) => {}
        }
    }
}
