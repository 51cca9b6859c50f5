//! Requests at an even rate. The runtime's timers tick once a millisecond, which would send several at once; a thread of its own is
//! exact to some 60 µs. A request counts from when it was due, so that one that waits for a free connection is not forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::exit::{Code, Failure};

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
    /// Begins soon and goes on for `duration`.
    pub fn start(per_second: f64, duration: Duration) -> Result<Arc<Self>, Failure> {
        let pace = Arc::new(Self {
            began: Instant::now() + LEAD,
            gap: Duration::from_secs_f64(1.0 / per_second),
            due: Semaphore::new(0),
            taken: AtomicU32::new(0),
        });
        let turns = (duration.as_secs_f64() * per_second) as u32;
        let (keeper, thread) = (pace.clone(), thread::Builder::new().name("pace".to_owned()));
        let started = thread.spawn(move || keeper.keep(turns));
        started.map_err(|error| Failure::from_error(Code::Other, &error))?;
        Ok(pace)
    }

    /// Waits for the next turn: when it was due. `None`: there are no more.
    pub async fn turn(&self) -> Option<Instant> {
        self.due.acquire().await.ok()?.forget();
        Some(self.at(self.taken.fetch_add(1, Ordering::Relaxed)))
    }

    fn keep(&self, turns: u32) {
        for turn in 0..turns {
            thread::sleep(self.at(turn).saturating_duration_since(Instant::now()));
            self.due.add_permits(1);
        }
        self.due.close();
    }

    fn at(&self, turn: u32) -> Instant {
        self.began + self.gap * turn
    }
}
