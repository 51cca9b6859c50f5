//! Calls and tokens in a minute.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat, read};

fn answer(tokens: u64) -> Value {
    json!({"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": tokens, "completion_tokens": 0}})
}

async fn service(provider: &Provider, limits: &str, more: &[(&str, &str)]) -> Service {
    let base = provider.url("/v1");
    let pairs = [
        ("OPENAI_API_KEY", "sk-test"),
        ("OPENAI_BASE_URL", base.as_str()),
        ("LIGHTNING__MODELS__RATE_LIMITS", limits),
    ];
    let pairs: Vec<_> = pairs.iter().chain(more).copied().collect();
    Service::start(&pairs).await
}

#[tokio::test]
async fn a_key_that_asks_too_often_waits() {
    let provider = Provider::start(vec![Reply::Json(200, answer(1)); 2]).await;
    let service = service(&provider, r#"[{ key = "*", requests_per_min = 2 }]"#, &[]).await;
    for _ in 0..2 {
        assert_eq!(service.ask("/v1/chat/completions", chat("hi", &[])).await.0, 200);
    }
    let response = service.post("/v1/chat/completions").json(&chat("hi", &[])).send().await.unwrap();
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(read(response).await.1["code"], "RATE_LIMITED");
    assert_eq!(provider.asked().len(), 2);
}

#[tokio::test]
async fn tokens_count_by_what_was_used() {
    let provider = Provider::start([Reply::Json(200, answer(10)), Reply::Json(200, answer(100_000))]).await;
    let service = service(&provider, r#"[{ key = "*", tokens_per_min = 5000 }]"#, &[]).await;
    let statuses = [200, 200, 429];
    for status in statuses {
        // Each might come to 4,096 tokens and more.
        assert_eq!(service.ask("/v1/chat/completions", chat("hi", &[])).await.0, status);
    }
}

#[tokio::test]
async fn a_provider_at_its_limit_is_passed_over_for_the_next() {
    let provider = Provider::start([Reply::Json(200, answer(1))]).await;
    let fallbacks = r#"[{ model = "default", then = ["offline-rules"] }]"#;
    let limits = r#"[{ provider = "openai", requests_per_min = 1 }]"#;
    let service = service(&provider, limits, &[("LIGHTNING__MODELS__FALLBACKS", fallbacks)]).await;
    for name in ["openai", "offline"] {
        let (status, body) = service.ask("/v1/chat/completions", chat("Test task", &[])).await;
        assert_eq!((status, &body["provider"]), (200, &json!(name)));
    }
    let mut straight = chat("hi", &[]);
    straight["model"] = json!("gpt-4.1");
    let (status, problem) = service.ask("/v1/chat/completions", straight).await;
    assert_eq!((status, &problem["code"]), (429, &json!("PROVIDER_RATE_LIMITED")));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("models.rate_limits"), "the provider is not to blame: {detail}");
}
