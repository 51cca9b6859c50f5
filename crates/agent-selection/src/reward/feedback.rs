//! What people and checks say of finished work, on their several scales.

use std::collections::BTreeMap;

use task_model::Invalid;

/// One judgement by one source.
#[derive(Clone, Debug, PartialEq)]
pub struct Feedback {
    /// Who judges; a later judgement of the same source replaces the earlier.
    pub source: String,
    /// The judgement.
    pub score: Score,
    /// How far the source is believed, 0 to 1.
    pub trust: f64,
}

/// A judgement, scaled to 0–1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Score(f64);

impl Score {
    /// Done or not done.
    pub fn success(success: bool) -> Self {
        Self(f64::from(u8::from(success)))
    }

    /// From 0 to 10.
    pub fn quality(score: f64) -> Result<Self, Invalid> {
        Self::scaled(score, 10.0)
    }

    /// From 0 to 10.
    pub fn performance(score: f64) -> Result<Self, Invalid> {
        Self::scaled(score, 10.0)
    }

    /// From 0 to 1.
    pub fn reward(value: f64) -> Result<Self, Invalid> {
        Self::scaled(value, 1.0)
    }

    /// One judgement from several given at once: their mean; nothing from none.
    pub fn mean(scores: &[Self]) -> Option<Self> {
        let sum: f64 = scores.iter().map(|score| score.0).sum();
        (!scores.is_empty()).then(|| Self(sum / scores.len() as f64))
    }

    /// The number, from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }

    fn scaled(value: f64, most: f64) -> Result<Self, Invalid> {
        if (0.0..=most).contains(&value) {
            Ok(Self(value / most))
        } else {
            Err(Invalid(format!("must be from 0 to {most}")))
        }
    }
}

/// The mean of the latest score of each source, by how far each is believed, and the most that any of them is; nothing when
/// nobody spoke.
pub(super) fn believed(feedback: &[Feedback]) -> Option<(f64, f64)> {
    let latest: BTreeMap<&str, &Feedback> = feedback.iter().map(|one| (one.source.as_str(), one)).collect();
    // Where nobody is believed all count alike: a word that is hardly believed is still better than none.
    let trust = |one: &Feedback| one.trust.clamp(1e-6, 1.0);
    let total: f64 = latest.values().map(|one| trust(one)).sum();
    let mean = latest.values().map(|one| trust(one) * one.score.get()).sum::<f64>() / total;
    let most = latest.values().map(|one| trust(one)).fold(0.0, f64::max);
    (!latest.is_empty()).then_some((mean, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_meet_and_nonsense_is_refused() {
        let eight = Score::quality(8.0).unwrap();
        assert_eq!(eight, Score::reward(0.8).unwrap());
        assert_eq!(eight, Score::performance(8.0).unwrap());
        assert_eq!(Score::mean(&[Score::success(true), Score::success(false)]), Score::reward(0.5).ok());
        assert_eq!(Score::mean(&[]), None);
        for bad in [-0.1, 10.1, f64::NAN, f64::INFINITY] {
            assert!(Score::quality(bad).is_err() && Score::performance(bad).is_err());
        }
        assert!(Score::reward(1.01).is_err());
    }
}
