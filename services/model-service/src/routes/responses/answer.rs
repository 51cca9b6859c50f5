//! From our answer to a response.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use service_api::chat::{ChatAnswer, FinishReason, ToolCall, Usage};
use utoipa::ToSchema;

/// A response.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResponsesAnswer {
    /// The provider's name for this answer.
    pub id: String,
    /// Always `response`.
    pub object: &'static str,
    /// Unix seconds.
    pub created_at: i64,
    /// `completed`, `incomplete` or `in_progress`.
    pub status: &'static str,
    /// Always null: what fails is a problem document.
    pub error: Option<Value>,
    /// Why it is incomplete.
    #[schema(value_type = Option<Object>)]
    pub incomplete_details: Option<Value>,
    /// The model that answered.
    pub model: String,
    /// Messages and calls of functions.
    #[schema(value_type = Vec<Object>)]
    pub output: Vec<Value>,
    /// Tokens.
    #[schema(value_type = Option<Object>)]
    pub usage: Option<Value>,
    /// What was asked, repeated.
    #[serde(flatten)]
    #[schema(ignore)]
    pub frame: Frame,
}

/// The members of a request that its response repeats.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Frame {
    instructions: Value,
    max_output_tokens: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    metadata: Value,
    parallel_tool_calls: Value,
    previous_response_id: Value,
    #[serde(skip_deserializing)]
    store: bool,
    temperature: Value,
    text: Value,
    tool_choice: Value,
    tools: Value,
    top_p: Value,
    truncation: Value,
}

impl Frame {
    /// Of a request; what is absent gets the protocol's defaults.
    pub fn of(request: &[u8]) -> Self {
        let mut frame: Self = serde_json::from_slice(request).unwrap_or_default();
        let defaults = [
            (&mut frame.parallel_tool_calls, json!(true)),
            (&mut frame.text, json!({ "format": { "type": "text" } })),
            (&mut frame.tool_choice, json!("auto")),
            (&mut frame.tools, json!([])),
            (&mut frame.metadata, json!({})),
            (&mut frame.truncation, json!("disabled")),
        ];
        for (member, default) in defaults {
            if member.is_null() {
                *member = default;
            }
        }
        frame
    }
}

impl ResponsesAnswer {
    /// A response of which nothing is there yet.
    pub fn begun(id: String, created_at: i64, model: String, frame: Frame) -> Self {
        Self {
            id,
            object: "response",
            created_at,
            status: "in_progress",
            error: None,
            incomplete_details: None,
            model,
            output: Vec::new(),
            usage: None,
            frame,
        }
    }

    /// The first choice as a response.
    pub fn render(answer: ChatAnswer, frame: Frame) -> Self {
        let mut response = Self::begun(answer.id, answer.created, answer.model, frame);
        let first = answer.choices.into_iter().next();
        let reason = first.as_ref().and_then(|choice| choice.finish_reason.clone());
        if let Some(message) = first.map(|choice| choice.message) {
            let text = message.text();
            if !text.is_empty() {
                response.output.push(said(&format!("msg_{}", response.id), &text));
            }
            response.output.extend(message.tool_calls.iter().map(called));
        }
        response.ended(reason.as_ref(), answer.usage.as_ref());
        response
    }

    /// It has come to its end.
    pub fn ended(&mut self, reason: Option<&FinishReason>, usage: Option<&Usage>) {
        let why = match reason {
            Some(FinishReason::Length) => Some("max_output_tokens"),
            Some(FinishReason::ContentFilter) => Some("content_filter"),
            _ => None,
        };
        self.status = if why.is_some() { "incomplete" } else { "completed" };
        self.incomplete_details = why.map(|reason| json!({ "reason": reason }));
        self.usage = usage.map(tokens);
    }
}

/// A message of the assistant.
pub fn said(id: &str, text: &str) -> Value {
    let part = json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] });
    json!({ "id": id, "type": "message", "status": "completed", "role": "assistant", "content": [part] })
}

/// A call of a function.
pub fn called(call: &ToolCall) -> Value {
    json!({
        "id": format!("fc_{}", call.id), "type": "function_call", "status": "completed", "call_id": call.id,
        "name": call.function.name, "arguments": call.function.arguments,
    })
}

fn tokens(usage: &Usage) -> Value {
    let detail = |group: &str, name: &str| {
        usage.extra.get(group).and_then(|details| details.get(name)).and_then(Value::as_u64).unwrap_or(0)
    };
    let mut tokens = json!({
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": { "cached_tokens": detail("prompt_tokens_details", "cached_tokens") },
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {
            "reasoning_tokens": detail("completion_tokens_details", "reasoning_tokens")
        },
        "total_tokens": usage.total_tokens,
    });
    let cost = usage.cost_usd.map(|cost| Map::from_iter([("cost_usd".to_owned(), json!(cost))]));
    tokens.as_object_mut().into_iter().for_each(|members| members.extend(cost.clone().unwrap_or_default()));
    tokens
}
