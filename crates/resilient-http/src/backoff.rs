//! Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).

use std::time::Duration;

use rand::{Rng, RngExt};

/// How long to wait between rounds over the endpoints.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// The ceiling of the first wait.
    pub base: Duration,
    /// The ceiling of every wait.
    pub max: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base: Duration::from_millis(50), max: Duration::from_secs(5) }
    }
}

impl Backoff {
    /// A wait drawn evenly from 0 to `min(max, base · 2^round)`; `round` counts from 0.
    pub fn delay(&self, round: u32, rng: &mut impl Rng) -> Duration {
        let ceiling = self.base.saturating_mul(1_u32.checked_shl(round).unwrap_or(u32::MAX)).min(self.max);
        ceiling.mul_f64(rng.random_range(0.0..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn waits_fill_the_range_and_never_exceed_the_ceiling() {
        let backoff = Backoff { base: Duration::from_millis(100), max: Duration::from_secs(1) };
        let mut rng = StdRng::seed_from_u64(1);
        for round in [0, 1, 5, 40, u32::MAX] {
            let ceiling =
                backoff.base.saturating_mul(1_u32.checked_shl(round).unwrap_or(u32::MAX)).min(backoff.max);
            let waits: Vec<_> = (0..200).map(|_| backoff.delay(round, &mut rng)).collect();
            assert!(waits.iter().all(|w| *w <= ceiling));
            assert!(waits.iter().any(|w| *w < ceiling / 4) && waits.iter().any(|w| *w > ceiling * 3 / 4));
        }
    }
}
