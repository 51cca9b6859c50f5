//! Prior variances by feature, worked out once from the configuration.

use super::layout;
use crate::LearnerConfig;

/// Variances before anything was seen.
#[derive(Debug)]
pub(crate) struct Prior {
    pub(crate) dimensions: usize,
    pub(crate) shared: Vec<f32>,
    pub(crate) agent: Vec<f32>,
    pub(crate) sketch: Vec<f32>,
}

impl Prior {
    pub(crate) fn new(config: &LearnerConfig) -> Self {
        let dimensions = layout::dimensions(config.embedding);
        let (bias, weight) = (config.agent_bias_variance, config.agent_weight_variance);
        Self {
            dimensions,
            shared: layout::variances(dimensions, config.shared_bias_variance, config.shared_weight_variance),
            agent: layout::variances(dimensions, bias, weight),
            sketch: layout::variances(layout::SKETCH, bias, weight),
        }
    }
}
