//! Tool calls that a person must allow, the inbox they wait in, and forks.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::Harness;

/// An agent whose calls of the calculator a person must allow.
async fn guarded(tools: &[&str]) -> Harness {
    let api = Harness::start().await;
    let agent = json!({ "id": "careful", "name": "Careful", "tools": ["calculator", "text_stats"], "config": { "approval": tools } });
    assert_eq!(api.post("/agents", agent).await.0, StatusCode::CREATED);
    api
}

async fn submit(api: &Harness, id: &str, task: &str) -> Value {
    let body = json!({ "task_id": id, "task": task, "agent_id": "careful" });
    assert_eq!(api.post("/api/v2/agents/execute", body).await.0, StatusCode::ACCEPTED);
    api.ended(id).await
}

async fn inbox(api: &Harness) -> Vec<Value> {
    let (status, page) = api.get("/api/v1/inbox").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["items"].as_array().unwrap().clone()
}

async fn decide(api: &Harness, id: &str, verb: &str, body: Value) -> (StatusCode, Value) {
    api.post(&format!("/api/v1/tasks/{id}/{verb}"), body).await
}

#[tokio::test]
async fn a_guarded_call_waits_in_the_inbox_and_runs_once_it_is_allowed() {
    let api = guarded(&["calculator"]).await;
    let task = submit(&api, "t1", "compute it").await;
    assert_eq!(
        (&task["status"], &task["error"]["code"]),
        (&json!("needs_review"), &json!("APPROVAL_REQUIRED"))
    );
    let items = inbox(&api).await;
    assert_eq!((items.len(), &items[0]["task_id"]), (1, &json!("t1")));
    assert_eq!(items[0]["steps"][0]["request"]["arguments"], json!({ "expression": "6 * 7" }));
    let stale = json!({ "version": items[0]["version"].as_i64().unwrap() - 1 });
    assert_eq!(decide(&api, "t1", "approve", stale).await.1["code"], "REVIEW_CHANGED");
    let version = json!({ "version": items[0]["version"] });
    for _ in 0..2 {
        assert_eq!(
            decide(&api, "t1", "approve", version.clone()).await.0,
            StatusCode::OK,
            "approve may be repeated"
        );
    }
    let done = api.ended("t1").await;
    assert_eq!(done["status"], "completed", "{done}");
    assert!(done["result"]["answer"].as_str().unwrap().contains("42"));
    assert!(inbox(&api).await.is_empty());
}

#[tokio::test]
async fn a_refused_call_is_told_to_the_agent() {
    let api = guarded(&["*"]).await;
    submit(&api, "t1", "compute it").await;
    let reason = json!({ "reason": "count yourself" });
    for _ in 0..2 {
        let (status, answer) = decide(&api, "t1", "deny", reason.clone()).await;
        // By the second time the agent may be done already.
        assert!(status == StatusCode::OK || answer["code"] == "ILLEGAL_MOVE", "{answer}");
    }
    let done = api.ended("t1").await;
    assert_eq!(done["status"], "completed", "{done}");
    let answer = done["result"]["answer"].as_str().unwrap();
    assert!(answer.contains("DENIED") && answer.contains("count yourself"), "{answer}");
}

#[tokio::test]
async fn a_refusal_may_end_the_task() {
    let api = guarded(&["calculator"]).await;
    submit(&api, "t1", "compute it").await;
    let (status, task) = decide(&api, "t1", "deny", json!({ "end_task": true })).await;
    assert_eq!(
        (status, &task["status"], &task["error"]["blame"]),
        (StatusCode::OK, &json!("failed"), &json!("nobody"))
    );
}

#[tokio::test]
async fn calls_beside_a_guarded_one_wait_with_it_and_none_runs_twice() {
    let api = guarded(&["text_stats"]).await;
    let task = submit(&api, "t1", "both of them").await;
    assert_eq!(task["steps"].as_array().unwrap().len(), 2, "the thought and the guarded call: {task}");
    decide(&api, "t1", "approve", json!({})).await;
    let done = api.ended("t1").await;
    assert_eq!(
        (&done["status"], &done["metadata"]["step_count"]),
        (&json!("completed"), &json!(4)),
        "{done}"
    );
}

#[tokio::test]
async fn a_guard_that_guards_nothing_is_refused() {
    let api = Harness::start().await;
    let agent =
        json!({ "id": "a", "name": "A", "tools": ["calculator"], "config": { "approval": ["calculater"] } });
    let (status, problem) = api.post("/agents", agent).await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("config")),
        "{problem}"
    );
}

#[tokio::test]
async fn a_fork_goes_on_from_copied_steps_without_running_them_again() {
    let api = Harness::start().await;
    api.submit("t1", "compute it").await;
    assert_eq!(api.ended("t1").await["metadata"]["step_count"], 3);
    let (status, fork) = api.post("/api/v1/tasks/t1/fork", json!({ "from_step": 2 })).await;
    assert_eq!(status, StatusCode::OK, "{fork}");
    let id = fork["task_id"].as_str().unwrap();
    let done = api.ended(id).await;
    assert_eq!(
        (&done["status"], &done["metadata"]["step_count"]),
        (&json!("completed"), &json!(3)),
        "{done}"
    );
    assert_eq!(api.model.questions(id), 1, "only the last thought was new");
    assert_eq!(done["metadata"]["tokens_in"], 10, "copied steps were paid by the first task");
    let (_, again) = api.post("/api/v1/tasks/t1/fork", json!({ "from_step": 2 })).await;
    assert_eq!(
        (&again["task_id"], &again["status"]),
        (&fork["task_id"], &json!("completed")),
        "the same fork is one task"
    );
    let named = json!({ "from_step": 0, "task_id": "t2" });
    assert_eq!(api.post("/api/v1/tasks/t1/fork", named).await.0, StatusCode::OK);
    assert_eq!(api.ended("t2").await["status"], "completed");
    for (wrong, code) in [
        (json!({ "from_step": 3 }), 422),
        (json!({ "from_step": -1 }), 422),
        (json!({ "from_step": 1, "task_id": "t1" }), 409),
    ] {
        let (status, problem) = api.post("/api/v1/tasks/t1/fork", wrong).await;
        assert_eq!(status.as_u16(), code, "{problem}");
    }
    assert_eq!(
        api.post("/api/v1/tasks/nobody/fork", json!({ "from_step": 0 })).await.0,
        StatusCode::NOT_FOUND
    );
}
