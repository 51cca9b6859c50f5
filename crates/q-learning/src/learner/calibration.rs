//! From expected return to probability of success: a logistic curve fitted to recent outcomes (Platt, 1999), beside it one that only
//! rises, and whichever of both foretold the latest outcomes better.

pub(crate) mod isotonic;

use isotonic::Isotonic;

const BINS: usize = 10;
/// Each outcome takes this share away from what earlier ones count, so that a thousand of them matter.
const FADE: f64 = 0.999;
/// Precision of the prior on the curve's deviation from the identity, in outcomes.
const PRIOR_PRECISION: f64 = 4.0;

/// The curve and the tally of how it did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Calibration {
    /// Slope and offset on the log-odds, less those of the identity.
    pub(crate) curve: [f64; 2],
    /// Precision of both: entries (0,0), (0,1) and (1,1).
    pub(crate) precision: [f64; 3],
    pub(crate) bins: [Bin; BINS],
    pub(crate) isotonic: Isotonic,
    /// What each curve lost of late: the logistic one, then the one that only rises.
    pub(crate) losses: [f64; 2],
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
        let precision = [PRIOR_PRECISION, 0.0, PRIOR_PRECISION];
        Self {
            curve: [0.0; 2],
            precision,
            bins: [Bin::default(); BINS],
            isotonic: Isotonic::new(|value| logistic(log_odds(value))),
            losses: [0.0; 2],
        }
    }

    /// Probability of success of something with this expected return.
    pub(crate) fn probability(&self, value: f64) -> f64 {
        if self.losses[1] < self.losses[0] { self.isotonic.probability(value) } else { self.platt(value) }
    }

    fn platt(&self, value: f64) -> f64 {
        platt(self.curve, value)
    }

    /// Learns from an outcome: one Newton step on the faded log-likelihood.
    pub(crate) fn learn(&mut self, value: f64, outcome: f64) {
        self.tally(self.probability(value), outcome);
        let confidence = self.platt(value);
        let said = [confidence, self.isotonic.probability(value)];
        for (loss, said) in self.losses.iter_mut().zip(said) {
            *loss = FADE * *loss + (outcome - said).powi(2);
        }
        let x = [log_odds(value), 1.0];
        let weight = (confidence * (1.0 - confidence)).max(0.01);
        for (index, prior) in [PRIOR_PRECISION, 0.0, PRIOR_PRECISION].into_iter().enumerate() {
            let product = [x[0] * x[0], x[0] * x[1], x[1] * x[1]][index];
            self.precision[index] = FADE * self.precision[index] + (1.0 - FADE) * prior + weight * product;
        }
        let [a, b, c] = self.precision;
        let determinant = a * c - b * b;
        let slope = (outcome - confidence) / determinant;
        self.curve[0] = (self.curve[0] + slope * (c * x[0] - b * x[1])).clamp(-0.9, 4.0);
        self.curve[1] = (self.curve[1] + slope * (a * x[1] - b * x[0])).clamp(-4.0, 4.0);
        self.isotonic.learn(value, outcome);
        self.refit();
    }

    /// The rising curve anew, after what it rests on has moved.
    pub(crate) fn refit(&mut self) {
        let curve = self.curve;
        self.isotonic.fit(|value| platt(curve, value));
    }

    /// An outcome that was counted with this value turned out to be higher by `difference`.
    pub(crate) fn correct(&mut self, value: f64, difference: f64) {
        self.bins[bin(self.probability(value))].outcome += difference;
        self.isotonic.correct(value, difference);
        self.refit();
    }

    /// Expected calibration error: mean distance of confidence from outcome over the bins, by their weight.
    pub(crate) fn error(&self) -> f64 {
        let count: f64 = self.bins.iter().map(|bin| bin.count).sum();
        let distance: f64 = self.bins.iter().map(|bin| (bin.confidence - bin.outcome).abs()).sum();
        if count > 0.0 { distance / count } else { 0.0 }
    }

    fn tally(&mut self, confidence: f64, outcome: f64) {
        for bin in &mut self.bins {
            *bin = Bin {
                count: FADE * bin.count,
                confidence: FADE * bin.confidence,
                outcome: FADE * bin.outcome,
            };
        }
        let bin = &mut self.bins[bin(confidence)];
        bin.count += 1.0;
        bin.confidence += confidence;
        bin.outcome += outcome;
    }
}

fn platt(curve: [f64; 2], value: f64) -> f64 {
    logistic((1.0 + curve[0]) * log_odds(value) + curve[1])
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
