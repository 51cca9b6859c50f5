//! The learned values in force: an immutable snapshot that decisions read and the follower of the log replaces.

use std::sync::Arc;

use arc_swap::ArcSwap;
use q_learning::Learner;

pub use service_api::policy::PolicyVersion;

/// A learner at one point of the log.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where it stands.
    pub version: PolicyVersion,
    /// The values.
    pub learner: Learner,
    /// The policy that takes a share of the decisions in order to be judged.
    pub canary: Option<Canary>,
}

/// A policy on trial.
#[derive(Debug, Clone)]
pub struct Canary {
    /// Where it stands.
    pub version: PolicyVersion,
    /// Its values.
    pub learner: Learner,
    /// The share of the decisions that it takes, 0 to 1.
    pub share: f64,
}

/// The policy in force. Clones share it; reading takes no lock.
#[derive(Debug, Clone)]
pub struct PolicyView(Arc<ArcSwap<Policy>>);

impl PolicyView {
    /// Starts with `policy`.
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(policy)))
    }

    /// The policy now.
    pub fn now(&self) -> arc_swap::Guard<Arc<Policy>> {
        self.0.load()
    }

    /// Puts `policy` in force for every decision from now on.
    pub fn publish(&self, policy: Policy) {
        metrics::gauge!("orchestrator_learner_seq").set(policy.version.seq as f64);
        self.0.store(Arc::new(policy));
    }
}
