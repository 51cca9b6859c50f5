//! Whether a policy may take the place of another.

use super::{Comparison, Paired, compare};

/// The door that a policy must pass to be promoted.
///
/// It rests on the anytime interval, so it may be tried after every decision and as often as one likes: of policies that are
/// not better, at most the share `wrong` ever passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// The probability with which a policy that is no better passes, ever.
    pub wrong: f64,
    /// How many decisions there must be at least.
    pub decisions_min: usize,
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The interval lies above nought: it is better.
    Better,
    /// The interval lies below nought: it is worse.
    Worse,
    /// Not to be told yet.
    Undecided,
}

impl Default for Gate {
    fn default() -> Self {
        Self { wrong: 0.01, decisions_min: 50 }
    }
}

impl Gate {
    /// Compares a candidate (first) with the incumbent (second).
    pub fn judge(&self, pairs: &[Paired]) -> (Verdict, Comparison) {
        let comparison = compare(pairs, self.wrong);
        let verdict = if comparison.decisions < self.decisions_min {
            Verdict::Undecided
        } else if comparison.anytime.low > 0.0 {
            Verdict::Better
        } else if comparison.anytime.high < 0.0 {
            Verdict::Worse
        } else {
            Verdict::Undecided
        };
        (verdict, comparison)
    }
}

impl Verdict {
    /// One word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Undecided => "undecided",
        }
    }
}
