//! A chat request in the words of a local model, with what is lost on the way refused or told.

use std::time::{SystemTime, UNIX_EPOCH};

use local_inference::{Conversation, Sampling, Turn};
use serde_json::{Value, json};
use service_api::chat::{ChatMessage, ChatRequest, Content, Role, Stop, ToolCall, ToolChoice, ToolMode};

use crate::providers::{Call, ProviderError};

/// What a model is asked.
pub struct Asked {
    pub conversation: Conversation,
    pub sampling: Sampling,
    /// Whether tools were told to the model, so that its answer may call them.
    pub tools: bool,
}

/// Translates a request for a model that can be told of tools, or cannot.
pub fn translate(call: &Call, knows_tools: bool) -> Result<Asked, ProviderError> {
    let request = &call.request;
    refuse(request, knows_tools)?;
    note(call);
    let tools = match &request.tool_choice {
        Some(ToolChoice::Mode(ToolMode::None)) => Vec::new(),
        _ => request.tools.iter().map(|tool| json!(tool)).collect(),
    };
    let told = !tools.is_empty();
    let turns = request.messages.iter().map(|message| turn(message, &request.messages)).collect();
    let conversation = Conversation { turns, tools, now: call.now };
    Ok(Asked { conversation, sampling: sampling(request), tools: told })
}

fn sampling(request: &ChatRequest) -> Sampling {
    let stop = match &request.stop {
        None => Vec::new(),
        Some(Stop::One(text)) => vec![text.clone()],
        Some(Stop::Many(texts)) => texts.clone(),
    };
    let max_tokens = request.output_limit().map_or(usize::MAX, |limit| limit as usize);
    let seed = request.extra.get("seed").and_then(Value::as_u64).unwrap_or_else(any_seed);
    Sampling { temperature: request.temperature, top_p: request.top_p, seed, max_tokens, stop }
}

/// Two answers to the same question may differ, as elsewhere; whoever minds names a seed.
fn any_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().rotate_left(32) ^ u64::from(since.subsec_nanos())
}

fn refuse(request: &ChatRequest, knows_tools: bool) -> Result<(), ProviderError> {
    let not_carried =
        |what: &str| Err(ProviderError::NotCarried { provider: "local".to_owned(), what: what.to_owned() });
    if request.response_format.as_ref().is_some_and(|format| format.kind != "text") {
        return not_carried("response_format cannot be promised by local models; ask in words");
    }
    if request.extra.get("n").and_then(Value::as_u64).is_some_and(|n| n > 1) {
        return not_carried("n above 1 is not supported by local models; ask several times");
    }
    let is_picture = |content: &Content| match content {
        Content::Text(_) => false,
        Content::Parts(parts) => parts.iter().any(|part| part.kind != "text"),
    };
    if request.messages.iter().filter_map(|message| message.content.as_ref()).any(is_picture) {
        return not_carried("local models read text only");
    }
    if !request.tools.is_empty() && !knows_tools {
        return not_carried(
            "the model's chat template knows no tools; choose a model that was trained with them",
        );
    }
    match &request.tool_choice {
        Some(ToolChoice::Mode(ToolMode::Required) | ToolChoice::Function { .. }) => {
            not_carried("tool_choice can be auto or none for local models")
        }
        _ => Ok(()),
    }
}

fn note(call: &Call) {
    let given = call.request.extra.iter().filter(|(_, value)| {
        !value.is_null() && **value != json!(false) && **value != json!(0) && **value != json!(0.0)
    });
    for (name, _) in given.filter(|(name, _)| !matches!(name.as_str(), "seed" | "n" | "user")) {
        call.notes.warn(format!("{name} is not carried over to local models"));
    }
    if call.request.parallel_tool_calls == Some(false) && !call.request.tools.is_empty() {
        call.notes.warn("parallel_tool_calls is not carried over to local models: the model decides");
    }
}

fn turn(message: &ChatMessage, all: &[ChatMessage]) -> Turn {
    let role = match message.role {
        Role::System | Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let content = message.content.as_ref().map(Content::text).unwrap_or_default();
    let name =
        message.tool_call_id.as_deref().and_then(|id| called(all, id)).or_else(|| message.name.clone());
    Turn { role, content, tool_calls: message.tool_calls.iter().map(as_call).collect(), name }
}

fn as_call(call: &ToolCall) -> local_inference::Call {
    // Templates want an object; what a model once wrote wrong stays as it was.
    let arguments = serde_json::from_str(&call.function.arguments);
    let arguments = arguments.unwrap_or_else(|_| Value::String(call.function.arguments.clone()));
    local_inference::Call::new(&call.function.name, arguments)
}

/// The tool that a call named.
fn called(all: &[ChatMessage], id: &str) -> Option<String> {
    let calls = all.iter().flat_map(|message| &message.tool_calls);
    calls.rev().find(|call| call.id == id).map(|call| call.function.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Notes;

    fn call(change: Value) -> Call {
        let mut request = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        for (name, value) in change.as_object().unwrap() {
            request[name] = value.clone();
        }
        Call {
            request: serde_json::from_value(request).unwrap(),
            deadline: None,
            now: 0,
            notes: Notes::default(),
        }
    }

    fn refused(change: Value, word: &str) {
        let error = translate(&call(change), false).err().unwrap().to_string();
        assert!(error.contains(word), "{error}");
    }

    #[test]
    fn what_cannot_be_carried_over_is_refused() {
        refused(json!({"response_format": {"type": "json_object"}}), "response_format");
        refused(json!({"n": 2}), "n above 1");
        refused(json!({"tools": [{"function": {"name": "f"}}]}), "tools");
        refused(json!({"tool_choice": "required"}), "tool_choice");
        let picture = json!({"type": "image_url", "image_url": {"url": "data:"}});
        refused(json!({"messages": [{"role": "user", "content": [picture]}]}), "text only");
    }

    #[test]
    fn what_is_left_out_is_told() {
        let call =
            call(json!({"presence_penalty": 0.5, "seed": 3, "logprobs": false, "frequency_penalty": 0}));
        translate(&call, false).unwrap();
        assert_eq!(call.notes.warnings(), ["presence_penalty is not carried over to local models"]);
    }

    #[test]
    fn an_observation_names_its_tool() {
        let calls = json!([{"id": "c1", "function": {"name": "add", "arguments": "{\"a\": 1}"}}]);
        let messages = json!([
            {"role": "developer", "content": "be brief"},
            {"role": "assistant", "content": null, "tool_calls": calls},
            {"role": "tool", "tool_call_id": "c1", "content": "2"},
        ]);
        let asked = translate(&call(json!({ "messages": messages })), true).unwrap();
        let turns = asked.conversation.turns;
        assert_eq!((turns[0].role, turns[2].name.as_deref()), ("system", Some("add")));
        assert_eq!(turns[1].tool_calls, [local_inference::Call::new("add", json!({"a": 1}))]);
    }

    #[test]
    fn tools_are_not_told_when_none_may_be_called() {
        let tools = json!([{"type": "function", "function": {"name": "f"}}]);
        assert!(translate(&call(json!({ "tools": tools })), true).unwrap().tools);
        assert!(!translate(&call(json!({ "tools": tools, "tool_choice": "none" })), true).unwrap().tools);
    }
}
