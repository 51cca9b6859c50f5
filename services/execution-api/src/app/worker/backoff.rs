//! How long a run rests after the infrastructure failed it. Pure: the random number comes in.

use std::time::Duration;

/// Exponential backoff with full jitter and a bounded number of tries.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The ceiling of the first rest.
    pub base: Duration,
    /// The ceiling that no rest exceeds.
    pub max: Duration,
    /// How many tries a run has in all.
    pub tries: u32,
}

impl Backoff {
    /// The rest after `failed` tries, or nothing when all are used. `unit` is uniform on 0..1.
    ///
    /// Full jitter: uniform between zero and the ceiling, which spreads a crowd best (Brooker, "Exponential backoff
    /// and jitter", 2015). Never less than `floor`, which a server's `Retry-After` sets.
    pub fn rest(&self, failed: u32, unit: f64, floor: Duration) -> Option<Duration> {
        if failed >= self.tries {
            return None;
        }
        let ceiling = self.base.saturating_mul(2u32.saturating_pow(failed.saturating_sub(1))).min(self.max);
        Some(ceiling.mul_f64(unit.clamp(0.0, 1.0)).max(floor.min(self.max)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff =
        Backoff { base: Duration::from_millis(100), max: Duration::from_millis(1_000), tries: 6 };

    fn rest(failed: u32, unit: f64) -> Option<u64> {
        BACKOFF.rest(failed, unit, Duration::ZERO).map(|d| d.as_millis() as u64)
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_maximum() {
        let ceilings: Vec<_> = (1..6).map(|failed| rest(failed, 1.0)).collect();
        assert_eq!(ceilings, [Some(100), Some(200), Some(400), Some(800), Some(1_000)]);
    }

    #[test]
    fn jitter_reaches_from_zero_to_the_ceiling() {
        assert_eq!([rest(2, 0.0), rest(2, 0.5)], [Some(0), Some(100)]);
    }

    #[test]
    fn tries_end() {
        assert_eq!(rest(6, 0.5), None);
        assert_eq!(rest(u32::MAX, 0.5), None);
    }

    #[test]
    fn a_server_that_names_a_time_is_given_it_within_reason() {
        assert_eq!(BACKOFF.rest(1, 0.0, Duration::from_millis(700)), Some(Duration::from_millis(700)));
        assert_eq!(BACKOFF.rest(1, 0.0, Duration::from_secs(3_600)), Some(BACKOFF.max));
    }
}
