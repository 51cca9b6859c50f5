//! Against recorded bytes of the Messages API.

use futures::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use service_api::chat::{ChatChunk, FinishReason};

use super::super::Notes;
use super::super::fixture_server::{FixtureServer, Reply, events, json as reply};
use super::*;

const ANSWER: &str = r#"{
  "id": "msg_01Aq9w938a90dw8q", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
  "content": [
    {"type": "thinking", "thinking": "hm", "signature": "EqQB"},
    {"type": "text", "text": "I'll calculate."},
    {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": "calculator", "input": {"expression": "6*7"}}
  ],
  "stop_reason": "tool_use", "stop_sequence": null,
  "usage": {"input_tokens": 10, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 7, "output_tokens": 89, "service_tier": "standard"}
}"#;

const STREAM: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_014p7gG3wDgGV9EUtLvnow3U","type":"message","role":"assistant","model":"claude-sonnet-4-5","stop_sequence":null,"usage":{"input_tokens":472,"output_tokens":2},"content":[],"stop_reason":null}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Okay"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"calculator","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"expression\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"6*7\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

"#;
const END: &str = r#"event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}

event: message_stop
data: {"type":"message_stop"}

"#;

fn call() -> Call {
    let request = json!({"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "6*7?"}]});
    Call {
        request: serde_json::from_value(request).unwrap(),
        deadline: None,
        now: 42,
        notes: Notes::default(),
    }
}

async fn provider(replies: Vec<Reply>) -> (FixtureServer, Anthropic) {
    let server = FixtureServer::start(replies).await;
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("x-api-key"), HeaderValue::from_static("sk-ant-test"));
    headers.insert(HeaderName::from_static("anthropic-version"), HeaderValue::from_static(VERSION));
    let provider = Anthropic::new(server.upstream(headers, 0), 4096);
    (server, provider)
}

async fn streamed(reply: Reply) -> Vec<Result<ChatChunk, ProviderError>> {
    let (_server, provider) = provider(vec![reply]).await;
    provider.stream(call()).await.unwrap().collect().await
}

#[tokio::test]
async fn an_answer_with_tools_is_translated() {
    let (server, provider) = provider(vec![reply("200 OK", "", ANSWER)]).await;
    let answer = provider.chat(call()).await.unwrap();
    let message = answer.message().unwrap();
    assert_eq!(message.text(), "I'll calculate.");
    assert_eq!(message.tool_calls[0].id, "toolu_01A09q90qw90lq917835lq9");
    assert_eq!(message.tool_calls[0].function.arguments, r#"{"expression":"6*7"}"#);
    assert_eq!(answer.choices[0].finish_reason, Some(FinishReason::ToolCalls));
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (20, 89, 109));
    assert_eq!(answer.created, 42);

    let seen = server.seen().remove(0);
    assert!(
        seen.head.contains("x-api-key: sk-ant-test") && seen.head.contains("anthropic-version: 2023-06-01")
    );
    let content = json!([{"type": "text", "text": "6*7?"}]);
    let expected = json!({"model": "claude-sonnet-4-5", "max_tokens": 4096, "messages": [{"role": "user", "content": content}]});
    assert_eq!(seen.body, expected);
}

#[tokio::test]
async fn a_stream_with_tools_is_translated() {
    let chunks = streamed(Reply::Bytes(events(&format!("{STREAM}{END}"), true))).await;
    let chunks: Vec<ChatChunk> = chunks.into_iter().map(Result::unwrap).collect();
    let deltas: Vec<_> = chunks.iter().map(|chunk| &chunk.choices[0].delta).collect();
    let text: String = deltas.iter().filter_map(|delta| delta.content.as_deref()).collect();
    assert_eq!(text, "Okay");
    let calls: Vec<_> = deltas.iter().flat_map(|delta| &delta.tool_calls).collect();
    assert_eq!((calls[0].index, calls[0].id.as_deref()), (0, Some("toolu_1")));
    let arguments: String =
        calls.iter().filter_map(|call| call.function.as_ref()?.arguments.as_deref()).collect();
    assert_eq!(arguments, r#"{"expression":"6*7"}"#);
    let last = chunks.last().unwrap();
    assert_eq!(last.choices[0].finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!(last.usage.as_ref().unwrap().total_tokens, 472 + 89);
    assert!(chunks.iter().all(|chunk| chunk.id == "msg_014p7gG3wDgGV9EUtLvnow3U"));
}

#[tokio::test]
async fn a_stream_without_its_end_was_cut_off() {
    for reply in [
        Reply::Bytes(events(STREAM, true)),
        Reply::Bytes(events(STREAM, false)),
        Reply::Hang(events(STREAM, false)),
    ] {
        let chunks = streamed(reply).await;
        assert_eq!(chunks.last().unwrap().as_ref().unwrap_err().code(), "PROVIDER_UNAVAILABLE");
    }
}

#[tokio::test]
async fn an_overload_within_a_stream_is_told() {
    let error = "event: error\ndata: {\"type\": \"error\", \"error\": {\"type\": \"overloaded_error\", \"message\": \"Overloaded\"}}\n\n";
    let chunks = streamed(Reply::Bytes(events(&format!("{STREAM}{error}"), true))).await;
    let error = chunks.last().unwrap().as_ref().unwrap_err();
    assert_eq!(error.to_string(), "the provider fixture answered 503");
}

#[tokio::test]
async fn an_overload_is_told_with_its_time() {
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let (_server, provider) = provider(vec![reply("529 Overloaded", "retry-after: 7\r\n", body)]).await;
    let error = provider.chat(call()).await.unwrap_err();
    assert!(
        matches!(error, ProviderError::Unavailable { retry_after: Some(wait), .. } if wait.as_secs() == 7)
    );
}

#[tokio::test]
async fn what_cannot_be_carried_is_never_sent() {
    let (server, provider) = provider(Vec::new()).await;
    let mut call = call();
    call.request.extra.insert("logprobs".into(), json!(true));
    assert_eq!(provider.chat(call).await.unwrap_err().code(), "PROVIDER_REJECTED");
    assert!(server.seen().is_empty());
}
