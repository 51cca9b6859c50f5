//! Outcomes change choices, and what was learned stays.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use storage::{NewPolicy, PolicyMove, PolicyStatus, RunOrigin};
use task_model::Attempt;

use crate::support::{Ending, World, execution, now};

const TASK: &str = "write unit tests for the payment module";
/// One experience for each task.
const SINGLE_ATTEMPTS: [(&str, &str); 1] = [("LIGHTNING__ORCHESTRATOR__ATTEMPTS_MAX", "1")];

/// The action value of an agent for the task, as the next decision sees it.
async fn value(world: &World, agent: &str) -> f64 {
    let chosen = world.post("/select-agent", json!({"description": TASK})).await.ok();
    let candidates = chosen["candidates"].as_array().unwrap();
    candidates.iter().find(|candidate| candidate["agent_id"] == agent).unwrap()["q_value"].as_f64().unwrap()
}

/// The probability with which an agent would be drawn.
async fn probability(world: &World, agent: &str) -> f64 {
    let chosen = world.post("/select-agent", json!({"description": TASK})).await.ok();
    let candidates = chosen["candidates"].as_array().unwrap();
    candidates.iter().find(|candidate| candidate["agent_id"] == agent).unwrap()["probability"]
        .as_f64()
        .unwrap()
}

/// Lets the tester fail `count` tasks that nobody retries.
async fn disappoint(world: &World, count: usize) {
    world.execution.script(|run| {
        if run.run.agent_id.as_str() == "tester" { Ending::AgentFails } else { Ending::Completed }
    });
    for number in 0..count {
        let id = format!("bad-{number}");
        world.assign(&id, TASK).await;
        world.ended(&id).await;
    }
}

#[tokio::test]
async fn bad_rewards_change_the_next_choice() {
    let world = World::with(&SINGLE_ATTEMPTS).await;
    assert!(probability(&world, "tester").await > 0.5);
    let before = value(&world, "tester").await;
    disappoint(&world, 40).await;
    world.learned(40).await;
    assert!(value(&world, "tester").await < before);
    assert!(probability(&world, "tester").await < 0.5);
    world.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_what_was_learned() {
    let world = World::with(&SINGLE_ATTEMPTS).await;
    disappoint(&world, 5).await;
    world.learned(5).await;
    let version = |table: Value| {
        (table["policy_version"].clone(), table["q_table"].clone(), table["experiences"].clone())
    };
    let before = version(world.get("/q-table").await.ok());
    let valued = value(&world, "tester").await;
    let world = world.restart().await;
    assert_eq!(version(world.get("/q-table").await.ok()), before);
    assert_eq!(value(&world, "tester").await, valued);
    world.stop().await;
}

#[tokio::test]
async fn a_failed_attempt_is_followed_by_another_agent() {
    let world = World::start().await;
    let tried = Arc::new(Mutex::new(Vec::new()));
    let log = tried.clone();
    world.execution.script(move |run| {
        log.lock().push((run.run.attempt, run.run.agent_id.to_string()));
        if run.run.attempt == Attempt::FIRST { Ending::AgentFails } else { Ending::Completed }
    });
    world.assign("again", TASK).await;
    let record = world.ended("again").await;
    assert_eq!((&record["status"], &record["attempt"]), (&json!("completed"), &json!(2)));
    let tried = tried.lock().clone();
    assert_eq!(tried.len(), 2);
    assert_ne!(tried[0].1, tried[1].1, "who failed is not asked again");
    world.learned(2).await;
    let log = world.storage.experiences_after(0, 10).await.unwrap();
    let rewards: Vec<_> =
        log.iter().map(|line| (line.experience.attempt.0, line.experience.reward)).collect();
    assert_eq!(rewards[0], (1, 0.0));
    assert!(rewards[1].0 == 2 && rewards[1].1 > 0.9, "{rewards:?}");
    let first = q_learning::Experience::from_bytes(&log[0].experience.context).unwrap();
    assert!(
        first.next.is_some_and(|next| next.context.attempt() == 2),
        "the second attempt is the next state"
    );
    world.stop().await;
}

#[tokio::test]
async fn attempts_end() {
    let world = World::start().await;
    world.execution.script(|_| Ending::AgentFails);
    world.assign("hopeless", TASK).await;
    let record = world.ended("hopeless").await;
    assert_eq!(
        (&record["status"], &record["attempt"], &record["reward"]),
        (&json!("failed"), &json!(3), &json!(0.0))
    );
    assert_eq!(
        (&record["error"]["code"], &record["error"]["blame"]),
        (&json!("STEP_LIMIT"), &json!("agent"))
    );
    world.stop().await;
}

#[tokio::test]
async fn failures_of_others_teach_nothing() {
    for ending in [Ending::ModelCannot, Ending::InfrastructureFails] {
        let world = World::start().await;
        world.execution.script(move |_| ending);
        world.assign("not-mine", TASK).await;
        let record = world.ended("not-mine").await;
        assert_eq!(
            (&record["status"], &record["attempt"], &record["reward"]),
            (&json!("failed"), &json!(1), &Value::Null)
        );
        let log = world.storage.experiences_after(0, 10).await.unwrap();
        let told: Vec<_> =
            log.iter().map(|line| (line.experience.source.as_str(), line.experience.weight)).collect();
        assert_eq!(told, [("unanswered", 0.0)], "that a choice was not answered is all that is known of it");
        let table = world
            .until(|| async {
                let table = world.get("/q-table").await.ok();
                (table["policy_version"] == format!("p0.e{}", log[0].seq)).then_some(table)
            })
            .await;
        assert_eq!((&table["experiences"], &table["q_table"]), (&json!(0), &json!({})));
        world.stop().await;
    }
}

#[tokio::test]
async fn a_pinned_agent_is_rewarded_but_not_learned_from() {
    let world = World::start().await;
    let body = json!({"task_id": "pin", "description": TASK, "agent_id": "qa_tester"});
    let assigned = world.post("/assign-task", body).await.ok();
    assert_eq!((&assigned["assigned_agent"], &assigned["propensity"]), (&json!("tester"), &json!(1.0)));
    assert!(world.ended("pin").await["reward"].is_number());
    assert_eq!(world.storage.experiences_count().await.unwrap(), 0);
    let unknown = json!({"description": TASK, "agent_id": "nobody"});
    assert_eq!(world.post("/assign-task", unknown).await.problem(422)["errors"][0]["field"], "agent_id");
    world.stop().await;
}

#[tokio::test]
async fn work_given_to_the_execution_api_directly_gets_a_task() {
    let world = World::start().await;
    let request = service_api::execute::ExecuteRequest {
        task: TASK.into(),
        task_id: Some("direct".into()),
        agent_id: Some("tester".into()),
        ..Default::default()
    };
    world.storage.run_insert(execution::run(request, RunOrigin::Direct)).await.unwrap();
    let record = world
        .until(|| async {
            let answer = world.get("/tasks/direct").await;
            (answer.status == 200).then(|| answer.json()).filter(|record| record["reward"].is_number())
        })
        .await;
    assert_eq!((&record["status"], &record["assigned_agent"]), (&json!("completed"), &json!("tester")));
    assert_eq!(world.storage.experiences_count().await.unwrap(), 0);
    world.stop().await;
}

#[tokio::test]
async fn a_promoted_policy_is_in_force_and_learns_on() {
    let world = World::with(&SINGLE_ATTEMPTS).await;
    disappoint(&world, 3).await;
    world.learned(3).await;
    let version = world.storage.policy_publish(newborn(PolicyStatus::Promoted, 2)).await.unwrap();
    let table = world
        .until(|| async {
            let table = world.get("/q-table").await.ok();
            let policy = table["policy_version"].as_str().unwrap().to_owned();
            policy.starts_with(&format!("p{version}.")).then_some(table)
        })
        .await;
    assert_eq!(
        table["experiences"].as_u64().unwrap() as i64,
        world.storage.experiences_count().await.unwrap() - 2
    );
    world.stop().await;
}

/// A policy that has learned nothing, as if trained up to this line.
fn newborn(status: PolicyStatus, trained_to: i64) -> NewPolicy {
    let fresh = q_learning::Learner::new(q_learning::LearnerConfig::default()).unwrap();
    NewPolicy {
        status,
        algorithm: "test".into(),
        parent: None,
        trained_to,
        params: json!({}),
        metrics: json!({}),
        bytes: fresh.to_bytes(),
        note: String::new(),
        created_at: now(),
    }
}

#[tokio::test]
async fn a_canary_takes_its_share_and_every_decision_says_who_took_it() {
    let world = World::with(&SINGLE_ATTEMPTS).await;
    disappoint(&world, 3).await;
    world.learned(3).await;
    let version = world.storage.policy_publish(newborn(PolicyStatus::Shadow, 1)).await.unwrap();
    let moving = PolicyMove {
        version,
        from: PolicyStatus::Shadow,
        to: PolicyStatus::Canary,
        share: 0.5,
        why: String::new(),
        figures: json!({}),
        at: now(),
    };
    world.storage.policy_move(moving.clone()).await.unwrap();
    let (own, deciding) = (format!("p{version}."), "p0.");
    let select = async || world.post("/select-agent", json!({"description": TASK})).await.ok();
    let taken_by =
        |answer: &serde_json::Value, who: &str| answer["policy_version"].as_str().unwrap().starts_with(who);
    world.until(|| async { taken_by(&select().await, &own).then_some(()) }).await;

    let mut taken = 0;
    for n in 0..100 {
        let answer = world.assign(&format!("trial-{n}"), TASK).await;
        taken += usize::from(taken_by(&answer, &own));
        assert!(taken_by(&answer, &own) || taken_by(&answer, deciding), "{answer}");
        let candidates = answer["candidates"].as_array().unwrap();
        let sum: f64 = candidates.iter().map(|one| one["probability"].as_f64().unwrap()).sum();
        let chosen = candidates.iter().find(|one| one["agent_id"] == answer["assigned_agent"]).unwrap();
        assert!((sum - 1.0).abs() < 1e-9, "{answer}");
        assert_eq!(chosen["probability"], answer["propensity"]);
    }
    // Half of a hundred, give or take four standard deviations.
    assert!((30..=70).contains(&taken), "{taken}");

    world
        .storage
        .policy_move(PolicyMove {
            from: PolicyStatus::Canary,
            to: PolicyStatus::RolledBack,
            share: 0.0,
            ..moving
        })
        .await
        .unwrap();
    world
        .until(|| async {
            for _ in 0..20 {
                if taken_by(&select().await, &own) {
                    return None;
                }
            }
            Some(())
        })
        .await;
    world.stop().await;
}
