//! What was learned of one agent.

use std::sync::Arc;

use super::change::Cusum;
use super::covariance::{Covariance, dot};
use super::posterior::Posterior;
use super::prior::Prior;
use super::table::Row;
use crate::AgentKey;

/// One agent. Deciding reads its weights and the covariance of its sketch; only learning reads the rest.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) key: AgentKey,
    pub(crate) observations: u64,
    /// `m + P·D⁻¹·w`: the posterior mean given the weights `w` of all agents as the prior mean.
    pub(crate) weights: Box<[f32]>,
    pub(crate) sketch: Arc<Covariance>,
    pub(crate) posterior: Arc<Posterior>,
    pub(crate) change: Cusum,
    pub(crate) table: Row,
}

impl Agent {
    /// A newcomer: the shared weights, and as unsure as the prior.
    pub(crate) fn new(key: AgentKey, prior: &Prior, shared: &[f32]) -> Self {
        Self {
            key,
            observations: 0,
            weights: shared.into(),
            sketch: Arc::new(Covariance::diagonal(&prior.sketch)),
            posterior: Arc::new(Posterior::new(&prior.agent)),
            change: Cusum::default(),
            table: Row::new(),
        }
    }

    /// The weights anew, after the shared ones or its own have moved.
    pub(crate) fn refresh(
        &mut self,
        prior: &Prior,
        shared: &[f32],
        scaled: &mut Vec<f32>,
        product: &mut Vec<f32>,
    ) {
        scaled.clear();
        scaled.extend(shared.iter().zip(&prior.agent).map(|(weight, variance)| weight / variance));
        self.posterior.covariance.times(scaled, product);
        let parts = self.posterior.mean.iter().zip(&*product);
        self.weights.iter_mut().zip(parts).for_each(|(weight, (own, pooled))| *weight = own + pooled);
    }

    /// Gives back most of the evidence: the agent is not what it was.
    pub(crate) fn widen(&mut self, prior: &Prior, keep: f32) {
        Arc::make_mut(&mut self.posterior).forget(keep, &prior.agent);
        let zeros = vec![0.0; prior.sketch.len()];
        Arc::make_mut(&mut self.sketch).shrink(&zeros, 0.0, keep, &prior.sketch);
    }

    pub(crate) fn value(&self, x: &[f32]) -> f32 {
        dot(&self.weights, x)
    }
}
