//! Starts an orchestrator and speaks to it as a client would.

pub mod execution;
pub mod roster;

#[path = "../../../../tests/e2e/database.rs"]
mod database;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service_kit::Settings;
use storage::{Storage, StorageOptions};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use database::Database;
pub use execution::{Ending, Execution};

/// Far beyond what anything here takes; it only turns a hang into a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// One orchestrator with everything around it.
pub struct World {
    pub storage: Storage,
    pub execution: Execution,
    database: Arc<Database>,
    url: String,
    client: reqwest::Client,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The document, which must be a success.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json()
    }

    /// The problem document, which must be of this status.
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        assert!(problem["code"].is_string() && problem["request_id"].is_string(), "{problem}");
        problem
    }
}

impl World {
    /// With the roster of [`roster::agents`], and an execution API that completes everything.
    pub async fn start() -> Self {
        let world = Self::without_agents().await;
        world.seed().await;
        world
    }

    /// Before the execution API has published its agents.
    pub async fn without_agents() -> Self {
        Self::on(Arc::new(Database::usual().await), &[]).await
    }

    /// With settings that differ.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let world = Self::on(Arc::new(Database::usual().await), settings).await;
        world.seed().await;
        world
    }

    /// Stops everything and starts it again on the same database.
    pub async fn restart(self) -> Self {
        let database = self.database.clone();
        self.stop().await;
        Self::on(database, &[]).await
    }

    /// Another orchestrator on the same database, as another process would be.
    pub async fn beside(&self, settings: &[(&str, &str)]) -> Self {
        Self::on(self.database.clone(), settings).await
    }

    async fn on(database: Arc<Database>, settings: &[(&str, &str)]) -> Self {
        let storage = Storage::open(&StorageOptions::new(&database.url)).await.unwrap();
        storage.migrate().await.unwrap();
        let stop = CancellationToken::new();
        let execution = Execution::start(storage.clone(), stop.clone()).await;
        let mut pairs = vec![
            ("LIGHTNING__ORCHESTRATOR__PORT", "0".to_owned()),
            ("LIGHTNING__PEERS__EXECUTION_URL", execution.url.clone()),
            ("LIGHTNING__PEERS__RL_URL", execution.url.clone()),
        ];
        pairs.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let app = rl_orchestrator::build_on(&Settings::with(pairs).unwrap(), storage.clone()).await.unwrap();
        let listener = service_kit::bind(app.listen()).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let until = stop.clone();
        let serving = tokio::spawn(async move { service_kit::serve(app, listener, until).await.unwrap() });
        Self { storage, execution, database, url, client: reqwest::Client::new(), stop, serving }
    }

    async fn seed(&self) {
        self.storage.agent_seed(roster::agents(), now()).await.unwrap();
        self.until(|| async {
            let count = self.get("/agents").await.ok()["count"].as_u64();
            (count == Some(roster::agents().len() as u64)).then_some(())
        })
        .await;
    }

    /// Ends everything in good order.
    pub async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.serving).await.unwrap().unwrap();
        self.storage.close().await;
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).timeout(PATIENCE)
    }

    pub fn socket_url(&self, path: &str) -> String {
        format!("{}{path}", self.url.replacen("http", "ws", 1))
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    /// Assigns a task that must be accepted.
    pub async fn assign(&self, task_id: &str, description: &str) -> Value {
        self.post("/assign-task", json!({"task_id": task_id, "description": description})).await.ok()
    }

    /// The record of a task when it has ended and was settled.
    pub async fn ended(&self, task_id: &str) -> Value {
        self.until(|| async {
            let record = self.get(&format!("/tasks/{task_id}?wait=30s")).await.ok();
            let history = record["history"].as_array().unwrap();
            let settled = history.last().is_some_and(|change| change["status"] == record["status"]);
            settled.then_some(record)
        })
        .await
    }

    /// Waits until this many outcomes were learned from.
    pub async fn learned(&self, experiences: u64) {
        self.until(|| async {
            let table = self.get("/q-table").await.ok();
            (table["experiences"].as_u64() >= Some(experiences)).then_some(())
        })
        .await;
    }

    /// Asks again and again, letting everything else go on in between.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, ask: impl Fn() -> F) -> T {
        let asking = async {
            loop {
                if let Some(answer) = ask().await {
                    return answer;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.expect("what was waited for never came")
    }
}

pub fn now() -> task_model::Micros {
    task_model::Micros(service_kit::now_micros())
}
