//! What happens when the first provider gives no answer.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat, read};

fn answer(text: &str) -> Value {
    json!({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1}})
}

/// Two servers of OpenAI's protocol; `default` means the first, which falls back to the second.
async fn two(first: &Provider, second: &Provider, more: &[(&str, &str)]) -> Service {
    let servers = format!(
        r#"[{{ name = "one", base_url = "{}", model = "m" }}, {{ name = "two", base_url = "{}", model = "m" }}]"#,
        first.url("/v1"),
        second.url("/v1")
    );
    let fallbacks = r#"[{ model = "default", then = ["two/m", "nobody/m"] }]"#;
    let pairs = [
        ("LIGHTNING__MODELS__COMPATIBLE", servers.as_str()),
        ("LIGHTNING__MODELS__FALLBACKS", fallbacks),
        ("LIGHTNING__MODELS__DEFAULT_MODEL", "one/m"),
    ];
    let pairs: Vec<_> = pairs.iter().chain(more).copied().collect();
    Service::start(&pairs).await
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_next_of_the_chain_is_asked_and_the_caller_is_told() {
    let one = Provider::start([Reply::Json(500, json!({}))]).await;
    let two_ = Provider::start([Reply::Json(200, answer("hi"))]).await;
    let service = two(&one, &two_, &[]).await;
    let response = service.post("/v1/chat/completions").json(&chat("hi", &[])).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!((header(&response, "x-provider"), header(&response, "x-tries")), ("two", "2"));
    assert!(header(&response, "x-warning").contains("one/m gave no answer (PROVIDER_UNAVAILABLE)"));
    assert!(two_.asked()[0].headers.get("x-deadline-ms").is_none(), "strangers are not told our deadlines");
}

#[tokio::test]
async fn a_refusal_that_is_the_callers_fault_goes_nowhere_else() {
    let one = Provider::start([Reply::Json(400, json!({"error": {"code": "invalid_value"}}))]).await;
    let two_ = Provider::start([Reply::Json(200, answer("hi"))]).await;
    let service = two(&one, &two_, &[]).await;
    let response = service.post("/v1/chat/completions").json(&chat("hi", &[])).send().await.unwrap();
    assert_eq!((response.status().as_u16(), header(&response, "x-blame")), (422, "agent"));
    assert_eq!((header(&response, "x-provider"), header(&response, "x-tries")), ("one", "1"));
    assert!(two_.asked().is_empty());
}

#[tokio::test]
async fn when_nobody_answers_the_error_is_that_of_the_one_who_was_asked() {
    let limited =
        Reply::With(429, &[("retry-after", "17")], json!({"error": {"code": "rate_limit_exceeded"}}));
    let (one, two_) = (Provider::start([limited]).await, Provider::start([]).await);
    let service = two(&one, &two_, &[]).await;
    let response = service.post("/v1/chat/completions").json(&chat("hi", &[])).send().await.unwrap();
    assert_eq!((header(&response, "retry-after"), header(&response, "x-tries")), ("17", "2"));
    let (status, problem) = read(response).await;
    assert_eq!(
        (status, &problem["provider"], &problem["error"]["type"]),
        (429, &json!("one"), &json!("rate_limit_error"))
    );
}

const FIRST_THEN_ERROR: &str =
    "data: {\"error\":{\"message\":\"The server had an error\",\"type\":\"server_error\"}}\n\n";
const GOOD: &str = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"42\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const CUT: &str = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"4\"},\"finish_reason\":null}]}\n\n";

#[tokio::test]
async fn a_stream_goes_elsewhere_before_its_first_piece_and_never_after() {
    let one = Provider::start([Reply::Events(FIRST_THEN_ERROR), Reply::Events(CUT)]).await;
    let two_ = Provider::start([Reply::Events(GOOD), Reply::Events(GOOD)]).await;
    let service = two(&one, &two_, &[]).await;
    let mut request = chat("hi", &[]);
    request["stream"] = json!(true);
    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    assert_eq!(header(&response, "x-provider"), "two");
    assert!(response.text().await.unwrap().ends_with("data: [DONE]\n\n"));

    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    assert_eq!(header(&response, "x-provider"), "one");
    let text = response.text().await.unwrap();
    assert!(text.contains("PROVIDER_UNAVAILABLE") && !text.contains("42"), "{text}");
    assert_eq!(two_.asked().len(), 1);
}

#[tokio::test]
async fn streams_that_are_cut_off_open_the_breaker_too() {
    let one = Provider::start(vec![Reply::Events(CUT); 3]).await;
    let two_ = Provider::start([]).await;
    let service = two(&one, &two_, &[("LIGHTNING__MODELS__BREAKER_FAILURES", "2")]).await;
    let mut request = chat("hi", &[]);
    request["stream"] = json!(true);
    for _ in 0..3 {
        service.post("/v1/chat/completions").json(&request).send().await.unwrap().text().await.unwrap();
    }
    assert_eq!(one.asked().len(), 2);
}

#[tokio::test]
async fn a_slow_first_try_is_left_for_the_next_of_the_chain() {
    let slow = || Reply::Slow(3_000, Box::new(Reply::Json(200, answer("late"))));
    for more in [("LIGHTNING__MODELS__TRY_TIMEOUT_MS", "50"), ("LIGHTNING__MODELS__HEDGE_MS", "50")] {
        let (one, two_) =
            (Provider::start([slow()]).await, Provider::start([Reply::Json(200, answer("quick"))]).await);
        let service = two(&one, &two_, &[more]).await;
        let (status, body) = service.ask("/v1/chat/completions", chat("hi", &[])).await;
        assert_eq!((status, &body["choices"][0]["message"]["content"]), (200, &json!("quick")), "{more:?}");
        assert_eq!((one.asked().len(), two_.asked().len()), (1, 1), "{more:?}");
    }
}

#[tokio::test]
async fn a_hedged_call_is_entered_for_both_providers() {
    let slow = Reply::Slow(3_000, Box::new(Reply::Json(200, answer("late"))));
    let (one, two_) =
        (Provider::start([slow]).await, Provider::start([Reply::Json(200, answer("quick"))]).await);
    let service = two(&one, &two_, &[("LIGHTNING__MODELS__HEDGE_MS", "50")]).await;
    service.ask("/v1/chat/completions", chat("hi", &[])).await;
    let costs = service.stop().await.model_costs(storage::CostGroup::Provider, None, None).await.unwrap();
    let calls: Vec<_> = costs.iter().map(|cost| (cost.group.as_str(), cost.calls, cost.errors)).collect();
    assert_eq!(calls, [("one", 1, 1), ("two", 1, 0)]);
}

#[tokio::test]
async fn one_that_refuses_is_not_asked_by_a_hedge_as_well() {
    let refusal = || Reply::With(429, &[("retry-after", "1")], json!({"error": {}}));
    let provider = Provider::start((0..8).map(|_| refusal())).await;
    let pairs = [
        ("LIGHTNING__MODELS__OPENAI_API_KEY", "sk-test"),
        ("LIGHTNING__MODELS__OPENAI_BASE_URL", &provider.url("/v1")),
        ("LIGHTNING__MODELS__RETRIES", "1"),
        ("LIGHTNING__MODELS__HEDGE_MS", "50"),
    ];
    let service = Service::start(&pairs).await;
    let (status, problem) = service.ask("/v1/chat/completions", chat("hi", &[])).await;
    assert_eq!((status, &problem["code"]), (429, &json!("PROVIDER_RATE_LIMITED")));
    assert_eq!(provider.asked().len(), 2, "a try and another after the rest it asked for");
}

#[tokio::test]
async fn a_registered_model_brings_its_own_chain() {
    let provider = Provider::start([Reply::Json(500, json!({}))]).await;
    let service = Service::with_openai(&provider).await;
    let body = json!({"id": "house", "provider": "openai", "fallbacks": ["offline-rules"]});
    assert_eq!(service.ask("/models", body).await.1["fallbacks"], json!(["offline-rules"]));
    let mut request = chat("Test task", &[]);
    request["model"] = json!("house");
    let (status, answer) = service.ask("/v1/chat/completions", request).await;
    assert_eq!((status, &answer["provider"]), (200, &json!("offline")));
}
