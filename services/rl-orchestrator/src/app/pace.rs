//! When a background loop looks again: at a hint from this process, else after a while, because hints from others do not arrive.

use std::time::Duration;

use storage::{Signal, Storage};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Waits between two looks. The hint is subscribed to before the first look, so none is lost in between.
pub(crate) struct Pace {
    hint: watch::Receiver<u64>,
    every: Duration,
    stop: CancellationToken,
    failing: bool,
}

impl Pace {
    /// Looks again at each `signal`, and at least every `every`.
    pub(crate) fn new(storage: &Storage, signal: Signal, every: Duration, stop: CancellationToken) -> Self {
        Self { hint: storage.signals().subscribe(signal), every, stop, failing: false }
    }

    /// Waits for the next reason to look; false when the service stops.
    pub(crate) async fn wait(&mut self) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            hinted = self.hint.changed() => match hinted {
                Ok(()) => true,
                // The sender is gone only with the database; the interval keeps this from spinning.
                Err(_) => self.stop.run_until_cancelled(tokio::time::sleep(self.every)).await.is_some(),
            },
            () = tokio::time::sleep(self.every) => true,
        }
    }

    /// Whether to look again at once: work was found, and more may be left. A failure is logged when it begins and waits its turn.
    pub(crate) fn more<E: std::error::Error>(
        &mut self,
        what: &'static str,
        looked: Result<usize, E>,
    ) -> bool {
        match looked {
            Ok(found) => {
                self.failing = false;
                found > 0 && !self.stop.is_cancelled()
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    let cause = error.source().map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(%error, cause, work = what, "background work failed and is tried again");
                }
                false
            }
        }
    }
}
