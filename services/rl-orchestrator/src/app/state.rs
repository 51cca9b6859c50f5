//! What every function of this service works on. Cheap to clone.

use std::ops::Deref;
use std::sync::Arc;

use agent_selection::{RewardConfig, SelectionConfig};
use storage::Storage;
use tokio_util::sync::CancellationToken;

use super::analytics::Ledger;
use super::execution::Execution;
use super::performance::Kept;
use super::policy::PolicyView;
use super::roster::RosterView;
use super::tenant_rates::TenantRates;
use crate::config::Orchestrator;

/// A handle to [`Parts`].
#[derive(Debug, Clone)]
pub(crate) struct State(Arc<Parts>);

/// The parts: snapshots, connections and settings.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) storage: Storage,
    pub(crate) roster: RosterView,
    pub(crate) policy: PolicyView,
    pub(crate) execution: Execution,
    /// Where clients find runs, without a slash at its end.
    pub(crate) execution_url: String,
    pub(crate) config: Orchestrator,
    pub(crate) selection: SelectionConfig,
    pub(crate) reward: RewardConfig,
    pub(crate) tenant_rates: TenantRates,
    pub(crate) performance: Kept,
    pub(crate) ledger: Ledger,
    /// Ends long polls and streams when the service stops.
    pub(crate) stopping: CancellationToken,
}

impl State {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for State {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
