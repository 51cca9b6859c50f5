//! The loop: what is assigned is executed once, rewarded once, and changes what comes next.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::on_both;
use crate::stack::Stack;

on_both! {
    every_task_of_a_crowd_ends_once_with_one_reward
    outcomes_are_credited_to_the_model_that_answered
    bad_feedback_lowers_the_action_value
    a_trained_policy_gets_its_share_and_no_more_without_proof
    lists_and_filters_agree_with_the_records
    a_cancelled_task_stays_cancelled_on_both_ports
}

async fn every_task_of_a_crowd_ends_once_with_one_reward(stack: Stack) {
    let ids: Vec<_> = (0..40).map(|n| format!("crowd-{n}")).collect();
    let tasks: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| json!({"task_id": id, "description": format!("What is {n} * 3 + 1?")}))
        .collect();
    let answer = stack.orchestrator.post("/assign-tasks", json!({"tasks": tasks})).await.ok();
    assert_eq!(answer["assigned"], 40, "{answer}");
    for (n, id) in ids.iter().enumerate() {
        let ended = stack.orchestrator.ended(id).await;
        assert_eq!(ended["status"], "completed", "{ended}");
        assert!(ended["result"]["answer"].as_str().unwrap().contains(&(n * 3 + 1).to_string()), "{ended}");
        assert!(ended["reward"].is_number(), "{ended}");
    }
    let experiences = experiences(&stack).await;
    let settled: BTreeSet<_> =
        experiences.iter().map(|line| line["task_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!((experiences.len(), settled.len()), (40, 40));
}

async fn outcomes_are_credited_to_the_model_that_answered(stack: Stack) {
    for n in 0..3 {
        let id = format!("credited-{n}");
        let task = json!({"task_id": id, "description": format!("What is {n} + 1?")});
        let answer = stack.orchestrator.post("/assign-task", task).await.ok();
        assert_eq!(answer["candidates"][0]["model"], "default", "what agents of a fresh install ask for");
        stack.orchestrator.ended(&id).await;
    }
    let models = loop {
        let credit = stack.orchestrator.get("/analytics/credit").await.ok();
        let all = credit.as_array().unwrap().iter();
        let models: Vec<_> = all.filter(|one| one["kind"] == "model").cloned().collect();
        if models.iter().any(|one| one["outcomes"] == 3) {
            break models;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!((models.len(), &models[0]["name"]), (1, &json!("offline/offline-rules")), "{models:?}");
    let line = experiences(&stack).await.remove(0);
    assert_eq!(line["model"], "offline/offline-rules", "{line}");
}

/// The agent of the highest action value for such a task, with that value, or `agent` with its own.
async fn valued(stack: &Stack, agent: Option<&str>) -> (String, f64) {
    let choice = stack
        .orchestrator
        .post("/select-agent", json!({"description": "Convert 5 miles to kilometers"}))
        .await
        .ok();
    let candidates = choice["candidates"].as_array().unwrap().iter();
    let all =
        candidates.map(|c| (c["agent_id"].as_str().unwrap().to_owned(), c["q_value"].as_f64().unwrap()));
    let mut wanted = all.filter(|(id, _)| agent.is_none_or(|agent| agent == id));
    let first = wanted.next().unwrap();
    wanted.fold(first, |best, next| if next.1 > best.1 { next } else { best })
}

async fn bad_feedback_lowers_the_action_value(stack: Stack) {
    let (disliked, before) = valued(&stack, None).await;
    let mut after = before;
    for round in 0..12 {
        let ids: Vec<_> = (0..10).map(|n| format!("judged-{round}-{n}")).collect();
        for (n, id) in ids.iter().enumerate() {
            let task = json!({"task_id": id, "description": format!("Convert {} miles to kilometers", round * 10 + n)});
            stack.orchestrator.post("/assign-task", task).await.ok();
        }
        for id in &ids {
            let ended = stack.orchestrator.ended(id).await;
            let reward = if ended["assigned_agent"] == disliked { 0.0 } else { 1.0 };
            let answer = stack
                .orchestrator
                .post("/task-feedback", json!({"task_id": id, "reward": reward}))
                .await
                .ok();
            assert_eq!((&answer["q_value_updated"], &answer["reward"]), (&json!(true), &json!(reward)));
        }
        after = valued(&stack, Some(&disliked)).await.1;
        if after < before - 0.2 {
            return;
        }
    }
    panic!("{disliked}: value {before} before and {after} after 120 judgements");
}

async fn a_trained_policy_gets_its_share_and_no_more_without_proof(stack: Stack) {
    let lines: Vec<_> = (0..60)
        .map(|n| json!({"task_id": format!("past-{n}"), "agent_id": "tester", "reward": 0.9, "description": format!("unit tests for module {n}")}))
        .collect();
    stack.rl.post("/experiences", json!(lines)).await.ok();
    let job = stack.rl.post("/training/start", json!({})).await;
    assert_eq!(job.status, 202);
    let path = format!("/training/{}", job.json["id"].as_str().unwrap());
    let done = loop {
        let job = stack.rl.get(&path).await.ok();
        if job["status"] == "completed" {
            break job;
        }
        assert!(["queued", "running"].contains(&job["status"].as_str().unwrap()), "{job}");
        tokio::task::yield_now().await;
    };
    let version = done["policy_version"].as_str().unwrap();
    let path = format!("/policies/{version}");
    stack.rl.post(&format!("{path}/shadow"), json!({})).await.ok();
    stack.rl.post(&format!("{path}/promote"), json!({})).await.problem(409);
    stack.rl.post(&format!("{path}/canary"), json!({"share": 0.5})).await.ok();
    loop {
        let choice = stack.orchestrator.post("/select-agent", json!({"description": "Test task"})).await.ok();
        if choice["policy_version"].as_str().unwrap().starts_with(&format!("p{version}.")) {
            break;
        }
        tokio::task::yield_now().await;
    }
    stack.rl.post(&format!("{path}/promote"), json!({})).await.problem(409);
    let policy = stack.rl.post(&format!("{path}/rollback"), json!({})).await.ok();
    assert_eq!(policy["status"], "rolled_back");
}

async fn lists_and_filters_agree_with_the_records(stack: Stack) {
    for n in 0..7 {
        let request = json!({"task_id": format!("list-{n}"), "description": format!("What is {n} + 1?"), "priority": n + 1});
        stack.orchestrator.post("/assign-task", request).await.ok();
        stack.orchestrator.ended(&format!("list-{n}")).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = stack.orchestrator.get(&format!("/tasks?status=completed&limit=3{cursor}")).await.ok();
        seen.extend(
            page["tasks"].as_array().unwrap().iter().map(|t| t["task_id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<_> = (0..7).rev().map(|n| format!("list-{n}")).collect();
    assert_eq!(seen, expected, "newest first, each once");
    let urgent = stack.orchestrator.get("/tasks?priority_min=6&priority_max=7").await.ok();
    assert_eq!(urgent["count"], 2);
    let found = stack.orchestrator.get("/tasks?q=What+is+4").await.ok();
    assert_eq!((&found["count"], &found["tasks"][0]["task_id"]), (&json!(1), &json!("list-4")));
    stack.orchestrator.get("/tasks?status=done").await.problem(422);
    stack.orchestrator.get("/tasks?limit=501").await.problem(422);
    stack.orchestrator.get("/tasks?cursor=%21%21").await.problem(422);
    let runs = stack.execution.get("/api/v1/tasks?limit=10").await.ok();
    assert_eq!(runs["count"], 7, "{runs}");
}

async fn a_cancelled_task_stays_cancelled_on_both_ports(stack: Stack) {
    stack
        .orchestrator
        .post("/assign-task", json!({"task_id": "stop", "description": "What is 1 + 1?"}))
        .await
        .ok();
    let answer = stack.orchestrator.post("/tasks/stop/cancel", Value::Null).await;
    assert!([200, 202, 409].contains(&answer.status), "{answer:?}");
    let ended = stack.orchestrator.ended("stop").await;
    let run = stack.execution.get("/api/v1/tasks/stop").await.ok();
    assert_eq!(ended["status"], run["status"]);
    if ended["status"] == "cancelled" {
        assert_eq!(ended["reward"], Value::Null);
    }
}

/// The log of what was learned.
async fn experiences(stack: &Stack) -> Vec<Value> {
    let status = stack.rl.get("/rl/status").await.ok();
    let count = status["experiences"].as_u64().unwrap();
    let text = stack.rl.text("/experiences?limit=10000").await;
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len() as u64, count);
    lines
}
