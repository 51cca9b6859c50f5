//! A task without an agent: the orchestrator chooses.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use parking_lot::Mutex;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Harness, Prepared, read};

type Seen = Arc<Mutex<Vec<Value>>>;

/// An orchestrator that assigns everything to the tester, or refuses what begins with `xyz`.
async fn orchestrator() -> (String, Seen) {
    let seen = Seen::default();
    let router = Router::new().route("/assign-task", post(assign)).with_state(seen.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, seen)
}

async fn assign(State(seen): State<Seen>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    seen.lock().push(body.clone());
    if body["description"].as_str().unwrap().starts_with("xyz") {
        let problem = json!({ "status": 422, "code": "INSUFFICIENT_CONFIDENCE", "detail": "say more",
                              "error": "INSUFFICIENT_CONFIDENCE", "confidence": 0.1 });
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(problem));
    }
    let links = json!({ "self": "", "execution": "", "feedback": "" });
    let answer = json!({
        "task_id": body["task_id"], "assigned_agent": "tester", "confidence": 0.7, "status": "assigned", "reason": "tests",
        "validation_passed": true, "warnings": [], "decision_id": "d", "policy_version": "p", "propensity": 1.0,
        "candidates": [], "links": links,
    });
    (StatusCode::OK, Json(answer))
}

async fn start() -> (Harness, Seen) {
    let (url, seen) = orchestrator().await;
    (Prepared::new().await.with("RL_ORCHESTRATOR_URL", &url).start().await, seen)
}

#[tokio::test]
async fn the_orchestrators_choice_is_passed_on() {
    let (api, seen) = start().await;
    let body = json!({ "task": "write tests", "agent_id": null, "context": { "a": 1 }, "timeout": 60, "priority": "high" });
    let (status, taken) = api.post("/api/v2/agents/execute", body).await;
    assert_eq!(
        (status, taken["metadata"]["agent_id"].as_str()),
        (StatusCode::ACCEPTED, Some("tester")),
        "{taken}"
    );
    assert_eq!(taken["metadata"]["confidence"], 0.7);
    let asked = seen.lock()[0].clone();
    assert_eq!(
        (&asked["task_id"], &asked["priority"], &asked["metadata"]),
        (&taken["task_id"], &json!(8), &json!({ "a": 1 }))
    );
    assert!(asked["deadline"].is_string());
}

#[tokio::test]
async fn one_idempotency_key_is_one_task() {
    let (api, seen) = start().await;
    for _ in 0..2 {
        let request = api.request(Method::POST, "/agents/execute").header("Idempotency-Key", "k");
        read(request.json(&json!({ "task": "write tests" })).send().await.unwrap()).await;
    }
    let ids: Vec<_> = seen.lock().iter().map(|asked| asked["task_id"].clone()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
}

#[tokio::test]
async fn its_refusal_is_the_answer() {
    let (api, _) = start().await;
    let (status, problem) = api.post("/agents/execute", json!({ "task": "xyz abc def" })).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("INSUFFICIENT_CONFIDENCE"))
    );
    assert_eq!((problem["detail"].as_str(), problem["confidence"].as_f64()), (Some("say more"), Some(0.1)));
}

#[tokio::test]
async fn without_an_orchestrator_it_is_503_and_says_when_to_try_again() {
    let api = Harness::start().await;
    let request = api.request(Method::POST, "/agents/execute").json(&json!({ "task": "write tests" }));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn what_the_orchestrator_hands_over_is_not_sent_back_to_it() {
    let (api, seen) = start().await;
    let body =
        json!({ "task_id": "t1", "task": "say hello", "agent_id": "tester", "attempt": 1, "priority": 5 });
    let (status, _) = api.post("/api/v2/agents/execute", body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(api.ended("t1").await["status"], "completed");
    assert!(seen.lock().is_empty());
}
