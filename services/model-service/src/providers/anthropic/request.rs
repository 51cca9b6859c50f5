//! From a chat request to a Messages request. What cannot be carried over is an error, never dropped in silence.

mod losses;
mod turns;

use serde_json::{Value, json};
use service_api::chat::{ChatRequest, ChatTool, Role, Schema, Stop, ToolChoice, ToolMode};

use super::super::Notes;
use super::answer::JSON_TOOL;
use super::wire::{Choice, Request, Tool};

/// What cannot be carried, in words that name the field and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotCarried(pub String);

/// Members of OpenAI's protocol that only tune how tokens are drawn or how the call is filed: without them the answer is as valid,
/// and the caller is told.
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
pub fn translate(request: &ChatRequest, output_tokens: u32, notes: &Notes) -> Result<Request, NotCarried> {
    refuse_what_has_no_counterpart(request)?;
    losses::note(request, notes);
    let form = json_tool(request)?;
    let choice = if form.is_some() { only(JSON_TOOL) } else { choice(request) };
    Ok(Request {
        model: request.model.clone(),
        max_tokens: request.output_limit().unwrap_or(output_tokens),
        system: system(request),
        messages: turns::translate(&request.messages)?,
        tools: form.into_iter().chain(request.tools.iter().map(tool)).collect(),
        tool_choice: choice,
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

/// A form of the answer becomes the arguments of a tool that must be called; the answer turns them into text again.
fn json_tool(request: &ChatRequest) -> Result<Option<Tool>, NotCarried> {
    let Some(format) = &request.response_format else { return Ok(None) };
    let input_schema = match format.kind.as_str() {
        "text" => return Ok(None),
        "json_object" => Schema::from(&json!({ "type": "object" })),
        "json_schema" => {
            let named = format.json_schema.as_ref().and_then(Schema::members);
            named.and_then(|mut named| named.remove("schema")).ok_or_else(|| {
                NotCarried("response_format.json_schema.schema is missing, and its protocol needs it".into())
            })?
        }
        kind => return Err(NotCarried(format!("response_format {kind} has no counterpart in its protocol"))),
    };
    if !request.tools.is_empty() {
        let why =
            "response_format together with tools has no counterpart in its protocol; leave out one of them";
        return Err(NotCarried(why.into()));
    }
    let description = Some("Gives the answer in the form that was asked for.".to_owned());
    Ok(Some(Tool { name: JSON_TOOL.to_owned(), description, input_schema }))
}

fn only(name: &str) -> Option<Choice> {
    let (kind, name) = ("tool".to_owned(), Some(name.to_owned()));
    Some(Choice { kind, name, disable_parallel_tool_use: Some(true) })
}

/// All standing instructions: this protocol knows them only before the conversation.
fn system(request: &ChatRequest) -> Option<String> {
    let standing = request.messages.iter().filter(|m| matches!(m.role, Role::System | Role::Developer));
    let texts: Vec<String> = standing.map(|message| message.text()).filter(|text| !text.is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn tool(tool: &ChatTool) -> Tool {
    let any = || Schema::from(&json!({ "type": "object", "properties": {} }));
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
