//! A running service on a database of its own.

use std::sync::Arc;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use service_kit::Settings;
use storage::{Storage, StorageOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::database::Database;
use crate::fake_model::FakeModel;

/// Nothing listens here: the discard port of loopback.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The service, its database and its model.
pub struct Harness {
    pub storage: Storage,
    pub model: Arc<FakeModel>,
    pub http: reqwest::Client,
    pub url: String,
    pub stop: CancellationToken,
    pub serving: JoinHandle<()>,
    _database: Database,
}

/// A service that is not started yet.
pub struct Prepared {
    pub storage: Storage,
    pub model: Arc<FakeModel>,
    settings: Vec<(String, String)>,
    database: Database,
}

impl Prepared {
    pub async fn new() -> Self {
        let database = Database::usual().await;
        let url = database.url.clone();
        let storage = Storage::open(&StorageOptions::new(&url)).await.unwrap();
        storage.migrate().await.unwrap();
        let model = FakeModel::start().await;
        let mut prepared = Self { storage, settings: Vec::new(), database, model };
        for (name, value) in [
            ("DATABASE_URL", url.as_str()),
            ("LIGHTNING__EXECUTION__PORT", "0"),
            ("RL_ORCHESTRATOR_URL", NOWHERE),
            ("LIGHTNING__EXECUTION__BACKOFF_BASE_MS", "1"),
            ("LIGHTNING__EXECUTION__BACKOFF_MAX_MS", "2"),
        ] {
            prepared = prepared.with(name, value);
        }
        let model_url = prepared.model.url.clone();
        prepared.with("MODEL_SERVICE_URL", &model_url)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub async fn start(self) -> Harness {
        service_kit::install_crypto();
        let settings = Settings::with(self.settings).unwrap();
        let app = execution_api::build_on(&settings, self.storage.clone()).await.unwrap();
        let listener = service_kit::bind(app.listen()).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let serving = tokio::spawn(async move { service_kit::serve(app, listener, stopping).await.unwrap() });
        Harness {
            storage: self.storage,
            model: self.model,
            http: reqwest::Client::new(),
            url,
            stop,
            serving,
            _database: self.database,
        }
    }
}

impl Harness {
    pub async fn start() -> Self {
        Prepared::new().await.start().await
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path).json(&body).send().await.unwrap()).await
    }

    pub async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::PUT, path).json(&body).send().await.unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> (StatusCode, Value) {
        read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// Gives a task to the general assistant and expects that it is taken.
    pub async fn submit(&self, id: &str, task: &str) {
        let body = json!({ "task_id": id, "task": task, "agent_id": "general_assistant" });
        let (status, answer) = self.post("/api/v2/agents/execute", body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    }

    /// The task when it has ended.
    pub async fn ended(&self, id: &str) -> Value {
        let (status, task) = self.get(&format!("/api/v1/tasks/{id}?wait=30s")).await;
        assert_eq!(status, StatusCode::OK, "{task}");
        task
    }

    /// The task once it shows a status.
    pub async fn until(&self, id: &str, status: &str) -> Value {
        loop {
            let (_, task) = self.get(&format!("/api/v1/tasks/{id}")).await;
            if task["status"] == status {
                return task;
            }
            tokio::task::yield_now().await;
        }
    }
}

pub async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
