//! What every handler and the trainer share.

use std::sync::Arc;

use service_client::OrchestratorClient;
use storage::Storage;
use tokio::sync::Notify;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct State {
    /// The database.
    pub(crate) storage: Storage,
    /// Who owns tasks and their rewards.
    pub(crate) orchestrator: OrchestratorClient,
    /// Rings when a job waits.
    pub(crate) job_waits: Arc<Notify>,
}

impl State {
    pub(crate) fn new(storage: Storage, orchestrator: OrchestratorClient) -> Self {
        Self { storage, orchestrator, job_waits: Arc::new(Notify::new()) }
    }
}
