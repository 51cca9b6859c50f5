//! Figures come from what happened.

use serde_json::json;

use crate::support::{Ending, World};

const TASK: &str = "write unit tests for the payment module";

#[tokio::test]
async fn figures_are_those_of_the_log() {
    let world = World::start().await;
    world.execution.script(|run| match run.run.task_id.as_str() {
        "cannot" => Ending::ModelCannot,
        _ => Ending::Completed,
    });
    for id in ["a", "b", "c", "cannot"] {
        world.assign(id, TASK).await;
        world.ended(id).await;
    }
    let completion = world.get("/analytics/completion-rate?by=day").await.ok();
    assert_eq!(completion["overall"], json!({"of": "overall", "ended": 4, "counted": 3, "rate": 0.75}));
    let errors = world.get("/analytics/error-rate").await.ok();
    assert_eq!((&errors["overall"]["counted"], &errors["overall"]["rate"]), (&json!(1), &json!(0.25)));
    let curve = world.get("/analytics/learning-curve").await.ok();
    assert_eq!((&curve["points"][0]["outcomes"], curve["points"].as_array().unwrap().len()), (&json!(3), 1));
    let times = world.get("/analytics/response-times").await.ok();
    assert_eq!(
        (&times["agents"][0]["agent_id"], &times["agents"][0]["outcomes"]),
        (&json!("tester"), &json!(3))
    );
    world.stop().await;
}

#[tokio::test]
async fn figures_can_be_had_as_csv() {
    let world = World::start().await;
    world.assign("a", TASK).await;
    world.ended("a").await;
    let csv = world.get("/analytics/completion-rate?format=csv").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert!(csv.text.starts_with("of,ended,counted,rate\noverall,1,1,1.0\n"), "{}", csv.text);
    for name in ["error-rate", "learning-curve", "response-times"] {
        assert!(
            world.get(&format!("/analytics/{name}?format=csv")).await.text.lines().count() >= 2,
            "{name}"
        );
        world.get(&format!("/analytics/{name}?format=xml")).await.problem(422);
    }
    world.stop().await;
}
