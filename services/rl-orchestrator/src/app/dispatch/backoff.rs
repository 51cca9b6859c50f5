//! How long a task waits that nobody took: exponential with full jitter, so that a recovering peer is not met by all at once.

use rand::{Rng, RngExt};

/// Anywhere from 1 ms to `first · 2^(tries − 1)`, at most `most`.
pub(super) fn delay_ms(tries: i64, first: i64, most: i64, rng: &mut impl Rng) -> i64 {
    let doublings = u32::try_from(tries.clamp(1, 63) - 1).unwrap_or(0);
    let ceiling = first.saturating_mul(1_i64 << doublings.min(40)).clamp(1, most.max(1));
    rng.random_range(1..=ceiling)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn grows_to_its_ceiling_and_never_beyond() {
        let mut rng = rand::rngs::StdRng::seed_from_u64(1);
        for (tries, ceiling) in [(0, 100), (1, 100), (2, 200), (5, 1_600), (60, 30_000), (i64::MAX, 30_000)] {
            let longest = (0..400).map(|_| delay_ms(tries, 100, 30_000, &mut rng)).max().unwrap();
            assert!(longest <= ceiling && longest > ceiling * 9 / 10, "{tries}: {longest}");
        }
    }
}
