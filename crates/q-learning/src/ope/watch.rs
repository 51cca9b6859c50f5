//! Whether a policy that decides earns as much as the one before it would: a sequential test after every outcome.
//!
//! Each outcome is held against what the one before was expected to earn on the same task, so that hard tasks are no alarm. What
//! that expectation is wrong by is learned from outcomes of the time before.

/// Outcomes that the prior spread counts for.
const PRIOR: f64 = 20.0;
/// The spread of outcomes around their expectation before any was seen: that of a share of one half.
const PRIOR_SPREAD: f64 = 0.2;
/// Outcomes that "the model is right" counts for against the mean of the time before.
const SETTLED: f64 = 5.0;

/// Page's cumulative sum (1954) of the likelihood ratio between "as before" and "worse by `drop`". Alarms above `limit`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    drop: f64,
    limit: f64,
    before: f64,
    before_sum: f64,
    squares: f64,
    seen: f64,
    sum: f64,
    after: u64,
}

impl Default for Watch {
    /// Ten points, at odds of twenty to one.
    fn default() -> Self {
        Self::new(0.10, 20_f64.ln())
    }
}

impl Watch {
    /// Looks for a fall by `drop`; `limit` is the logarithm of the odds at which it is taken for real.
    pub fn new(drop: f64, limit: f64) -> Self {
        Self {
            drop,
            limit,
            before: 0.0,
            before_sum: 0.0,
            squares: PRIOR * PRIOR_SPREAD,
            seen: PRIOR,
            sum: 0.0,
            after: 0,
        }
    }

    /// An outcome of the time before, less what was expected of it.
    pub fn before(&mut self, surplus: f64) {
        self.before += 1.0;
        self.before_sum += surplus;
        self.spread(surplus);
    }

    /// An outcome of the policy that decides now, less what the one before was expected to earn on it. True is an alarm.
    pub fn observe(&mut self, surplus: f64) -> bool {
        let shortfall = self.usual() - surplus;
        self.spread(surplus);
        self.sum = (self.sum + self.drop * (shortfall - self.drop / 2.0) / self.variance()).max(0.0);
        self.after += 1;
        self.is_alarmed()
    }

    /// The reward of an outcome of the policy that decides turned out to differ by this much: an alarm may come of it, or go.
    pub fn correct(&mut self, difference: f64) {
        self.sum = (self.sum - self.drop * difference / self.variance()).max(0.0);
    }

    /// The same of an outcome of the time before.
    pub fn correct_before(&mut self, difference: f64) {
        self.before_sum += difference;
    }

    /// Whether the odds for a fall are over the limit now.
    pub fn is_alarmed(&self) -> bool {
        self.sum > self.limit
    }

    /// Outcomes seen since the change.
    pub fn seen(&self) -> u64 {
        self.after
    }

    /// The odds for a fall, as a logarithm.
    pub fn evidence(&self) -> f64 {
        self.sum
    }

    /// The evidence above which a fall is taken for real.
    pub fn limit(&self) -> f64 {
        self.limit
    }

    /// The mean surplus of the time before, drawn towards nought while there were few outcomes.
    fn usual(&self) -> f64 {
        self.before_sum / (self.before + SETTLED)
    }

    fn spread(&mut self, surplus: f64) {
        self.squares += (surplus - self.usual()).powi(2);
        self.seen += 1.0;
    }

    fn variance(&self) -> f64 {
        (self.squares / self.seen).max(0.01)
    }
}
