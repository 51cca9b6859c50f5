//! Prior variances by feature and where each member's vector lies, worked out once from the configuration.

use std::ops::Range;

use super::layout::View;
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
