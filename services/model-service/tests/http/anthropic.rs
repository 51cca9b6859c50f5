//! Anthropic behind us, and Anthropic's clients before us.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat};

fn message() -> Value {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5-20250929",
        "content": [{"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "toolu_1", "name": "calculator", "input": {"expression": "6*7"}}],
        "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 100, "output_tokens": 20}
    })
}

#[tokio::test]
async fn an_openai_request_is_answered_by_anthropic() {
    let provider = Provider::start([Reply::Json(200, message())]).await;
    let service = Service::with_anthropic(&provider).await;
    let (status, body) = service.ask("/v1/chat/completions", chat("6*7?", &["calculator"])).await;
    assert_eq!((status, &body["provider"]), (200, &json!("anthropic")));
    assert_eq!(body["choices"][0]["finish_reason"], "tool_calls");
    assert_eq!(
        body["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"],
        "{\"expression\":\"6*7\"}"
    );
    assert_eq!(body["usage"]["cost_usd"], 0.000_6);
    let asked = provider.asked().remove(0);
    assert_eq!((asked.path.as_str(), &asked.body["model"]), ("/v1/messages", &json!("claude-sonnet-4-6")));
    assert_eq!(asked.headers["x-api-key"], "sk-ant-test");
}

#[tokio::test]
async fn an_anthropic_request_is_answered_in_anthropics_words() {
    let provider = Provider::start([Reply::Json(200, message())]).await;
    let service = Service::with_anthropic(&provider).await;
    let request = json!({
        "model": "default", "max_tokens": 64, "system": "be exact",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "6*7?"}]}],
        "tools": [{"name": "calculator", "input_schema": {"type": "object"}}]
    });
    let (status, body) = service.ask("/v1/messages", request).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["type"], &body["stop_reason"]), (&json!("message"), &json!("tool_use")));
    assert_eq!(body["content"], message()["content"]);
    assert_eq!(body["usage"], json!({"input_tokens": 100, "output_tokens": 20}));
    assert_eq!(provider.asked()[0].body["system"], "be exact");
}

#[tokio::test]
async fn the_rules_answer_anthropics_clients_too() {
    let service = Service::offline().await;
    let request =
        json!({"model": "default", "max_tokens": 64, "messages": [{"role": "user", "content": "Test task"}]});
    let (status, body) = service.ask("/v1/messages", request).await;
    assert_eq!((status, &body["stop_reason"]), (200, &json!("end_turn")));
    assert!(body["content"][0]["text"].as_str().unwrap().contains("no language model"));
}
