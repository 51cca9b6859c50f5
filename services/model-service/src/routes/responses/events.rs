//! An answer in pieces as the events of the Responses API.

use serde_json::{Map, Value, json};
use service_api::chat::{ChatChunk, FinishReason, FunctionCall, ToolCall, ToolCallDelta, Usage};

use super::super::telling::{Telling, event};
use super::answer::{Frame, ResponsesAnswer, called, said};
use crate::providers::ProviderError;

/// A response on its way: which item is open, and what was told so far.
#[derive(Default)]
pub struct Response {
    frame: Frame,
    response: Option<ResponsesAnswer>,
    open: Option<Open>,
    number: u64,
    reason: Option<FinishReason>,
    usage: Option<Usage>,
}

enum Open {
    Text { id: String, text: String },
    Call { index: u32, call: ToolCall },
}

impl Telling for Response {
    fn chunk(&mut self, chunk: ChatChunk) -> String {
        let mut text = self.start(&chunk);
        if chunk.usage.is_some() {
            self.usage = chunk.usage;
        }
        let Some(choice) = chunk.choices.into_iter().find(|choice| choice.index == 0) else { return text };
        if let Some(words) = choice.delta.content.filter(|words| !words.is_empty()) {
            text.push_str(&self.words(&words));
        }
        for call in choice.delta.tool_calls {
            text.push_str(&self.call(call));
        }
        if choice.finish_reason.is_some() {
            self.reason = choice.finish_reason;
        }
        text
    }

    fn failure(&mut self, error: &ProviderError) -> String {
        self.tell("error", json!({ "code": error.code(), "message": error.to_string(), "param": null }))
    }

    fn end(&mut self) -> String {
        let mut told = self.start(&ChatChunk::default());
        told.push_str(&self.close());
        let Some(mut response) = self.response.take() else { return told };
        response.ended(self.reason.as_ref(), self.usage.as_ref());
        let name = if response.status == "incomplete" { "response.incomplete" } else { "response.completed" };
        told + &self.tell(name, json!({ "response": response }))
    }
}

impl Response {
    /// Of which nothing is told yet.
    pub fn new(frame: Frame) -> Self {
        Self { frame, ..Self::default() }
    }

    /// One event with its number.
    fn tell(&mut self, name: &str, members: Value) -> String {
        let mut data = Map::from_iter([
            ("type".to_owned(), json!(name)),
            ("sequence_number".to_owned(), json!(self.number)),
        ]);
        self.number += 1;
        if let Value::Object(members) = members {
            data.extend(members);
        }
        event(name, &Value::Object(data).to_string())
    }

    fn start(&mut self, chunk: &ChatChunk) -> String {
        if self.response.is_some() {
            return String::new();
        }
        let frame = std::mem::take(&mut self.frame);
        let begun = ResponsesAnswer::begun(chunk.id.clone(), chunk.created, chunk.model.clone(), frame);
        let view = json!({ "response": begun });
        self.response = Some(begun);
        self.tell("response.created", view.clone()) + &self.tell("response.in_progress", view)
    }

    fn place(&self) -> usize {
        self.response.as_ref().map_or(0, |response| response.output.len())
    }

    fn words(&mut self, words: &str) -> String {
        let mut told = String::new();
        if !matches!(self.open, Some(Open::Text { .. })) {
            told = self.close();
            let place = self.place();
            let id = format!("msg_{place}_{}", self.response.as_ref().map_or("", |response| &response.id));
            let item = json!({ "id": id, "type": "message", "status": "in_progress", "role": "assistant", "content": [] });
            told.push_str(
                &self.tell("response.output_item.added", json!({ "output_index": place, "item": item })),
            );
            let part = json!({ "type": "output_text", "text": "", "annotations": [], "logprobs": [] });
            let added = json!({ "item_id": id, "output_index": place, "content_index": 0, "part": part });
            told.push_str(&self.tell("response.content_part.added", added));
            self.open = Some(Open::Text { id, text: String::new() });
        }
        let place = self.place();
        let Some(Open::Text { id, text }) = &mut self.open else { return told };
        text.push_str(words);
        let delta = json!({ "item_id": id, "output_index": place, "content_index": 0, "delta": words, "logprobs": [] });
        told + &self.tell("response.output_text.delta", delta)
    }

    fn call(&mut self, delta: ToolCallDelta) -> String {
        let mut told = String::new();
        let function = delta.function.unwrap_or_default();
        if !matches!(&self.open, Some(Open::Call { index, .. }) if *index == delta.index) {
            told = self.close();
            let function = FunctionCall { name: function.name.unwrap_or_default(), arguments: String::new() };
            let id = delta.id.unwrap_or_default();
            let call = ToolCall { id, kind: "function".to_owned(), function, extra: Map::new() };
            let mut item = called(&call);
            item["status"] = json!("in_progress");
            let added = json!({ "output_index": self.place(), "item": item });
            told.push_str(&self.tell("response.output_item.added", added));
            self.open = Some(Open::Call { index: delta.index, call });
        }
        let place = self.place();
        let Some(arguments) = function.arguments.filter(|arguments| !arguments.is_empty()) else {
            return told;
        };
        let Some(Open::Call { call, .. }) = &mut self.open else { return told };
        call.function.arguments.push_str(&arguments);
        let delta =
            json!({ "item_id": format!("fc_{}", call.id), "output_index": place, "delta": arguments });
        told + &self.tell("response.function_call_arguments.delta", delta)
    }

    /// Ends the open item.
    fn close(&mut self) -> String {
        let place = self.place();
        let (item, mut told) = match self.open.take() {
            None => return String::new(),
            Some(Open::Text { id, text }) => {
                let item = said(&id, &text);
                let at = json!({ "item_id": id, "output_index": place, "content_index": 0 });
                let mut done = at.clone();
                done["text"] = json!(text);
                done["logprobs"] = json!([]);
                let mut part = at;
                part["part"] = item["content"][0].clone();
                let told = self.tell("response.output_text.done", done);
                (item, told + &self.tell("response.content_part.done", part))
            }
            Some(Open::Call { call, .. }) => {
                let item = called(&call);
                let done = json!({
                    "item_id": item["id"], "output_index": place, "name": call.function.name,
                    "arguments": call.function.arguments,
                });
                (item, self.tell("response.function_call_arguments.done", done))
            }
        };
        told.push_str(
            &self.tell("response.output_item.done", json!({ "output_index": place, "item": item })),
        );
        if let Some(response) = &mut self.response {
            response.output.push(item);
        }
        told
    }
}
