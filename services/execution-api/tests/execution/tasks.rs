//! Looking at tasks.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Harness, Prepared};

#[tokio::test]
async fn an_unknown_task_is_404() {
    let api = Harness::start().await;
    let (status, problem) = api.get("/api/v1/tasks/nobody").await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::NOT_FOUND, Some("NOT_FOUND")));
}

#[tokio::test]
async fn a_task_that_no_worker_has_is_queued() {
    let api = Prepared::new().await.with("LIGHTNING__EXECUTION__WORKERS", "0").start().await;
    api.submit("t1", "say hello").await;
    let (_, task) = api.get("/api/v1/tasks/t1").await;
    assert_eq!((task["status"].as_str(), task["metadata"]["step_count"].as_i64()), (Some("queued"), Some(0)));
}

#[tokio::test]
async fn a_wait_that_is_too_short_shows_the_task_as_it_is() {
    let api = Harness::start().await;
    api.submit("t1", "hang").await;
    let (status, task) = api.get("/api/v1/tasks/t1?wait=10ms").await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(task["status"], "completed");
}

#[tokio::test]
async fn history_has_every_attempt_page_by_page() {
    let api = Harness::start().await;
    for id in ["a", "b", "c"] {
        api.submit(id, "say hello").await;
        api.ended(id).await;
    }
    let (_, first) =
        api.get("/api/v2/tasks/history?limit=2&agent_id=general_assistant&status=completed").await;
    assert_eq!((first["count"].as_i64(), first["tasks"][0]["task_id"].as_str()), (Some(2), Some("c")));
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, second) = api.get(&format!("/api/v2/tasks/history?limit=2&cursor={cursor}")).await;
    assert_eq!((second["tasks"][0]["task_id"].as_str(), &second["next_cursor"]), (Some("a"), &json!(null)));
}

#[tokio::test]
async fn health_tells_the_true_state_of_every_dependency() {
    let api = Harness::start().await;
    api.submit("t1", "say hello").await;
    api.ended("t1").await;
    let (status, health) = api.get("/health").await;
    assert_eq!(
        (status, health["service"].as_str(), health["status"].as_str()),
        (StatusCode::OK, Some("execution-api"), Some("degraded")),
        "{health}"
    );
    let of = |name: &str| health["dependencies"][name]["status"].as_str().unwrap().to_owned();
    assert_eq!(
        [of("database"), of("workers"), of("model_service"), of("orchestrator")],
        ["healthy", "healthy", "healthy", "down"]
    );
    assert_eq!(health["processing"]["completed"], 1);
}

#[tokio::test]
async fn an_agent_remembers_what_it_did() {
    let api = Harness::start().await;
    api.submit("t1", "say hello").await;
    api.ended("t1").await;
    let (_, memory) = api.get("/api/v2/memory/context/general_assistant").await;
    assert_eq!((memory["count"].as_i64(), memory["memories"][0]["task_id"].as_str()), (Some(1), Some("t1")));
    let (_, status) = api.get("/api/v2/memory/status").await;
    assert_eq!(status["episodes"], 1);
}
