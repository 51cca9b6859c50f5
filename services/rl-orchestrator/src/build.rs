//! Puts the service together: storage, snapshots, background loops, routes.

use std::sync::Arc;
use std::time::Duration;

use service_client::{Connector, ExecutionClient, RlClient};
use service_kit::access::{Access, KeyEntry, Role};
use service_kit::config::{Auth, ConfigError};
use service_kit::{App, Settings};
use storage::{Storage, StorageOptions};
use task_model::Micros;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::app::learn::{Failed, Follower};
use crate::app::roster::RosterView;
use crate::app::state::Parts;
use crate::app::tasks::cancels;
use crate::app::tenant_rates::TenantRates;
use crate::app::{Execution, State, analytics, dispatch, performance, schedules, settle};
use crate::config::Config;
use crate::{health, routes};

const NAME: &str = "rl-orchestrator";
/// What an answer may take beyond the longest time that a caller may wait for a task.
const WAIT_SLACK: Duration = Duration::from_secs(5);

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Correct the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Look at the database.
    #[error("the database cannot be used")]
    Storage(#[from] storage::Error),
    /// Look at the database.
    #[error("the learned values cannot be read")]
    Learner(#[from] Failed),
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
    let config = Config::read(settings)?;
    let every = config.orchestrator.learn_poll();
    let follower = Follower::open(storage.clone(), config.orchestrator.checkpoint_every).await?;
    let (state, rl) = state(settings, config, storage, &follower).await?;
    let app = App::new(NAME, env!("CARGO_PKG_VERSION"), "orchestrator", settings)?
        .routes(routes::routes(state.clone()))
        .describe(routes::describe)
        .access(access(&state))
        .health(health::checks(&state, rl));
    Ok(with_loops(with_keys(app, &state), &state, follower, every))
}

async fn state(
    settings: &Settings,
    config: Config,
    storage: Storage,
    follower: &Follower,
) -> Result<(State, RlClient), BuildError> {
    let auth: Auth = settings.section("auth")?;
    let connector = Connector::usual(auth.service_key).map_err(|error| BuildError::Client(error.into()))?;
    let peers = &config.peers;
    let client =
        ExecutionClient::new(&connector, &peers.execution_url, peers.execution_fallback_url.as_ref());
    let orchestrator = &config.orchestrator;
    let tenant_rates = TenantRates::new(orchestrator.tenant_tasks_per_min, &orchestrator.tenant_rates);
    let state = State::new(Parts {
        roster: RosterView::open(&storage).await?,
        policy: follower.view(),
        execution: Execution::new(client, config.orchestrator.dispatch_timeout()),
        execution_url: peers.execution_url.as_str().trim_end_matches('/').to_owned(),
        storage,
        config: config.orchestrator,
        selection: config.selection,
        reward: config.reward,
        tenant_rates,
        performance: performance::Kept::default(),
        ledger: analytics::Ledger::default(),
        stopping: CancellationToken::new(),
    });
    Ok((state, RlClient::new(&connector, &peers.rl_url)))
}

fn with_keys(app: App, state: &State) -> App {
    let storage = state.storage.clone();
    app.keys(move || {
        let storage = storage.clone();
        async move {
            let keys = storage.keys_active(Micros(service_kit::now_micros())).await?;
            let entries =
                keys.iter().filter_map(|key| KeyEntry::from_hex(&key.key_id, &key.role, &key.sha256));
            Ok::<_, storage::Error>(entries.collect())
        }
    })
}

fn with_loops(app: App, state: &State, follower: Follower, every: Duration) -> App {
    // A loop may be started again after a panic, so the follower outlives its runs.
    let follower = Arc::new(Mutex::new(follower));
    let (roster, dispatching, settling, cancelling, firing, ending) =
        (state.clone(), state.clone(), state.clone(), state.clone(), state.clone(), state.clone());
    app.background("learn", move |stop| {
        let follower = follower.clone();
        async move { follower.lock().await.run(every, stop).await }
    })
    .background("roster", move |stop| {
        let state = roster.clone();
        async move { state.roster.follow(&state.storage, state.config.roster_poll(), stop).await }
    })
    .background("dispatch", move |stop| dispatch::run(dispatching.clone(), stop))
    .background("settle", move |stop| settle::run(settling.clone(), stop))
    .background("cancels", move |stop| cancels::run(cancelling.clone(), stop))
    .background("schedules", move |stop| schedules::fire::run(firing.clone(), stop))
    .background("streams", move |stop| {
        let state = ending.clone();
        async move {
            stop.cancelled().await;
            state.stopping.cancel();
        }
    })
}

/// Deciding without storing changes nothing, so whoever may look may ask for it.
fn access(state: &State) -> Access {
    Access::new()
        .rule(http::Method::POST, "/select-agent", Role::Viewer)
        .rule(http::Method::POST, "/dead-letters/redrive", Role::Operator)
        .timeout("/tasks/{task_id}", state.config.wait_max() + WAIT_SLACK)
}
