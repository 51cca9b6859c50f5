//! Without any key: the rules answer, say so, and refuse what they cannot do.

use serde_json::{Value, json};

use crate::support::{Service, chat, observed, read};

const NOTE: &str = "[offline provider: no language model is configured]";

#[tokio::test]
async fn a_task_is_done_through_a_tool_and_the_answer_says_by_whom() {
    let service = Service::offline().await;
    let request = chat("What is 17.5% of 2,480?", &["calculator"]);
    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    assert_eq!(response.headers()["x-provider"], "offline");
    assert_eq!(response.headers()["x-cost-usd"], "0.000000");
    let (status, first) = read(response).await;
    assert_eq!(status, 200);
    let call = &first["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(call, &json!({"name": "calculator", "arguments": "{\"expression\":\"17.5% of 2,480\"}"}));

    let next =
        observed(request, &first, &[json!({"expression": "17.5% of 2,480", "result": "434", "exact": true})]);
    let (_, last) = service.ask("/v1/chat/completions", next).await;
    assert_eq!(last["choices"][0]["message"]["content"], format!("{NOTE} 17.5% of 2,480 = 434."));
    assert_eq!((&last["provider"], &last["usage"]["cost_usd"]), (&json!("offline"), &json!(0.0)));
}

#[tokio::test]
async fn writing_is_refused_with_what_to_configure_and_nobody_is_blamed() {
    let service = Service::offline().await;
    let (status, problem) = service.ask("/v1/chat/completions", chat("Write a Python function", &[])).await;
    assert_eq!(
        (status, &problem["code"], &problem["blame"]),
        (422, &json!("MODEL_CANNOT"), &json!("nobody"))
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("OPENAI_API_KEY")
            && detail.contains("ANTHROPIC_API_KEY")
            && detail.contains("models.compatible")
    );
}

#[tokio::test]
async fn a_stream_holds_the_same_answer() {
    let service = Service::offline().await;
    let mut request = chat("Test task", &[]);
    request["stream"] = json!(true);
    request["stream_options"] = json!({"include_usage": true});
    let response = service.post("/v1/chat/completions").json(&request).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let text = response.text().await.unwrap();
    let events: Vec<&str> = text.split("\n\n").filter(|event| !event.is_empty()).collect();
    let parse = |event: &str| serde_json::from_str::<Value>(event.strip_prefix("data: ").unwrap()).unwrap();
    assert!(parse(events[0])["choices"][0]["delta"]["content"].as_str().unwrap().starts_with(NOTE));
    assert_eq!(parse(events[1])["choices"][0]["finish_reason"], "stop");
    assert_eq!(parse(events[2])["usage"]["total_tokens"], 0);
    assert_eq!(events[3..], ["data: [DONE]"]);
}

#[tokio::test]
async fn a_refusal_of_a_stream_is_a_problem_and_no_stream() {
    let service = Service::offline().await;
    let mut request = chat("Write a poem", &[]);
    request["stream"] = json!(true);
    let (status, problem) = service.ask("/v1/chat/completions", request).await;
    assert_eq!((status, &problem["code"]), (422, &json!("MODEL_CANNOT")));
}

#[tokio::test]
async fn health_tells_what_answers() {
    let service = Service::offline().await;
    let (status, health) = read(service.get("/health").send().await.unwrap()).await;
    assert_eq!((status, &health["service"]), (200, &json!("model-service")));
    assert_eq!(
        health["aliases"],
        json!({"default": "offline-rules", "fast": "offline-rules", "smart": "offline-rules"})
    );
}

#[cfg(not(feature = "local-inference"))]
#[tokio::test]
async fn a_build_without_local_models_says_so() {
    let list = r#"[{ name = "tiny", path = "/models/tiny" }]"#;
    let error = Service::refusal(&[("LIGHTNING__MODELS__LOCAL", list)]).await;
    assert!(error.contains("local-inference"), "{error}");
}
