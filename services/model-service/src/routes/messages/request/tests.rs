//! Whole requests, before and after.

use serde_json::json;

use super::*;

fn parsed(request: Value) -> Result<Value, Error> {
    let request: MessagesRequest = serde_json::from_value(request).unwrap();
    request.parse(&Notes::default()).map(|request| serde_json::to_value(request).unwrap())
}

#[test]
fn a_conversation_with_tools_keeps_its_order() {
    let request = json!({
        "model": "default", "max_tokens": 64, "system": [{"type": "text", "text": "be exact", "cache_control": {"type": "ephemeral"}}],
        "stop_sequences": ["END"], "metadata": {"user_id": "u"},
        "tools": [{"name": "calc", "description": "d", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "any", "disable_parallel_tool_use": true},
        "messages": [
            {"role": "user", "content": "6*7?"},
            {"role": "assistant", "content": [{"type": "text", "text": "ok"}, {"type": "tool_use", "id": "a", "name": "calc", "input": {"e": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "42"}]},
                {"type": "text", "text": "go on"}]}]
    });
    let expected = json!({
        "model": "default", "max_tokens": 64, "stop": ["END"], "parallel_tool_calls": false, "tool_choice": "required",
        "tools": [{"type": "function", "function": {"name": "calc", "description": "d", "parameters": {"type": "object"}}}],
        "messages": [
            {"role": "system", "content": "be exact"},
            {"role": "user", "content": "6*7?"},
            {"role": "assistant", "content": "ok", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "calc", "arguments": "{\"e\":1}"}}]},
            {"role": "tool", "content": "42", "tool_call_id": "a"},
            {"role": "user", "content": "go on"}]
    });
    assert_eq!(parsed(request).unwrap(), expected);
}

#[test]
fn what_has_no_counterpart_is_refused_by_name() {
    let with = |name: &str, value: Value| {
        let mut request =
            json!({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]});
        request[name] = value;
        match parsed(request).unwrap_err() {
            Error::Field { field, .. } => field,
            other => panic!("{other}"),
        }
    };
    assert_eq!(with("thinking", json!({"type": "enabled"})), "thinking");
    assert_eq!(with("tool_choice", json!({"type": "tool"})), "tool_choice.type");
    let document = json!([{"role": "user", "content": [{"type": "document", "source": {}}]}]);
    assert_eq!(with("messages", document), "messages[0].content[0].type");
}
