//! Serving: listener, connections, and an end that leaves nothing half-done.

mod bind;
mod connection;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use bind::{BindError, bind};

use crate::app::{App, AppParts, OnStop};
use crate::config::{ConfigError, Metrics};
use crate::metrics;

/// Buckets of callers that were quiet are forgotten this often.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// For [`App::on_stop`], beyond `limits.shutdown_timeout_ms`; together they stay under the 10 s after which supervisors kill.
const LAST_ACTS: Duration = Duration::from_millis(900);

/// After an error that concerns all connections (no file descriptors left), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `app` on `listener` until `stop` is cancelled; then takes no new connections, lets calls and background loops finish for
/// at most `limits.shutdown_timeout_ms`, and runs what [`App::on_stop`] was given.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> Result<(), ConfigError> {
    let parts = app.into_parts()?;
    let metrics: Metrics = parts.settings.section("metrics")?;
    let tasks = TaskTracker::new();
    let AppParts { name, router, kit, limits, background, on_stop, .. } = parts;
    for background in background {
        tasks.spawn(background.supervise(name, stop.clone()));
    }
    tasks.spawn(metrics::keep(metrics, stop.clone()));
    tasks.spawn(forget_quiet_callers(kit, stop.clone()));

    let room = Arc::new(Semaphore::new(limits.connections_max.min(Semaphore::MAX_PERMITS)));
    let serving = connection::Serving::new(router, &limits, tasks.clone());
    while let Some((stream, room)) = next(&listener, &room, &stop).await {
        tasks.spawn(serving.clone().run(stream, stop.clone(), room));
    }
    drop(listener);
    finish(name, &tasks, Duration::from_millis(limits.shutdown_timeout_ms), on_stop).await;
    Ok(())
}

/// The next connection; `None` when it is time to stop.
async fn next(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    stop: &CancellationToken,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = stop.run_until_cancelled(room.clone().acquire_owned()).await?.ok()?;
    loop {
        match stop.run_until_cancelled(listener.accept()).await? {
            Ok((stream, _)) => return Some((stream, permit)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                stop.run_until_cancelled(tokio::time::sleep(ACCEPT_PAUSE)).await?;
            }
        }
    }
}

async fn forget_quiet_callers(kit: Arc<crate::layer::KitState>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(FORGET_EVERY);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        kit.forget_quiet_callers();
    }
}

async fn finish(name: &'static str, tasks: &TaskTracker, allowed: Duration, on_stop: Vec<OnStop>) {
    tasks.close();
    if tokio::time::timeout(allowed, tasks.wait()).await.is_err() {
        tracing::warn!(service = name, unfinished = tasks.len(), "stopped before everything was finished");
    }
    let last_acts = async {
        for run in on_stop {
            run().await;
        }
    };
    if tokio::time::timeout(LAST_ACTS, last_acts).await.is_err() {
        tracing::warn!(service = name, "stopped before everything was closed");
    }
}
