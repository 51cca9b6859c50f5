//! What callers see when providers fail, and what nobody ever sees.

use serde_json::json;

use crate::support::{Provider, Reply, Service, chat, read};

async fn check(reply: Reply, status: u16, code: &str, blame: &str) -> serde_json::Value {
    let provider = Provider::start([reply]).await;
    let service = Service::with_openai(&provider).await;
    let (got, problem) = service.ask("/v1/chat/completions", chat("hi", &[])).await;
    assert_eq!(
        (got, &problem["code"], &problem["blame"]),
        (status, &json!(code), &json!(blame)),
        "{problem}"
    );
    assert_eq!(problem["provider"], "openai");
    assert!(!problem.to_string().contains("sk-"), "{problem}");
    problem
}

#[tokio::test]
async fn failures_have_codes_and_somebody_to_blame() {
    let error = |code: &str| json!({"error": {"message": "about sk-openai-test", "type": "x", "code": code}});
    check(Reply::Json(503, json!({})), 503, "PROVIDER_UNAVAILABLE", "infrastructure").await;
    check(Reply::Json(200, json!({"choices": []})), 503, "PROVIDER_UNAVAILABLE", "infrastructure").await;
    let problem =
        check(Reply::Json(401, error("invalid_api_key")), 422, "PROVIDER_REJECTED", "infrastructure").await;
    assert_eq!((&problem["reason"], &problem["provider_status"]), (&json!("credentials"), &json!(401)));
    let problem =
        check(Reply::Json(400, error("context_length_exceeded")), 422, "PROVIDER_REJECTED", "agent").await;
    assert_eq!(problem["reason"], "context_too_long");
    check(Reply::Json(429, error("insufficient_quota")), 422, "PROVIDER_REJECTED", "infrastructure").await;
}

#[tokio::test]
async fn a_rate_limit_tells_when_to_come_back() {
    let limited =
        Reply::With(429, &[("retry-after", "17")], json!({"error": {"code": "rate_limit_exceeded"}}));
    let provider = Provider::start([limited]).await;
    let service = Service::with_openai(&provider).await;
    let response = service.post("/v1/chat/completions").json(&chat("hi", &[])).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "17");
    let (status, problem) = read(response).await;
    assert_eq!((status, &problem["code"]), (429, &json!("PROVIDER_RATE_LIMITED")));
}

#[tokio::test]
async fn an_unknown_model_is_404_with_what_to_do() {
    let service = Service::offline().await;
    for (model, advice) in [
        ("gpt-4o", "OPENAI_API_KEY"),
        ("anthropic/claude-x", "ANTHROPIC_API_KEY"),
        ("nonsense", "GET /v1/models"),
    ] {
        let mut request = chat("hi", &[]);
        request["model"] = json!(model);
        let (status, problem) = service.ask("/v1/chat/completions", request).await;
        assert_eq!((status, &problem["code"]), (404, &json!("MODEL_UNKNOWN")));
        assert!(problem["detail"].as_str().unwrap().contains(advice), "{problem}");
    }
}

#[tokio::test]
async fn a_provider_that_keeps_failing_is_left_alone_and_health_says_so() {
    let provider = Provider::start([]).await;
    let service = Service::with_openai(&provider).await;
    for _ in 0..7 {
        service.ask("/v1/chat/completions", chat("hi", &[])).await;
    }
    assert_eq!(provider.asked().len(), 5, "the breaker opens after five failures");
    let (status, health) = read(service.get("/health").send().await.unwrap()).await;
    assert_eq!(status, 200, "the service itself works: {health}");
    assert!(health.to_string().contains("left alone"), "{health}");
    let mut offline = chat("Test task", &[]);
    offline["model"] = json!("offline-rules");
    assert_eq!(service.ask("/v1/chat/completions", offline).await.0, 200, "other providers are not affected");
}
