//! The value of one policy, by five estimators.

use super::interval::{Holds, Interval, lower, student};
use super::{SWITCH_AT, Sample};
use crate::Error;

/// A value with its 95 % interval. The interval is kept within the rewards; the value is what the estimator says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Expected reward of the evaluated policy.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Everything there is to say of one policy on one log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Inverse propensity scoring.
    pub ips: Estimate,
    /// The same, self-normalised.
    pub snips: Estimate,
    /// The model alone.
    pub dm: Estimate,
    /// Doubly robust: the one to quote.
    pub dr: Estimate,
    /// Doubly robust up to a weight, the model beyond.
    pub switch_dr: Estimate,
    /// Holds for any number of samples, however the rewards are distributed.
    pub bernstein: Interval,
    /// Holds after every sample at once: it may be watched, and acted upon when one likes.
    pub anytime: Interval,
    /// How many decisions were looked at.
    pub decisions: usize,
    /// `(Σw)² / Σw²` (Kish, 1965): so many decisions of its own would say as much.
    pub effective_samples: f64,
    /// The largest weight of a logged choice.
    pub weight_max: f64,
}

/// All estimators and intervals.
pub fn evaluate(samples: &[Sample]) -> Result<Evaluation, Error> {
    Ok(Evaluation {
        ips: ips(samples)?,
        snips: snips(samples)?,
        dm: dm(samples)?,
        dr: dr(samples)?,
        switch_dr: switch_dr(samples, SWITCH_AT)?,
        bernstein: bounds(samples, Holds::Once),
        anytime: bounds(samples, Holds::Always),
        decisions: samples.len(),
        effective_samples: effective_samples(samples),
        weight_max: samples.iter().map(Sample::weight).fold(0.0, f64::max),
    })
}

/// Inverse propensity scoring (Horvitz and Thompson, 1952): unbiased, and as wild as its largest weight.
pub fn ips(samples: &[Sample]) -> Result<Estimate, Error> {
    check(samples)?;
    Ok(mean(samples, |sample| sample.weight() * sample.reward, effective_samples(samples)))
}

/// Self-normalised IPS (Swaminathan and Joachims, 2015): the weights are divided by their mean. Slightly biased, much steadier, and
/// always within the rewards.
///
/// Should no logged choice be one that the policy would take, there is no value: it is 0 with the interval from 0 to 1.
pub fn snips(samples: &[Sample]) -> Result<Estimate, Error> {
    check(samples)?;
    let weights: f64 = samples.iter().map(Sample::weight).sum();
    if weights == 0.0 {
        return Ok(estimate(0.0, None));
    }
    let value = samples.iter().map(|sample| sample.weight() * sample.reward).sum::<f64>() / weights;
    let squares: f64 = samples.iter().map(|sample| (sample.weight() * (sample.reward - value)).powi(2)).sum();
    Ok(estimate(value, student(value, squares.sqrt() / weights, effective_samples(samples))))
}

/// The direct method: what the model expects. Its interval knows the chance in the tasks, not the errors of the model.
pub fn dm(samples: &[Sample]) -> Result<Estimate, Error> {
    check(samples)?;
    Ok(mean(samples, |sample| sample.expected_target, samples.len() as f64))
}

/// Doubly robust (Dudík, Langford and Li, 2011): the model's expectation, corrected by the weighted surprise.
pub fn dr(samples: &[Sample]) -> Result<Estimate, Error> {
    check(samples)?;
    Ok(mean(samples, Sample::doubly_robust, effective_samples(samples)))
}

/// SWITCH-DR (Wang, Agarwal and Dudík, 2017): no correction where the weight exceeds `threshold`. Steadier, and biased as far as the
/// model is wrong there.
pub fn switch_dr(samples: &[Sample], threshold: f64) -> Result<Estimate, Error> {
    check(samples)?;
    let term = |sample: &Sample| {
        if sample.weight() <= threshold { sample.doubly_robust() } else { sample.expected_target }
    };
    Ok(mean(samples, term, effective_samples(samples)))
}

impl Sample {
    fn doubly_robust(&self) -> f64 {
        self.expected_target + self.weight() * (self.reward - self.expected)
    }
}

pub(super) fn effective_samples(samples: &[Sample]) -> f64 {
    let sum: f64 = samples.iter().map(Sample::weight).sum();
    let squares: f64 = samples.iter().map(|sample| sample.weight().powi(2)).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
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

fn mean(samples: &[Sample], term: impl Fn(&Sample) -> f64, effective: f64) -> Estimate {
    let (value, error) = mean_and_error(samples.iter().map(&term));
    estimate(value, student(value, error, effective))
}

/// The mean of the terms and its standard error.
pub(super) fn mean_and_error(terms: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = terms.clone().count() as f64;
    let value = terms.clone().sum::<f64>() / count.max(1.0);
    let squares: f64 = terms.map(|term| (term - value).powi(2)).sum();
    (value, (squares / (count - 1.0).max(1.0) / count.max(1.0)).sqrt())
}

fn estimate(value: f64, interval: Option<Interval>) -> Estimate {
    let Interval { low, high } = interval.unwrap_or(Interval::WHOLE).within(0.0, 1.0);
    Estimate { value, low, high }
}

/// Two bounds of 97.5 % each.
fn bounds(samples: &[Sample], holds: Holds) -> Interval {
    let low = samples.iter().map(|sample| sample.low.at(sample.reward));
    // What a policy loses is bounded from below as well, and so what it earns from above.
    let losses = samples.iter().map(|sample| 1.0 - sample.high.at(sample.reward));
    let bound =
        Interval { low: lower(low, -1.0, 0.025, holds), high: 1.0 - lower(losses, -1.0, 0.025, holds) };
    bound.within(0.0, 1.0)
}
