//! What is recorded of calls.

use serde_json::json;
use storage::CostGroup;

use crate::support::{Provider, Reply, Service, chat, read};

#[tokio::test]
async fn every_call_is_recorded_with_task_agent_tokens_and_cost() {
    let answer = json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}], "usage": {"prompt_tokens": 82, "completion_tokens": 17}});
    let provider = Provider::start([Reply::Json(200, answer), Reply::Json(500, json!({}))]).await;
    let service = Service::with_openai(&provider).await;
    for _ in 0..2 {
        let request = service.post("/v1/chat/completions").json(&chat("hi", &[]));
        let named = request.header("X-Task-Id", "task-1").header("X-Agent-Id", "tester");
        named.send().await.unwrap();
    }
    let storage = service.stop().await;
    for (group, name) in
        [(CostGroup::Task, "task-1"), (CostGroup::Agent, "tester"), (CostGroup::Provider, "openai")]
    {
        let costs = storage.model_costs(group, None, None).await.unwrap();
        assert_eq!(costs.len(), 1);
        let cost = &costs[0];
        assert_eq!((cost.group.as_str(), cost.calls, cost.errors), (name, 2, 1));
        assert_eq!((cost.tokens_in, cost.tokens_out, cost.cost.0), (82, 17, 60));
    }
}

#[tokio::test]
async fn a_stream_whose_reader_leaves_is_recorded_all_the_same() {
    let first = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"4\"},\"finish_reason\":null}]}\n\n";
    let provider = Provider::start([Reply::Events(first)]).await;
    let service = Service::with_openai(&provider).await;
    let mut request = chat("hi", &[]);
    request["stream"] = json!(true);
    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    drop(response);
    let costs = service.stop().await.model_costs(CostGroup::Model, None, None).await.unwrap();
    assert_eq!((costs[0].calls, costs[0].errors), (1, 1));
}

#[tokio::test]
async fn costs_are_told_by_what_is_asked() {
    let service = Service::offline().await;
    let (status, body) = read(service.get("/api/v1/costs?by=day").send().await.unwrap()).await;
    assert_eq!((status, &body["by"], &body["total"]["calls"]), (200, &json!("day"), &json!(0)));
    for wrong in
        ["by=moon", "since=yesterday", "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "x=1"]
    {
        assert_eq!(
            service.get(&format!("/api/v1/costs?{wrong}")).send().await.unwrap().status(),
            422,
            "{wrong}"
        );
    }
    let (status, figures) = read(service.get("/api/v1/metrics").send().await.unwrap()).await;
    assert_eq!((status, &figures["providers"][0]["state"]), (200, &json!("ready")));
}
