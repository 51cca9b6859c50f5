//! Tasks reach the execution API, whatever state it is in, once.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::World;

#[tokio::test]
async fn the_other_way_in_is_taken_when_the_first_is_unwell() {
    let world = World::start().await;
    world.execution.answer(0, 500);
    world.assign("t", "Test task").await;
    assert_eq!(world.ended("t").await["status"], "completed");
    assert!(world.execution.calls(1) >= 1);
    world.stop().await;
}

#[tokio::test]
async fn a_task_waits_until_somebody_takes_it() {
    let world = World::start().await;
    world.execution.answer(0, 503);
    world.execution.answer(1, 503);
    world.assign("patient", "Test task").await;
    world.until(|| async { (world.execution.calls(0) >= 1).then_some(()) }).await;
    assert_eq!(world.get("/tasks/patient").await.ok()["status"], "assigned");
    world.execution.answer(0, 0);
    world.execution.answer(1, 0);
    world.post("/tasks/patient/execute-now", json!({})).await.ok();
    assert_eq!(world.ended("patient").await["status"], "completed");
    world.stop().await;
}

#[tokio::test]
async fn a_final_refusal_fails_the_task_and_teaches_nothing() {
    for status in [404, 422] {
        let world = World::start().await;
        world.execution.answer(0, status);
        world.assign("t", "Test task").await;
        let record = world.ended("t").await;
        assert_eq!(
            (&record["status"], &record["error"]["code"]),
            (&json!("failed"), &json!("DISPATCH_REFUSED"))
        );
        assert_eq!((&record["error"]["blame"], &record["reward"]), (&json!("infrastructure"), &Value::Null));
        assert_eq!(world.storage.experiences_count().await.unwrap(), 0);
        world.stop().await;
    }
}

#[tokio::test]
async fn a_deadline_ends_a_task_that_nobody_takes() {
    let world = World::start().await;
    world.execution.answer(0, 503);
    world.execution.answer(1, 503);
    let deadline = service_api::rfc3339(crate::support::now().plus_millis(700));
    let body = json!({"task_id": "late", "description": "Test task", "deadline": deadline});
    world.post("/assign-task", body).await.ok();
    assert_eq!(world.ended("late").await["error"]["code"], "DEADLINE");
    world.stop().await;
}

#[tokio::test]
async fn a_task_can_be_paused_before_it_was_handed_over() {
    let world = World::start().await;
    let start = service_api::rfc3339(crate::support::now().plus_millis(3_600_000));
    let body = json!({"task_id": "later", "description": "Test task", "start_at": start});
    world.post("/assign-task", body).await.ok();
    for _ in 0..2 {
        assert_eq!(world.post("/tasks/later/pause", json!({})).await.ok()["status"], "paused");
    }
    assert_eq!(world.get("/tasks?status=paused").await.ok()["count"], 1);
    assert_eq!(world.post("/tasks/later/execute-now", json!({})).await.status, StatusCode::CONFLICT);
    for _ in 0..2 {
        assert_eq!(world.post("/tasks/later/resume", json!({})).await.ok()["status"], "assigned");
    }
    assert_eq!(world.execution.calls(0), 0, "it begins when it was to begin");
    world.post("/tasks/later/execute-now", json!({})).await.ok();
    assert_eq!(world.ended("later").await["status"], "completed");
    assert_eq!(world.post("/tasks/later/pause", json!({})).await.status, StatusCode::CONFLICT);
    assert_eq!(world.post("/tasks/nobody/pause", json!({})).await.status, StatusCode::NOT_FOUND);
    world.stop().await;
}

#[tokio::test]
async fn a_task_can_be_cancelled_before_and_after_it_was_handed_over() {
    let world = World::start().await;
    world.execution.work(false);
    world.execution.answer(0, 503);
    world.execution.answer(1, 503);
    world.assign("before", "Test task").await;
    assert_eq!(world.post("/tasks/before/cancel", json!({})).await.ok()["status"], "cancelled");
    world.execution.answer(0, 0);
    world.execution.answer(1, 0);
    world.assign("after", "Another test task").await;
    world
        .until(|| async { (world.get("/tasks/after").await.ok()["status"] == "queued").then_some(()) })
        .await;
    world.post("/tasks/after/cancel", json!({})).await.ok();
    assert_eq!(world.ended("after").await["status"], "cancelled");
    world.post("/tasks/after/cancel", json!({})).await.ok();
    world.execution.work(true);
    world.assign("done", "A third test task").await;
    world.ended("done").await;
    assert_eq!(world.post("/tasks/done/cancel", json!({})).await.problem(409)["code"], "WRONG_STATE");
    world.post("/tasks/none/cancel", json!({})).await.problem(404);
    world.stop().await;
}

#[tokio::test]
async fn a_cancel_that_does_not_arrive_is_told_again_by_the_orchestrator() {
    let world = World::with(&[("LIGHTNING__ORCHESTRATOR__CANCEL_POLL_MS", "20")]).await;
    world.execution.work(false);
    world.assign("t", "Test task").await;
    world.until(|| async { (world.get("/tasks/t").await.ok()["status"] == "queued").then_some(()) }).await;
    world.execution.answer_cancels(503);
    let answer = world.post("/tasks/t/cancel", json!({})).await.ok();
    assert!(answer["cancel_requested_at"].is_string(), "{answer}");
    assert_eq!(answer["status"], "queued");
    world.execution.answer_cancels(0);
    assert_eq!(world.ended("t").await["status"], "cancelled");
    world.stop().await;
}

#[tokio::test]
async fn a_delayed_task_waits_for_its_time_or_for_a_person_in_a_hurry() {
    let world = World::start().await;
    let body = json!({"task_id": "t", "description": "Test task", "delay": 3600, "tenant": "acme"});
    world.post("/assign-task", body.clone()).await.ok();
    let again = world.post("/assign-task", body).await;
    assert_eq!(
        again.headers["idempotent-replay"], "true",
        "a delay is the same request whenever it is repeated"
    );
    let record = world.get("/tasks/t?wait=50ms").await.ok();
    assert_eq!((&record["status"], &record["tenant"]), (&json!("assigned"), &json!("acme")));
    assert!(record["start_at"].is_string(), "{record}");
    assert_eq!(world.execution.calls(0), 0);
    world.post("/tasks/t/execute-now", json!({})).await.ok();
    assert_eq!(world.ended("t").await["status"], "completed");
    world.stop().await;
}

#[tokio::test]
async fn a_task_has_the_attempts_it_asked_for() {
    let world = World::start().await;
    world.execution.script(|_| crate::support::Ending::AgentFails);
    for (id, attempts) in [("once", 1), ("twice", 2)] {
        let body = json!({"task_id": id, "description": "Test task", "max_attempts": attempts, "force_execute": true});
        world.post("/assign-task", body).await.ok();
        let record = world.ended(id).await;
        assert_eq!((&record["status"], &record["attempt"]), (&json!("failed"), &json!(attempts)), "{record}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_failed_task_can_be_retried_and_a_completed_one_cannot() {
    let world = World::start().await;
    world.execution.answer(0, 422);
    world.assign("t", "Test task").await;
    world.ended("t").await;
    world.execution.answer(0, 0);
    assert_eq!(world.post("/tasks/t/retry", json!({})).await.ok()["attempt"], 2);
    assert_eq!(world.ended("t").await["status"], "completed");
    world.post("/tasks/t/retry", json!({})).await.problem(409);
    world.post("/tasks/none/retry", json!({})).await.problem(404);
    world.stop().await;
}
