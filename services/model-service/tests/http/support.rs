//! A running service, a caller, and a provider that answers as it is told.

#[path = "../../../../tests/e2e/database.rs"]
mod database;
mod provider;
#[cfg(feature = "local-inference")]
pub mod tiny_model;

use model_service::BuildError;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use service_kit::{App, Settings, bind};
use storage::{Storage, StorageOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use database::Database;
pub use provider::{Provider, Reply};

/// The service with its database; it stops with the test.
pub struct Service {
    base: String,
    client: Client,
    pub storage: Storage,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Service {
    /// With `pairs` of environment variables; without any, no provider is configured.
    pub async fn start(pairs: &[(&str, &str)]) -> Self {
        let (app, storage) = Self::build(pairs).await;
        Self::serve(app.unwrap(), storage).await
    }

    /// Ends without a word, so that what it held in memory is lost, and begins anew on the same database.
    pub async fn crash_and_start_again(self, pairs: &[(&str, &str)]) -> Self {
        self.running.abort();
        let app = Self::build_on(pairs, &self.storage).await.unwrap();
        Self::serve(app, self.storage.clone()).await
    }

    async fn serve(app: App, storage: Storage) -> Self {
        let listener = bind(app.listen()).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let token = stop.clone();
        let running = tokio::spawn(async move { service_kit::serve(app, listener, token).await.unwrap() });
        Self { base, client: Client::new(), storage, stop, running }
    }

    /// Why it does not start.
    pub async fn refusal(pairs: &[(&str, &str)]) -> String {
        Self::build(pairs).await.0.err().unwrap().to_string()
    }

    async fn build(pairs: &[(&str, &str)]) -> (Result<App, BuildError>, Storage) {
        let url = Database::postgres_if_asked().await.map(|database| database.url);
        let url = url.as_deref().unwrap_or("sqlite::memory:");
        let storage = Storage::open(&StorageOptions::new(url)).await.unwrap();
        storage.migrate().await.unwrap();
        (Self::build_on(pairs, &storage).await, storage)
    }

    async fn build_on(pairs: &[(&str, &str)], storage: &Storage) -> Result<App, BuildError> {
        service_kit::install_crypto();
        let standing = [
            ("LIGHTNING__MODELS__PORT", "0"),
            ("LIGHTNING__MODELS__RETRIES", "0"),
            // What runs on the developer's machine is none of the tests' business.
            ("LIGHTNING__MODELS__OLLAMA_URL", ""),
        ];
        let settings = Settings::with(standing.iter().chain(pairs).copied()).unwrap();
        model_service::build_on(&settings, storage.clone()).await
    }

    pub async fn offline() -> Self {
        Self::start(&[]).await
    }

    pub async fn with_openai(provider: &Provider) -> Self {
        Self::start(&[("OPENAI_API_KEY", "sk-openai-test"), ("OPENAI_BASE_URL", &provider.url("/v1"))]).await
    }

    pub async fn with_anthropic(provider: &Provider) -> Self {
        Self::start(&[("ANTHROPIC_API_KEY", "sk-ant-test"), ("ANTHROPIC_BASE_URL", &provider.url(""))]).await
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    pub fn put(&self, path: &str) -> RequestBuilder {
        self.client.put(format!("{}{path}", self.base))
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.client.delete(format!("{}{path}", self.base))
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    /// Posts JSON and reads JSON.
    pub async fn ask(&self, path: &str, body: Value) -> (u16, Value) {
        read(self.post(path).json(&body).send().await.unwrap()).await
    }

    /// Stops gracefully, which writes the books to their end.
    pub async fn stop(self) -> Storage {
        self.stop.cancel();
        self.running.await.unwrap();
        self.storage
    }
}

pub async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

/// A chat request of one user message, with tools by name.
pub fn chat(text: &str, tools: &[&str]) -> Value {
    let tools: Vec<Value> =
        tools.iter().map(|name| json!({"type": "function", "function": {"name": name}})).collect();
    json!({"model": "default", "messages": [{"role": "user", "content": text}], "tools": tools})
}

/// The request with the assistant's message and one observation for each of its calls.
pub fn observed(mut request: Value, answer: &Value, observations: &[Value]) -> Value {
    let message = answer["choices"][0]["message"].clone();
    let calls = message["tool_calls"].as_array().unwrap().clone();
    assert_eq!(calls.len(), observations.len());
    let messages = request["messages"].as_array_mut().unwrap();
    messages.push(message);
    for (call, observation) in calls.iter().zip(observations) {
        messages
            .push(json!({"role": "tool", "tool_call_id": call["id"], "content": observation.to_string()}));
    }
    request
}
