//! What every handler and worker of this service shares. Knows no HTTP.

use std::sync::Arc;

use service_client::{ModelClient, OrchestratorClient};
use storage::Storage;
use tokio_util::sync::CancellationToken;

use crate::app::roster::Roster;
use crate::app::watchers::Watchers;
use crate::app::words::Listeners;
use crate::app::worker::plan::Plans;
use crate::app::worker::pool::PoolState;
use crate::app::worker::under_way::UnderWay;
use crate::settings::ExecutionSettings;
use crate::tools::Toolbox;

/// Everything the service holds while it runs.
pub struct State {
    /// The database.
    pub storage: Storage,
    /// `[execution]`.
    pub settings: ExecutionSettings,
    /// The agents as they are now.
    pub roster: Roster,
    /// Agent revisions, ready to be run.
    pub plans: Plans,
    /// What agents may call.
    pub tools: Arc<Toolbox>,
    /// Where thoughts come from.
    pub models: ModelClient,
    /// Who chooses agents.
    pub orchestrator: OrchestratorClient,
    /// Callers that wait for a task of this process.
    pub watchers: Watchers,
    /// Callers that listen to what models say to runs of this process.
    pub listeners: Listeners,
    /// Runs that this process drives.
    pub under_way: UnderWay,
    /// How the worker pool is, for health checks.
    pub pool: PoolState,
    /// Cancelled when the service stops: streams and long polls end then.
    pub stopping: CancellationToken,
}
