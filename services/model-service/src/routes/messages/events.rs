//! An answer in pieces as the events of the Messages API.

use serde_json::{Value, json};
use service_api::chat::{ChatChunk, Delta, FinishReason, ToolCallDelta, Usage};

use super::super::document::shaped;
use super::super::problem;
use super::super::telling::{Telling, event};
use super::answer::stop_reason;
use crate::providers::ProviderError;

fn named(name: &str, data: Value) -> String {
    event(name, &data.to_string())
}

/// A turn on its way: which block is open, and what will be told at the end.
#[derive(Default)]
pub struct Turn {
    started: bool,
    open: Option<Open>,
    blocks: u32,
    reason: Option<FinishReason>,
    usage: Usage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Text,
    Call(u32),
}

impl Telling for Turn {
    fn chunk(&mut self, chunk: ChatChunk) -> String {
        let mut text = self.start(&chunk);
        if let Some(usage) = chunk.usage {
            self.usage = usage;
        }
        let Some(choice) = chunk.choices.into_iter().find(|choice| choice.index == 0) else { return text };
        text.push_str(&self.delta(choice.delta));
        if choice.finish_reason.is_some() {
            self.reason = choice.finish_reason;
        }
        text
    }

    fn failure(&mut self, error: &ProviderError) -> String {
        let body = shaped(problem::provider(error)).body().extra["error"].clone();
        named("error", json!({ "type": "error", "error": body }))
    }

    fn end(&mut self) -> String {
        let mut text = self.start(&ChatChunk::default());
        text.push_str(&self.close());
        let delta = json!({ "stop_reason": stop_reason(self.reason.as_ref()), "stop_sequence": null });
        let usage = json!({
            "input_tokens": self.usage.prompt_tokens, "output_tokens": self.usage.completion_tokens,
        });
        text.push_str(&named(
            "message_delta",
            json!({ "type": "message_delta", "delta": delta, "usage": usage }),
        ));
        text.push_str(&named("message_stop", json!({ "type": "message_stop" })));
        text
    }
}

impl Turn {
    fn start(&mut self, chunk: &ChatChunk) -> String {
        if std::mem::replace(&mut self.started, true) {
            return String::new();
        }
        let message = json!({
            "id": chunk.id, "type": "message", "role": "assistant", "model": chunk.model, "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": 0, "output_tokens": 0 },
        });
        named("message_start", json!({ "type": "message_start", "message": message }))
    }

    fn delta(&mut self, delta: Delta) -> String {
        let mut text = String::new();
        if let Some(words) = delta.content.filter(|words| !words.is_empty()) {
            text.push_str(&self.open(Open::Text, || json!({ "type": "text", "text": "" })));
            text.push_str(&self.add(json!({ "type": "text_delta", "text": words })));
        }
        for call in delta.tool_calls {
            text.push_str(&self.call(call));
        }
        text
    }

    fn call(&mut self, call: ToolCallDelta) -> String {
        let function = call.function.unwrap_or_default();
        let (id, name) = (call.id.unwrap_or_default(), function.name.unwrap_or_default());
        let block = || json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
        let mut text = self.open(Open::Call(call.index), block);
        if let Some(arguments) = function.arguments.filter(|arguments| !arguments.is_empty()) {
            text.push_str(&self.add(json!({ "type": "input_json_delta", "partial_json": arguments })));
        }
        text
    }

    /// Opens a block unless it is open already; another one is closed before.
    fn open(&mut self, wanted: Open, block: impl FnOnce() -> Value) -> String {
        if self.open == Some(wanted) {
            return String::new();
        }
        let mut text = self.close();
        self.open = Some(wanted);
        let start = json!({ "type": "content_block_start", "index": self.blocks, "content_block": block() });
        text.push_str(&named("content_block_start", start));
        self.blocks += 1;
        text
    }

    fn add(&self, delta: Value) -> String {
        let index = self.blocks.saturating_sub(1);
        named("content_block_delta", json!({ "type": "content_block_delta", "index": index, "delta": delta }))
    }

    fn close(&mut self) -> String {
        let Some(_) = self.open.take() else { return String::new() };
        let index = self.blocks.saturating_sub(1);
        named("content_block_stop", json!({ "type": "content_block_stop", "index": index }))
    }
}
