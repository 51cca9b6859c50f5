//! C1–C9 of the contract: what existing clients send and read.

use serde_json::{Value, json};

use crate::on_both;
use crate::stack::Stack;

on_both! {
    c1_the_three_curls
    c2_a_client_that_names_tasks_by_the_time
    c3_health_and_a_forced_assignment
    c4_replays_tables_and_gibberish
    c5_the_right_specialist_on_a_fresh_install
    c6_poll_until_the_end
    c8_dashboards
    c9_knowledge
}

async fn c1_the_three_curls(stack: Stack) {
    let request = json!({"task_id": "test", "description": "Test task", "priority": 5});
    let assigned = stack.orchestrator.post("/assign-task", request).await.ok();
    assert_eq!(assigned["task_id"], "test");
    assert_eq!(assigned["status"], "assigned");
    let at_execution = stack.execution.get("/api/v1/tasks/test").await.ok();
    assert_eq!(at_execution["task_id"], "test");

    let ended = stack.orchestrator.ended("test").await;
    assert_eq!(ended["status"], "completed", "{ended}");
    let at_execution = stack.execution.get("/api/v1/tasks/test").await.ok();
    assert_eq!(at_execution["status"], "completed");
    assert_eq!(at_execution["result"], ended["result"]);
    assert!(!at_execution["steps"].as_array().unwrap().is_empty());
    let answer = ended["result"]["answer"].as_str().unwrap();
    assert!(answer.contains("no language model is configured"), "{answer}");
}

async fn c2_a_client_that_names_tasks_by_the_time(stack: Stack) {
    let request = json!({"task_id": "task_1763812345", "description": "Build a landing page for the new product", "metadata": {}});
    let assigned = stack.orchestrator.post("/assign-task", request).await.ok();
    assert_eq!(assigned["task_id"], "task_1763812345");
    assert!(assigned["assigned_agent"].is_string() && assigned["confidence"].is_number());
    let roster = stack.execution.get("/agents").await.ok();
    let agents = roster["agents"].as_array().unwrap();
    assert!(agents.len() >= 8);
    for agent in agents {
        for member in ["id", "name", "model", "specialization", "status"] {
            assert!(agent[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {agent}");
        }
    }
}

async fn c3_health_and_a_forced_assignment(stack: Stack) {
    for service in [&stack.orchestrator, &stack.execution, &stack.models, &stack.rl] {
        let health = service.get("/health").await.ok();
        assert!(health["service"].is_string() && health["version"].is_string(), "{health}");
    }
    let request = json!({"task_id": "factorial", "description": "Write a Python function to calculate factorial", "force_execute": true});
    stack.orchestrator.post("/assign-task", request).await.ok();
    let ended = stack.orchestrator.ended("factorial").await;
    // No language model is configured, and nothing pretends otherwise: nobody's failure, nobody's reward.
    assert_eq!(
        (&ended["status"], &ended["error"]["code"]),
        (&json!("failed"), &json!("MODEL_CANNOT")),
        "{ended}"
    );
    assert_eq!((&ended["error"]["blame"], &ended["reward"]), (&json!("nobody"), &Value::Null));
}

async fn c4_replays_tables_and_gibberish(stack: Stack) {
    let request = json!({"task_id": "once", "description": "What is 12 * 12?", "idempotency_key": "key-1"});
    let first = stack.orchestrator.post("/assign-task", request.clone()).await.ok();
    let again = stack.orchestrator.post("/assign-task", request).await;
    assert_eq!(again.headers["idempotent-replay"], "true");
    let again = again.ok();
    assert_eq!(again["reason"], "Idempotent request - returning cached result");
    for member in ["task_id", "assigned_agent", "decision_id", "confidence", "propensity"] {
        assert_eq!(again[member], first[member], "{member}");
    }
    let other = json!({"task_id": "once", "description": "What is 13 * 13?"});
    stack.orchestrator.post("/assign-task", other).await.problem(409);

    stack.orchestrator.ended("once").await;
    let table = stack.orchestrator.get("/q-table").await.ok();
    assert!(table["states"].is_array() && table["total_entries"].is_number());
    let performance = stack.orchestrator.get("/agent-performance").await.ok();
    assert!(performance["total_tasks"].is_number() && performance["q_table_states"].is_number());

    let salad = json!({"task_id": "salad", "description": "xyz abc def ghi jkl mno pqr stu vwx"});
    let refused = stack.orchestrator.post("/assign-task", salad).await.problem(422);
    assert_eq!(
        (&refused["error"], &refused["code"]),
        (&json!("INSUFFICIENT_CONFIDENCE"), &json!("INSUFFICIENT_CONFIDENCE"))
    );
    assert!(refused["message"].is_string() && refused["suggestion"].is_string());
    assert!(refused["confidence"].as_f64() < refused["min_required"].as_f64());
    stack.orchestrator.get("/tasks/salad").await.problem(404);
}

async fn c5_the_right_specialist_on_a_fresh_install(stack: Stack) {
    let cases: &[(&str, &[&str])] = &[
        ("Create a responsive website with HTML and CSS", &["web_developer", "full_stack_developer"]),
        ("Perform a security audit of the login system", &["security_expert"]),
        ("write unit tests for the payment module", &["tester"]),
        ("deploy the application to kubernetes cluster", &["devops_engineer"]),
        ("analyze user engagement data for the last quarter", &["data_analyst"]),
    ];
    for (description, expected) in cases {
        let choice = stack.orchestrator.post("/select-agent", json!({"description": description})).await.ok();
        let agent = choice["agent_id"].as_str().unwrap();
        assert!(expected.contains(&agent), "{description}: {agent}");
        assert_eq!(choice["sufficient"], true, "{description}: {choice}");
    }
    let fibonacci = json!({"description": "Implement a function that returns the fibonacci sequence"});
    let choice = stack.orchestrator.post("/select-agent", fibonacci).await.ok();
    assert_ne!(choice["agent_id"], "devops_engineer", "\"fibonacci\" must not match \"ci\"");
}

async fn c6_poll_until_the_end(stack: Stack) {
    let request = json!({"task_id": "polled", "description": "How many days are there between 2026-01-01 and 2026-03-01?"});
    stack.orchestrator.post("/assign-task", request).await.ok();
    let ended = loop {
        let record = stack.orchestrator.get("/tasks/polled").await.ok();
        if ["completed", "failed"].contains(&record["status"].as_str().unwrap()) {
            break record;
        }
        tokio::task::yield_now().await;
    };
    for member in [
        "assigned_agent",
        "status",
        "confidence",
        "validation_passed",
        "warnings",
        "created_at",
        "started_at",
        "completed_at",
        "result",
    ] {
        assert!(ended.get(member).is_some_and(|value| !value.is_null()), "{member}: {ended}");
    }
    assert!(ended["result"]["answer"].as_str().unwrap().contains("59"), "{ended}");
}

async fn c8_dashboards(stack: Stack) {
    let request = json!({"task": "Convert 26.2 miles to kilometers", "agent_id": null, "context": {"user": "dashboard"}, "timeout": 60});
    let accepted = stack.execution.post("/api/v2/agents/execute", request).await;
    assert_eq!(accepted.status, 202, "{accepted:?}");
    assert_eq!(accepted.json["status"], "accepted");
    let id = accepted.json["task_id"].as_str().unwrap().to_owned();
    let ended = stack.orchestrator.ended(&id).await;
    assert_eq!(ended["status"], "completed", "{ended}");

    let list = stack.execution.get("/api/v2/agents/list").await.ok();
    assert!(list["agents"].as_array().is_some_and(|agents| agents.len() >= 8));

    for (success, score) in [(true, 8), (false, 2)] {
        let thumb = json!({"task_id": id, "agent_id": ended["assigned_agent"], "success": success, "quality_score": score});
        let answer = stack.orchestrator.post("/task-feedback", thumb).await.ok();
        assert_eq!((&answer["status"], &answer["task_id"]), (&json!("processed"), &json!(id)));
        assert!(answer["reward"].as_f64().is_some_and(|reward| (0.0..=1.0).contains(&reward)));
    }
    for (word, number) in [("low", 2), ("normal", 5), ("high", 8), ("urgent", 10)] {
        let request =
            json!({"task_id": format!("prio-{word}"), "description": "Test task", "priority": word});
        stack.orchestrator.post("/assign-task", request).await.ok();
        let record = stack.orchestrator.get(&format!("/tasks/prio-{word}")).await.ok();
        assert_eq!(record["priority"], number);
    }
}

async fn c9_knowledge(stack: Stack) {
    let item = json!({"agent_id": "data_scientist", "title": "Overfitting", "content": "In machine learning, a model that overfits has learned the noise of its training data."});
    let added = stack.execution.post("/api/v2/knowledge/add", item).await;
    assert!([200, 201].contains(&added.status), "{added:?}");
    let hits = stack
        .execution
        .get("/api/v2/knowledge/search?agent_id=data_scientist&query=machine+learning")
        .await
        .ok();
    assert_eq!(hits["results"][0]["title"], "Overfitting", "{hits}");
    assert!(hits["results"][0]["id"].is_string());
}
