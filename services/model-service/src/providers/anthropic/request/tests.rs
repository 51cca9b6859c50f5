//! Whole requests, before and after.

use super::*;

fn noted(request: Value) -> Vec<String> {
    let notes = Notes::default();
    translate(&serde_json::from_value(request).unwrap(), 4096, &notes).unwrap();
    notes.warnings()
}

fn translated(request: Value) -> Value {
    let request: ChatRequest = serde_json::from_value(request).unwrap();
    serde_json::to_value(translate(&request, 4096, &Notes::default()).unwrap()).unwrap()
}

fn refused(request: Value) -> String {
    let request: ChatRequest = serde_json::from_value(request).unwrap();
    translate(&request, 4096, &Notes::default()).unwrap_err().0
}

#[test]
fn a_conversation_with_tools_becomes_alternating_turns() {
    let request = json!({
        "model": "claude-x", "max_completion_tokens": 100, "temperature": 1.7, "stop": "END", "user": "u1",
        "parallel_tool_calls": false, "tool_choice": "required",
        "messages": [
            {"role": "system", "content": "be exact"},
            {"role": "user", "content": "6*7 and 1/0?"},
            {"role": "assistant", "content": "I calculate.", "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "calc", "arguments": "{\"e\":\"6*7\"}"}},
                {"id": "b", "type": "function", "function": {"name": "calc", "arguments": "1/0"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "{\"result\":\"42\"}"},
            {"role": "tool", "tool_call_id": "b", "content": "{\"error\":{\"message\":\"division by zero\"}}"},
            {"role": "user", "content": [{"type": "text", "text": "go on"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}],
        "tools": [{"type": "function", "function": {"name": "calc", "description": "d", "parameters": {"type": "object"}}}]
    });
    let expected = json!({
        "model": "claude-x", "max_tokens": 100, "system": "be exact", "temperature": 1.0, "stop_sequences": ["END"],
        "metadata": {"user_id": "u1"},
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "6*7 and 1/0?"}]},
            {"role": "assistant", "content": [
                {"type": "text", "text": "I calculate."},
                {"type": "tool_use", "id": "a", "name": "calc", "input": {"e": "6*7"}},
                {"type": "tool_use", "id": "b", "name": "calc", "input": {"unreadable_arguments": "1/0"}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "{\"result\":\"42\"}"},
                {"type": "tool_result", "tool_use_id": "b", "is_error": true,
                    "content": "{\"error\":{\"message\":\"division by zero\"}}"},
                {"type": "text", "text": "go on"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]}],
        "tools": [{"name": "calc", "description": "d", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": true}
    });
    assert_eq!(translated(request), expected);
}

#[test]
fn a_plain_request_stays_plain() {
    let request = json!({"model": "m", "n": 1, "seed": 3, "messages": [{"role": "user", "content": "hi"}]});
    let expected = json!({"model": "m", "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]});
    assert_eq!(translated(request), expected);
}

#[test]
fn what_cannot_be_carried_is_named() {
    let with = |member: &str, value: Value| {
        let mut request = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        request[member] = value;
        refused(request)
    };
    assert!(
        with("response_format", json!({"type": "json_schema", "json_schema": {}}))
            .contains("response_format")
    );
    assert!(with("response_format", json!({"type": "grammar"})).contains("response_format grammar"));
    assert!(with("n", json!(2)).starts_with("n "));
    assert!(with("logprobs", json!(true)).starts_with("logprobs "));
    assert!(
        with("messages", json!([{"role": "user", "content": [{"type": "input_audio"}]}]))
            .contains("input_audio")
    );
    assert!(with("messages", json!([{"role": "system", "content": "x"}])).contains("user message"));
}

#[test]
fn a_form_becomes_a_tool_that_must_be_called() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let request = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": schema}}});
    let body = translated(request.clone());
    assert_eq!((&body["tools"][0]["name"], &body["tools"][0]["input_schema"]), (&json!(JSON_TOOL), &schema));
    assert_eq!(body["tool_choice"]["name"], JSON_TOOL);
    let mut with_tools = request;
    with_tools["tools"] = json!([{"type": "function", "function": {"name": "f"}}]);
    assert!(refused(with_tools).contains("together with tools"));
}

#[test]
fn what_is_left_out_is_noted_by_name() {
    let request = json!({"model": "m", "seed": 7, "n": 1, "logprobs": false, "temperature": 1.5,
        "messages": [{"role": "user", "name": "ann", "content": [
            {"type": "image_url", "image_url": {"url": "https://h/i.png", "detail": "low"}}]}],
        "tools": [{"type": "function", "function": {"name": "f", "strict": true}}]});
    let noted = noted(request).join("\n");
    for word in ["seed ", "temperature ", "messages.name ", "detail ", "strict "] {
        assert!(noted.contains(word), "{word} in {noted}");
    }
    assert!(!noted.contains("logprobs") && !noted.contains("n "), "{noted}");
}
