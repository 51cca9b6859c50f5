//! Answers that are kept.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, chat};

fn answer(text: &str) -> Value {
    json!({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0}})
}

async fn ask(service: &Service, change: Value, wish: Option<&str>) -> (String, String, String) {
    let mut request = chat("hi", &[]);
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let mut sent = service.post("/v1/chat/completions").json(&request);
    if let Some(wish) = wish {
        sent = sent.header("X-Cache", wish);
    }
    let response = sent.send().await.unwrap();
    let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
    let (cached, cost) = (header("x-cache"), header("x-cost-usd"));
    let body: Value = response.json().await.unwrap();
    (body["choices"][0]["message"]["content"].as_str().unwrap().to_owned(), cached, cost)
}

fn told(text: &str, cached: &str, cost: &str) -> (String, String, String) {
    (text.to_owned(), cached.to_owned(), cost.to_owned())
}

#[tokio::test]
async fn only_temperature_zero_and_wishes_are_kept_and_every_difference_counts() {
    let texts = ["1", "2", "3", "4", "5", "6", "7", "8"];
    let provider = Provider::start(texts.map(|text| Reply::Json(200, answer(text)))).await;
    let service = Service::with_openai(&provider).await;
    let zero = || json!({"temperature": 0});
    assert_eq!(ask(&service, zero(), None).await, told("1", "miss", "0.400000"));
    assert_eq!(ask(&service, zero(), None).await, told("1", "hit", "0.000000"));
    assert_eq!(
        ask(&service, json!({"temperature": 0, "seed": 7}), None).await,
        told("2", "miss", "0.400000")
    );
    assert_eq!(ask(&service, zero(), Some("bypass")).await, told("3", "", "0.400000"));
    assert_eq!(ask(&service, json!({}), None).await, told("4", "", "0.400000"));
    assert_eq!(ask(&service, json!({}), None).await, told("5", "", "0.400000"));
    assert_eq!(ask(&service, json!({}), Some("use")).await, told("6", "miss", "0.400000"));
    assert_eq!(ask(&service, json!({}), Some("use")).await, told("6", "hit", "0.000000"));
    assert_eq!(provider.asked().len(), 6);
    let costs = service.stop().await.model_costs(storage::CostGroup::Model, None, None).await.unwrap();
    assert_eq!((costs[0].calls, costs[0].cost.0), (8, 6 * 400_000));
}

#[tokio::test]
async fn failures_are_not_kept() {
    let provider = Provider::start([Reply::Json(500, json!({})), Reply::Json(200, answer("good"))]).await;
    let service = Service::with_openai(&provider).await;
    let mut request = chat("hi", &[]);
    request["temperature"] = json!(0);
    assert_eq!(service.ask("/v1/chat/completions", request.clone()).await.0, 503);
    assert_eq!(service.ask("/v1/chat/completions", request).await.0, 200);
}
