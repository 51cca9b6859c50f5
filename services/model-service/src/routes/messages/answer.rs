//! From our answer to Anthropic's.

use serde::Serialize;
use serde_json::Value;
use service_api::chat::{ChatAnswer, FinishReason};
use utoipa::ToSchema;

use crate::providers::anthropic::wire::Block;

/// What Anthropic's clients read.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessagesAnswer {
    /// The provider's name for this answer.
    id: String,
    /// Always `message`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Always `assistant`.
    role: &'static str,
    /// The model that answered.
    model: String,
    /// Texts and calls of tools.
    #[schema(value_type = Vec<Object>)]
    content: Vec<Block>,
    /// `end_turn`, `max_tokens`, `tool_use` or `refusal`.
    stop_reason: &'static str,
    /// Always null: which of the sequences it was is not told by every provider.
    stop_sequence: Option<String>,
    /// Tokens.
    usage: TokensUsed,
}

/// Tokens of one call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagesUsage)]
struct TokensUsed {
    /// Read.
    input_tokens: u64,
    /// Written.
    output_tokens: u64,
}

impl MessagesAnswer {
    /// The first choice as a turn.
    pub fn render(answer: ChatAnswer) -> Self {
        let usage = answer.usage.unwrap_or_default();
        let first = answer.choices.into_iter().next();
        let reason = first.as_ref().and_then(|choice| choice.finish_reason.clone());
        let mut content = Vec::new();
        if let Some(message) = first.map(|choice| choice.message) {
            let text = message.text();
            content.extend((!text.is_empty()).then_some(Block::Text { text }));
            content.extend(message.tool_calls.into_iter().map(|call| Block::ToolUse {
                id: call.id,
                name: call.function.name,
                input: object(&call.function.arguments),
            }));
        }
        Self {
            id: answer.id,
            kind: "message",
            role: "assistant",
            model: answer.model,
            stop_reason: stop_reason(reason.as_ref()),
            content,
            stop_sequence: None,
            usage: TokensUsed { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens },
        }
    }
}

/// Arguments must be an object here; what a model garbled is kept as a text within one.
fn object(arguments: &str) -> Value {
    match serde_json::from_str(arguments) {
        Ok(object @ Value::Object(_)) => object,
        _ if arguments.trim().is_empty() => serde_json::json!({}),
        _ => serde_json::json!({ "unreadable_arguments": arguments }),
    }
}

/// Why it stopped, in Anthropic's words.
pub fn stop_reason(reason: Option<&FinishReason>) -> &'static str {
    match reason {
        Some(FinishReason::Length) => "max_tokens",
        Some(FinishReason::ToolCalls) => "tool_use",
        Some(FinishReason::ContentFilter) => "refusal",
        _ => "end_turn",
    }
}
