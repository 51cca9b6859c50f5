//! How far what an attempt shows by itself foretells what is said of it later.
//!
//! The reward of a settled attempt is a surrogate (Prentice, 1989) for one that a later judgement may put in its place. It counts for a share of an
//! outcome: the slope of a regression of what outcomes were at last on what they were at first, both beside what was expected. The judgement
//! brings the rest. An outcome that nobody judges is taken to be what it was at first: silence is consent. Successes and failures are told
//! apart: agents are often wrong about the one and seldom about the other.

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Each outcome takes this share away from what earlier ones count.
const FADE: f64 = 0.998;
/// A surrogate never counts for less, so that an attempt whose judgement never comes teaches something.
const LEAST: f64 = 0.01;
/// What stands in both sums before anything was seen, in squares of reward: surrogates are believed.
const PRIOR: f64 = 0.2;
/// Rewards from here on are successes.
const SUCCESS: f64 = 0.5;

/// The regressions, of failures and of successes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Surrogate([Regression; 2]);

/// Sums of a regression, faded.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Regression {
    /// Squares of what came first beside what was expected.
    first: f64,
    /// The same times what it was at last beside what was expected.
    both: f64,
}

impl Surrogate {
    /// For which share of an outcome this one counts.
    pub(crate) fn share(&self, first: f64) -> f64 {
        let Regression { first, both } = self.0[kind(first)];
        (both / first).clamp(LEAST, 1.0)
    }

    /// Takes in one as if it stayed what it is.
    pub(crate) fn learn(&mut self, first: f64, expected: f64) {
        let (sums, square) = (&mut self.0[kind(first)], (first - expected).powi(2));
        sums.first = PRIOR + FADE * (sums.first - PRIOR) + square;
        sums.both = PRIOR + FADE * (sums.both - PRIOR) + square;
    }

    /// One that was taken in turned out to be `last`.
    pub(crate) fn correct(&mut self, first: f64, last: f64, expected: f64) {
        self.0[kind(first)].both += (last - first) * (first - expected);
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        self.0.iter().flat_map(|sums| [sums.first, sums.both]).for_each(|sum| out.f64(sum));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        let mut surrogate = Self::default();
        for sums in &mut surrogate.0 {
            *sums = Regression { first: from.f64()?, both: from.f64()? };
        }
        let sound = |sums: &Regression| sums.first > 0.0 && sums.both.is_finite();
        if surrogate.0.iter().all(sound) {
            Ok(surrogate)
        } else {
            Err(Error::Corrupt("a regression that cannot be"))
        }
    }
}

impl Default for Regression {
    fn default() -> Self {
        Self { first: PRIOR, both: PRIOR }
    }
}

fn kind(first: f64) -> usize {
    usize::from(first >= SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn successes_that_are_judged_worthless_stop_counting_and_failures_go_on() {
        let mut surrogate = Surrogate::default();
        for turn in 0..200 {
            surrogate.learn(1.0, 0.5);
            surrogate.learn(0.0, 0.5);
            assert!(turn > 0 || surrogate.share(1.0) == 1.0, "nobody has judged yet");
            surrogate.correct(1.0, f64::from(turn % 2), 0.5);
        }
        assert!(surrogate.share(1.0) < 0.05, "{surrogate:?}");
        assert_eq!(surrogate.share(0.0), 1.0);
    }
}
