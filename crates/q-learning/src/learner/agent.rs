//! What was learned of one agent.

use std::sync::Arc;

use super::change::Cusum;
use super::posterior::Posterior;
use super::prior::{MemberPrior, Prior};
use super::sketch::Sketch;
use super::spending::Spending;
use super::table::Row;
use crate::AgentKey;

/// One agent. Deciding reads its weights and its sketch; only learning reads the rest.
#[derive(Clone, Debug)]
pub(crate) struct Agent {
    pub(crate) key: AgentKey,
    pub(crate) observations: u64,
    /// Of each member `m + P·D⁻¹·w`: the posterior mean given the weights `w` of all agents as the prior mean.
    pub(crate) weights: Box<[f32]>,
    pub(crate) sketch: Sketch,
    pub(crate) posteriors: Vec<Arc<Posterior>>,
    pub(crate) change: Cusum,
    pub(crate) table: Row,
    pub(crate) spending: Spending,
}

impl Agent {
    /// A newcomer: the shared weights, and as unsure as the prior.
    pub(crate) fn new(key: AgentKey, prior: &Prior, shared: &[Arc<Posterior>]) -> Self {
        Self {
            key,
            observations: 0,
            weights: shared.iter().flat_map(|posterior| posterior.mean.iter().copied()).collect(),
            sketch: Sketch::new(&prior.sketch),
            posteriors: prior.members.iter().map(|member| Arc::new(Posterior::new(&member.agent))).collect(),
            change: Cusum::default(),
            table: Row::new(),
            spending: Spending::default(),
        }
    }

    /// The weights anew, after the shared ones or its own have moved.
    pub(crate) fn refresh(&mut self, prior: &Prior, shared: &[Arc<Posterior>], buffers: &mut Buffers) {
        for ((member, own), shared) in prior.members.iter().zip(&self.posteriors).zip(shared) {
            buffers.pooled(member, own, shared);
            let parts = own.mean.iter().zip(&buffers.product);
            let weights = &mut self.weights[member.range.clone()];
            weights.iter_mut().zip(parts).for_each(|(weight, (own, pooled))| *weight = own + pooled);
        }
    }

    /// Gives back most of the evidence: the agent is not what it was.
    pub(crate) fn widen(&mut self, prior: &Prior, keep: f32) {
        for (member, posterior) in prior.members.iter().zip(&mut self.posteriors) {
            Arc::make_mut(posterior).forget(keep, &member.agent);
        }
        self.sketch.forget(keep, &prior.sketch);
    }
}

/// Vectors that learning writes to, kept so that they are allocated once for an update.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    scaled: Vec<f32>,
    pub(crate) product: Vec<f32>,
}

impl Buffers {
    /// `product = P·D⁻¹·w`.
    fn pooled(&mut self, member: &MemberPrior, own: &Posterior, shared: &Posterior) {
        self.scaled.clear();
        self.scaled.extend(shared.mean.iter().zip(&member.agent).map(|(weight, variance)| weight / variance));
        own.covariance.times(&self.scaled, &mut self.product);
    }
}
