//! The agent designer.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::Harness;

#[tokio::test]
async fn a_fresh_install_has_a_roster() {
    let api = Harness::start().await;
    let (_, roster) = api.get("/agents").await;
    let agents = roster["agents"].as_array().unwrap();
    assert!(agents.len() >= 8 && roster["count"] == agents.len());
    for member in ["id", "name", "model", "specialization", "status"] {
        assert!(agents.iter().all(|agent| agent[member].is_string()), "{member}");
    }
    assert_eq!(api.get("/api/v2/agents/list").await.1, roster);
}

#[tokio::test]
async fn every_edit_makes_a_revision_and_none_is_lost() {
    let api = Harness::start().await;
    let (status, made) =
        api.post("/agents", json!({ "id": "poet", "name": "Poet", "tools": ["calculator"] })).await;
    assert_eq!(
        (status, made["revision"].as_i64(), made["model"].as_str()),
        (StatusCode::CREATED, Some(1), Some("default"))
    );
    let (_, edited) = api.put("/agents/poet", json!({ "system_prompt": "rhyme" })).await;
    assert_eq!((edited["revision"].as_i64(), edited["name"].as_str()), (Some(2), Some("Poet")));
    let (_, all) = api.get("/agents/poet/revisions").await;
    let prompts: Vec<_> =
        all["revisions"].as_array().unwrap().iter().map(|r| r["revision"].as_i64().unwrap()).collect();
    assert_eq!((prompts, all["count"].as_i64()), (vec![2, 1], Some(2)));
}

#[tokio::test]
async fn an_edit_that_changes_nothing_makes_no_revision() {
    let api = Harness::start().await;
    let (_, before) = api.get("/agents/tester").await;
    let (_, after) = api.put("/agents/tester", json!({ "name": before["name"] })).await;
    assert_eq!(after["revision"], before["revision"]);
}

#[tokio::test]
async fn an_edit_of_a_stale_revision_is_refused() {
    let api = Harness::start().await;
    let (status, problem) = api.put("/agents/tester", json!({ "name": "T", "expected_revision": 99 })).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("AGENT_CHANGED")));
}

#[tokio::test]
async fn a_running_task_stays_on_its_revision() {
    let api = Harness::start().await;
    api.submit("t1", "hang").await;
    api.model.asked_times("t1", 1).await;
    let (_, edited) = api.put("/agents/general_assistant", json!({ "system_prompt": "changed" })).await;
    api.model.release.add_permits(1);
    let task = api.ended("t1").await;
    assert_eq!(task["result"]["agent_revision"], 1);
    api.submit("t2", "say hello").await;
    assert_eq!(api.ended("t2").await["result"]["agent_revision"], edited["revision"]);
    let asked = api.model.asked.lock().last().unwrap().body["messages"][0]["content"].clone();
    assert_eq!(asked, "changed");
}

#[tokio::test]
async fn a_deleted_agent_is_gone_and_its_history_stays() {
    let api = Harness::start().await;
    let (status, gone) = api.delete("/agents/tester").await;
    assert_eq!((status, gone["status"].as_str()), (StatusCode::OK, Some("deleted")));
    assert_eq!(api.get("/agents/tester").await.0, StatusCode::NOT_FOUND);
    assert_eq!(api.delete("/agents/tester").await.0, StatusCode::NOT_FOUND);
    assert_eq!(api.get("/agents/tester/revisions").await.1["count"], 1);
}

#[tokio::test]
async fn an_id_is_given_once() {
    let api = Harness::start().await;
    let (status, problem) = api.post("/agents", json!({ "id": "tester", "name": "T" })).await;
    assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("AGENT_EXISTS")));
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_and_named() {
    let api = Harness::start().await;
    let check = async |body: Value, field: &str| {
        let (status, problem) = api.post("/agents", body).await;
        assert_eq!(
            (status, problem["errors"][0]["field"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(field)),
            "{problem}"
        );
    };
    check(json!({ "name": "A" }), "id").await;
    check(json!({ "id": "a b", "name": "A" }), "id").await;
    check(json!({ "id": "a" }), "name").await;
    check(json!({ "id": "a", "name": " " }), "name").await;
    check(json!({ "id": "a", "name": "A", "tools": ["calculator", "teleport"] }), "tools[1]").await;
    check(json!({ "id": "a", "name": "A", "aliases": ["no spaces"] }), "aliases[0]").await;
    check(json!({ "id": "a", "name": "A", "config": { "limits": { "max_steps": "many" } } }), "config").await;
    check(json!({ "id": "a", "name": "A", "status": "deleted" }), "status").await;
    check(json!({ "id": "a", "name": "A", "system_prompt": "x".repeat(20_001) }), "system_prompt").await;
}
