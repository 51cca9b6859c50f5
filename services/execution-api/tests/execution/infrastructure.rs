//! The model service is away: runs rest and try again, within bounds, and no agent is blamed.

use std::sync::atomic::Ordering;

use serde_json::json;
use task_model::{Attempt, TaskId};

use crate::harness::{Harness, Prepared};

#[tokio::test]
async fn a_model_service_that_comes_back_is_asked_again_under_the_same_key() {
    let api = Harness::start().await;
    api.model.failures.store(2, Ordering::SeqCst);
    api.submit("t1", "flaky task").await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    let keys: Vec<_> = api.model.asked.lock().iter().map(|asked| asked.key.clone()).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys.iter().all(|key| *key == keys[0]), "one thought, one key: {keys:?}");
    assert_eq!(task["metadata"]["step_count"], 1);
}

#[tokio::test]
async fn tries_end_and_the_infrastructure_is_blamed() {
    let api = Prepared::new().await.with("LIGHTNING__EXECUTION__INFRASTRUCTURE_TRIES", "3").start().await;
    api.submit("t1", "away for good").await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["status"].as_str(), task["error"]["blame"].as_str()),
        (Some("failed"), Some("infrastructure"))
    );
    assert_eq!(task["error"]["code"], "INFRASTRUCTURE");
    assert_eq!(api.model.questions("t1"), 3);
}

#[tokio::test]
async fn a_deadline_that_passed_in_the_queue_is_not_the_agents_fault() {
    let api = Harness::start().await;
    let body =
        json!({ "task_id": "t1", "task": "say", "agent_id": "tester", "deadline": "2020-01-01T00:00:00Z" });
    api.post("/agents/execute", body).await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["error"]["code"].as_str(), task["error"]["blame"].as_str()),
        (Some("DEADLINE"), Some("infrastructure"))
    );
    assert_eq!(api.model.questions("t1"), 0);
}

#[tokio::test]
async fn a_run_out_of_its_own_time_is_stopped_while_the_model_hangs() {
    let api = Harness::start().await;
    let body = json!({ "task_id": "t1", "task": "hang", "agent_id": "tester", "timeout": 1 });
    api.post("/agents/execute", body).await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["error"]["code"].as_str(), task["error"]["blame"].as_str()),
        (Some("TIME_LIMIT"), Some("agent")),
        "{task}"
    );
}

#[tokio::test]
async fn a_spent_budget_ends_the_run_at_once_and_says_which() {
    let api = Harness::start().await;
    let body = json!({ "task_id": "t1", "task": "broke", "agent_id": "tester", "tenant": "acme" });
    api.post("/agents/execute", body).await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["error"]["code"].as_str(), task["error"]["blame"].as_str()),
        (Some("BUDGET_EXCEEDED"), Some("nobody"))
    );
    assert!(task["error"]["message"].as_str().unwrap().contains("acme"), "{task}");
    let asked = api.model.asked.lock();
    let behalf =
        (asked.len(), asked[0].tenant.as_str(), asked[0].agent_id.as_str(), asked[0].task_id.as_str());
    assert_eq!(behalf, (1, "acme", "tester", "t1"));
}

#[tokio::test]
async fn an_answer_that_is_too_long_ends_the_run_names_the_limit_and_is_charged() {
    let api = Prepared::new().await.with("LIGHTNING__EXECUTION__PAYLOAD_MAX_BYTES", "2000").start().await;
    api.submit("t1", "long").await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["error"]["code"].as_str(), task["error"]["blame"].as_str()),
        (Some("PAYLOAD_TOO_LARGE"), Some("agent"))
    );
    let message = task["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("3000 bytes") && message.contains("execution.payload_max_bytes allows 2000"),
        "{message}"
    );
    assert_eq!(task["steps"][0]["cost_usd"], 0.0001);
    let steps = api.storage.steps_list(&TaskId::parse("t1").unwrap(), Attempt(1), 0).await.unwrap();
    assert_eq!(steps[0].result.as_ref().unwrap().model.as_deref(), Some("fake/fake-1"));
}

#[tokio::test]
async fn a_paused_task_ends_when_its_deadline_passes_and_no_sooner() {
    let api = Harness::start().await;
    let deadline = service_api::rfc3339(task_model::Micros(service_kit::now_micros()).plus_millis(3_000));
    let body = json!({ "task_id": "t1", "task": "hang", "agent_id": "tester", "deadline": deadline });
    api.post("/agents/execute", body).await;
    api.model.asked_times("t1", 1).await;
    for _ in 0..2 {
        assert_eq!(api.post("/api/v1/tasks/t1/pause", json!({})).await.0, 200, "pausing twice is no error");
    }
    api.until("t1", "paused").await;
    let task = api.until("t1", "failed").await;
    assert_eq!(
        (task["error"]["code"].as_str(), task["error"]["blame"].as_str()),
        (Some("DEADLINE"), Some("nobody"))
    );
    assert!(task["metadata"]["completed_at"].as_str().unwrap() >= deadline.as_str(), "{task}");
}
