//! Money as whole micro-dollars, so that sums are exact.

use std::iter::Sum;
use std::ops::Add;

/// Millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct MicroUsd(pub i64);

impl MicroUsd {
    /// Nothing spent.
    pub const ZERO: Self = Self(0);

    /// Dollars for people and JSON.
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Parses dollars from JSON: finite, not negative, at most a billion.
    pub fn from_usd(usd: f64) -> Result<Self, crate::Invalid> {
        if !(0.0..=1e9).contains(&usd) {
            return Err(crate::Invalid("must be between 0 and 1000000000 dollars".into()));
        }
        Ok(Self((usd * 1e6).round() as i64))
    }
}

impl Add for MicroUsd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for MicroUsd {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_survive_the_round_trip_and_nonsense_is_refused() {
        assert_eq!(MicroUsd::from_usd(0.000_42).unwrap().as_usd(), 0.000_42);
        for bad in [f64::NAN, f64::INFINITY, -0.01, 1e10] {
            assert!(MicroUsd::from_usd(bad).is_err());
        }
    }
}
