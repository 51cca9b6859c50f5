//! `GET /`: what this is and where to look next.

use axum::Router;
use axum::routing::get;
use serde_json::json;

use crate::extract::Json;

pub(super) fn routes(name: &'static str, version: &'static str) -> Router {
    let index = json!({
        "name": name,
        "version": version,
        "links": {
            "health": "/health", "live": "/health/live", "ready": "/health/ready",
            "docs": "/docs", "openapi": "/openapi.json", "metrics": "/metrics",
        },
    });
    Router::new().route("/", get(move || std::future::ready(Json(index.clone()))))
}
