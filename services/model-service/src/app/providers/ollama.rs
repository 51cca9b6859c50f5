//! Looks whether an Ollama runs on this machine, and which models it has.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use resilient_http::{BreakerOptions, Client, Endpoint, Request};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::app::{State, registry};

/// A list of models is short.
const ANSWER_MAX: usize = 1024 * 1024;
/// It is on this machine, or it is not there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where it would be.
pub struct Ollama {
    client: Client,
    endpoint: Arc<Endpoint>,
}

#[derive(Deserialize)]
struct Tags {
    models: Vec<Tag>,
}

#[derive(Deserialize)]
struct Tag {
    name: String,
}

impl Ollama {
    /// `base` is what Ollama calls its host: `http://127.0.0.1:11434`.
    pub fn new(base: &Url, client: Client, breaker: BreakerOptions) -> Self {
        Self { client, endpoint: Arc::new(Endpoint::new("ollama-probe", base.clone(), breaker)) }
    }

    /// Its models; none when it does not answer.
    async fn models(&self) -> Vec<String> {
        let request = Request::new(Method::GET, "api/tags", PATIENCE).rounds(1).without_deadline_header();
        let Ok(response) = self.client.send(std::slice::from_ref(&self.endpoint), &request).await else {
            return Vec::new();
        };
        let good = response.status().is_success();
        let bytes = response.bytes(ANSWER_MAX).await.unwrap_or_default();
        let tags = serde_json::from_slice::<Tags>(&bytes).ok().filter(|_| good);
        tags.map(|tags| tags.models.into_iter().map(|tag| tag.name).collect()).unwrap_or_default()
    }
}

/// Looks at once and then every so often, until `stop`.
pub async fn look_for_ollama(state: State, every: Duration, stop: CancellationToken) {
    let Some(ollama) = &state.providers.ollama else { return stop.cancelled().await };
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let models = ollama.models().await;
        let known = state.providers.ollama_models();
        if *known == models {
            continue;
        }
        if known.is_empty() != models.is_empty() {
            tracing::info!(models = models.len(), "the Ollama on this machine came or went");
        }
        state.providers.ollama_models.store(Arc::new(models));
        if registry::refresh(&state).await.is_err() {
            tracing::warn!("the registry of models cannot be read; the last known models stay in use");
        }
    }
}
