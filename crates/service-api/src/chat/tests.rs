//! The wire shapes as real servers send them.

use serde_json::{Value, json};

use super::*;

fn check_round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(wire: Value) {
    let typed: T = serde_json::from_value(wire.clone()).unwrap();
    assert_eq!(serde_json::to_value(typed).unwrap(), wire);
}

#[test]
fn a_request_with_unknown_members_loses_nothing() {
    check_round_trip::<ChatRequest>(json!({
        "model": "gpt-4o-mini", "temperature": 0.5, "seed": 7, "logit_bias": {"50256": -100}, "stop": ["\n"],
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": [{"type": "text", "text": "what is it?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==", "detail": "low"}}]},
            {"role": "assistant", "content": null,
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
            {"role": "tool", "content": "42", "tool_call_id": "c1"}],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}
    }));
}

#[test]
fn an_answer_with_vendor_members_loses_nothing() {
    check_round_trip::<ChatAnswer>(json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "system_fingerprint": "fp",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi", "annotations": []},
            "logprobs": null, "finish_reason": "eos_token"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3,
            "prompt_tokens_details": {"cached_tokens": 0}}
    }));
}

#[test]
fn arguments_that_come_as_an_object_become_text() {
    let call: ToolCall =
        serde_json::from_value(json!({"function": {"name": "f", "arguments": {"a": 1}}})).unwrap();
    assert_eq!(call.function.arguments, r#"{"a":1}"#);
    assert_eq!(call.kind, "function");
}

#[test]
fn tool_choice_words_are_told_from_functions() {
    let choice: ToolChoice = serde_json::from_value(json!("required")).unwrap();
    assert_eq!(choice, ToolChoice::Mode(ToolMode::Required));
    assert!(serde_json::from_value::<ToolChoice>(json!("sometimes")).is_err());
}

#[test]
fn a_chunk_with_null_calls_is_read() {
    let chunk: ChatChunk = serde_json::from_value(json!({
        "id": "x", "choices": [{"index": 0, "delta": {"content": "a", "tool_calls": null}}]
    }))
    .unwrap();
    assert_eq!(chunk.choices[0].delta.content.as_deref(), Some("a"));
}
