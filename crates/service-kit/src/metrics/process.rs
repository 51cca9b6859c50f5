//! The loops that belong to the process and not to one of its services.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::{influx, install};
use crate::config::Metrics;

/// Held by the service that runs the loops for all; when it stops, another takes over.
static TURN: Mutex<()> = Mutex::const_new(());

/// Histograms keep every value until they are read or tidied up.
const TIDY_EVERY: Duration = Duration::from_secs(5);

/// Tidies the recorder and pushes figures, in one service of the process at a time.
pub(crate) async fn keep(settings: Metrics, stop: CancellationToken) {
    let Some(_turn) = stop.run_until_cancelled(TURN.lock()).await else { return };
    tokio::join!(tidy(&stop), influx::push(settings, stop.clone()));
}

async fn tidy(stop: &CancellationToken) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        install().run_upkeep();
    }
}
