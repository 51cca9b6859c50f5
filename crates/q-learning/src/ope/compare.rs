//! Two policies on one log: the difference of what they earn, decision by decision, so that what they share cancels out.

use super::Paired;
use super::estimate::mean_and_error;
use super::interval::{Holds, Interval, lower, student};

/// How much more the first policy earns than the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Doubly robust.
    pub value: f64,
    /// Student's interval at 95 %.
    pub interval: Interval,
    /// Holds after every decision at once, each end wrong with at most the probability that was asked for.
    pub anytime: Interval,
    /// How many decisions were looked at.
    pub decisions: usize,
    /// In how many of them the two would have chosen differently, with some probability.
    pub differing: usize,
}

/// Compares; each end of the anytime interval is wrong with at most probability `alpha`.
pub fn compare(pairs: &[Paired], alpha: f64) -> Comparison {
    let (value, error) = mean_and_error(pairs.iter().map(|pair| pair.term.at(pair.reward)));
    let differing = pairs.iter().filter(|pair| pair.differs()).count();
    let student = student(value, error, pairs.len() as f64);
    let low = pairs.iter().map(|pair| pair.low.at(pair.reward));
    let high = pairs.iter().map(|pair| -pair.high.at(pair.reward));
    let anytime = Interval {
        low: lower(low, -2.0, alpha, Holds::Always),
        high: -lower(high, -2.0, alpha, Holds::Always),
    };
    Comparison {
        // No difference is 0, not -0.
        value: value + 0.0,
        interval: student.unwrap_or(Interval { low: -1.0, high: 1.0 }).within(-1.0, 1.0),
        anytime: anytime.within(-1.0, 1.0),
        decisions: pairs.len(),
        differing,
    }
}

impl Paired {
    /// Whether the two policies say anything different here.
    fn differs(&self) -> bool {
        self.term.slope != 0.0 || self.term.total != 0.0
    }
}
