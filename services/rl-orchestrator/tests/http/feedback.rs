//! What people said: late or early, from several sources, each once.

use serde_json::{Value, json};

use crate::support::{Ending, World};

async fn done(world: &World, id: &str) -> f64 {
    world.assign(id, "write unit tests for the payment module").await;
    world.ended(id).await["reward"].as_f64().unwrap()
}

async fn say(world: &World, body: Value) -> Value {
    world.post("/task-feedback", body).await.ok()
}

#[tokio::test]
async fn late_feedback_corrects_the_reward_and_the_learner() {
    let world = World::start().await;
    let own = done(&world, "t").await;
    let heard = say(&world, json!({"task_id": "t", "quality_score": 0})).await;
    assert!(heard["reward"].as_f64().unwrap() < own, "{heard}");
    assert_eq!(heard["q_value_updated"], true);
    assert_eq!(world.get("/tasks/t").await.ok()["reward"], heard["reward"]);
    let log = world.storage.experiences_after(0, 10).await.unwrap();
    let correction = q_learning::Experience::from_bytes(&log[1].experience.context).unwrap();
    // Numbers that travelled as text may differ in their last bit.
    let near = |one: f64, other: f64| (one - other).abs() < 1e-12;
    assert!(
        correction.replaces.is_some_and(|replaced| near(replaced, own)),
        "{:?} {own}",
        correction.replaces
    );
    assert!(near(correction.reward, heard["reward"].as_f64().unwrap()), "{heard}");
    world.stop().await;
}

#[tokio::test]
async fn where_successes_are_judged_worthless_they_stop_counting_at_once() {
    let world = World::start().await;
    for n in 0..40 {
        let id = format!("t{n}");
        done(&world, &id).await;
        assert_eq!(say(&world, json!({"task_id": id, "reward": 0})).await["q_value_updated"], true);
    }
    let log = world.storage.experiences_after(0, 1_000).await.unwrap();
    let lines: Vec<_> = log.iter().map(|line| &line.experience).collect();
    let told: Vec<_> =
        lines.iter().map(|line| q_learning::Experience::from_bytes(&line.context).unwrap()).collect();
    let first = told.iter().find(|row| row.replaces.is_none()).unwrap();
    let last = told.iter().rfind(|row| row.replaces.is_none()).unwrap();
    assert!(first.weight == 1.0 && last.weight < 0.5, "{} {}", first.weight, last.weight);
    let correction = told.last().unwrap();
    assert_eq!(
        (correction.weight, correction.replaced_weight, correction.provisional),
        (1.0, last.weight, true)
    );
    let curve = world.get("/analytics/learning-curve").await.ok();
    assert_eq!(curve["points"][0]["mean_reward"], 0.0, "{curve}");

    say(&world, json!({"task_id": "t39", "reward": 1, "source": "another"})).await;
    let log = world.storage.experiences_after(log.last().unwrap().seq, 10).await.unwrap();
    let second = q_learning::Experience::from_bytes(&log[0].experience.context).unwrap();
    assert_eq!((second.replaced_weight, second.provisional), (1.0, false), "it replaces a judgement");
    world.stop().await;
}

#[tokio::test]
async fn the_latest_word_of_a_source_counts_and_sources_are_averaged() {
    let world = World::start().await;
    done(&world, "t").await;
    say(&world, json!({"task_id": "t", "reward": 0, "source": "ann"})).await;
    let low =
        say(&world, json!({"task_id": "t", "reward": 0, "source": "ben"})).await["reward"].as_f64().unwrap();
    let half =
        say(&world, json!({"task_id": "t", "reward": 1, "source": "ann"})).await["reward"].as_f64().unwrap();
    let full =
        say(&world, json!({"task_id": "t", "reward": 1, "source": "ben"})).await["reward"].as_f64().unwrap();
    assert!(low < half && half < full && full > 0.95, "{low} {half} {full}");
    world.stop().await;
}

#[tokio::test]
async fn a_repeated_key_changes_nothing() {
    let world = World::start().await;
    done(&world, "t").await;
    let word = json!({"task_id": "t", "reward": 0.5, "idempotency_key": "k"});
    let first = say(&world, word.clone()).await;
    let again = say(&world, word).await;
    assert_eq!((&again["reward"], &again["q_value_updated"]), (&first["reward"], &json!(false)));
    assert_eq!(world.storage.experiences_count().await.unwrap(), 2);
    world.stop().await;
}

#[tokio::test]
async fn feedback_before_the_end_counts_at_the_end() {
    let world = World::start().await;
    world.execution.work(false);
    world.assign("early", "write unit tests for the payment module").await;
    let heard = say(&world, json!({"task_id": "early", "reward": 0})).await;
    assert_eq!(heard["q_value_updated"], false);
    world.execution.work(true);
    let reward = world.ended("early").await["reward"].as_f64().unwrap();
    assert!(reward < 0.5, "a success that was judged worthless: {reward}");
    assert_eq!(world.storage.experiences_count().await.unwrap(), 1);
    world.stop().await;
}

#[tokio::test]
async fn a_failure_that_was_nobodys_is_learned_from_when_someone_speaks() {
    let world = World::start().await;
    world.execution.script(|_| Ending::ModelCannot);
    world.assign("t", "write unit tests for the payment module").await;
    assert_eq!(world.ended("t").await["reward"], Value::Null);
    let heard = say(&world, json!({"task_id": "t", "quality_score": 3})).await;
    assert_eq!((&heard["reward"], &heard["q_value_updated"]), (&json!(0.3), &json!(true)));
    world.stop().await;
}

#[tokio::test]
async fn words_about_nothing_or_somebody_else_are_refused() {
    let world = World::start().await;
    world.post("/task-feedback", json!({"task_id": "none", "success": true})).await.problem(404);
    done(&world, "t").await;
    let other = json!({"task_id": "t", "agent_id": "devops_engineer", "success": true});
    assert_eq!(world.post("/task-feedback", other).await.problem(409)["code"], "OTHER_AGENT");
    say(&world, json!({"task_id": "t", "agent_id": "qa_tester", "success": true})).await;
    let word = json!({"task_id": "t", "reward": 1});
    world.post("/agents/tester/feedback", word.clone()).await.ok();
    world.post("/agents/devops_engineer/feedback", word.clone()).await.problem(409);
    world.post("/agents/nobody/feedback", word).await.problem(404);
    world.stop().await;
}

#[tokio::test]
async fn a_source_that_contradicts_all_others_loses_its_say() {
    let world = World::start().await;
    for number in 0..12 {
        let id = format!("t{number}");
        done(&world, &id).await;
        for source in ["ann", "ben"] {
            say(&world, json!({"task_id": id, "reward": 1, "source": source})).await;
        }
        say(&world, json!({"task_id": id, "reward": 0, "source": "eve"})).await;
    }
    let sources = world
        .until(|| async {
            let sources = world.get("/analytics/sources").await.ok();
            let spoken: u64 =
                sources.as_array().unwrap().iter().map(|one| one["words"].as_u64().unwrap()).sum();
            (spoken == 36).then_some(sources)
        })
        .await;
    let trust = |name: &str| {
        let one = sources.as_array().unwrap().iter().find(|one| one["source"] == name).unwrap();
        one["trust"].as_f64().unwrap()
    };
    assert!(trust("ann") > 0.9 && trust("ben") > 0.9 && trust("eve") < 0.3, "{sources}");
    done(&world, "last").await;
    let heard = say(&world, json!({"task_id": "last", "reward": 0, "source": "eve"})).await;
    assert!(heard["reward"].as_f64().unwrap() > 0.7, "{heard}");
    world.stop().await;
}
