//! Puts the service together: storage, the trainer, the watch over policies, routes.

use std::time::Duration;

use agent_selection::SelectionConfig;
use service_client::{Connector, OrchestratorClient};
use service_kit::access::{Access, KeyEntry, Role};
use service_kit::config::{Auth, ConfigError, Peers};
use service_kit::health::{Dependency, Health};
use service_kit::{App, Settings, now_micros};
use storage::{Storage, StorageOptions};
use task_model::Micros;

use crate::app::{State, gates, train};
use crate::config::Config;
use crate::routes;

const NAME: &str = "rl-server";
/// An evaluation reads the whole log, and so does whoever opens a gate; an import writes one.
const WHOLE_LOG: Duration = Duration::from_secs(600);

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Correct the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Look at the database.
    #[error("the database cannot be used")]
    Storage(#[from] storage::Error),
    /// Look at the system's certificates.
    #[error("the client for other services cannot be set up")]
    Client(#[from] service_client::SetupError),
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
    let peers: Peers = settings.section("peers")?;
    let auth: Auth = settings.section("auth")?;
    let selection: SelectionConfig = settings.section("selection")?;
    let config: Config = settings.section("rl")?;
    let connector = Connector::usual(auth.service_key)?;
    let orchestrator = OrchestratorClient::new(&connector, &peers.orchestrator_url);
    let state = State::new(storage, orchestrator, selection);
    train::resume(&state).await?;
    let (training, watching, ending) = (state.clone(), state.clone(), state.clone());
    let app = App::new(NAME, env!("CARGO_PKG_VERSION"), "rl", settings)?
        .routes(routes::routes(state.clone()))
        .describe(routes::describe)
        .access(access(&config))
        .health(health(&state))
        .background("train", move |stop| train::run(training.clone(), stop))
        .background("gates", move |stop| gates::run(watching.clone(), stop))
        .background("streams", move |stop| {
            let state = ending.clone();
            async move {
                stop.cancelled().await;
                state.stopping.cancel();
            }
        });
    Ok(with_keys(app, &state))
}

/// What changes how tasks are assigned is for operators.
fn access(config: &Config) -> Access {
    Access::new()
        .rule(http::Method::POST, "/training", Role::Operator)
        .rule(http::Method::POST, "/policies", Role::Operator)
        .rule(http::Method::POST, "/evaluate", Role::Viewer)
        .timeout("/evaluate", WHOLE_LOG)
        .timeout("/policies/{version}/canary", WHOLE_LOG)
        .timeout("/policies/{version}/promote", WHOLE_LOG)
        .rule(http::Method::POST, "/experiences", Role::Operator)
        .timeout("/experiences", WHOLE_LOG)
        .body_max("/experiences", config.import_max_bytes)
}

fn with_keys(app: App, state: &State) -> App {
    let storage = state.storage.clone();
    app.keys(move || {
        let storage = storage.clone();
        async move {
            let keys = storage.keys_active(Micros(now_micros())).await?;
            let entries =
                keys.iter().filter_map(|key| KeyEntry::from_hex(&key.key_id, &key.role, &key.sha256));
            Ok::<_, storage::Error>(entries.collect())
        }
    })
}

fn health(state: &State) -> Health {
    let (pinged, counted) = (state.clone(), state.clone());
    Health::new()
        .required("database", move || {
            let state = pinged.clone();
            async move {
                match state.storage.ping().await {
                    Ok(()) => Dependency::healthy()
                        .fact("kind", format!("{:?}", state.storage.kind()).to_lowercase()),
                    Err(_) => Dependency::down("the database does not answer"),
                }
            }
        })
        .extra(move || {
            let state = counted.clone();
            async move { crate::app::status::figures(&state).await.unwrap_or_default() }
        })
}
