//! The native API.

use serde_json::json;

use crate::support::Service;

#[tokio::test]
async fn a_prompt_is_answered_with_provider_usage_and_cost() {
    let service = Service::offline().await;
    let (status, body) =
        service.ask("/api/v1/inference", json!({"prompt": "Test task", "task_id": "t1"})).await;
    assert_eq!(status, 200);
    assert!(body["answer"].as_str().unwrap().contains("Self-test"));
    assert_eq!((&body["provider"], &body["model"]), (&json!("offline"), &json!("offline-rules")));
    assert_eq!(
        (&body["usage"], &body["cost_usd"]),
        (&json!({"input_tokens": 0, "output_tokens": 0}), &json!(0.0))
    );
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_each_failure_its_problem() {
    let service = Service::offline().await;
    let requests =
        json!([{"prompt": "Test task"}, {"prompt": "Write a poem"}, {"prompt": "x", "model": "nope"}]);
    let (status, body) = service.ask("/api/v1/inference/batch", json!({"requests": requests})).await;
    let statuses: Vec<_> =
        body["results"].as_array().unwrap().iter().map(|r| r["status"].as_u64().unwrap()).collect();
    assert_eq!((status, statuses), (200, vec![200, 422, 404]));
    assert_eq!(body["results"][1]["problem"]["code"], "MODEL_CANNOT");
}
