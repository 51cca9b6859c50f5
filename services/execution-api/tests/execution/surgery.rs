//! Verbs on tasks under way.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Harness, Prepared};

#[tokio::test]
async fn cancel_reaches_a_run_whose_model_hangs() {
    let api = Harness::start().await;
    api.submit("t1", "hang").await;
    api.model.asked_times("t1", 1).await;
    let (status, _) = api.post("/api/v1/tasks/t1/cancel", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let task = api.ended("t1").await;
    assert_eq!(
        (task["status"].as_str(), task["error"]["code"].as_str()),
        (Some("cancelled"), Some("CANCELLED"))
    );
    assert_eq!(task["error"]["blame"], "nobody");
    let (status, again) = api.post("/api/v1/tasks/t1/cancel", json!({})).await;
    assert_eq!(
        (status, again["status"].as_str()),
        (StatusCode::OK, Some("cancelled")),
        "cancel may be repeated"
    );
}

#[tokio::test]
async fn cancel_needs_no_worker() {
    let api = Prepared::new().await.with("LIGHTNING__EXECUTION__WORKERS", "0").start().await;
    api.submit("t1", "say hello").await;
    let (status, task) = api.post("/api/v1/tasks/t1/cancel", json!({})).await;
    assert_eq!((status, task["status"].as_str()), (StatusCode::OK, Some("cancelled")));
}

#[tokio::test]
async fn what_is_completed_cannot_be_cancelled_or_retried() {
    let api = Harness::start().await;
    api.submit("t1", "say hello").await;
    api.ended("t1").await;
    for verb in ["cancel", "retry", "pause", "resume", "approve", "deny"] {
        let (status, problem) = api.post(&format!("/api/v1/tasks/t1/{verb}"), json!({})).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (StatusCode::CONFLICT, Some("ILLEGAL_MOVE")),
            "{verb}: {problem}"
        );
    }
}

#[tokio::test]
async fn a_paused_run_goes_on_where_it_stopped() {
    let api = Harness::start().await;
    api.submit("t1", "hang").await;
    api.model.asked_times("t1", 1).await;
    api.post("/api/v1/tasks/t1/pause", json!({})).await;
    api.until("t1", "paused").await;
    api.model.release.add_permits(2);
    let (status, _) = api.post("/api/v1/tasks/t1/resume", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let task = api.ended("t1").await;
    assert_eq!(
        (task["status"].as_str(), task["metadata"]["step_count"].as_i64()),
        (Some("completed"), Some(1))
    );
}

#[tokio::test]
async fn retry_needs_the_orchestrator() {
    let api = Harness::start().await;
    api.submit("t1", "cannot do this").await;
    api.ended("t1").await;
    let (status, problem) = api.post("/api/v1/tasks/t1/retry", json!({})).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("UNAVAILABLE")));
}

#[tokio::test]
async fn an_unknown_task_is_404_for_every_verb() {
    let api = Harness::start().await;
    for verb in ["cancel", "retry", "pause", "resume", "approve", "deny"] {
        let (status, _) = api.post(&format!("/api/v1/tasks/nobody/{verb}"), json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{verb}");
    }
}
