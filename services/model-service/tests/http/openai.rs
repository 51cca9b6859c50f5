//! With an OpenAI key: what goes out and what comes back.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat};

fn answer() -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "42", "refusal": null}, "logprobs": null, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 82, "completion_tokens": 17, "total_tokens": 99}, "system_fingerprint": "fp_1"
    })
}

const STREAM: &str = concat!(
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"4\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"2\"},\"finish_reason\":\"stop\"}]}\n\n",
    "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12}}\n\n",
    "data: [DONE]\n\n",
);

#[tokio::test]
async fn the_default_is_openai_and_the_answer_carries_its_price() {
    let provider = Provider::start([Reply::Json(200, answer())]).await;
    let service = Service::with_openai(&provider).await;
    let mut request = chat("6*7?", &["calculator"]);
    request["seed"] = json!(7);
    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    assert_eq!(response.headers()["x-provider"], "openai");
    assert_eq!(response.headers()["x-model"], "gpt-4.1-mini");
    // 82 · $0.40/M + 17 · $1.60/M
    assert_eq!(response.headers()["x-cost-usd"], "0.000060");
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["system_fingerprint"], &body["provider"]), (&json!("fp_1"), &json!("openai")));
    assert_eq!(body["usage"]["cost_usd"], 0.000_06);

    let asked = provider.asked().remove(0);
    assert_eq!(asked.path, "/v1/chat/completions");
    assert_eq!(asked.headers["authorization"], "Bearer sk-openai-test");
    assert_eq!((&asked.body["model"], &asked.body["seed"]), (&json!("gpt-4.1-mini"), &json!(7)));
}

#[tokio::test]
async fn a_model_that_nobody_registered_is_asked_by_provider_and_name() {
    let provider = Provider::start([Reply::Json(200, answer())]).await;
    let service = Service::with_openai(&provider).await;
    let mut request = chat("hi", &[]);
    request["model"] = json!("openai/gpt-next");
    let (status, body) = service.ask("/v1/chat/completions", request).await;
    assert_eq!(status, 200);
    assert_eq!(body["usage"].get("cost_usd"), None, "an unknown price is not zero");
    assert_eq!(provider.asked()[0].body["model"], "gpt-next");
}

#[tokio::test]
async fn a_stream_passes_through_and_usage_comes_only_when_asked_for() {
    let provider = Provider::start([Reply::Events(STREAM), Reply::Events(STREAM)]).await;
    let service = Service::with_openai(&provider).await;
    let mut request = chat("6*7?", &[]);
    request["stream"] = json!(true);
    let text =
        service.post("/v1/chat/completions").json(&request).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("\"content\":\"4\"") && text.ends_with("data: [DONE]\n\n"), "{text}");
    assert!(!text.contains("usage"));

    request["stream_options"] = json!({"include_usage": true});
    let text =
        service.post("/v1/chat/completions").json(&request).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("\"choices\":[],\"usage\":{\"prompt_tokens\":10"), "{text}");
    assert_eq!(provider.asked()[0].body["stream_options"], json!({"include_usage": true}));
}

#[tokio::test]
async fn a_stream_that_breaks_ends_with_an_error_and_without_done() {
    let cut = STREAM.split_once("data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"2\"}").unwrap().0;
    let provider = Provider::start([Reply::Events(cut)]).await;
    let service = Service::with_openai(&provider).await;
    let mut request = chat("6*7?", &[]);
    request["stream"] = json!(true);
    let text =
        service.post("/v1/chat/completions").json(&request).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("\"code\":\"PROVIDER_UNAVAILABLE\"") && !text.contains("[DONE]"), "{text}");
}
