//! Prior variances by feature and where each member's vector lies, worked out once from the configuration.

use std::ops::Range;

use super::layout::View;
use super::posterior::Posterior;
use super::sketch::{Folded, WIDTH};
use crate::LearnerConfig;

/// What is fixed of a learner before anything was seen.
#[derive(Debug)]
pub(crate) struct Prior {
    pub(crate) members: Vec<MemberPrior>,
    pub(crate) sketch: Folded,
    /// Length of all members' vectors together.
    pub(crate) dimensions: usize,
}

/// What is fixed of one member.
#[derive(Debug)]
pub(crate) struct MemberPrior {
    pub(crate) view: View,
    /// Where its vector lies among those of all members.
    pub(crate) range: Range<usize>,
    pub(crate) shared: Vec<f32>,
    pub(crate) agent: Vec<f32>,
}

impl Prior {
    pub(crate) fn new(config: &LearnerConfig) -> Self {
        let mut end = 0;
        let place = |member: &super::Member| {
            let start = end;
            end += member.view.dimensions();
            MemberPrior {
                view: member.view,
                range: start..end,
                shared: member.shared_prior(config),
                agent: member.agent_prior(),
            }
        };
        let members = config.members.iter().map(place).collect();
        let mut sketch = [config.sketch_weight_variance as f32; WIDTH];
        sketch[0] = config.sketch_bias_variance as f32;
        Self { members, sketch, dimensions: end }
    }
}

impl MemberPrior {
    /// How far an agent's prediction for `x` follows an outcome of the very same, times the noise: by its own weights, and by the shared
    /// ones that it takes its prior mean from.
    pub(crate) fn leverage(&self, own: &Posterior, shared: &Posterior, x: &[f32]) -> f32 {
        let (mut g, mut of_shared) = (Vec::new(), Vec::new());
        let by_own = own.covariance.times(x, &mut g);
        shared.covariance.times(x, &mut of_shared);
        let pooled = g.iter().zip(&self.agent).zip(&of_shared).map(|((g, variance), w)| g / variance * w);
        by_own + pooled.sum::<f32>()
    }
}
