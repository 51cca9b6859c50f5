//! From a Messages answer to a chat answer.

use serde_json::json;
use service_api::chat::{ChatAnswer, ChatMessage, Choice, FinishReason, ToolCall, Usage};

use super::wire::{Block, Message, Tokens};

/// Translates the answer; this protocol tells no time, so `now` (Unix seconds) is taken.
pub fn read(message: Message, now: i64) -> ChatAnswer {
    let mut text = String::new();
    let mut calls = Vec::new();
    for block in message.content {
        match block {
            Block::Text { text: more } => text.push_str(&more),
            Block::ToolUse { id, name, input } => calls.push(ToolCall::new(id, name, &input)),
            // Thinking and the like is not for the caller.
            _ => {}
        }
    }
    let said = (!text.is_empty()).then_some(text);
    let choice = Choice {
        index: 0,
        message: ChatMessage::calling(said, calls),
        finish_reason: message.stop_reason.as_deref().map(finish_reason),
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

/// Why it stopped, in OpenAI's words.
pub fn finish_reason(word: &str) -> FinishReason {
    match word {
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
    if cached > 0 {
        usage.extra.insert("prompt_tokens_details".to_owned(), json!({ "cached_tokens": cached }));
    }
    usage
}
