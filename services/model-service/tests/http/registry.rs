//! `/models` and `/v1/models`.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat, read};

async fn names(service: &Service) -> Vec<String> {
    let (_, list) = read(service.get("/v1/models").send().await.unwrap()).await;
    list["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn only_models_that_can_be_asked_are_listed() {
    let service = Service::offline().await;
    assert_eq!(names(&service).await, ["default", "fast", "smart", "hashed-ngram", "offline-rules"]);
    let (_, all) = read(service.get("/models").send().await.unwrap()).await;
    let gpt: Vec<&Value> = all["items"].as_array().unwrap().iter().filter(|m| m["id"] == "gpt-4o").collect();
    assert_eq!((&gpt[0]["available"], &gpt[0]["source"]), (&json!(false), &json!("catalog")));
}

#[tokio::test]
async fn a_registered_model_takes_over_an_alias_and_its_price_counts() {
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}], "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0}});
    let provider = Provider::start([Reply::Json(200, answer)]).await;
    let service = Service::with_openai(&provider).await;
    let body = json!({"id": "house", "provider": "openai", "name": "gpt-x", "aliases": ["default"],
        "input_usd_per_million": 3.5, "output_usd_per_million": 7});
    let (status, created) = service.ask("/models", body.clone()).await;
    assert_eq!((status, &created["source"]), (201, &json!("registry")));
    assert_eq!(service.ask("/models", body).await.0, 409);

    let (_, body) = service.ask("/v1/chat/completions", chat("hi", &[])).await;
    assert_eq!(body["usage"]["cost_usd"], 3.5);
    assert_eq!(provider.asked()[0].body["model"], "gpt-x");
}

#[tokio::test]
async fn models_are_changed_switched_off_and_deleted() {
    let service = Service::offline().await;
    let switched_off = json!({"provider": "offline", "enabled": false});
    let sent = service.put("/models/offline-rules").json(&switched_off).send().await.unwrap();
    assert_eq!(read(sent).await.0, 200);
    let (status, problem) = service.ask("/v1/chat/completions", chat("Test task", &[])).await;
    assert_eq!(status, 404);
    assert!(problem["detail"].as_str().unwrap().contains("switched off"));

    assert_eq!(service.delete("/models/offline-rules").send().await.unwrap().status(), 204);
    assert_eq!(service.ask("/v1/chat/completions", chat("Test task", &[])).await.0, 200);
    assert_eq!(service.delete("/models/offline-rules").send().await.unwrap().status(), 409);
    assert_eq!(service.delete("/models/none").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_name_means_one_model_only() {
    let service = Service::offline().await;
    let body = |id: &str, aliases: Value| json!({"id": id, "provider": "offline", "aliases": aliases});
    assert_eq!(service.ask("/models", body("a", json!(["x"]))).await.0, 201);
    let (status, problem) = service.ask("/models", body("b", json!(["x"]))).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("aliases[0]")));
    assert_eq!(service.ask("/models", body("x", json!([]))).await.0, 422);
}

#[tokio::test]
async fn a_model_with_a_slash_is_found_by_its_escaped_id() {
    let service = Service::offline().await;
    let sent =
        service.put("/models/house%2Fmodel").json(&json!({"provider": "offline", "name": "offline-rules"}));
    assert_eq!(read(sent.send().await.unwrap()).await.1["id"], "house/model");
    let (status, found) = read(service.get("/v1/models/house%2Fmodel").send().await.unwrap()).await;
    assert_eq!((status, &found["owned_by"]), (200, &json!("offline")));
}
