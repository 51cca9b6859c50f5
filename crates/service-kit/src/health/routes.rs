//! The three health routes.

use std::sync::Arc;
use std::time::Instant;

use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use futures::future::join_all;
use http::StatusCode;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{CHECK_TIMEOUT, Dependency, Health, KEPT, Named, Status};
use crate::extract::Json;

/// What was found, and when.
#[derive(Clone)]
struct Found {
    at: Instant,
    status: Status,
    body: Map<String, Value>,
}

struct Shared {
    health: Health,
    name: &'static str,
    version: &'static str,
    started: Instant,
    /// Held while checking, so that those who ask meanwhile wait for the same answer.
    last: Mutex<Option<Found>>,
}

impl Health {
    pub(crate) fn routes(self, name: &'static str, version: &'static str) -> Router {
        let shared =
            Arc::new(Shared { health: self, name, version, started: Instant::now(), last: Mutex::new(None) });
        let whole = shared.clone();
        let ready = shared.clone();
        Router::new()
            .route("/health", get(move || answer(whole.clone())))
            .route("/health/ready", get(move || answer(ready.clone())))
            .route("/health/live", get(move || live(shared.clone())))
    }
}

async fn live(shared: Arc<Shared>) -> Json<Value> {
    Json(json!({ "service": shared.name, "version": shared.version, "status": Status::Healthy }))
}

async fn answer(shared: Arc<Shared>) -> Response {
    let mut last = shared.last.lock().await;
    let found = match last.take().filter(|found| found.at.elapsed() < KEPT) {
        Some(found) => found,
        None => shared.look().await,
    };
    *last = Some(found.clone());
    drop(last);
    let code = if found.status == Status::Down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (code, Json(found.body)).into_response()
}

impl Shared {
    async fn look(&self) -> Found {
        let states = join_all(self.health.checks.iter().map(check)).await;
        let status = overall(self.health.checks.iter().zip(&states));
        let dependencies: Map<_, _> = self
            .health
            .checks
            .iter()
            .zip(&states)
            .map(|(named, state)| (named.name.clone(), json!(state)))
            .collect();
        let mut body = self.extra().await;
        body.insert("service".to_owned(), json!(self.name));
        body.insert("status".to_owned(), json!(status));
        body.insert("version".to_owned(), json!(self.version));
        body.insert("uptime_s".to_owned(), json!(self.started.elapsed().as_secs()));
        body.insert("dependencies".to_owned(), Value::Object(dependencies));
        Found { at: Instant::now(), status, body }
    }

    async fn extra(&self) -> Map<String, Value> {
        let read = join_all(self.health.extra.iter().map(|read| timeout(CHECK_TIMEOUT, read()))).await;
        read.into_iter().flatten().flatten().collect()
    }
}

async fn check(named: &Named) -> Dependency {
    let state = timeout(CHECK_TIMEOUT, (named.check)()).await;
    state.unwrap_or_else(|_| Dependency::down(format!("no answer within {} s", CHECK_TIMEOUT.as_secs())))
}

/// Down when something required is down; degraded when anything else is not well.
fn overall<'a>(states: impl Iterator<Item = (&'a Named, &'a Dependency)>) -> Status {
    states.fold(Status::Healthy, |worst, (named, state)| match (worst, state.status) {
        (Status::Down, _) => Status::Down,
        (_, Status::Down) if named.required => Status::Down,
        (worst, Status::Healthy) => worst,
        _ => Status::Degraded,
    })
}
