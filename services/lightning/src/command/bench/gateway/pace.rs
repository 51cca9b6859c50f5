//! Requests at an even rate. A request counts from when it was due, so that one that waits for a free connection is not forgotten.

#[cfg_attr(target_os = "linux", path = "pace/exact_ticks.rs")]
#[cfg_attr(not(target_os = "linux"), path = "pace/coarse_ticks.rs")]
mod ticks;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::exit::{Code, Failure};
use ticks::Ticks;

/// Until the first turn: connections stand by then.
const LEAD: Duration = Duration::from_millis(250);

/// The turns of one load.
#[derive(Debug)]
pub struct Pace {
    began: Instant,
    gap: Duration,
    due: Semaphore,
    taken: AtomicU32,
}

impl Pace {
    /// Begins soon and goes on for `duration`, on the runtime of the caller.
    pub fn start(per_second: f64, duration: Duration) -> Result<Arc<Self>, Failure> {
        let pace = Arc::new(Self {
            began: Instant::now() + LEAD,
            gap: Duration::from_secs_f64(1.0 / per_second),
            due: Semaphore::new(0),
            taken: AtomicU32::new(0),
        });
        let turns = (duration.as_secs_f64() * per_second) as u32;
        let ticks = Ticks::new(LEAD, pace.gap).map_err(|error| Failure::from_error(Code::Other, &error))?;
        tokio::spawn(pace.clone().keep(turns, ticks));
        Ok(pace)
    }

    /// Waits for the next turn: when it was due. `None`: there are no more.
    pub async fn turn(&self) -> Option<Instant> {
        self.due.acquire().await.ok()?.forget();
        Some(self.at(self.taken.fetch_add(1, Ordering::Relaxed)))
    }

    async fn keep(self: Arc<Self>, turns: u32, mut ticks: Ticks) {
        let mut given = 0;
        while given < turns && ticks.next().await.is_ok() {
            let due = self.by(Instant::now()).min(turns);
            self.due.add_permits((due - given) as usize);
            given = due;
        }
        self.due.close();
    }

    fn at(&self, turn: u32) -> Instant {
        self.began + self.gap * turn
    }

    /// How many turns are due at `now`.
    fn by(&self, now: Instant) -> u32 {
        let passed = now.checked_duration_since(self.began);
        passed.map_or(0, |passed| (passed.as_nanos() / self.gap.as_nanos().max(1)) as u32 + 1)
    }
}
