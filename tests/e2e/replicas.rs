//! Several orchestrators on one database hold the same values: what one is told the others decide with a moment later.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::on_both;
use crate::stack::Stack;

on_both! {
    every_replica_decides_with_new_values_within_a_quarter_of_a_second
}

const TASKS: usize = 100;
/// What is promised of 99 rewards in 100.
const PROMISED: Duration = Duration::from_millis(250);

async fn every_replica_decides_with_new_values_within_a_quarter_of_a_second(stack: Stack) {
    let other = stack.another_orchestrator().await;
    let mut took = Vec::new();
    for n in 0..TASKS {
        let id = format!("told-{n}");
        let task = json!({"task_id": id, "description": format!("What is {n} + 2?")});
        stack.orchestrator.post("/assign-task", task).await.ok();
        stack.orchestrator.ended(&id).await;
        let reward = (n % 10) as f64 / 10.0;
        stack.orchestrator.post("/task-feedback", json!({"task_id": id, "reward": reward})).await.ok();
        let told = Instant::now();
        let last = last_experience(&stack).await;
        while seen(&other).await < last {}
        took.push(told.elapsed());
    }
    took.sort_unstable();
    let (p50, p99) = (took[TASKS / 2], took[TASKS * 99 / 100 - 1]);
    eprintln!("from a reward at one orchestrator to another: p50 {p50:?}, p99 {p99:?}, of {TASKS}");
    assert!(p99 < PROMISED, "{took:?}");

    let late = stack.another_orchestrator().await;
    let tables = [&stack.orchestrator, &other, &late].map(|client| client.get("/q-table"));
    let [first, second, third] = tables;
    let (first, second, third) = (first.await.ok(), second.await.ok(), third.await.ok());
    assert_eq!(first, second, "replicas fold the same log to the same values");
    assert_eq!(first, third, "a restart loses nothing");
}

/// The end of the log.
async fn last_experience(stack: &Stack) -> i64 {
    let text = stack.rl.text("/experiences?limit=10000").await;
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    last["seq"].as_i64().unwrap()
}

/// The last experience that an orchestrator decides with.
async fn seen(orchestrator: &Client) -> i64 {
    let table = orchestrator.get("/q-table").await.ok();
    let version = table["policy_version"].as_str().unwrap();
    version.split_once(".e").unwrap().1.parse().unwrap()
}
