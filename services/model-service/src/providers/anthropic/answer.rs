//! From a Messages answer to a chat answer.

use serde_json::json;
use service_api::chat::{ChatAnswer, ChatMessage, Choice, FinishReason, ToolCall, Usage};

use super::wire::{Block, Message, Tokens};

/// The tool whose arguments are the answer, when the caller asked for one in JSON.
pub const JSON_TOOL: &str = "answer_in_json";

/// Translates the answer; this protocol tells no time, so `now` (Unix seconds) is taken.
pub fn read(message: Message, now: i64) -> ChatAnswer {
    let mut text = String::new();
    let mut calls = Vec::new();
    let mut in_json = false;
    for block in message.content {
        match block {
            Block::Text { text: more } => text.push_str(&more),
            Block::ToolUse { name, input, .. } if name == JSON_TOOL => {
                text = input.to_string();
                in_json = true;
            }
            Block::ToolUse { id, name, input } => calls.push(ToolCall::new(id, name, &input)),
            // Thinking and the like is not for the caller.
            _ => {}
        }
    }
    let said = (!text.is_empty()).then_some(text);
    let choice = Choice {
        index: 0,
        message: ChatMessage::calling(said, calls),
        finish_reason: message.stop_reason.as_deref().map(|word| finish_reason(word, in_json)),
        extra: Default::default(),
    };
    ChatAnswer {
        id: message.id,
        object: "chat.completion".to_owned(),
        created: now,
        model: message.model,
        choices: vec![choice],
        usage: Some(usage(&message.usage)),
        provider: None,
        extra: Default::default(),
    }
}

/// Why it stopped, in OpenAI's words; with an answer `in_json` the call of the tool is the answer.
pub fn finish_reason(word: &str, in_json: bool) -> FinishReason {
    match word {
        "tool_use" if in_json => FinishReason::Stop,
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}

/// Tokens as OpenAI counts them: what came from the cache is part of the prompt.
pub fn usage(tokens: &Tokens) -> Usage {
    let cached = tokens.cache_read_input_tokens;
    let prompt = tokens.input_tokens + tokens.cache_creation_input_tokens + cached;
    let mut usage = Usage::new(prompt, tokens.output_tokens);
    let created = tokens.cache_creation_input_tokens;
    if cached + created > 0 {
        let details = json!({ "cached_tokens": cached, "cache_creation_tokens": created });
        usage.extra.insert("prompt_tokens_details".to_owned(), details);
    }
    usage
}
