//! What every handler and the trainer share.

use std::sync::Arc;

use agent_selection::SelectionConfig;
use service_client::OrchestratorClient;
use storage::Storage;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::gates::Standings;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct State {
    /// The database.
    pub(crate) storage: Storage,
    /// Who owns tasks and their rewards.
    pub(crate) orchestrator: OrchestratorClient,
    /// How orchestrators draw; what is judged is drawn by the same rules.
    pub(crate) selection: Arc<SelectionConfig>,
    /// How the watched policies stand.
    pub(crate) standings: Standings,
    /// Ends streams when the service stops.
    pub(crate) stopping: CancellationToken,
    /// Rings when a job waits.
    pub(crate) job_waits: Arc<Notify>,
}

impl State {
    pub(crate) fn new(
        storage: Storage,
        orchestrator: OrchestratorClient,
        selection: SelectionConfig,
    ) -> Self {
        Self {
            storage,
            orchestrator,
            selection: Arc::new(selection),
            standings: Standings::default(),
            stopping: CancellationToken::new(),
            job_waits: Arc::new(Notify::new()),
        }
    }
}
