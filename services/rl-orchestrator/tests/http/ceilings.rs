//! What tenants want besides success is met by whom is chosen, and stays so over a restart.

use serde_json::{Value, json};

use crate::support::World;

const TASK: &str = "write unit tests for the payment module";
const OTHERS: &str = "security audit of the login service: find vulnerabilities and check the threat model";

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
    // Of an agent that was never asked nobody knows how quick it is, so others are asked first.
    for number in 0..30 {
        let id = format!("quick-{number}");
        let text = if number < 5 { OTHERS } else { TASK };
        let task = json!({"task_id": id, "description": text, "tenant": "acme", "objective": quick});
        world.post("/assign-task", task).await.ok();
        world.ended(&id).await;
    }
    world.learned(30).await;

    let limited = candidate(&world, "tester", "acme", quick.clone()).await;
    assert!(limited["price"].as_f64().unwrap() > 0.1, "{limited}");
    assert!(limited["probability"].as_f64().unwrap() < 0.5, "{limited}");
    let free = candidate(&world, "tester", "other", json!({})).await;
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
async fn ceilings_of_the_configuration_hold_for_its_tenants() {
    let world = World::with(&[("LIGHTNING__SELECTION__LATENCY_MS", "750")]).await;
    world.assign("first", TASK).await;
    world.ended("first").await;
    world.learned(1).await;
    let met = world.get("/analytics/ceilings").await.ok();
    assert_eq!((&met[0]["tenant"], &met[0]["ceiling"]), (&json!("default"), &json!(750.0)), "{met}");
    world.stop().await;
}
