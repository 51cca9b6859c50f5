//! When a worker session must stop believing in its own lease. Pure: monotonic instants come in.

use std::time::Duration;

use tokio::time::Instant;

/// The local side of a session's lease: renewed by the database, doubted by the clock.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    ttl: Duration,
    renewed: Instant,
}

impl Lease {
    /// A lease granted by a call that began at `asked`. The beginning counts, not the answer: the database may have
    /// started its own clock then.
    pub fn granted(ttl: Duration, asked: Instant) -> Self {
        Self { ttl, renewed: asked }
    }

    /// A renewal that was asked for at `asked` and acknowledged.
    pub fn renewed(&mut self, asked: Instant) {
        self.renewed = self.renewed.max(asked);
    }

    /// From this instant on the session writes nothing more: others may take its runs at the full TTL, and a third of it
    /// is the margin for clocks and for calls under way.
    pub fn stop_at(&self) -> Instant {
        self.renewed + self.ttl * 2 / 3
    }

    /// Whether the worker may still act.
    pub fn holds(&self, now: Instant) -> bool {
        now < self.stop_at()
    }
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_two_thirds_of_its_time() {
        let start = Instant::now();
        let lease = Lease::granted(Duration::from_secs(3), start);
        assert!(lease.holds(start + Duration::from_millis(1_999)));
        assert!(!lease.holds(start + Duration::from_millis(2_000)));
    }

    #[test]
    fn a_renewal_counts_from_when_it_was_asked_for() {
        let start = Instant::now();
        let mut lease = Lease::granted(Duration::from_secs(3), start);
        lease.renewed(start + Duration::from_secs(1));
        assert_eq!(lease.stop_at(), start + Duration::from_secs(3));
    }

    #[test]
    fn an_answer_that_arrives_late_does_not_shorten_the_lease() {
        let start = Instant::now();
        let mut lease = Lease::granted(Duration::from_secs(3), start + Duration::from_secs(1));
        lease.renewed(start);
        assert_eq!(lease.stop_at(), start + Duration::from_secs(3));
    }
}
