//! Ticks of the runtime's timers, one a millisecond: above 1,000 requests a second several are sent at once.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// The ticks.
#[derive(Debug)]
pub struct Ticks(Interval);

impl Ticks {
    /// The first after `lead`, then one every `gap`, but at most one a millisecond.
    pub fn new(lead: Duration, gap: Duration) -> io::Result<Self> {
        let mut ticks = interval_at(Instant::now() + lead, gap.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Ok(Self(ticks))
    }

    /// Waits for the next one; several that were missed are one.
    pub async fn next(&mut self) -> io::Result<()> {
        self.0.tick().await;
        Ok(())
    }
}
