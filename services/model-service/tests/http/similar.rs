//! Kept answers for requests that are nearly the same, where the configuration wants them.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, read};

const ASKED: &str = "How do I roll back the last deployment of the payment service?";
const NEARLY: &str = "how do I roll back the latest deployment of the payment service";
const OTHER: &str = "How do I scale the payment service to more machines?";

fn answers() -> Vec<Reply> {
    let answer = |n: usize| {
        json!({"id": format!("a{n}"), "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": format!("answer {n}")}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}})
    };
    (1..=12).map(|n| Reply::Json(200, answer(n))).collect()
}

async fn start(provider: &Provider, more: &[(&str, &str)]) -> Service {
    let base = provider.url("/v1");
    let mut pairs = vec![
        ("OPENAI_API_KEY", "sk-openai-test"),
        ("OPENAI_BASE_URL", base.as_str()),
        ("LIGHTNING__MODELS__SEMANTIC_CACHE__ENABLED", "true"),
        ("LIGHTNING__MODELS__SEMANTIC_CACHE__THRESHOLD", "0.8"),
    ];
    pairs.extend(more);
    Service::start(&pairs).await
}

fn asking(text: &str, change: Value) -> Value {
    let mut request = json!({"model": "default", "temperature": 0, "messages": [
        {"role": "system", "content": "be brief"}, {"role": "user", "content": text}]});
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    request
}

/// The answer and the headers about keeping.
async fn asked(
    service: &Service,
    request: &Value,
    headers: &[(&str, &str)],
) -> (String, String, Option<f32>) {
    let sent =
        headers.iter().fold(service.post("/v1/chat/completions").json(request), |sent, (name, value)| {
            sent.header(*name, *value)
        });
    let response = sent.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (cached, similarity) = (header("x-cache").unwrap_or_default(), header("x-cache-similarity"));
    let (_, body) = read(response).await;
    let text = body["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    (text, cached, similarity.map(|text| text.parse().unwrap()))
}

#[tokio::test]
async fn a_paraphrase_is_given_the_answer_and_told_how_similar_it_is() {
    let provider = Provider::start(answers()).await;
    let service = start(&provider, &[]).await;
    assert_eq!(
        asked(&service, &asking(ASKED, json!({})), &[]).await,
        ("answer 1".to_owned(), "miss".to_owned(), None)
    );
    let (text, cached, similarity) = asked(&service, &asking(NEARLY, json!({})), &[]).await;
    assert_eq!((text.as_str(), cached.as_str()), ("answer 1", "similar"));
    assert!((0.8..1.0).contains(&similarity.unwrap()), "{similarity:?}");
    let (text, cached, _) = asked(&service, &asking(OTHER, json!({})), &[]).await;
    assert_eq!((text.as_str(), cached.as_str()), ("answer 2", "miss"), "below the threshold");
    assert_eq!(
        asked(&service, &asking(ASKED, json!({})), &[]).await.1,
        "hit",
        "the same request is no similar one"
    );
    let metrics = service.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"model_kept_answers_total{outcome="similar"}"#), "{metrics}");
}

#[tokio::test]
async fn a_stream_may_be_similar_too() {
    let provider = Provider::start(answers()).await;
    let service = start(&provider, &[]).await;
    asked(&service, &asking(ASKED, json!({})), &[]).await;
    let request = asking(NEARLY, json!({"stream": true}));
    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    assert_eq!(response.headers()["x-cache"], "similar");
    assert!(response.text().await.unwrap().contains("answer 1"));
}

#[tokio::test]
async fn whoever_differs_in_anything_else_is_not_similar() {
    let provider = Provider::start(answers()).await;
    let service = start(&provider, &[]).await;
    asked(&service, &asking(ASKED, json!({})), &[]).await;
    let tool = json!([{"type": "function", "function": {"name": "calc"}}]);
    for change in [
        json!({"model": "gpt-4.1"}),
        json!({"tools": tool}),
        json!({"seed": 7}),
        json!({"response_format": {"type": "json_object"}}),
        json!({"messages": [{"role": "system", "content": "be long"}, {"role": "user", "content": NEARLY}]}),
        json!({"messages": [{"role": "user", "content": NEARLY}]}),
    ] {
        assert_eq!(asked(&service, &asking(NEARLY, change.clone()), &[]).await.1, "miss", "{change}");
    }
    assert_eq!(asked(&service, &asking(NEARLY, json!({})), &[("X-Tenant", "acme")]).await.1, "miss");
    assert_eq!(
        asked(&service, &asking(&format!("{NEARLY} 2"), json!({})), &[]).await.1,
        "miss",
        "numbers must be the same"
    );
    assert_eq!(
        asked(&service, &asking(&format!("{NEARLY}, please"), json!({})), &[("X-Cache", "same")]).await.1,
        "miss"
    );
    assert_eq!(
        asked(&service, &asking(&format!("{NEARLY}, please"), json!({"temperature": 1})), &[]).await.1,
        ""
    );
}

#[tokio::test]
async fn conversations_with_observations_or_pictures_are_never_similar() {
    let provider = Provider::start(answers()).await;
    let service = start(&provider, &[]).await;
    let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "calc", "arguments": "{}"}}]});
    let observed = |text: &str| json!([call, {"role": "tool", "tool_call_id": "a", "content": "42"}, {"role": "user", "content": text}]);
    let picture = |text: &str| json!([{"role": "user", "content": [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]}]);
    for messages in [observed(ASKED), observed(NEARLY), picture(ASKED), picture(NEARLY)] {
        assert_eq!(asked(&service, &asking("", json!({"messages": messages})), &[]).await.1, "miss");
    }
}

#[tokio::test]
async fn it_is_off_unless_it_is_asked_for() {
    let provider = Provider::start(answers()).await;
    let service = Service::with_openai(&provider).await;
    asked(&service, &asking(ASKED, json!({})), &[]).await;
    assert_eq!(asked(&service, &asking(NEARLY, json!({})), &[]).await.1, "miss");
}

#[tokio::test]
async fn vectors_may_come_from_a_provider_and_their_failure_keeps_nobody_from_an_answer() {
    let vector = |x: f32, y: f32| {
        Reply::Json(200, json!({"data": [{"index": 0, "embedding": [x, y]}], "usage": {"prompt_tokens": 3}}))
    };
    let mut replies = answers().into_iter();
    let mut answer = || replies.next().unwrap();
    let failure = Reply::Json(500, json!({}));
    let provider = Provider::start([
        vector(2.0, 0.0),
        answer(),
        vector(4.0, 0.5),
        vector(0.0, 1.0),
        answer(),
        failure,
        answer(),
    ])
    .await;
    let service =
        start(&provider, &[("LIGHTNING__MODELS__SEMANTIC_CACHE__MODEL", "text-embedding-3-small")]).await;
    let mut seen = Vec::new();
    for text in ["one thing", "the same in quite other words", "another", "and more"] {
        let (text, cached, _) = asked(&service, &asking(text, json!({})), &[]).await;
        seen.push((text, cached));
    }
    let expected =
        [("answer 1", "miss"), ("answer 1", "similar"), ("answer 2", "miss"), ("answer 3", "miss")];
    assert_eq!(seen, expected.map(|(text, cached)| (text.to_owned(), cached.to_owned())));
    assert_eq!(provider.asked()[0].body["input"], json!(["one thing"]));
}

#[tokio::test]
async fn settings_that_mean_nothing_are_refused() {
    let refusal = |name: &'static str, value: &'static str| async move {
        let name = format!("LIGHTNING__MODELS__{name}");
        Service::refusal(&[(name.as_str(), value), ("LIGHTNING__MODELS__SEMANTIC_CACHE__ENABLED", "true")])
            .await
    };
    assert!(refusal("SEMANTIC_CACHE__THRESHOLD", "1.5").await.contains("models.semantic_cache.threshold"));
    assert!(refusal("CACHE_MAX_BYTES", "0").await.contains("models.semantic_cache.enabled"));
}
