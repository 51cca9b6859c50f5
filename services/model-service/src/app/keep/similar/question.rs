//! The text of the last message of a user, apart from everything else of a request; in whichever protocol.

use serde_json::{Value, json};

/// Kinds of parts that are nothing but text.
const TEXTS: [&str; 3] = ["text", "input_text", "output_text"];
/// Where a request goes on with what its provider remembers: nobody knows what that holds.
const REMEMBERED: [&str; 3] = ["previous_response_id", "prompt", "container"];

/// Takes the text out of the request; `None` when the last message is no user's text, or when there is more than text in the
/// conversation: a tool's observation, a picture.
pub fn take(request: &mut Value) -> Option<String> {
    if REMEMBERED.iter().any(|name| request.get(name).is_some_and(|value| !value.is_null())) {
        return None;
    }
    let name = if request.get("messages").is_some() { "messages" } else { "input" };
    match &mut request[name] {
        Value::String(text) => Some(std::mem::take(text)),
        Value::Array(messages) => {
            let (last, earlier) = messages.split_last_mut()?;
            let asks = last["role"] == "user" && is_text(last) && earlier.iter().all(is_text);
            asks.then(|| take_content(&mut last["content"])).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

fn is_text(message: &Value) -> bool {
    let kind = message.get("type").is_none_or(|kind| kind == "message");
    let calls =
        message.get("tool_calls").is_some_and(|calls| calls.as_array().is_none_or(|list| !list.is_empty()));
    let content = match &message["content"] {
        Value::String(_) => true,
        Value::Array(parts) => {
            parts.iter().all(|part| part["type"].as_str().is_some_and(|kind| TEXTS.contains(&kind)))
        }
        _ => false,
    };
    kind && !calls && content && message["role"] != "tool" && message["role"] != "function"
}

fn take_content(content: &mut Value) -> String {
    match content {
        Value::String(text) => std::mem::take(text),
        Value::Array(parts) => {
            let texts =
                parts.iter_mut().filter_map(|part| match std::mem::replace(&mut part["text"], json!("")) {
                    Value::String(text) => Some(text),
                    _ => None,
                });
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The numbers in a text, in order: 17 % of 240 is not 17 % of 250, however alike the sentences are.
pub fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_numeric()).filter(|number| !number.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(request: Value, expected: Option<(&str, Value)>) {
        let mut rest = request.clone();
        let text = take(&mut rest);
        assert_eq!(text.as_deref(), expected.as_ref().map(|(text, _)| *text), "{request}");
        if let Some((_, expected)) = expected {
            assert_eq!(rest, expected);
        }
    }

    #[test]
    fn the_last_words_of_the_user_are_taken_out_in_each_protocol() {
        let system = json!({"role": "system", "content": "s"});
        check(
            json!({"messages": [system, {"role": "user", "content": "q"}]}),
            Some(("q", json!({"messages": [system, {"role": "user", "content": ""}]}))),
        );
        let blocks = |a, b| json!({"messages": [{"role": "user", "content": [{"type": "text", "text": a}, {"type": "text", "text": b, "x": 1}]}]});
        check(blocks("a", "b"), Some(("a\nb", blocks("", ""))));
        check(json!({"input": "q", "tools": []}), Some(("q", json!({"input": "", "tools": []}))));
        let item = |text| {
            json!({"input": [{"role": "assistant", "type": "message", "content": [{"type": "output_text", "text": "x"}]},
            {"role": "user", "content": [{"type": "input_text", "text": text}]}]})
        };
        check(item("q"), Some(("q", item(""))));
    }

    #[test]
    fn what_holds_more_than_text_is_not_compared() {
        let user = json!({"role": "user", "content": "q"});
        for earlier in [
            json!({"role": "tool", "tool_call_id": "a", "content": "42"}),
            json!({"role": "assistant", "content": "x", "tool_calls": [{"id": "a"}]}),
            json!({"role": "assistant", "content": null, "tool_calls": [{"id": "a"}]}),
            json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "42"}]}),
            json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}),
            json!({"type": "function_call_output", "call_id": "a", "output": "42"}),
        ] {
            check(json!({"messages": [earlier, user]}), None);
            check(json!({"messages": [user, earlier]}), None);
        }
        let picture = json!([{"type": "text", "text": "q"}, {"type": "image", "source": {}}]);
        check(json!({"messages": [{"role": "user", "content": picture}]}), None);
        check(json!({"messages": [{"role": "assistant", "content": "q"}]}), None);
        check(json!({"messages": [{"role": "user", "content": ""}]}), None);
        check(json!({"input": "q", "previous_response_id": "r"}), None);
        check(json!({}), None);
    }

    #[test]
    fn numbers_are_found_in_their_order() {
        assert_eq!(numbers("17.5 % of 2,480 in 2026?").collect::<Vec<_>>(), ["17", "5", "2", "480", "2026"]);
    }
}
