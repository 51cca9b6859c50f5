//! From a chat request to a Messages request. What cannot be carried over is an error, never dropped in silence.

mod turns;

use serde_json::{Value, json};
use service_api::chat::{ChatRequest, ChatTool, Role, Stop, ToolChoice, ToolMode};

use super::wire::{Choice, Request, Tool};

/// What cannot be carried, in words that name the field and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotCarried(pub String);

/// Members of OpenAI's protocol that only tune how tokens are drawn or how the call is filed: without them the answer is as valid.
const WITHOUT_LOSS: [&str; 12] = [
    "user",
    "seed",
    "store",
    "metadata",
    "service_tier",
    "logit_bias",
    "presence_penalty",
    "frequency_penalty",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "verbosity",
];

/// Translates the request; `output_tokens` is the limit when the caller names none.
pub fn translate(request: &ChatRequest, output_tokens: u32) -> Result<Request, NotCarried> {
    refuse_what_has_no_counterpart(request)?;
    Ok(Request {
        model: request.model.clone(),
        max_tokens: request.output_limit().unwrap_or(output_tokens),
        system: system(request),
        messages: turns::translate(&request.messages)?,
        tools: request.tools.iter().map(tool).collect(),
        tool_choice: choice(request),
        // OpenAI's scale goes to 2; beyond 1 there is nothing more random here.
        temperature: request.temperature.map(|t| t.clamp(0.0, 1.0)),
        top_p: request.top_p,
        stop_sequences: match &request.stop {
            None => Vec::new(),
            Some(Stop::One(text)) => vec![text.clone()],
            Some(Stop::Many(texts)) => texts.clone(),
        },
        metadata: request.extra.get("user").and_then(Value::as_str).map(|user| json!({ "user_id": user })),
        stream: None,
    })
}

fn refuse_what_has_no_counterpart(request: &ChatRequest) -> Result<(), NotCarried> {
    if let Some(format) = request.response_format.as_ref().filter(|format| format.kind != "text") {
        let kind = &format.kind;
        return Err(NotCarried(format!(
            "response_format {kind} has no counterpart in its protocol; ask for the form in words or through a tool"
        )));
    }
    let one_answer = |value: &Value| value.is_null() || *value == json!(1);
    let unknown = request.extra.iter().find(|(name, value)| match name.as_str() {
        "n" => !one_answer(value),
        name => !value.is_null() && **value != json!(false) && !WITHOUT_LOSS.contains(&name),
    });
    match unknown {
        Some((name, _)) => {
            Err(NotCarried(format!("{name} has no counterpart in its protocol; leave it out")))
        }
        None => Ok(()),
    }
}

/// All standing instructions: this protocol knows them only before the conversation.
fn system(request: &ChatRequest) -> Option<String> {
    let standing = request.messages.iter().filter(|m| matches!(m.role, Role::System | Role::Developer));
    let texts: Vec<String> = standing.map(|message| message.text()).filter(|text| !text.is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn tool(tool: &ChatTool) -> Tool {
    let any = || json!({ "type": "object", "properties": {} });
    Tool {
        name: tool.function.name.clone(),
        description: tool.function.description.clone(),
        input_schema: tool.function.parameters.clone().unwrap_or_else(any),
    }
}

fn choice(request: &ChatRequest) -> Option<Choice> {
    let serial = request.parallel_tool_calls == Some(false);
    let (kind, name) = match &request.tool_choice {
        None if request.tools.is_empty() || !serial => return None,
        None | Some(ToolChoice::Mode(ToolMode::Auto)) => ("auto", None),
        Some(ToolChoice::Mode(ToolMode::None)) => ("none", None),
        Some(ToolChoice::Mode(ToolMode::Required)) => ("any", None),
        Some(ToolChoice::Function { function, .. }) => ("tool", Some(function.name.clone())),
    };
    let disable_parallel_tool_use = (serial && kind != "none").then_some(true);
    Some(Choice { kind: kind.to_owned(), name, disable_parallel_tool_use })
}

#[cfg(test)]
mod tests;
