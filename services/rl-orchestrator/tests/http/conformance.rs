//! What existing clients send and read (C1–C6, C8).

use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn c1_the_test_task_is_assigned_and_completes() {
    let world = World::start().await;
    let body = json!({"task_id": "test", "description": "Test task", "priority": 5});
    let assigned = world.post("/assign-task", body).await.ok();
    assert_eq!((assigned["task_id"].as_str(), assigned["status"].as_str()), (Some("test"), Some("assigned")));
    assert_eq!(world.ended("test").await["status"], "completed");
    world.stop().await;
}

#[tokio::test]
async fn c2_c3_an_answer_has_every_member() {
    let world = World::start().await;
    let body = json!({"task_id": "task_1700000000", "description": "Write a Python function to calculate factorial",
        "priority": 5, "metadata": {}, "force_execute": true});
    let assigned = world.post("/assign-task", body).await.ok();
    for text in ["task_id", "assigned_agent", "status", "reason", "decision_id", "policy_version"] {
        assert!(assigned[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {assigned}");
    }
    for share in ["confidence", "propensity"] {
        assert!(
            assigned[share].as_f64().is_some_and(|share| share > 0.0 && share <= 1.0),
            "{share}: {assigned}"
        );
    }
    assert_eq!((&assigned["validation_passed"], assigned["warnings"].is_array()), (&json!(true), true));
    let candidates = assigned["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), crate::support::roster::agents().len());
    for candidate in candidates {
        assert!(candidate["agent_id"].is_string() && candidate["q_value"].is_number(), "{candidate}");
        assert!(candidate["eligible"].is_boolean() && candidate["why"].is_string(), "{candidate}");
    }
    assert_eq!(assigned["links"]["self"], "/tasks/task_1700000000");
    let probabilities: f64 =
        candidates.iter().map(|candidate| candidate["probability"].as_f64().unwrap()).sum();
    assert!((probabilities - 1.0).abs() < 1e-9, "{probabilities}");
    world.stop().await;
}

#[tokio::test]
async fn c3_health_names_service_and_version() {
    let world = World::start().await;
    let health = world.get("/health").await.ok();
    assert_eq!(health["service"], "rl-orchestrator");
    assert!(health["version"].is_string() && health["outbox_depth"].is_number(), "{health}");
    world.stop().await;
}

#[tokio::test]
async fn c4_tables_have_their_members_and_gibberish_is_refused() {
    let world = World::start().await;
    world.assign("a", "write unit tests for the payment module").await;
    world.ended("a").await;
    world.learned(1).await;
    let table = world.get("/q-table").await.ok();
    assert!(table["states"].is_array() && table["total_entries"].as_u64() >= Some(1), "{table}");
    let performance = world.get("/agent-performance").await.ok();
    assert_eq!(performance["total_tasks"], 1);
    assert!(performance["q_table_states"].as_u64() >= Some(1), "{performance}");

    let gibberish = json!({"task_id": "g", "description": "xyz abc def ghi jkl mno pqr stu vwx"});
    let problem = world.post("/assign-task", gibberish).await.problem(422);
    assert_eq!(
        (&problem["error"], &problem["code"]),
        (&json!("INSUFFICIENT_CONFIDENCE"), &json!("INSUFFICIENT_CONFIDENCE"))
    );
    assert!(problem["message"].is_string() && problem["suggestion"].is_string(), "{problem}");
    assert!(problem["confidence"].as_f64() < problem["min_required"].as_f64(), "{problem}");
    world.get("/tasks/g").await.problem(404);
    world.stop().await;
}

#[tokio::test]
async fn c5_a_fresh_install_chooses_by_description() {
    let world = World::start().await;
    let check = async |description: &str, agent: &str| {
        let chosen = world.post("/select-agent", json!({"description": description})).await.ok();
        assert_eq!(chosen["agent_id"], agent, "{description}: {chosen}");
    };
    check("Create a responsive website with a contact form", "web_developer").await;
    check("Perform a security audit of the login system", "security_expert").await;
    check("write unit tests for the payment module", "tester").await;
    check("deploy the application to kubernetes cluster", "devops_engineer").await;
    check("analyze user engagement data for the last quarter", "data_analyst").await;
    let fibonacci =
        world.post("/select-agent", json!({"description": "Write a fibonacci function"})).await.ok();
    assert_ne!(fibonacci["agent_id"], "devops_engineer", "{fibonacci}");
    world.stop().await;
}

#[tokio::test]
async fn c6_the_record_has_what_pollers_read() {
    let world = World::start().await;
    world.assign("poll", "write unit tests for the payment module").await;
    let record = world.ended("poll").await;
    assert_eq!((&record["status"], &record["assigned_agent"]), (&json!("completed"), &json!("tester")));
    assert_eq!(record["result"], json!({"answer": "done"}));
    for time in ["created_at", "started_at", "completed_at"] {
        assert!(record[time].as_str().is_some_and(|time| time.ends_with('Z')), "{time}: {record}");
    }
    assert!(
        record["confidence"].is_number() && record["reward"].is_number() && record["error"].is_null(),
        "{record}"
    );
    assert_eq!((&record["validation_passed"], record["warnings"].is_array()), (&json!(true), true));
    world.stop().await;
}

#[tokio::test]
async fn c8_priorities_are_words_and_thumbs_are_feedback() {
    let world = World::start().await;
    let body = json!({"task_id": "w", "description": "Test task", "priority": "urgent"});
    let agent = world.post("/assign-task", body).await.ok()["assigned_agent"].clone();
    assert_eq!(world.ended("w").await["priority"], 10);
    let thumb = json!({"task_id": "w", "agent_id": agent, "success": false, "quality_score": 2});
    let heard = world.post("/task-feedback", thumb).await.ok();
    assert_eq!((&heard["status"], &heard["agent_id"]), (&json!("processed"), &agent));
    assert_eq!(heard["q_value_updated"], true);
    world.stop().await;
}
