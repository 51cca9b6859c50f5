//! The same request twice is one task; another request under the same name is refused.

use serde_json::{Value, json};
use storage::{Prunable, PruneLine};

use crate::support::World;

/// Everything but the reason, which says that it is a replay.
fn same(mut first: Value, mut again: Value) {
    first["reason"].take();
    assert_eq!(again["reason"].take(), "Idempotent request - returning cached result");
    assert_eq!(first, again);
}

#[tokio::test]
async fn a_repeated_id_is_answered_as_before() {
    let world = World::start().await;
    let body = json!({"task_id": "once", "description": "Test task", "metadata": {"b": 1, "a": [2]}});
    let first = world.post("/assign-task", body.clone()).await;
    assert!(first.headers.get("idempotent-replay").is_none());
    let again = world.post("/assign-task", body).await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    same(first.ok(), again.ok());
    assert_eq!(world.get("/tasks").await.ok()["count"], 1);
    world.stop().await;
}

#[tokio::test]
async fn a_repeated_key_finds_the_task_that_was_named_for_the_caller() {
    let world = World::start().await;
    let body = json!({"description": "Test task", "idempotency_key": "order 7"});
    let first = world.post("/assign-task", body.clone()).await.ok();
    same(first, world.post("/assign-task", body).await.ok());
    let other = json!({"description": "Another task", "idempotency_key": "order 7"});
    assert_eq!(world.post("/assign-task", other).await.problem(409)["code"], "TASK_EXISTS");
    world.stop().await;
}

#[tokio::test]
async fn a_task_that_was_cleaned_up_is_refused_under_its_id_and_its_key() {
    let world = World::start().await;
    let body = json!({"task_id": "old", "description": "Test task", "idempotency_key": "order 7"});
    world.post("/assign-task", body.clone()).await.ok();
    world.ended("old").await;
    world.learned(1).await;
    let later = crate::support::now().plus_millis(60_000);
    let line = PruneLine { before: later, at: later };
    world
        .until(|| async {
            (world.storage.prune(Prunable::Tasks, line, 500).await.unwrap() == 1).then_some(())
        })
        .await;
    world.get("/tasks/old").await.problem(404);
    let same_key = json!({"description": "Test task", "idempotency_key": "order 7"});
    for again in [body.clone(), same_key] {
        let problem = world.post("/assign-task", again).await.problem(409);
        assert_eq!(problem["code"], "TASK_PRUNED", "{problem}");
    }
    let batch = world.post("/assign-tasks", json!({"tasks": [body]})).await.ok();
    assert_eq!(batch["results"][0]["code"], "TASK_PRUNED", "{batch}");
    world.stop().await;
}

#[tokio::test]
async fn other_content_under_a_known_id_is_a_conflict() {
    let world = World::start().await;
    world.assign("mine", "Test task").await;
    for other in [
        json!({"task_id": "mine", "description": "Another task"}),
        json!({"task_id": "mine", "description": "Test task", "priority": 6}),
        json!({"task_id": "mine", "description": "Test task", "metadata": {"k": 1}}),
    ] {
        world.post("/assign-task", other).await.problem(409);
    }
    world.stop().await;
}

#[tokio::test]
async fn what_was_accepted_once_is_replayed_even_when_it_would_be_refused_now() {
    let world = World::start().await;
    let deadline = service_api::rfc3339(crate::support::now().plus_millis(1_500));
    let body = json!({"task_id": "late", "description": "Test task", "deadline": deadline});
    let first = world.post("/assign-task", body.clone()).await.ok();
    let new = |id: &str| json!({"task_id": id, "description": "Test task", "deadline": deadline});
    let numbers = std::sync::atomic::AtomicUsize::new(0);
    world
        .until(|| async {
            let number = numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let answer = world.post("/assign-task", new(&format!("n{number}"))).await;
            (answer.status.as_u16() == 422).then_some(())
        })
        .await;
    same(first, world.post("/assign-task", body).await.ok());
    world.stop().await;
}

#[tokio::test]
async fn a_dry_run_stores_nothing() {
    let world = World::start().await;
    let body = json!({"task_id": "dry", "description": "Test task", "execution_mode": "dry_run"});
    assert_eq!(world.post("/assign-task", body).await.ok()["status"], "dry_run");
    world.get("/tasks/dry").await.problem(404);
    world.stop().await;
}

#[tokio::test]
async fn a_batch_answers_each_item_by_itself() {
    let world = World::start().await;
    world.assign("known", "Test task").await;
    let tasks = json!([
        {"task_id": "b1", "description": "write unit tests for the payment module"},
        {"task_id": "known", "description": "Test task"},
        {"task_id": "known", "description": "Another task"},
        {"task_id": "b 2", "description": ""},
        {"task_id": "b3"},
        {"task_id": "b4", "description": "xyz abc def ghi jkl mno pqr stu vwx"},
        {"task_id": "b1", "description": "write unit tests for the payment module"},
    ]);
    let answer = world.post("/assign-tasks", json!({"tasks": tasks})).await.ok();
    assert_eq!((&answer["assigned"], &answer["refused"]), (&json!(3), &json!(4)), "{answer}");
    let results = answer["results"].as_array().unwrap();
    let codes: Vec<_> = results.iter().map(|item| item["status"].clone()).collect();
    assert_eq!(
        codes,
        [
            json!("assigned"),
            json!("assigned"),
            json!(409),
            json!(422),
            json!(422),
            json!(422),
            json!("assigned")
        ]
    );
    assert_eq!(results[3]["errors"].as_array().unwrap().len(), 2, "{}", results[3]);
    assert_eq!(results[5]["error"], "INSUFFICIENT_CONFIDENCE");
    assert_eq!(world.ended("b1").await["status"], "completed");
    world.stop().await;
}
