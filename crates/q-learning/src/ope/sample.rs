//! One logged decision in numbers, seen from the policies that are evaluated.

/// How far below nought a bounded term may fall. Smaller leaves less to the model, larger lets single surprises count more.
const FALL: f64 = 1.0;

/// One logged decision, seen from the policy that is evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// What came of it, from 0 to 1.
    pub reward: f64,
    /// The probability with which it was chosen, above 0.
    pub logged: f64,
    /// The probability with which the evaluated policy would have chosen the same.
    pub target: f64,
    /// What a model expects of the chosen candidate.
    pub expected: f64,
    /// What the model expects of the evaluated policy in this state: expectations weighted by its probabilities.
    pub expected_target: f64,
    pub(super) low: Term,
    pub(super) high: Term,
}

impl Sample {
    /// A sample of which nothing is known but the chosen candidate.
    pub fn new(reward: f64, logged: f64, target: f64, expected: f64, expected_target: f64) -> Self {
        let slope = target / logged;
        // Without the other candidates a model cannot be kept within bounds; nought and one always are.
        let low = Term { slope, expected: 0.0, total: 0.0 };
        let high = Term { slope, expected: 1.0, total: 1.0 };
        Self { reward, logged, target, expected, expected_target, low, high }
    }

    /// `π(a|x) / p(a|x)`.
    pub fn weight(&self) -> f64 {
        self.target / self.logged
    }
}

/// One logged decision, seen from two policies at once: the difference of what they earn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// What came of it, from 0 to 1.
    pub reward: f64,
    pub(super) term: Term,
    pub(super) low: Term,
    pub(super) high: Term,
}

/// `total + slope · (reward − expected)`: what one decision says of a value, or of a difference of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    pub(super) slope: f64,
    pub(super) expected: f64,
    pub(super) total: f64,
}

impl Term {
    pub(super) fn at(&self, reward: f64) -> f64 {
        self.total + self.slope * (reward - self.expected)
    }
}

/// A logged decision with its whole distribution. Slices are in one order, that of the candidates.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The probability with which each candidate was drawn.
    pub logged: &'a [f64],
    /// What a model that has not seen this outcome expects of each, from 0 to 1.
    pub expected: &'a [f64],
    /// The candidate that was chosen.
    pub chosen: usize,
    /// What came of it, from 0 to 1.
    pub reward: f64,
}

impl Choice<'_> {
    /// The decision seen from a policy of these probabilities.
    pub fn sample(&self, target: &[f64]) -> Sample {
        let nobody = vec![0.0; target.len()];
        Sample {
            reward: self.reward,
            logged: self.logged[self.chosen],
            target: target[self.chosen],
            expected: self.expected[self.chosen],
            expected_target: self.expected.iter().zip(target).map(|(value, share)| value * share).sum(),
            low: self.term(target, &nobody, low),
            high: self.term(target, &nobody, high),
        }
    }

    /// The decision seen from two policies: what the first earns more than the second.
    pub fn paired(&self, first: &[f64], second: &[f64]) -> Paired {
        Paired {
            reward: self.reward,
            term: self.term(first, second, |expected, _| expected),
            low: self.term(first, second, low),
            high: self.term(first, second, high),
        }
    }

    /// `model` moves what is expected of a candidate, given how much its weight under the first policy exceeds that under the second.
    fn term(&self, first: &[f64], second: &[f64], model: impl Fn(f64, f64) -> f64) -> Term {
        let gap = |at: usize| first[at] - second[at];
        let slope = |at: usize| if gap(at) == 0.0 { 0.0 } else { gap(at) / self.logged[at] };
        let moved = |at: usize| model(self.expected[at].clamp(0.0, 1.0), slope(at));
        Term {
            slope: slope(self.chosen),
            expected: moved(self.chosen),
            total: (0..self.logged.len()).map(|at| gap(at) * moved(at)).sum(),
        }
    }
}

/// The expectation moved so far that no outcome takes the term more than [`FALL`] below its total. It stays predictable, and so
/// the mean of the terms stays the value: Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro (2022), "Anytime-valid off-policy
/// inference for contextual bandits". What was never drawn counts as nothing for the first policy and fully for the second.
fn low(expected: f64, slope: f64) -> f64 {
    if slope > 0.0 {
        expected.min(FALL / slope)
    } else if slope < 0.0 {
        expected.max(1.0 - FALL / -slope)
    } else {
        expected
    }
}

/// The mirror image of [`low`]: no outcome takes the term more than [`FALL`] above its total.
fn high(expected: f64, slope: f64) -> f64 {
    low(expected, -slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHOICE: Choice<'_> =
        Choice { logged: &[0.01, 0.99, 0.0], expected: &[0.9, 0.2, 0.5], chosen: 0, reward: 0.0 };

    #[test]
    fn bounded_terms_never_fall_further_than_they_may() {
        for (first, second) in [([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]), ([0.0, 0.0, 1.0], [1.0, 0.0, 0.0])] {
            for (chosen, reward) in [(0, 0.0), (0, 1.0), (1, 0.0), (1, 1.0)] {
                let paired = Choice { chosen, reward, ..CHOICE }.paired(&first, &second);
                assert!(paired.low.at(reward) >= -1.0 - FALL, "{paired:?}");
                assert!(paired.high.at(reward) <= 1.0 + FALL, "{paired:?}");
            }
        }
    }

    #[test]
    fn what_was_never_drawn_is_taken_for_the_worst_and_for_the_best() {
        let sample = CHOICE.sample(&[0.0, 0.0, 1.0]);
        assert_eq!((sample.low.at(0.0), sample.high.at(0.0), sample.expected_target), (0.0, 1.0, 0.5));
    }

    #[test]
    fn the_mean_of_the_terms_is_the_value_whatever_the_model_says() {
        let (rewards, target) = ([0.7, 0.4, 0.0], [0.6, 0.4, 0.0]);
        let mean = |of: fn(&Sample) -> f64| -> f64 {
            let of_one = |chosen: usize| {
                CHOICE.logged[chosen]
                    * of(&Choice { chosen, reward: rewards[chosen], ..CHOICE }.sample(&target))
            };
            (0..2).map(of_one).sum()
        };
        let value = 0.6 * 0.7 + 0.4 * 0.4;
        assert!((mean(|s| s.low.at(s.reward)) - value).abs() < 1e-12);
        assert!((mean(|s| s.high.at(s.reward)) - value).abs() < 1e-12);
    }
}
