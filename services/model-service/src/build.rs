//! Puts the service together: storage, providers, registry, background loops, routes.

use std::time::Duration;

use arc_swap::ArcSwap;
use http::Method;
use service_kit::access::{Access, KeyEntry, Role};
use service_kit::config::ConfigError;
use service_kit::{App, Settings};
use storage::{Storage, StorageOptions};
use task_model::Micros;
use tokio::sync::{Mutex, watch};

use crate::app::allowances::Allowances;
use crate::app::books::Books;
use crate::app::cache::Cache;
use crate::app::keep::similar::Similar;
use crate::app::limits::Limits;
use crate::app::vitals::Vitals;
use crate::app::{Parts, State, books, budgets, providers, registry};
use crate::config::Config;
use crate::{Error, health, routes};

const NAME: &str = "model-service";
/// What an answer may take beyond the longest model call.
const SLACK: Duration = Duration::from_secs(2);

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Correct the configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Look at the database.
    #[error("the database cannot be used")]
    Storage(#[from] storage::Error),
    /// Look at the keys and the local models in the configuration, or the system's certificates.
    #[error(transparent)]
    Providers(#[from] providers::SetupError),
    /// Look at the database.
    #[error("the registry of models cannot be read")]
    Registry(#[source] Error),
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
    let providers = providers::open(&config).await?;
    let catalog = registry::catalog(&config, &providers.local_models());
    let state = State::new(Parts {
        providers,
        models: ArcSwap::from_pointee(catalog.clone()),
        catalog,
        storage,
        budgets: ArcSwap::default(),
        allowances: Allowances::default(),
        reading: Mutex::default(),
        refill: Mutex::default(),
        limits: Limits::new(config.rate_limits.clone()),
        cache: Cache::new(config.cache_max_bytes, config.cache_ttl()),
        similar: Similar::new(config.semantic_cache.options()),
        vitals: Vitals::default(),
        books: Books::default(),
        stopping: watch::Sender::new(false),
        config,
    });
    budgets::declare(&state).await?;
    registry::refresh(&state).await.map_err(BuildError::Registry)?;
    let app = App::new(NAME, env!("CARGO_PKG_VERSION"), "models", settings)?
        .routes(routes::routes(state.clone()))
        .describe(routes::describe)
        .access(access(&state))
        .health(health::checks(&state));
    Ok(with_loops(with_keys(app, &state), &state))
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

fn with_loops(app: App, state: &State) -> App {
    let (writing, following, ending, closing) = (state.clone(), state.clone(), state.clone(), state.clone());
    let every = state.config.registry_refresh();
    let (looking, probe) = (state.clone(), state.config.ollama_probe());
    app.background("ollama", move |stop| providers::look_for_ollama(looking.clone(), probe, stop))
        .background("books", move |stop| books::run(writing.clone(), stop))
        .background("registry", move |stop| registry::follow(following.clone(), every, stop))
        .background("streams", move |stop| {
            let state = ending.clone();
            async move {
                stop.cancelled().await;
                state.stopping.send_replace(true);
            }
        })
        .on_stop(move || async move { books::close(&closing).await })
}

/// Asking a model spends money, so a submitter may; changing what there is to ask is for operators.
fn access(state: &State) -> Access {
    let longest = state.config.timeout() + SLACK;
    let access = Access::new().all("/models", Role::Operator).rule(Method::GET, "/models", Role::Viewer);
    let access = access.all("/budgets", Role::Operator).rule(Method::GET, "/budgets", Role::Viewer);
    routes::SLOW.iter().fold(access, |access, path| access.timeout(path, longest))
}
