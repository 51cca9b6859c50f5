//! Whether a policy's confidence means something: how far it was from what came of it.

const BINS: usize = 10;

/// Decisions by the tenth that their confidence fell in: how many, the sum of confidences, the sum of rewards.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Confidences([[f64; 3]; BINS]);

impl Confidences {
    pub(super) fn add(&mut self, confidence: f64, reward: f64) {
        let bin = &mut self.0[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.iter_mut().zip([1.0, confidence, reward]).for_each(|(sum, part)| *sum += part);
    }

    /// Expected calibration error (Naeini et al., 2015); `None` of no decision with a confidence.
    pub(super) fn error(&self) -> Option<f64> {
        let count: f64 = self.0.iter().map(|[count, ..]| count).sum();
        let distance: f64 = self.0.iter().map(|[_, confidence, reward]| (confidence - reward).abs()).sum();
        (count > 0.0).then(|| distance / count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_distance_of_confidence_from_outcome_by_tenths() {
        let mut confidences = Confidences::default();
        assert_eq!(confidences.error(), None);
        (0..10).for_each(|turn| confidences.add(0.75, f64::from(u8::from(turn < 5))));
        (0..10).for_each(|_| confidences.add(1.0, 1.0));
        assert_eq!(confidences.error(), Some(0.125));
    }
}
