//! What tenants want besides success is met by whom is chosen, and stays so over a restart.

use serde_json::{Value, json};

use crate::support::{Ending, World};

const TASK: &str = "write unit tests for the payment module";

/// The candidate of this name in the next decision for the tenant.
async fn candidate(world: &World, agent: &str, tenant: &str, objective: Value) -> Value {
    let question = json!({"description": TASK, "tenant": tenant, "objective": objective});
    let chosen = world.post("/select-agent", question).await.ok();
    chosen["candidates"].as_array().unwrap().iter().find(|one| one["agent_id"] == agent).unwrap().clone()
}

#[tokio::test]
async fn a_slow_agent_is_spared_where_time_is_limited_and_only_there() {
    let world = World::start().await;
    world.execution.time(|run| if run.run.agent_id.as_str() == "tester" { 60_000 } else { 100 });
    let quick = json!({"latency_ms": 5000});
    // At first nobody but the slow one is known; whoever was never asked is taken for quick until it was.
    for number in 0..30 {
        let id = format!("quick-{number}");
        let task = json!({"task_id": id, "description": TASK, "tenant": "acme", "objective": quick});
        world.post("/assign-task", task).await.ok();
        world.ended(&id).await;
    }
    world.learned(30).await;

    let limited = candidate(&world, "tester", "acme", quick.clone()).await;
    assert!(limited["price"].as_f64().unwrap() > 0.1, "{limited}");
    assert!(limited["probability"].as_f64().unwrap() < 0.5, "{limited}");
    let free = candidate(&world, "tester", "acme", json!({})).await;
    assert!(free["probability"].as_f64().unwrap() > 0.5 && free["price"].is_null(), "{free}");
    assert_eq!(free["q_value"], limited["q_value"], "what it is expected to earn is the same");

    let met = world.get("/analytics/ceilings").await.ok();
    let [one] = met.as_array().unwrap().as_slice() else { panic!("{met}") };
    assert_eq!(
        (&one["tenant"], &one["limited"], &one["tasks"]),
        (&json!("acme"), &json!("latency_ms"), &json!(30))
    );
    let told = world.get("/tasks/quick-0/explain").await.ok();
    assert_eq!(told["ceilings"], met, "{told}");
    let csv = world.get("/analytics/ceilings?format=csv").await;
    assert!(csv.text.starts_with("tenant,limited,ceiling"), "as csv");

    let world = world.restart().await;
    assert_eq!(world.get("/analytics/ceilings").await.ok(), met);
    assert_eq!(candidate(&world, "tester", "acme", quick).await, limited);
    world.stop().await;
}

#[tokio::test]
async fn what_is_spent_without_an_outcome_counts_once_and_teaches_nothing() {
    let world = World::start().await;
    world.execution.time(|_| 2_000);
    world.execution.script(|run| match run.run.task_id.as_str() {
        "broken" => Ending::InfrastructureFails,
        _ => Ending::Completed,
    });
    let quick = json!({"latency_ms": 5000});
    let task = |id: &str| json!({"task_id": id, "description": TASK, "tenant": "acme", "objective": quick, "max_attempts": 1});
    let mut pinned = task("pinned");
    pinned["agent_id"] = json!("security_expert");
    for task in [pinned, task("broken"), task("plain")] {
        let id = task["task_id"].as_str().unwrap().to_owned();
        world.post("/assign-task", task).await.ok();
        world.ended(&id).await;
    }
    let unlimited =
        json!({"task_id": "free", "description": TASK, "tenant": "acme", "agent_id": "security_expert"});
    world.post("/assign-task", unlimited).await.ok();
    world.ended("free").await;
    let counted = async || {
        let met = world.get("/analytics/ceilings").await.ok();
        (met[0]["tasks"] == 3).then_some(met)
    };
    let met = world.until(&counted).await;
    assert!((2_000.0..4_000.0).contains(&met[0]["spent"].as_f64().unwrap()), "{met}");
    let curve = world.get("/analytics/learning-curve").await.ok();
    assert_eq!(curve["points"][0]["outcomes"], 1, "{curve}");
    // What somebody thinks of the broken one afterwards is learned, and does not cost again.
    world.post("/task-feedback", json!({"task_id": "broken", "quality_score": 0})).await.ok();
    world.learned(2).await;
    assert_eq!(world.get("/analytics/ceilings").await.ok(), met);
    world.stop().await;
}

#[tokio::test]
async fn ceilings_of_the_configuration_hold_for_its_tenants() {
    let world = World::with(&[("LIGHTNING__SELECTION__LATENCY_MS", "750")]).await;
    world.assign("first", TASK).await;
    world.ended("first").await;
    world.learned(1).await;
    let met = world.get("/analytics/ceilings").await.ok();
    assert_eq!((&met[0]["tenant"], &met[0]["ceiling"]), (&json!("default"), &json!(750.0)), "{met}");
    world.stop().await;
}
