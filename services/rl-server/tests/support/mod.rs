//! The service over its own routes, and running with its loops.

#![allow(dead_code, clippy::unwrap_used)]

#[path = "../../../../tests/e2e/database.rs"]
mod database;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use service_kit::{Settings, bind, serve};
use storage::{Storage, StorageOptions};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub use database::Database;

/// Routes alone, on a database of their own.
pub async fn routes() -> Router {
    let url = Database::postgres_if_asked().await.map(|database| database.url);
    let url = url.as_deref().unwrap_or("sqlite::memory:");
    let settings = Settings::with([("DATABASE_URL", url)]).unwrap();
    rl_server::build(&settings).await.unwrap().into_router().unwrap()
}

pub async fn ask(routes: &Router, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, Vec<u8>) {
    send(routes, method, path, "application/json", body.into()).await
}

/// Sends a body of some kind.
pub async fn ask_as(
    routes: &Router,
    method: &str,
    path: &str,
    kind: &str,
    body: impl Into<Body>,
) -> (StatusCode, Value) {
    let (status, bytes) = send(routes, method, path, kind, body.into()).await;
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

async fn send(routes: &Router, method: &str, path: &str, kind: &str, body: Body) -> (StatusCode, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
    let response = routes.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

pub async fn ask_json(routes: &Router, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let (status, bytes) = ask(routes, method, path, body.to_string()).await;
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// The whole service with its loops.
pub struct Running {
    pub base: String,
    pub storage: Storage,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

impl Running {
    pub async fn start(database: &Database) -> Self {
        let url = database.url.as_str();
        let settings = Settings::with([("DATABASE_URL", url), ("LIGHTNING__RL__PORT", "0")]).unwrap();
        let app = rl_server::build(&settings).await.unwrap();
        let storage = Storage::open(&StorageOptions::new(url)).await.unwrap();
        let listener = bind(app.listen()).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let token = stop.clone();
        let ended = tokio::spawn(async move { serve(app, listener, token).await.unwrap() });
        Self { base, storage, stop, ended }
    }

    /// Asks again and again, letting everything else go on in between.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let asking = async {
            loop {
                let found = self.call(http::Method::GET, path, Value::Null).await;
                if wanted(&found) {
                    return found;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), asking)
            .await
            .expect("what was waited for never came")
    }

    pub async fn call(&self, method: http::Method, path: &str, body: Value) -> Value {
        service_kit::install_crypto();
        let request = reqwest::Client::new().request(method, format!("{}{path}", self.base)).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub async fn trained(&self, request: Value) -> Value {
        let mut job = self.call(http::Method::POST, "/training/start", request).await;
        let path = format!("/training/{}", job["id"].as_str().unwrap());
        while !["completed", "failed", "stopped"].contains(&job["status"].as_str().unwrap()) {
            tokio::task::yield_now().await;
            job = self.call(http::Method::GET, &path, Value::Null).await;
        }
        job
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.ended.await.unwrap();
        self.storage.close().await;
    }
}
