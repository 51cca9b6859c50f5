//! `/health`: the database, each provider, and how far the books are behind.

use serde_json::{Map, Value, json};
use service_kit::health::{Dependency, Health};

use crate::app::{State, resolve};
use crate::providers::{ProviderKind, ProviderState};

/// Without its database the service still thinks, but forgets what it cost: so the database is required. Providers are not: a call
/// for a failing one says so itself.
pub fn checks(state: &State) -> Health {
    let (database, figures) = (state.clone(), state.clone());
    let health = Health::new().required("database", move || ping(database.clone())).extra(move || {
        let figures = read(&figures);
        async move { figures }
    });
    state.providers.configured().fold(health, |health, name| {
        let (state, name) = (state.clone(), name.clone());
        health.optional(&format!("provider_{name}"), {
            let name = name.clone();
            move || std::future::ready(provider(&state, &name))
        })
    })
}

async fn ping(state: State) -> Dependency {
    let kind = format!("{:?}", state.storage.kind()).to_lowercase();
    match state.storage.ping().await {
        Ok(()) => Dependency::healthy().fact("kind", kind),
        Err(_) => Dependency::down("the database does not answer").fact("kind", kind),
    }
}

/// What the last calls showed: a health check spends no tokens.
fn provider(state: &State, name: &str) -> Dependency {
    let Some(provider) = state.providers.get(name) else { return Dependency::down("it is not configured") };
    let dependency = match provider.state() {
        ProviderState::Ready if provider.kind() == ProviderKind::Offline => {
            Dependency::healthy().fact("note", "rules, no language model")
        }
        ProviderState::Ready => Dependency::healthy(),
        ProviderState::Probing => Dependency::degraded("it failed repeatedly; one call tries it again"),
        ProviderState::Failing => Dependency::down("it failed repeatedly and is left alone for a moment"),
    };
    dependency.fact("protocol", provider.kind().as_str())
}

fn read(state: &State) -> Map<String, Value> {
    let meaning = |alias: &str| resolve::meaning(state, alias);
    let aliases =
        json!({ "default": meaning("default"), "fast": meaning("fast"), "smart": meaning("smart") });
    Map::from_iter([
        ("aliases".to_owned(), aliases),
        ("models".to_owned(), json!(state.models.load().len())),
        ("calls_waiting".to_owned(), json!(state.books.waiting())),
        ("calls_lost".to_owned(), json!(state.books.lost())),
    ])
}
