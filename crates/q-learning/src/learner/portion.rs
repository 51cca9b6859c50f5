//! What one line of the log says of a decision: a whole outcome, or a part of one.

/// For how many outcomes a line counts, what they sum to, and their squares to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portion {
    pub(crate) count: f64,
    pub(crate) sum: f64,
    squares: f64,
}

impl Portion {
    /// An outcome that counts this much.
    pub(crate) fn of(outcome: f64, count: f64) -> Self {
        Self { count, sum: count * outcome, squares: count * outcome * outcome }
    }

    /// What is left to say after the other was said. It may count for nothing and still sum to something.
    pub(crate) fn after(self, said: Self) -> Self {
        Self {
            count: self.count - said.count,
            sum: self.sum - said.sum,
            squares: self.squares - said.squares,
        }
    }

    /// The same, counting so many times as much.
    pub(crate) fn times(self, weight: f64) -> Self {
        Self { count: weight * self.count, sum: weight * self.sum, squares: weight * self.squares }
    }

    /// By how much it is beside what was expected of an outcome, in sum.
    pub(crate) fn beside(&self, expected: f64) -> f64 {
        self.sum - self.count * expected
    }

    /// The squares of that, in sum.
    pub(crate) fn squares_beside(&self, expected: f64) -> f64 {
        self.squares - 2.0 * expected * self.sum + self.count * expected * expected
    }

    /// The same outcomes less this much each.
    pub(crate) fn less(&self, offset: f64) -> Self {
        Self { sum: self.beside(offset), squares: self.squares_beside(offset), ..*self }
    }
}
