//! What every handler and the trainer share.

use std::sync::Arc;

use agent_selection::SelectionConfig;
use service_client::OrchestratorClient;
use storage::Storage;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::gates::Standings;

/// A replay keeps a core busy, and tasks are to be assigned beside it.
const REPLAYS: usize = 2;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct State {
    /// The database.
    pub(crate) storage: Storage,
    /// Who owns tasks and their rewards.
    pub(crate) orchestrator: OrchestratorClient,
    /// How orchestrators draw; what is judged is drawn by the same rules.
    pub(crate) selection: Arc<SelectionConfig>,
    /// Replays of the whole log at once; further ones wait.
    pub(crate) replays: Arc<Semaphore>,
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
            replays: Arc::new(Semaphore::new(REPLAYS)),
            standings: Standings::default(),
            stopping: CancellationToken::new(),
            job_waits: Arc::new(Notify::new()),
        }
    }
}
