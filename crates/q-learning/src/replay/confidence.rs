//! Whether a policy's confidence means something: how far it was from what came of it.

use std::f64::consts::FRAC_2_PI;

const BINS: usize = 10;

/// Decisions by the tenth that their confidence fell in: how many, the sum of confidences, the sum of rewards, and the sum of the
/// variances that successes of these probabilities have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Confidences([[f64; 4]; BINS]);

impl Confidences {
    pub(super) fn add(&mut self, confidence: f64, reward: f64) {
        let bin = &mut self.0[((confidence * BINS as f64) as usize).min(BINS - 1)];
        let variance = confidence * (1.0 - confidence);
        bin.iter_mut().zip([1.0, confidence, reward, variance]).for_each(|(sum, part)| *sum += part);
    }

    /// Expected calibration error (Naeini et al., 2015); `None` of no decision with a confidence.
    pub(super) fn error(&self) -> Option<f64> {
        self.mean(|[_, confidence, reward, _]| (confidence - reward).abs())
    }

    /// What chance alone makes of that error where every confidence is exactly right and an outcome is a success or none: the mean
    /// distance of a sum of draws from its mean, `√(2/π · variance)`.
    pub(super) fn error_by_chance(&self) -> Option<f64> {
        self.mean(|[.., variance]| (FRAC_2_PI * variance).sqrt())
    }

    fn mean(&self, distance: impl Fn(&[f64; 4]) -> f64) -> Option<f64> {
        let count: f64 = self.0.iter().map(|[count, ..]| count).sum();
        (count > 0.0).then(|| self.0.iter().map(distance).sum::<f64>() / count)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn is_the_distance_of_confidence_from_outcome_by_tenths() {
        let mut confidences = Confidences::default();
        assert_eq!(confidences.error(), None);
        (0..10).for_each(|turn| confidences.add(0.75, f64::from(u8::from(turn < 5))));
        (0..10).for_each(|_| confidences.add(1.0, 1.0));
        assert_eq!(confidences.error(), Some(0.125));
    }

    #[test]
    fn chance_leaves_what_draws_of_a_perfect_forecaster_show() {
        let (mut shown, mut told, mut rng) = (0.0, 0.0, crate::decision_rng(7));
        for _ in 0..400 {
            let mut confidences = Confidences::default();
            for turn in 0..300 {
                let confidence = 0.05 + 0.9 * f64::from(turn) / 300.0;
                confidences.add(confidence, f64::from(u8::from(rng.random_bool(confidence))));
            }
            shown += confidences.error().unwrap() / 400.0;
            told += confidences.error_by_chance().unwrap() / 400.0;
        }
        assert!((shown / told - 1.0).abs() < 0.03, "{shown} shown, {told} told");
    }
}
