//! Rates of tenants: more is answered 429 with the facts, repetitions are free, batches pay for each task.

use serde_json::{Value, json};

use crate::support::World;

/// Two tasks a minute for each tenant.
const RATES: &[(&str, &str)] = &[("LIGHTNING__ORCHESTRATOR__TENANT_TASKS_PER_MIN", "2")];

fn task(id: &str, tenant: &str) -> Value {
    json!({"task_id": id, "description": "Test task", "tenant": tenant})
}

#[tokio::test]
async fn a_tenant_over_its_rate_is_told_when_to_come_again_and_others_go_on() {
    let world = World::with(RATES).await;
    for id in ["a1", "a2"] {
        world.post("/assign-task", task(id, "acme")).await.ok();
    }
    let refused = world.post("/assign-task", task("a3", "acme")).await;
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    let problem = refused.problem(429);
    assert_eq!(
        (&problem["code"], &problem["tenant"], &problem["tasks_per_min"]),
        (&json!("TENANT_RATE_LIMITED"), &json!("acme"), &json!(2)),
        "{problem}"
    );
    world.get("/tasks/a3").await.problem(404);
    world.post("/assign-task", task("b1", "other")).await.ok();
    world.stop().await;
}

#[tokio::test]
async fn repetitions_and_dry_runs_are_free() {
    let world = World::with(RATES).await;
    for _ in 0..5 {
        world.post("/assign-task", task("a1", "acme")).await.ok();
        let mut dry = task("dry", "acme");
        dry["execution_mode"] = json!("dry_run");
        world.post("/assign-task", dry).await.ok();
    }
    world.post("/assign-task", task("a2", "acme")).await.ok();
    world.post("/assign-task", task("a3", "acme")).await.problem(429);
    let again = world.post("/assign-task", task("a1", "acme")).await;
    assert_eq!(again.headers["idempotent-replay"], "true", "a known task is answered over the rate too");
    world
        .post("/assign-task", json!({"task_id": "a1", "description": "Another", "tenant": "acme"}))
        .await
        .problem(409);
    world.stop().await;
}

#[tokio::test]
async fn a_task_that_a_batch_names_twice_pays_once() {
    let world = World::with(RATES).await;
    let keyed =
        |description: &str| json!({"description": description, "tenant": "acme", "idempotency_key": "k"});
    let tasks = json!([
        task("a1", "acme"),
        task("a1", "acme"),
        keyed("Test task"),
        keyed("Test task"),
        keyed("Another")
    ]);
    let answer = world.post("/assign-tasks", json!({"tasks": tasks})).await.ok();
    let states: Vec<_> =
        answer["results"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(
        states[..4],
        [json!("assigned"), json!("assigned"), json!("assigned"), json!("assigned")],
        "{answer}"
    );
    assert_eq!(states[4], 409, "{answer}");
    let ids = |at: usize| answer["results"][at]["task_id"].clone();
    assert!(ids(0) == ids(1) && ids(2) == ids(3), "{answer}");
    world.post("/assign-task", task("a3", "acme")).await.problem(429);
    world.stop().await;
}

#[tokio::test]
async fn a_batch_pays_for_each_of_its_tasks() {
    let world = World::with(RATES).await;
    let tasks: Vec<_> = ["a1", "a2", "a1", "a3", "a4"].map(|id| task(id, "acme")).into();
    let answer = world.post("/assign-tasks", json!({"tasks": tasks})).await.ok();
    let states: Vec<_> =
        answer["results"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(states[..2], [json!("assigned"), json!("assigned")], "{answer}");
    assert_eq!(states[3..], [json!(429), json!(429)], "{answer}");
    assert_eq!(answer["results"][4]["code"], "TENANT_RATE_LIMITED");
    world.stop().await;
}
