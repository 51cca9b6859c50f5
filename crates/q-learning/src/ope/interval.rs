//! Intervals around a mean: Student's for a sample of ordinary size, and two that hold without any assumption about its size.

/// From where to where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// Under so many effective samples nothing is said of a spread.
const TOO_FEW: f64 = 4.0;
/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

impl Interval {
    /// Everything that a value can be.
    pub(super) const WHOLE: Self = Self { low: 0.0, high: 1.0 };

    /// No wider than from `low` to `high`.
    pub(super) fn within(self, low: f64, high: f64) -> Self {
        Self { low: self.low.clamp(low, high), high: self.high.clamp(low, high) }
    }

    /// Whether a value lies in it.
    pub fn covers(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// `mean ± t · error` at 95 %; `None` with too few samples for that to mean anything.
pub(super) fn student(mean: f64, error: f64, samples: f64) -> Option<Interval> {
    let half = if samples >= TOO_FEW { quantile(samples - 1.0) * error } else { return None };
    Some(Interval { low: mean - half, high: mean + half })
}

/// The 97.5 % quantile of Student's t, for three degrees of freedom and more (Abramowitz and Stegun 26.7.5).
fn quantile(freedom: f64) -> f64 {
    let z = Z;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom) + z
}

/// When a bound must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// At the end, for exactly these samples.
    Once,
    /// After every sample.
    Always,
}

/// A lower bound of the mean of terms of which none is under `least`, wrong with at most probability `alpha`.
///
/// The empirical-Bernstein bound with predictable plug-ins of Waudby-Smith and Ramdas (2024), "Estimating means of bounded random
/// variables by betting", theorem 2 and remark 1; that a bound from below suffices is from Waudby-Smith et al. (2022). Where the
/// expectation changes from term to term it bounds their mean weighted by the bets.
pub(super) fn lower(terms: impl ExactSizeIterator<Item = f64>, least: f64, alpha: f64, holds: Holds) -> f64 {
    let scale = 1.0 - least;
    let count = terms.len() as f64;
    let (surest, mut best) = ((1.0 / alpha).ln(), least);
    let mut sums = Sums { bets: 0.0, bet_terms: 0.0, price: 0.0 };
    // One imaginary term of a large spread: without it the first bets would be all or nothing.
    let (mut seen, mut total, mut squares) = (1.0_f64, 0.0_f64, 0.25_f64);
    for term in terms.map(|term| term / scale) {
        let (expected, spread) = ((total / seen).min(1.0 / scale), squares / seen);
        let span = match holds {
            Holds::Once => count,
            Holds::Always => seen * (1.0 + seen).ln(),
        };
        let bet = (2.0 * surest / (spread * span)).sqrt().min(0.5);
        sums.add(bet, term, term - expected);
        seen += 1.0;
        total += term;
        squares += (term - (total / seen).min(1.0 / scale)).powi(2);
        if holds == Holds::Always {
            best = best.max(sums.bound(surest) * scale);
        }
    }
    if holds == Holds::Once && sums.bets > 0.0 { sums.bound(surest) * scale } else { best }
}

struct Sums {
    bets: f64,
    bet_terms: f64,
    price: f64,
}

impl Sums {
    fn add(&mut self, bet: f64, term: f64, surprise: f64) {
        self.bets += bet;
        self.bet_terms += bet * term;
        self.price += surprise.powi(2) * (-(1.0 - bet).ln() - bet);
    }

    fn bound(&self, surest: f64) -> f64 {
        (self.bet_terms - surest - self.price) / self.bets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_students() {
        for (freedom, expected) in [(3.0, 3.182), (5.0, 2.571), (10.0, 2.228), (30.0, 2.042), (1e6, 1.960)] {
            assert!((quantile(freedom) / expected - 1.0).abs() < 0.02, "{freedom}: {}", quantile(freedom));
        }
    }

    #[test]
    fn bounds_close_in_on_the_mean_from_below() {
        let terms = |count: usize| (0..count).map(|n| f64::from(u8::from(n % 2 == 0)));
        let bound = |count, holds| lower(terms(count).collect::<Vec<_>>().into_iter(), 0.0, 0.025, holds);
        for holds in [Holds::Once, Holds::Always] {
            let (few, many) = (bound(100, holds), bound(10_000, holds));
            assert!(few < many && many < 0.5 && many > 0.46, "{few} {many}");
        }
        assert!(
            bound(10_000, Holds::Once) > bound(10_000, Holds::Always),
            "what holds always costs something"
        );
        assert_eq!(bound(0, Holds::Once), 0.0);
    }
}
