//! `POST /api/v2/agents/execute` and `/agents/execute`.

use reqwest::{Method, StatusCode};
use serde_json::json;
use task_model::{Attempt, TaskId};

use crate::harness::{Harness, read};

#[tokio::test]
async fn a_task_is_taken_and_done() {
    let api = Harness::start().await;
    let body = json!({ "task_id": "t1", "task": "say hello", "agent_id": "general_assistant" });
    let (status, taken) = api.post("/api/v2/agents/execute", body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!((taken["task_id"].as_str(), taken["status"].as_str()), (Some("t1"), Some("accepted")));
    assert!(taken["result"].is_null() && taken["error"].is_null());
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert_eq!(task["result"]["answer"], "done: say hello");
    assert_eq!(task["result"]["agent_id"], "general_assistant");
    assert_eq!(
        (task["result"]["model"].as_str(), task["result"]["provider"].as_str()),
        (Some("fake-1"), Some("fake"))
    );
    assert_eq!(task["result"]["tokens"], json!({ "in": 10, "out": 5 }));
    assert_eq!(task["metadata"]["step_count"], 1);
    assert_eq!(task["metadata"]["tokens_in"], 10);
}

#[tokio::test]
async fn tools_are_called_and_every_step_is_recorded() {
    let api = Harness::start().await;
    api.submit("t1", "compute it").await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    assert!(task["result"]["answer"].as_str().unwrap().contains("42"), "{task}");
    let kinds: Vec<_> = task["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["kind"].as_str().unwrap(), s["name"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds, [("thought", "fake-1"), ("tool", "calculator"), ("thought", "fake-1")]);
    assert_eq!(task["steps"][1]["request"]["arguments"]["expression"], "6 * 7");
    assert!(task["steps"].as_array().unwrap().iter().all(|step| step["duration_ms"].is_number()));
    assert_eq!(task["metadata"]["cost_usd"], 0.0002);
    let steps = api.storage.steps_list(&TaskId::parse("t1").unwrap(), Attempt(1), 0).await.unwrap();
    let models: Vec<_> = steps.iter().map(|step| step.result.as_ref().unwrap().model.as_deref()).collect();
    assert_eq!(
        models,
        [Some("fake/fake-1"), None, Some("fake/fake-1")],
        "who answered is what is learned of"
    );
}

#[tokio::test]
async fn parallel_calls_of_one_thought_are_steps_of_their_own() {
    let api = Harness::start().await;
    api.submit("t1", "both please").await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "completed", "{task}");
    let numbers: Vec<_> =
        task["steps"].as_array().unwrap().iter().map(|s| s["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(task["result"]["tool_calls"], 2);
}

#[tokio::test]
async fn the_model_is_told_on_whose_behalf_it_is_asked() {
    let api = Harness::start().await;
    api.submit("t1", "say hello").await;
    api.ended("t1").await;
    let asked = api.model.asked.lock()[0].clone();
    assert_eq!(
        (asked.task_id.as_str(), asked.agent_id.as_str(), asked.key.len()),
        ("t1", "general_assistant", 64)
    );
    assert_eq!(asked.body["messages"][0]["role"], "system");
}

#[tokio::test]
async fn context_reaches_the_agent_marked_as_such() {
    let api = Harness::start().await;
    let body =
        json!({ "task_id": "t1", "task": "say", "agent_id": "general_assistant", "context": { "k": 7 } });
    api.post("/agents/execute", body).await;
    api.ended("t1").await;
    let asked = api.model.asked.lock()[0].body["messages"][1]["content"].as_str().unwrap().to_owned();
    assert_eq!(asked, "say\n\n<context>\n{\"k\":7}\n</context>");
}

#[tokio::test]
async fn the_same_task_twice_runs_once() {
    let api = Harness::start().await;
    let body = json!({ "task_id": "t1", "task": "say hello", "agent_id": "tester" });
    let (_, first) = api.post("/api/v2/agents/execute", body.clone()).await;
    let again = api.request(Method::POST, "/agents/execute").json(&body).send().await.unwrap();
    assert_eq!(again.headers()["idempotent-replay"], "true");
    let (status, second) = read(again).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!((&first["metadata"]["known"], &second["metadata"]["known"]), (&json!(false), &json!(true)));
    api.ended("t1").await;
    assert_eq!(api.model.questions("t1"), 1);
}

#[tokio::test]
async fn the_same_id_with_other_content_is_a_conflict() {
    let api = Harness::start().await;
    api.submit("t1", "say hello").await;
    let other = json!({ "task_id": "t1", "task": "say goodbye", "agent_id": "general_assistant" });
    let (status, problem) = api.post("/api/v2/agents/execute", other).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("TASK_CONFLICT")));
}

#[tokio::test]
async fn an_idempotency_key_is_a_second_name() {
    let api = Harness::start().await;
    let body = json!({ "task": "say hello", "agent_id": "tester" });
    let send = async || {
        let request = api.request(Method::POST, "/api/v2/agents/execute").header("Idempotency-Key", "k-1");
        read(request.json(&body).send().await.unwrap()).await.1
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first["task_id"], second["task_id"]);
    assert_eq!(second["metadata"]["known"], true);
}

#[tokio::test]
async fn a_caller_may_wait_for_the_result() {
    let api = Harness::start().await;
    let body = json!({ "task": "say hello", "agent_id": "tester", "wait": true });
    let (status, answer) = api.post("/api/v2/agents/execute", body).await;
    assert_eq!((status, answer["status"].as_str()), (StatusCode::OK, Some("completed")));
    assert_eq!(answer["result"]["answer"], "done: say hello");
}

#[tokio::test]
async fn an_alias_is_as_good_as_the_id() {
    let api = Harness::start().await;
    let body = json!({ "task": "say hello", "agent_id": "data_scientist", "wait": true });
    let (_, answer) = api.post("/api/v2/agents/execute", body).await;
    assert_eq!(answer["metadata"]["agent_id"], "data_analyst", "{answer}");
}

#[tokio::test]
async fn an_unknown_agent_is_404_with_a_suggestion() {
    let api = Harness::start().await;
    let body = json!({ "task": "say hello", "agent_id": "data_anlyst" });
    let (status, problem) = api.post("/api/v2/agents/execute", body).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::NOT_FOUND, Some("AGENT_NOT_FOUND")));
    assert_eq!(problem["suggestion"], "data_analyst");
}

#[tokio::test]
async fn a_paused_agent_takes_no_new_tasks() {
    let api = Harness::start().await;
    api.put("/agents/tester", json!({ "status": "paused" })).await;
    let (status, problem) = api.post("/agents/execute", json!({ "task": "say", "agent_id": "tester" })).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("AGENT_PAUSED")));
}

#[tokio::test]
async fn a_model_that_cannot_fails_the_task_and_blames_nobody() {
    let api = Harness::start().await;
    api.submit("t1", "cannot do this").await;
    let task = api.ended("t1").await;
    assert_eq!(task["status"], "failed");
    let expected =
        json!({ "code": "MODEL_CANNOT", "message": "configure a language model", "blame": "nobody" });
    assert_eq!(task["error"], expected);
    assert_eq!(api.model.questions("t1"), 1, "asking again would give the same");
}

#[tokio::test]
async fn a_wrong_configuration_fails_at_once_and_blames_the_infrastructure() {
    let api = Harness::start().await;
    api.submit("t1", "unknown-model please").await;
    let task = api.ended("t1").await;
    assert_eq!(
        (task["error"]["code"].as_str(), task["error"]["blame"].as_str()),
        (Some("MODEL_UNAVAILABLE"), Some("infrastructure"))
    );
    assert_eq!(api.model.questions("t1"), 1);
}
