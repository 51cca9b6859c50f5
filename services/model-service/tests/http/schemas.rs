//! Schemas reach the model as they were written: some models follow the order of the members in what they write.

use serde_json::json;

use crate::support::{Provider, Reply, Service};

/// Neither its members nor its numbers are what sorting and rounding would make of them.
const SCHEMA: &str =
    r#"{"type":"object","properties":{"zeal":{"type":"number","maximum":1.50},"age":{"type":"integer"}}}"#;

fn openai_answer() -> Reply {
    let choice = json!({"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"});
    Reply::Json(200, json!({"id": "c", "created": 1, "model": "m", "choices": [choice]}))
}

fn anthropic_answer() -> Reply {
    let content = json!([{"type": "text", "text": "hi"}]);
    let usage = json!({"input_tokens": 1, "output_tokens": 1});
    Reply::Json(
        200,
        json!({"id": "m", "model": "c", "content": content, "stop_reason": "end_turn", "usage": usage}),
    )
}

/// How often the schema stands in what the provider got.
async fn arrived(service: &Service, provider: &Provider, path: &str, body: String) -> usize {
    let request = service.post(path).header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.unwrap().status(), 200);
    provider.asked().remove(0).text.matches(SCHEMA).count()
}

#[tokio::test]
async fn from_every_protocol_to_openai() {
    let chat = format!(
        r#"{{"model":"default","messages":[{{"role":"user","content":"hi"}}],
            "tools":[{{"type":"function","function":{{"name":"f","parameters":{SCHEMA}}}}}],
            "response_format":{{"type":"json_schema","json_schema":{{"name":"n","schema":{SCHEMA}}}}}}}"#
    );
    let responses = format!(
        r#"{{"model":"default","input":"hi","tools":[{{"type":"function","name":"f","parameters":{SCHEMA}}}],
            "text":{{"format":{{"type":"json_schema","name":"n","schema":{SCHEMA}}}}}}}"#
    );
    let messages = format!(
        r#"{{"model":"default","max_tokens":9,"messages":[{{"role":"user","content":"hi"}}],
            "tools":[{{"name":"f","input_schema":{SCHEMA}}}]}}"#
    );
    let asked =
        [("/v1/chat/completions", chat, 2), ("/v1/responses", responses, 2), ("/v1/messages", messages, 1)];
    for (path, body, times) in asked {
        let provider = Provider::start([openai_answer()]).await;
        let service = Service::with_openai(&provider).await;
        assert_eq!(arrived(&service, &provider, path, body).await, times, "{path}");
    }
}

#[tokio::test]
async fn from_chat_completions_to_anthropic() {
    let with = |member: String| {
        format!(r#"{{"model":"default","messages":[{{"role":"user","content":"hi"}}],{member}}}"#)
    };
    let tool = format!(r#""tools":[{{"type":"function","function":{{"name":"f","parameters":{SCHEMA}}}}}]"#);
    let form = format!(
        r#""response_format":{{"type":"json_schema","json_schema":{{"name":"n","schema":{SCHEMA}}}}}"#
    );
    for member in [tool, form] {
        let provider = Provider::start([anthropic_answer()]).await;
        let service = Service::with_anthropic(&provider).await;
        assert_eq!(arrived(&service, &provider, "/v1/chat/completions", with(member)).await, 1);
    }
}
