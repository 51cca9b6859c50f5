//! Linear weights with their uncertainty, learned by recursive least squares from a prior of mean zero.

use super::covariance::{Covariance, dot};
use super::portion::Portion;

/// What is believed of the weights of a linear value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Posterior {
    pub(crate) mean: Box<[f32]>,
    pub(crate) covariance: Covariance,
}

impl Posterior {
    pub(crate) fn new(variances: &[f32]) -> Self {
        Self {
            mean: vec![0.0; variances.len()].into_boxed_slice(),
            covariance: Covariance::diagonal(variances),
        }
    }

    /// Moves the weights towards outcomes of `x` with this much noise each. `keep` below one forgets.
    ///
    /// Giving back evidence, `P ← c·P + (1 − c)·D` and `m ← c·m`, is the step of weights that drift back to their prior.
    pub(crate) fn learn(
        &mut self,
        x: &[f32],
        outcomes: &Portion,
        noise: f32,
        keep: f32,
        prior: &[f32],
        g: &mut Vec<f32>,
    ) {
        let (count, sum) = (outcomes.count as f32, outcomes.sum as f32);
        let error = sum - count * self.value(x);
        let variance = self.covariance.times(x, g);
        let gain = 1.0 / (noise + count * variance);
        for (weight, g) in self.mean.iter_mut().zip(&*g) {
            *weight = keep * (*weight + gain * error * g);
        }
        self.covariance.shrink(g, count * gain, keep, prior);
    }

    /// Gives back a share of all evidence.
    pub(crate) fn forget(&mut self, keep: f32, prior: &[f32]) {
        self.mean.iter_mut().for_each(|weight| *weight *= keep);
        self.covariance.shrink(&vec![0.0; prior.len()], 0.0, keep, prior);
    }

    pub(crate) fn value(&self, x: &[f32]) -> f32 {
        dot(&self.mean, x)
    }
}
