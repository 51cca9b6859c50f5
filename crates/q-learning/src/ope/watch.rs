//! Whether a policy that decides earns as much as the one before it would: a sequential test after every outcome.
//!
//! Each outcome is held against what the one before was expected to earn on the same task, so that hard tasks are no alarm. What
//! that expectation is wrong by is learned from outcomes of the time before.

/// Outcomes that the prior spread counts for.
const PRIOR: f64 = 20.0;
/// The spread of outcomes around their expectation before any was seen: that of a share of one half.
const PRIOR_SPREAD: f64 = 0.2;
/// Outcomes that it is worth to know that a model is hardly off by more than ten points on average.
const UNUSUAL: f64 = 20.0;
/// Outcomes that "the model is right" counts for against the mean of the time before.
const SETTLED: f64 = 5.0;

/// Outcomes after which the count of what was missed begins anew.
const BLOCK: u64 = 200;

/// The sum of what was missed, block by block of 200 outcomes, against a bound that is the same at every outcome of a block: the
/// shape that finds a fall before the block ends most often for as many false alarms (O'Brien and Fleming, 1979).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    limit: f64,
    before: f64,
    before_sum: f64,
    squares: f64,
    seen: f64,
    sum: f64,
    after: u64,
}

impl Default for Watch {
    /// By the reflection principle a policy as good as before passes 1.6 in one of nine blocks.
    fn default() -> Self {
        Self::new(1.6)
    }
}

impl Watch {
    /// `limit` is what the sum may come to, in standard deviations that it has at the end of a block.
    pub fn new(limit: f64) -> Self {
        Self {
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
        if self.after.is_multiple_of(BLOCK) && !self.is_alarmed() {
            self.sum = 0.0;
        }
        self.sum += shortfall;
        self.after += 1;
        self.is_alarmed()
    }

    /// The reward of an outcome of the policy that decides turned out to differ by this much: an alarm may come of it, or go.
    pub fn correct(&mut self, difference: f64) {
        self.sum -= difference;
    }

    /// The same of an outcome of the time before.
    pub fn correct_before(&mut self, difference: f64) {
        self.before_sum += difference;
    }

    /// Whether the evidence is over the limit now.
    pub fn is_alarmed(&self) -> bool {
        self.evidence() > self.limit
    }

    /// Outcomes seen since the change.
    pub fn seen(&self) -> u64 {
        self.after
    }

    /// What was missed in this block, in standard deviations that the sum has at its end; the doubt in what is usual included.
    pub fn evidence(&self) -> f64 {
        let block = BLOCK as f64;
        let spread = self.variance() * (block + block * block / (self.before + UNUSUAL));
        (self.sum / spread.sqrt()).max(0.0)
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
