//! The knowledge base, as newer and as older clients use it.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Harness, read};

#[tokio::test]
async fn what_was_added_is_found_by_its_words() {
    let api = Harness::start().await;
    let item = json!({ "agent_id": "data_scientist", "content": "Machine learning needs clean data.", "tags": ["ml"] });
    let (status, added) = api.post("/api/v2/knowledge/add", item).await;
    assert_eq!((status, added["agent_id"].as_str()), (StatusCode::CREATED, Some("data_analyst")));
    let (_, hits) = api.get("/api/v2/knowledge/search?agent_id=data_scientist&query=machine+learning").await;
    assert_eq!((hits["count"].as_i64(), &hits["results"][0]["id"]), (Some(1), &added["id"]), "{hits}");
    assert_eq!(hits["results"][0]["tags"], json!(["ml"]));
    let (_, stats) = api.get("/api/v2/knowledge/stats/data_analyst").await;
    assert_eq!(stats["total_items"], 1);
}

#[tokio::test]
async fn older_clients_send_query_parameters() {
    let api = Harness::start().await;
    let path = "/api/v2/knowledge/add?agent_id=tester&category=general&content=Assert+one+thing+per+test";
    let (status, added) = read(api.request(Method::POST, path).send().await.unwrap()).await;
    assert_eq!(
        (status, added["content"].as_str()),
        (StatusCode::CREATED, Some("Assert one thing per test")),
        "{added}"
    );
}

#[tokio::test]
async fn a_removed_item_is_gone() {
    let api = Harness::start().await;
    let (_, added) =
        api.post("/api/v2/knowledge/add", json!({ "agent_id": "tester", "content": "ephemeral fact" })).await;
    let path = format!("/api/v2/knowledge/{}", added["id"].as_str().unwrap());
    assert_eq!(api.delete(&path).await.0, StatusCode::NO_CONTENT);
    assert_eq!(api.delete(&path).await.0, StatusCode::NOT_FOUND);
    assert_eq!(api.get("/api/v2/knowledge/search?query=ephemeral").await.1["count"], 0);
}

#[tokio::test]
async fn search_words_are_words_and_never_syntax() {
    let api = Harness::start().await;
    for query in ["%22", "a+AND", "NEAR(", "*", "content:x", "-", "'%3B--"] {
        let (status, hits) = api.get(&format!("/api/v2/knowledge/search?query={query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {hits}");
    }
}

#[tokio::test]
async fn knowledge_of_nobody_is_refused() {
    let api = Harness::start().await;
    let (status, _) =
        api.post("/api/v2/knowledge/add", json!({ "agent_id": "nobody", "content": "x" })).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(api.get("/api/v2/knowledge/stats/nobody").await.0, StatusCode::NOT_FOUND);
}
