//! From expected return to probability of success: a curve that only rises through recent outcomes, which takes what it does not know
//! from a logistic one fitted to the same (Platt, 1999).
//!
//! Both start from what outcomes gave on the whole: the logistic curve turns about that point, and doubt draws a value towards it.

pub(crate) mod isotonic;

use std::f64::consts::PI;

use super::portion::Portion;
use crate::Value;
use isotonic::Isotonic;

const BINS: usize = 10;
/// Each outcome takes this share away from what earlier ones count, so that a thousand of them matter.
const FADE: f64 = 0.999;
/// Precision of the prior on the curve's deviation from the identity, of slope and offset, in outcomes: a curve that turns about what
/// outcomes gave needs little offset, while nobody knows beforehand how far values are apart.
const PRIOR_PRECISION: [f64; 2] = [1.0, 16.0];
/// Outcomes that an even chance counts for in what outcomes gave on the whole.
const EVEN: f64 = 8.0;
/// How far one standard deviation of a value goes on the log-odds: four times as far in the middle, and twice that, because doubt leaves
/// out the words of a text.
const DOUBT: f64 = 8.0;

/// The curve and the tally of how it did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Calibration {
    /// Slope and offset on the log-odds about [`Self::centre`], less those of the identity.
    pub(crate) curve: [f64; 2],
    /// Precision of both: entries (0,0), (0,1) and (1,1).
    pub(crate) precision: [f64; 3],
    pub(crate) bins: [Bin; BINS],
    pub(crate) isotonic: Isotonic,
}

/// Outcomes whose confidence fell in the same tenth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bin {
    pub(crate) count: f64,
    pub(crate) confidence: f64,
    pub(crate) outcome: f64,
}

impl Calibration {
    pub(crate) fn new() -> Self {
        let [slope, offset] = PRIOR_PRECISION;
        Self {
            curve: [0.0; 2],
            precision: [slope, 0.0, offset],
            bins: [Bin::default(); BINS],
            isotonic: Isotonic::new(|value| logistic(log_odds(value))),
        }
    }

    /// Probability of success of something so valued.
    pub(crate) fn probability(&self, value: &Value) -> f64 {
        self.isotonic.probability(self.moderated(value))
    }

    /// What is expected, drawn towards what outcomes gave on the whole by how unsure it is ("moderated output"; MacKay, 1992).
    fn moderated(&self, value: &Value) -> f64 {
        let centre = self.centre();
        let doubt = (DOUBT * value.std_dev).powi(2);
        logistic(centre + (log_odds(value.mean) - centre) / (1.0 + PI / 8.0 * doubt).sqrt())
    }

    fn platt(&self, moderated: f64) -> f64 {
        platt(self.curve, self.centre(), moderated)
    }

    /// Log-odds of what outcomes gave on the whole.
    fn centre(&self) -> f64 {
        let count: f64 = self.bins.iter().map(|bin| bin.count).sum();
        let outcome: f64 = self.bins.iter().map(|bin| bin.outcome).sum();
        log_odds((outcome + EVEN / 2.0) / (count + EVEN))
    }

    /// Learns from outcomes of something so valued: one Newton step on the faded log-likelihood.
    pub(crate) fn learn(&mut self, value: &Value, outcomes: &Portion, is_new: bool) {
        if is_new {
            self.fade();
        }
        let (moderated, centre) = (self.moderated(value), self.centre());
        let (said, logistic) = (self.isotonic.probability(moderated), self.platt(moderated));
        let bin = &mut self.bins[bin(said)];
        bin.count += outcomes.count;
        bin.confidence += outcomes.count * said;
        bin.outcome += outcomes.sum;
        self.step(log_odds(moderated) - centre, outcomes, logistic);
        self.isotonic.learn(moderated, outcomes);
        self.refit();
    }

    fn fade(&mut self) {
        for bin in &mut self.bins {
            *bin = Bin {
                count: FADE * bin.count,
                confidence: FADE * bin.confidence,
                outcome: FADE * bin.outcome,
            };
        }
        let [slope, offset] = PRIOR_PRECISION;
        for (precision, prior) in self.precision.iter_mut().zip([slope, 0.0, offset]) {
            *precision = FADE * *precision + (1.0 - FADE) * prior;
        }
        self.isotonic.fade();
    }

    fn step(&mut self, x: f64, outcomes: &Portion, confidence: f64) {
        let weight = outcomes.count * (confidence * (1.0 - confidence)).max(0.01);
        for (precision, product) in self.precision.iter_mut().zip([x * x, x, 1.0]) {
            *precision += weight * product;
        }
        let [a, b, c] = self.precision;
        let step = outcomes.beside(confidence) / (a * c - b * b);
        self.curve[0] = (self.curve[0] + step * (c * x - b)).clamp(-0.9, 4.0);
        self.curve[1] = (self.curve[1] + step * (a - b * x)).clamp(-4.0, 4.0);
    }

    /// From a curve about even odds, as it was kept once, to the same about [`Self::centre`].
    pub(crate) fn recentre(&mut self) {
        let centre = self.centre();
        self.curve[1] += self.curve[0] * centre;
        let [a, b, c] = self.precision;
        self.precision = [a - 2.0 * b * centre + c * centre * centre, b - c * centre, c];
    }

    /// The rising curve anew, after what it rests on has moved.
    pub(crate) fn refit(&mut self) {
        let (curve, centre) = (self.curve, self.centre());
        self.isotonic.fit(|value| platt(curve, centre, value));
    }

    /// Expected calibration error: mean distance of confidence from outcome over the bins, by their weight.
    pub(crate) fn error(&self) -> f64 {
        let count: f64 = self.bins.iter().map(|bin| bin.count).sum();
        let distance: f64 = self.bins.iter().map(|bin| (bin.confidence - bin.outcome).abs()).sum();
        if count > 0.0 { distance / count } else { 0.0 }
    }
}

fn platt(curve: [f64; 2], centre: f64, value: f64) -> f64 {
    logistic(centre + (1.0 + curve[0]) * (log_odds(value) - centre) + curve[1])
}

fn bin(confidence: f64) -> usize {
    ((confidence * BINS as f64) as usize).min(BINS - 1)
}

fn log_odds(value: f64) -> f64 {
    let value = value.clamp(0.02, 0.98);
    (value / (1.0 - value)).ln()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(mean: f64, std_dev: f64) -> Value {
        Value { mean, std_dev, ..Value::default() }
    }

    /// After so many outcomes of which one in five is a success, whatever was expected.
    fn after(outcomes: usize) -> Calibration {
        let mut calibration = Calibration::new();
        for turn in 0..outcomes {
            let outcome = if turn % 5 == 0 { 1.0 } else { 0.0 };
            calibration.learn(&value(0.2, 0.02), &Portion::of(outcome, 1.0), true);
        }
        calibration
    }

    #[test]
    fn an_unsure_value_is_nearer_to_what_outcomes_gave_than_a_sure_one() {
        let calibration = after(100);
        let (sure, unsure) = (value(0.7, 0.01), value(0.7, 0.25));
        assert!(calibration.probability(&unsure) > 0.2);
        assert!(calibration.probability(&unsure) < calibration.probability(&sure) - 0.1);
        let even = Calibration::new();
        assert_eq!(even.probability(&value(0.5, 0.25)), 0.5);
    }

    #[test]
    fn a_curve_about_even_odds_is_the_same_curve_about_the_centre() {
        let mut calibration = after(60);
        calibration.curve = [0.6, -0.3];
        let then = |value: f64| logistic(1.6 * log_odds(value) - 0.3);
        calibration.recentre();
        for at in [0.1, 0.4, 0.8] {
            assert!((calibration.platt(at) - then(at)).abs() < 1e-12);
        }
    }
}
