//! What a chat request must be before any provider sees it. Unknown members are the provider's business.

use service_api::chat::{ChatMessage, ChatRequest, Role, ToolChoice};

use crate::Error;

const MESSAGES_MAX: usize = 2_048;
const TOOLS_MAX: usize = 128;
const NAME_MAX: usize = 64;
const MODEL_MAX: usize = 256;

/// The first field that is wrong.
pub fn chat(request: &ChatRequest) -> Result<(), Error> {
    model(&request.model)?;
    messages(&request.messages)?;
    tools(request)?;
    range("temperature", request.temperature, 2.0)?;
    range("top_p", request.top_p, 1.0)?;
    for (field, limit) in
        [("max_tokens", request.max_tokens), ("max_completion_tokens", request.max_completion_tokens)]
    {
        if limit == Some(0) {
            return Err(Error::field(field, "must be at least 1"));
        }
    }
    Ok(())
}

/// The name of a model.
pub fn model(name: &str) -> Result<(), Error> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-' | '/' | '@');
    if name.is_empty() || name.len() > MODEL_MAX || !name.chars().all(allowed) {
        let message = format!("must be 1 to {MODEL_MAX} of letters, digits and . _ : - / @");
        return Err(Error::field("model", message));
    }
    Ok(())
}

fn messages(messages: &[ChatMessage]) -> Result<(), Error> {
    if messages.is_empty() || messages.len() > MESSAGES_MAX {
        return Err(Error::field("messages", format!("must be 1 to {MESSAGES_MAX} messages")));
    }
    for (i, message) in messages.iter().enumerate() {
        if message.role == Role::Tool && message.tool_call_id.is_none() {
            let field = format!("messages[{i}].tool_call_id");
            return Err(Error::field(field, "must name the call that the tool answered"));
        }
        let silent = message.content.is_none() && message.tool_calls.is_empty() && message.refusal.is_none();
        // Clients replay the assistant's empty messages; everybody else must say something.
        if silent && message.role != Role::Assistant && !message.extra.contains_key("function_call") {
            return Err(Error::field(format!("messages[{i}].content"), "must be a text or a list of parts"));
        }
    }
    Ok(())
}

fn tools(request: &ChatRequest) -> Result<(), Error> {
    if request.tools.len() > TOOLS_MAX {
        return Err(Error::field("tools", format!("must be at most {TOOLS_MAX} tools")));
    }
    for (i, tool) in request.tools.iter().enumerate() {
        let name = &tool.function.name;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(allowed) {
            let message = format!("must be 1 to {NAME_MAX} of letters, digits, '_', '-' and '.'");
            return Err(Error::field(format!("tools[{i}].function.name"), message));
        }
        if tool.function.parameters.as_ref().is_some_and(|schema| !schema.is_object()) {
            let field = format!("tools[{i}].function.parameters");
            return Err(Error::field(field, "must be a JSON schema, which is an object"));
        }
        if request.tools[..i].iter().any(|other| other.function.name == *name) {
            return Err(Error::field(format!("tools[{i}].function.name"), "occurs twice"));
        }
    }
    match &request.tool_choice {
        Some(ToolChoice::Function { function, .. })
            if request.tools.iter().all(|tool| tool.function.name != function.name) =>
        {
            Err(Error::field("tool_choice.function.name", "must be one of tools"))
        }
        _ => Ok(()),
    }
}

fn range(field: &str, value: Option<f64>, most: f64) -> Result<(), Error> {
    match value {
        Some(value) if !(0.0..=most).contains(&value) => {
            Err(Error::field(field, format!("must be a number from 0 to {most}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(change: Value, expected: Option<&str>) {
        let mut request = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        let field = match chat(&serde_json::from_value(request).unwrap()) {
            Ok(()) => None,
            Err(Error::Field { field, .. }) => Some(field),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(field.as_deref(), expected, "{change}");
    }

    #[test]
    fn wrong_fields_are_named() {
        check(json!({}), None);
        check(json!({"model": ""}), Some("model"));
        check(json!({"model": "a b"}), Some("model"));
        check(json!({"messages": []}), Some("messages"));
        check(json!({"messages": [{"role": "user"}]}), Some("messages[0].content"));
        check(json!({"messages": [{"role": "tool", "content": "x"}]}), Some("messages[0].tool_call_id"));
        check(json!({"temperature": 2.5}), Some("temperature"));
        check(json!({"top_p": -0.1}), Some("top_p"));
        check(json!({"max_tokens": 0}), Some("max_tokens"));
        check(json!({"tools": [{"function": {"name": "a b"}}]}), Some("tools[0].function.name"));
        check(
            json!({"tools": [{"function": {"name": "a"}}, {"function": {"name": "a"}}]}),
            Some("tools[1].function.name"),
        );
        check(
            json!({"tools": [{"function": {"name": "a", "parameters": 1}}]}),
            Some("tools[0].function.parameters"),
        );
        let choice = json!({"type": "function", "function": {"name": "b"}});
        check(
            json!({"tools": [{"function": {"name": "a"}}], "tool_choice": choice}),
            Some("tool_choice.function.name"),
        );
    }
}
