//! How values become a choice: a distribution over the candidates, whose probabilities are what is logged.
//!
//! Every strategy computes its whole distribution and only then draws from it, so propensities are exact by construction.

mod gap;
mod thompson;

use crate::Error;
use crate::bytes::{Reader, Writer};
use serde::{Deserialize, Serialize};

/// What is believed of one candidate in one state.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Value {
    /// Expected return, in units of reward. It may leave 0 to 1 a little.
    pub mean: f64,
    /// How unsure that is: one standard deviation.
    pub std_dev: f64,
    /// How many outcomes of this agent were seen.
    pub observations: u64,
    /// What it is expected to spend, in units of reward; 0 where no ceiling was set.
    pub price: f64,
}

impl Value {
    /// What choices go by: the expected return less the price.
    pub fn net(&self) -> f64 {
        self.mean - self.price
    }
}

/// What a strategy goes by besides the values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// Outcomes so far.
    pub(crate) outcomes: u64,
    /// The share of choices that outcomes came of: what trying is worth.
    pub(crate) answered: f64,
}

/// A strategy of choosing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Exploration {
    /// The probability that the candidate is the best, were the values independent normals. `floor` is shared out evenly. The less of
    /// the choices is answered by outcomes, the less the deviations count, here as with [`Self::Ucb`].
    Thompson {
        /// Factor on the standard deviations.
        width: f64,
        /// Probability spread over all candidates, 0 to 1.
        floor: f64,
    },
    /// Inverse gap weighting (SquareCB; Foster and Rakhlin, 2020): the worse a candidate, the rarer.
    InverseGap {
        /// γ after the first outcome.
        scale: f64,
        /// Growth of γ with the number of outcomes; 0.5 in theory.
        exponent: f64,
    },
    /// The highest `mean + width · std_dev`.
    Ucb {
        /// Factor on the standard deviation.
        width: f64,
        /// Probability spread over all candidates, 0 to 1.
        floor: f64,
    },
    /// The highest mean, but with this probability anyone.
    EpsilonGreedy {
        /// Probability spread over all candidates, 0 to 1.
        epsilon: f64,
    },
    /// The highest mean. Its log cannot be evaluated off-policy.
    Greedy,
}

impl Exploration {
    /// Writes the probability of each candidate to `out`; they sum to one.
    pub(crate) fn distribution(&self, values: &[Value], known: Known, out: &mut Vec<f64>) {
        out.clear();
        out.resize(values.len(), 0.0);
        match *self {
            Self::Thompson { width, floor } => {
                thompson::distribution(values, width * known.answered, out);
                mix_evenly(out, floor);
            }
            Self::InverseGap { scale, exponent } => {
                gap::distribution(values, scale * (1.0 + known.outcomes as f64).powf(exponent), out);
            }
            Self::Ucb { width, floor } => {
                let width = width * known.answered;
                share_highest(values, |value| value.net() + width * value.std_dev, out);
                mix_evenly(out, floor);
            }
            Self::EpsilonGreedy { epsilon } => {
                share_highest(values, Value::net, out);
                mix_evenly(out, epsilon);
            }
            Self::Greedy => share_highest(values, Value::net, out),
        }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        let (tag, first, second) = match *self {
            Self::Thompson { width, floor } => (0, width, floor),
            Self::InverseGap { scale, exponent } => (1, scale, exponent),
            Self::Ucb { width, floor } => (2, width, floor),
            Self::EpsilonGreedy { epsilon } => (3, epsilon, 0.0),
            Self::Greedy => (4, 0.0, 0.0),
        };
        out.u8(tag);
        out.f64(first);
        out.f64(second);
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Error> {
        match (from.u8()?, from.f64()?, from.f64()?) {
            (0, width, floor) => Ok(Self::Thompson { width, floor }),
            (1, scale, exponent) => Ok(Self::InverseGap { scale, exponent }),
            (2, width, floor) => Ok(Self::Ucb { width, floor }),
            (3, epsilon, _) => Ok(Self::EpsilonGreedy { epsilon }),
            (4, ..) => Ok(Self::Greedy),
            _ => Err(Error::Corrupt("an unknown strategy")),
        }
    }

    /// What is wrong with the parameters, if anything.
    pub(crate) fn complaint(&self) -> Option<&'static str> {
        let (share, factors) = match *self {
            Self::Thompson { width, floor } | Self::Ucb { width, floor } => (floor, [width, 0.0]),
            Self::InverseGap { scale, exponent } => (0.0, [scale, exponent]),
            Self::EpsilonGreedy { epsilon } => (epsilon, [0.0; 2]),
            Self::Greedy => (0.0, [0.0; 2]),
        };
        if !(0.0..=1.0).contains(&share) {
            return Some("given a share from 0 to 1");
        }
        let fits = factors.iter().all(|factor| (0.0..=1e6).contains(factor));
        (!fits).then_some("given factors from 0 to 1000000")
    }
}

/// The first of the highest.
pub(crate) fn highest(values: &[Value], score: impl Fn(&Value) -> f64) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (index, value) in values.iter().enumerate() {
        let score = score(value);
        if score > best.1 {
            best = (index, score);
        }
    }
    best.0
}

/// All that are exactly as high share it: as long as no outcome came in, newcomers are tried in turn and not one of them always.
fn share_highest(values: &[Value], score: impl Fn(&Value) -> f64, out: &mut [f64]) {
    let top = score(&values[highest(values, &score)]);
    let is_top = |value: &Value| score(value) >= top;
    let share = 1.0 / values.iter().filter(|value| is_top(value)).count().max(1) as f64;
    let tops = out.iter_mut().zip(values).filter(|(_, value)| is_top(value));
    tops.for_each(|(probability, _)| *probability = share);
}

fn mix_evenly(probabilities: &mut [f64], share: f64) {
    let even = share / probabilities.len() as f64;
    probabilities.iter_mut().for_each(|probability| *probability = (1.0 - share) * *probability + even);
}
