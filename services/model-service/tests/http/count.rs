//! `POST /v1/messages/count_tokens`: who counts, and how it is said.

use serde_json::{Value, json};

use crate::support::{Provider, Reply, Service, read};

const PATH: &str = "/v1/messages/count_tokens";

fn request() -> Value {
    json!({"model": "default", "system": "be exact", "messages": [{"role": "user", "content": "x".repeat(300)}],
        "tools": [{"name": "calc", "input_schema": {"type": "object"}}]})
}

async fn counted(service: &Service, request: &Value) -> (u64, String, Vec<String>) {
    let response = service.post(PATH).header("anthropic-beta", "a-1").json(request).send().await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    let by = header("x-token-count");
    let warnings =
        response.headers().get_all("x-warning").iter().map(|w| w.to_str().unwrap().to_owned()).collect();
    let (status, body) = read(response).await;
    assert_eq!((status, body.as_object().unwrap().len()), (200, 1), "{body}");
    (body["input_tokens"].as_u64().unwrap(), by, warnings)
}

#[tokio::test]
async fn anthropic_is_asked_for_its_own_count() {
    let provider = Provider::start([Reply::Json(200, json!({"input_tokens": 77}))]).await;
    let service = Service::with_anthropic(&provider).await;
    let mut request = request();
    request["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    assert_eq!(counted(&service, &request).await, (77, "provider".to_owned(), vec![]));
    let asked = provider.asked().remove(0);
    request["model"] = asked.body["model"].clone();
    assert!(request["model"].as_str().unwrap().starts_with("claude-"));
    assert_eq!((asked.path.as_str(), &asked.body), (PATH, &request));
    assert_eq!(
        (&asked.headers["anthropic-beta"], &asked.headers["x-api-key"]),
        (&"a-1".parse().unwrap(), &"sk-ant-test".parse().unwrap())
    );
    let costs = service.stop().await.model_costs(storage::CostGroup::Model, None, None).await.unwrap();
    assert!(costs.is_empty(), "counting is no call of a model");
}

#[tokio::test]
async fn for_others_an_estimate_says_that_it_is_one() {
    let provider = Provider::start([]).await;
    let service = Service::with_openai(&provider).await;
    let (tokens, by, warnings) = counted(&service, &request()).await;
    assert!((100..200).contains(&tokens), "{tokens}");
    assert_eq!(by, "estimate");
    assert_eq!(warnings, ["input_tokens is an estimate: the provider openai does not count tokens"]);
    assert!(provider.asked().is_empty());
}

#[tokio::test]
async fn what_could_not_be_asked_is_not_counted() {
    let service = Service::offline().await;
    for (name, value, field) in [
        ("messages", Value::Null, "messages"),
        ("thinking", json!({"type": "adaptive"}), "thinking"),
        ("model", json!("a b"), "model"),
    ] {
        let mut request = request();
        request[name] = value;
        let (status, problem) = service.ask(PATH, request).await;
        assert_eq!((status, &problem["error"]["param"]), (422, &json!(field)), "{problem}");
    }
}

#[tokio::test]
async fn a_providers_refusal_is_told() {
    let refusal =
        json!({"type": "error", "error": {"type": "authentication_error", "message": "about sk-ant-test"}});
    let provider = Provider::start([Reply::Json(401, refusal)]).await;
    let service = Service::with_anthropic(&provider).await;
    let (status, problem) = service.ask(PATH, request()).await;
    assert_eq!((status, &problem["reason"], &problem["tries"]), (422, &json!("credentials"), &json!(1)));
    assert!(!problem.to_string().contains("sk-ant-test"));
}
