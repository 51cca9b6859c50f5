//! Off-policy evaluation: what another policy would have earned on decisions that were logged with their propensities.
//!
//! It knows no learner: a sample holds numbers only. Intervals are normal approximations at 95 %; with fewer than some hundred
//! effective samples they are too narrow.

use crate::Error;

/// One logged decision, seen from the policy that is evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// What came of it.
    pub reward: f64,
    /// The probability with which it was chosen, above 0.
    pub logged: f64,
    /// The probability with which the evaluated policy would have chosen the same.
    pub target: f64,
    /// What a model expects of the chosen candidate. Only [`dr`] reads it.
    pub expected: f64,
    /// What the model expects of the evaluated policy in this state: expectations weighted by its probabilities. Only [`dr`] reads it.
    pub expected_target: f64,
}

/// A value with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Expected reward of the evaluated policy.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// `(Σw)² / Σw²` (Kish, 1965): so many decisions of its own would say as much.
    pub effective_samples: f64,
}

/// Inverse propensity scoring: unbiased, and as wild as its largest weight.
pub fn ips(samples: &[Sample]) -> Result<Estimate, Error> {
    check(samples)?;
    Ok(estimate(samples, samples.iter().map(|sample| sample.weight() * sample.reward)))
}

/// Self-normalised IPS: the weights are divided by their mean. Slightly biased, much steadier, and always within the rewards.
///
/// Should no logged choice be one that the policy would take, there is no value: it is 0 with the interval from 0 to 1.
pub fn snips(samples: &[Sample]) -> Result<Estimate, Error> {
    check(samples)?;
    let weights: f64 = samples.iter().map(|sample| sample.weight()).sum();
    if weights == 0.0 {
        return Ok(Estimate { value: 0.0, low: 0.0, high: 1.0, effective_samples: 0.0 });
    }
    let value = samples.iter().map(|sample| sample.weight() * sample.reward).sum::<f64>() / weights;
    let squares: f64 = samples.iter().map(|sample| (sample.weight() * (sample.reward - value)).powi(2)).sum();
    Ok(interval(samples, value, squares.sqrt() / weights))
}

/// Doubly robust (Dudík et al., 2011): the model's expectation, corrected by the weighted surprise.
pub fn dr(samples: &[Sample]) -> Result<Estimate, Error> {
    check(samples)?;
    let terms = samples.iter().map(|s| s.expected_target + s.weight() * (s.reward - s.expected));
    Ok(estimate(samples, terms))
}

impl Sample {
    fn weight(&self) -> f64 {
        self.target / self.logged
    }
}

fn check(samples: &[Sample]) -> Result<(), Error> {
    if samples.is_empty() {
        return Err(Error::NoSamples);
    }
    for sample in samples {
        if !(0.0..=1.0).contains(&sample.reward) {
            return Err(Error::Reward(sample.reward));
        }
        if !(sample.logged > 0.0 && sample.logged <= 1.0) {
            return Err(Error::Propensity(sample.logged));
        }
        let numbers = sample.expected.is_finite() && sample.expected_target.is_finite();
        if !((0.0..=1.0).contains(&sample.target) && numbers) {
            return Err(Error::Propensity(sample.target));
        }
    }
    Ok(())
}

fn estimate(samples: &[Sample], terms: impl Iterator<Item = f64> + Clone) -> Estimate {
    let count = samples.len() as f64;
    let value = terms.clone().sum::<f64>() / count;
    let squares: f64 = terms.map(|term| (term - value).powi(2)).sum();
    interval(samples, value, (squares / (count - 1.0).max(1.0) / count).sqrt())
}

fn interval(samples: &[Sample], value: f64, error: f64) -> Estimate {
    let sum: f64 = samples.iter().map(|sample| sample.weight()).sum();
    let squares: f64 = samples.iter().map(|sample| sample.weight().powi(2)).sum();
    let effective_samples = if squares > 0.0 { sum * sum / squares } else { 0.0 };
    Estimate { value, low: value - 1.96 * error, high: value + 1.96 * error, effective_samples }
}
