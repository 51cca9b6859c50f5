//! What health checks answer.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;

use super::*;

async fn get(health: Health, path: &str) -> (StatusCode, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = health.routes("test", "1.2.3").oneshot(request).await.unwrap();
    let status = response.status();
    (status, serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap())
}

fn well() -> impl Fn() -> std::future::Ready<Dependency> {
    || std::future::ready(Dependency::healthy().fact("kind", "sqlite"))
}

fn down() -> impl Fn() -> std::future::Ready<Dependency> {
    || std::future::ready(Dependency::down("no answer"))
}

#[tokio::test]
async fn names_the_service_and_each_dependency() {
    let health = Health::new()
        .required("database", well())
        .extra(|| async { Map::from_iter([("queue".to_owned(), json!(3))]) });
    let (status, body) = get(health, "/health").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&body["service"], &body["version"], &body["status"]),
        (&json!("test"), &json!("1.2.3"), &json!("healthy"))
    );
    assert_eq!(body["dependencies"]["database"], json!({ "status": "healthy", "kind": "sqlite" }));
    assert_eq!(body["queue"], 3);
    assert!(body["uptime_s"].is_u64());
}

#[tokio::test]
async fn something_required_that_is_down_is_a_503() {
    let health = Health::new().required("database", down()).optional("cache", well());
    for path in ["/health", "/health/ready"] {
        let (status, body) = get(health.clone(), path).await;
        assert_eq!((status, &body["status"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("down")));
        assert_eq!(body["dependencies"]["database"]["detail"], "no answer");
    }
    assert_eq!(get(health, "/health/live").await.0, StatusCode::OK);
}

#[tokio::test]
async fn something_optional_that_is_down_only_degrades() {
    let (status, body) = get(Health::new().optional("cache", down()), "/health/ready").await;
    assert_eq!((status, &body["status"]), (StatusCode::OK, &json!("degraded")));
}

#[tokio::test(start_paused = true)]
async fn a_check_that_does_not_answer_counts_as_down() {
    let (status, body) = get(Health::new().required("database", std::future::pending), "/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body["dependencies"]["database"]["detail"], "no answer within 2 s");
}

#[tokio::test]
async fn many_who_ask_cost_one_check() {
    static CHECKS: AtomicUsize = AtomicUsize::new(0);
    let counted = || async {
        CHECKS.fetch_add(1, Ordering::SeqCst);
        Dependency::healthy()
    };
    let router = Health::new().required("database", counted).routes("test", "1");
    for _ in 0..20 {
        router.clone().oneshot(Request::get("/health").body(Body::empty()).unwrap()).await.unwrap();
    }
    assert_eq!(CHECKS.load(Ordering::SeqCst), 1);
}
