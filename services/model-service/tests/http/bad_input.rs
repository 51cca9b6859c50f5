//! Requests that are wrong get a problem that names the field.

use serde_json::{Value, json};

use crate::support::{Service, read};

async fn check(service: &Service, path: &str, body: Value, status: u16, field: &str) {
    let (got, problem) = service.ask(path, body.clone()).await;
    assert_eq!(got, status, "{path} {body} → {problem}");
    let named = problem["errors"].as_array().is_some_and(|errors| errors.iter().any(|e| e["field"] == field));
    assert!(named || field.is_empty(), "{field} in {problem}");
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let service = Service::offline().await;
    let chat = "/v1/chat/completions";
    check(&service, chat, json!({}), 422, "messages").await;
    check(&service, chat, json!({"messages": []}), 422, "messages").await;
    check(&service, chat, json!({"messages": [{"role": "wizard", "content": "x"}]}), 422, "messages[0].role")
        .await;
    check(
        &service,
        chat,
        json!({"messages": [{"role": "user", "content": "x"}], "temperature": 9}),
        422,
        "temperature",
    )
    .await;
    check(&service, "/api/v1/inference", json!({}), 422, "prompt").await;
    check(&service, "/api/v1/inference", json!({"prompt": "x", "task_id": "a b"}), 422, "task_id").await;
    check(&service, "/api/v1/inference/batch", json!({"requests": []}), 422, "requests").await;
    check(&service, "/api/v1/inference/batch", json!({"requests": [{}]}), 422, "requests[0].prompt").await;
    check(&service, "/v1/embeddings", json!({"input": [1, 2]}), 422, "").await;
    check(&service, "/v1/embeddings", json!({"input": "x", "dimensions": 0}), 422, "dimensions").await;
    check(&service, "/v1/messages", json!({"model": "default", "messages": []}), 422, "max_tokens").await;
    check(&service, "/models", json!({"id": "default", "provider": "openai"}), 422, "id").await;
    check(&service, "/models", json!({"id": "m", "provider": "nobody"}), 422, "provider").await;
    check(
        &service,
        "/models",
        json!({"id": "m", "provider": "openai", "input_usd_per_million": 1}),
        422,
        "output_usd_per_million",
    )
    .await;
}

#[tokio::test]
async fn a_wrong_header_is_named() {
    let service = Service::offline().await;
    let request = json!({"messages": [{"role": "user", "content": "Test task"}]});
    let sent =
        service.post("/v1/chat/completions").header("X-Task-Id", "a b").json(&request).send().await.unwrap();
    let (status, problem) = read(sent).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("X-Task-Id")));
}

#[tokio::test]
async fn what_is_no_json_is_refused_and_the_service_goes_on() {
    let service = Service::offline().await;
    for (body, status) in [("{", 400), ("", 400), ("\u{0}", 400)] {
        let sent = service.post("/v1/chat/completions").header("content-type", "application/json").body(body);
        assert_eq!(read(sent.send().await.unwrap()).await.0, status, "{body:?}");
    }
    assert_eq!(read(service.get("/health").send().await.unwrap()).await.0, 200);
}
