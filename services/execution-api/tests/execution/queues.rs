//! Queues: an agent that is full does not hold up the others, and goes on as soon as it is not.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Harness, Prepared};

#[tokio::test]
async fn an_agent_drives_no_more_runs_at_once_than_it_may() {
    let seldom = Prepared::new().await.with("LIGHTNING__EXECUTION__POLL_MAX_MS", "60000");
    let api = seldom.start().await;
    let agent = json!({ "id": "single", "name": "Single", "config": { "concurrency": 1 } });
    assert_eq!(api.post("/agents", agent).await.0, StatusCode::CREATED);
    for id in ["t1", "t2"] {
        let body = json!({ "task_id": id, "task": "hang", "agent_id": "single", "tenant": "acme" });
        assert_eq!(api.post("/api/v2/agents/execute", body).await.0, StatusCode::ACCEPTED);
        if id == "t1" {
            api.model.asked_times("t1", 1).await;
        }
    }
    api.submit("other", "say hello").await;
    assert_eq!(api.ended("other").await["status"], "completed");
    assert_eq!(api.model.questions("t2"), 0, "the agent is full");
    api.model.release.add_permits(2);
    for id in ["t1", "t2"] {
        assert_eq!(api.ended(id).await["status"], "completed");
    }
}

#[tokio::test]
async fn a_tenant_that_is_no_name_is_refused() {
    let api = Harness::start().await;
    let body = json!({ "task": "x", "agent_id": "general_assistant", "tenant": "a b" });
    let (status, problem) = api.post("/api/v2/agents/execute", body).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("tenant"))
    );
}
