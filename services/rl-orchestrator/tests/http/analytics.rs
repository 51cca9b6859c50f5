//! Figures come from what happened.

use q_learning::Experience;
use serde_json::{Value, json};

use crate::support::execution::MODEL;
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
    for name in ["error-rate", "learning-curve", "response-times", "regret"] {
        assert!(
            world.get(&format!("/analytics/{name}?format=csv")).await.text.lines().count() >= 2,
            "{name}"
        );
        world.get(&format!("/analytics/{name}?format=xml")).await.problem(422);
    }
    world.stop().await;
}

#[tokio::test]
async fn regret_is_what_choices_cost_against_the_best_believed() {
    let world = World::start().await;
    let empty = world.get("/analytics/regret").await.ok();
    assert_eq!((&empty["decisions"], &empty["mean"]), (&json!(0), &json!(null)));
    for n in 0..6 {
        let id = format!("task-{n}");
        world.assign(&id, TASK).await;
        world.ended(&id).await;
    }
    world.learned(6).await;
    let regret = world.get("/analytics/regret").await.ok();
    assert_eq!(
        (&regret["decisions"], regret["points"].as_array().unwrap().len()),
        (&json!(6), 1),
        "{regret}"
    );
    // Every one went to the tester, who does well and is valued highest for it.
    assert_eq!(
        (&regret["points"][0]["best_chosen"], &regret["total"]),
        (&json!(1.0), &json!(0.0)),
        "{regret}"
    );
    world.stop().await;
}

#[tokio::test]
async fn a_choice_is_explained_in_words_and_numbers() {
    let world = World::start().await;
    world.assign("first", TASK).await;
    world.ended("first").await;
    for n in 0..8 {
        let id = format!("next-{n}");
        world.assign(&id, TASK).await;
        world.ended(&id).await;
    }
    world.learned(9).await;
    let told = world.get("/tasks/first/explain").await.ok();
    let record = world.get("/tasks/first").await.ok();
    assert_eq!((&told["agent_id"], &told["reason"]), (&record["assigned_agent"], &record["reason"]));
    assert_eq!(
        (&told["decided_by"], &told["exploring"]["propensity"]),
        (&json!("p0.e0"), &record["propensity"])
    );
    let candidates = told["candidates"].as_array().unwrap();
    let value = |agent: &serde_json::Value| {
        candidates.iter().find(|one| one["agent_id"] == *agent).unwrap()["value_now"].as_f64().unwrap()
    };
    let lead = value(&told["agent_id"]) - value(&told["rival"]);
    let sum: f64 = ["speaks_for", "speaks_against"]
        .iter()
        .flat_map(|side| told[*side].as_array().unwrap())
        .map(|argument| argument["amount"].as_f64().unwrap())
        .sum();
    assert!((sum - lead).abs() < 0.01, "the arguments make up the lead: {sum} {lead} {told}");
    assert!(told["summary"][0].as_str().unwrap().starts_with("tester is expected to earn"), "{told}");
    assert!(!told["would_change"].as_array().unwrap().is_empty(), "{told}");
    assert!(told["certainty"]["low"].as_f64() < told["certainty"]["high"].as_f64(), "{told}");

    world
        .post("/assign-task", json!({"task_id": "pinned", "description": TASK, "agent_id": "tester"}))
        .await
        .ok();
    let pinned = world.get("/tasks/pinned/explain").await.ok();
    assert!(
        pinned["summary"].as_array().unwrap().last().unwrap().as_str().unwrap().contains("demanded"),
        "{pinned}"
    );
    world.get("/tasks/nobody/explain").await.problem(404);
    world.stop().await;
}

#[tokio::test]
async fn outcomes_are_credited_to_agents_and_to_the_model_that_answered() {
    let world = World::start().await;
    assert_eq!(world.get("/analytics/credit").await.ok(), json!([]));
    world.execution.script(|_| Ending::AgentFails);
    for n in 0..6 {
        let task = json!({"task_id": format!("t{n}"), "description": TASK, "max_attempts": 1});
        world.post("/assign-task", task).await.ok();
        world.ended(&format!("t{n}")).await;
    }
    world.learned(6).await;
    let credit = world.get("/analytics/credit").await.ok();
    let of = |kind: &str| -> Vec<Value> {
        credit.as_array().unwrap().iter().filter(|one| one["kind"] == kind).cloned().collect()
    };
    let [model] = &of("model")[..] else { panic!("{credit}") };
    assert_eq!((&model["name"], &model["outcomes"]), (&json!(MODEL), &json!(6)), "{credit}");
    assert!(
        model["effect"].as_f64() < Some(0.0) && model["low"].as_f64() < model["effect"].as_f64(),
        "{model}"
    );
    let outcomes: u64 = of("agent").iter().map(|agent| agent["outcomes"].as_u64().unwrap()).sum();
    assert_eq!((outcomes, of("tool").len()), (6, 0), "{credit}");
    let csv = world.get("/analytics/credit?format=csv").await;
    assert!(csv.text.starts_with("kind,name,effect,low,high,outcomes"), "{}", csv.text);
    // The next decision lists what agents ask for, so that its outcome says what that stands for.
    let chosen = world.post("/select-agent", json!({"description": TASK})).await.ok();
    assert!(chosen["candidates"].as_array().unwrap().iter().all(|one| one["model"] == "default"), "{chosen}");
    // A later judgement corrects what the first one taught, of agent and model alike.
    world.post("/task-feedback", json!({"task_id": "t0", "reward": 1.0})).await.ok();
    let higher = async || {
        let credit = world.get("/analytics/credit").await.ok();
        let now = credit.as_array()?.iter().find(|one| one["kind"] == "model")?.clone();
        (now["effect"].as_f64() > model["effect"].as_f64()).then_some(now)
    };
    let after = world.until(higher).await;
    let log = world.storage.experiences_after(0, 10).await.unwrap();
    for line in &log {
        let taught = Experience::from_bytes(&line.experience.context).unwrap();
        let named = [taught.asked, taught.model].map(|name| name.unwrap().to_string());
        assert_eq!(named, ["default", MODEL], "{}", line.experience.source);
    }
    assert_eq!((log.len(), &after["outcomes"]), (7, &json!(6)));
    world.stop().await;
}
