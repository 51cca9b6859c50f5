//! Puts the service together: storage, roster, peers, routes, background loops.

use std::sync::Arc;

use service_client::{Connector, ModelClient, OrchestratorClient};
use service_kit::config::{Auth, ConfigError, Fetch, Peers};
use service_kit::{App, Settings};
use storage::{Storage, StorageOptions};
use tokio_util::sync::CancellationToken;

use crate::app::roster::Roster;
use crate::app::seed::{self, SeedError};
use crate::app::watchers::Watchers;
use crate::app::words::Listeners;
use crate::app::worker::{plan::Plans, pool, pool::PoolState, reaper, under_way::UnderWay};
use crate::app::{gauges, health, keys, roster};
use crate::settings::ExecutionSettings;
use crate::state::State;
use crate::tools::Toolbox;
use crate::{clock, routes};

const NAME: &str = "execution-api";
const SECTION: &str = "execution";

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Correct the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Look at the database.
    #[error("the database cannot be used")]
    Storage(#[from] storage::Error),
    /// Correct the roster.
    #[error("the roster cannot be brought in")]
    Seed(#[from] SeedError),
    /// Look at the system's certificates.
    #[error("the client for other services cannot be set up")]
    Client(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The service on a database of its own connections, which it opens, migrates and closes at the end.
pub async fn build(settings: &Settings) -> Result<App, BuildError> {
    let options: StorageOptions = settings.section("database")?;
    let storage = Storage::open(&options).await?;
    storage.migrate().await?;
    let closing = storage.clone();
    Ok(build_on(settings, storage).await?.on_stop(move || async move { closing.close().await }))
}

/// The service on a database that others in this process share; whoever opened and migrated it closes it.
pub async fn build_on(settings: &Settings, storage: Storage) -> Result<App, BuildError> {
    let execution = ExecutionSettings::read(settings, SECTION)?;
    seed::seed(&storage, execution.agents_file.as_deref(), clock::now()).await?;
    let state = Arc::new(state(settings, execution, storage)?);
    state.roster.refresh(&state.storage).await?;
    let app = App::new(NAME, env!("CARGO_PKG_VERSION"), SECTION, settings)?
        .routes(routes::all(state.clone()))
        .access(routes::access(&state.settings))
        .health(health::checks(&state));
    Ok(with_loops(app, &state))
}

fn state(settings: &Settings, execution: ExecutionSettings, storage: Storage) -> Result<State, BuildError> {
    let auth: Auth = settings.section("auth")?;
    let peers: Peers = settings.section("peers")?;
    let fetch: Fetch = settings.section("fetch")?;
    let connector = Connector::usual(auth.service_key).map_err(|error| BuildError::Client(error.into()))?;
    let tools = Toolbox::new(storage.clone(), &fetch).map_err(|error| BuildError::Client(error.into()))?;
    let mut tools = tools.keep_at_most(execution.tool_output_max_bytes);
    for (place, declared) in execution.tools.iter().enumerate() {
        let field = format!("{SECTION}.tools[{place}]");
        let key = declared.key_env.as_deref().map(|name| (name, settings.variable(name)));
        tools.declare(declared, &fetch, key).map_err(|wrong| {
            let origin = settings.origin(&format!("{SECTION}.tools"));
            ConfigError::value(&format!("{field}.{}", wrong.field), origin, wrong.problem, &wrong.allowed)
        })?;
    }
    Ok(State {
        models: ModelClient::new(&connector, &peers.models_url),
        orchestrator: OrchestratorClient::new(&connector, &peers.orchestrator_url),
        tools: Arc::new(tools),
        storage,
        settings: execution,
        roster: Roster::default(),
        plans: Plans::default(),
        watchers: Watchers::default(),
        listeners: Listeners::default(),
        under_way: UnderWay::default(),
        pool: PoolState::default(),
        stopping: CancellationToken::new(),
    })
}

fn with_loops(app: App, state: &Arc<State>) -> App {
    let (storage, working, reaping, following, counting) =
        (state.storage.clone(), state.clone(), state.clone(), state.clone(), state.clone());
    let stopping = state.stopping.clone();
    app.keys(move || keys::read(storage.clone()))
        .background("workers", move |stop| pool::run(working.clone(), stop))
        .background("reaper", move |stop| reaper::run(reaping.clone(), stop))
        .background("roster", move |stop| roster::follow(following.clone(), stop))
        .background("gauges", move |stop| gauges::run(counting.clone(), stop))
        .background("streams", move |stop| {
            let stopping = stopping.clone();
            async move {
                stop.cancelled().await;
                stopping.cancel();
            }
        })
}
