//! A thought while it is put into words: the pieces as they come, and the whole of them at the end.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt};
use http::{HeaderMap, header};
use resilient_http::Response;
use resilient_http::sse::{self, Event, Fault};
use serde_json::{Map, Value};
use service_api::chat::{
    ChatAnswer, ChatChunk, ChatMessage, Choice, ChunkChoice, Content, Role, ToolCall, ToolCallDelta,
};
use service_api::problem::Problem;

use crate::Error;
use crate::peer::Peer;

type Events = Pin<Box<dyn Stream<Item = Result<Event, Fault>> + Send>>;

/// An answer that is under way.
pub struct ChatStream {
    peer: Peer,
    /// Absent when the answer came whole: not everything that speaks this protocol streams.
    events: Option<Events>,
    answer: ChatAnswer,
}

impl std::fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatStream").field("answer", &self.answer).finish_non_exhaustive()
    }
}

impl ChatStream {
    pub(super) async fn open(peer: &Peer, response: Response, silence: Duration) -> Result<Self, Error> {
        let peer = peer.clone();
        if !response.status().is_success() || !is_stream(response.headers()) {
            let answer = peer.read(response).await?;
            return Ok(Self { peer, events: None, answer });
        }
        let answer = empty(provider(response.headers()));
        let events: Events = Box::pin(sse::events(response.stream(), silence));
        Ok(Self { peer, events: Some(events), answer })
    }

    /// What the model said next; `None` when it has said all. What it calls and what it used is in [`Self::answer`].
    ///
    /// Dropping the returned future loses nothing.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        while let Some(events) = &mut self.events {
            let data = match events.next().await {
                Some(Ok(event)) => event.data,
                Some(Err(_)) | None => return Err(self.peer.cut_off()),
            };
            if data.trim() == "[DONE]" {
                self.events = None;
                break;
            }
            let chunk: ChatChunk =
                serde_json::from_str(&data).map_err(|error| self.peer.unreadable(&error))?;
            if let Some(error) = chunk.extra.get("error") {
                return Err(self.peer.failed_within(Some(Box::new(problem(error)))));
            }
            let said = add(&mut self.answer, chunk);
            if !said.is_empty() {
                return Ok(Some(said));
            }
        }
        Ok(None)
    }

    /// The whole answer, once [`Self::next`] has returned `None`.
    pub fn answer(self) -> ChatAnswer {
        self.answer
    }
}

fn is_stream(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

fn provider(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-provider")?.to_str().ok()?.to_owned())
}

/// The form in which OpenAI's protocol tells an error after the answer has begun.
fn problem(error: &Value) -> Problem {
    let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let blame = error.get("blame").map(|blame| ("blame".to_owned(), blame.clone()));
    Problem {
        code: text("code"),
        detail: text("message"),
        extra: Map::from_iter(blame),
        ..Problem::default()
    }
}

fn empty(provider: Option<String>) -> ChatAnswer {
    let message = ChatMessage { content: None, ..ChatMessage::new(Role::Assistant, "") };
    ChatAnswer {
        id: String::new(),
        object: "chat.completion".to_owned(),
        created: 0,
        model: String::new(),
        choices: vec![Choice { index: 0, message, finish_reason: None, extra: Default::default() }],
        usage: None,
        provider,
        extra: Default::default(),
    }
}

/// Adds a piece; returns the text in it.
fn add(answer: &mut ChatAnswer, chunk: ChatChunk) -> String {
    if !chunk.model.is_empty() {
        (answer.id, answer.created, answer.model) = (chunk.id, chunk.created, chunk.model);
    }
    if chunk.usage.is_some() {
        answer.usage = chunk.usage;
    }
    // One choice was asked for.
    let added = chunk.choices.into_iter().find(|choice| choice.index == 0);
    match (added, answer.choices.first_mut()) {
        (Some(added), Some(choice)) => extend(choice, added),
        _ => String::new(),
    }
}

fn extend(choice: &mut Choice, added: ChunkChoice) -> String {
    let message = &mut choice.message;
    if added.finish_reason.is_some() {
        choice.finish_reason = added.finish_reason;
    }
    added.delta.tool_calls.into_iter().for_each(|call| call_on(&mut message.tool_calls, call));
    if let Some(refusal) = added.delta.extra.get("refusal").and_then(Value::as_str) {
        message.refusal.get_or_insert_default().push_str(refusal);
    }
    let said = added.delta.content.unwrap_or_default();
    match &mut message.content {
        Some(Content::Text(text)) => text.push_str(&said),
        content if !said.is_empty() => *content = Some(said.clone().into()),
        _ => {}
    }
    said
}

/// A call comes in pieces under its index. Some servers send calls whole, all under the same one: another id is another call.
fn call_on(calls: &mut Vec<ToolCall>, added: ToolCallDelta) {
    let id = added.id.unwrap_or_default();
    let at = usize::try_from(added.index).unwrap_or(usize::MAX);
    let goes_on = calls.get(at).is_some_and(|call| id.is_empty() || call.id == id);
    if !goes_on {
        calls.push(ToolCall::new(id, "", &Value::Null));
        if let Some(call) = calls.last_mut() {
            call.function.arguments.clear();
        }
    }
    let call = if goes_on { calls.get_mut(at) } else { calls.last_mut() };
    if let (Some(call), Some(function)) = (call, added.function) {
        call.function.name.push_str(&function.name.unwrap_or_default());
        call.function.arguments.push_str(&function.arguments.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn folded(chunks: &[Value]) -> (ChatAnswer, Vec<String>) {
        let mut answer = empty(None);
        let read = |chunk: &Value| serde_json::from_value(chunk.clone()).expect("a chunk");
        let said = chunks.iter().map(|chunk| add(&mut answer, read(chunk))).collect();
        (answer, said)
    }

    fn delta(delta: Value) -> Value {
        json!({ "model": "m", "choices": [{ "index": 0, "delta": delta }] })
    }

    fn call(index: u32, id: Option<&str>, name: Option<&str>, arguments: &str) -> Value {
        json!({ "index": index, "id": id, "function": { "name": name, "arguments": arguments } })
    }

    #[test]
    fn pieces_of_text_become_the_text() {
        let end = json!({ "model": "m", "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
        let usage =
            json!({ "model": "m", "choices": [], "usage": { "prompt_tokens": 3, "completion_tokens": 2 } });
        let (answer, said) = folded(&[
            delta(json!({ "role": "assistant", "content": "" })),
            delta(json!({ "content": "a" })),
            delta(json!({ "content": "b" })),
            end,
            usage,
        ]);
        assert_eq!(said, ["", "a", "b", "", ""]);
        let message = answer.message().expect("a message");
        assert_eq!((message.text().as_str(), answer.model.as_str()), ("ab", "m"));
        assert_eq!(answer.usage.expect("usage").prompt_tokens, 3);
        assert_eq!(answer.choices[0].finish_reason, Some(service_api::chat::FinishReason::Stop));
    }

    #[test]
    fn an_answer_of_calls_alone_has_no_text() {
        let pieces = [
            call(0, Some("a"), Some("add"), ""),
            call(0, None, None, "{\"x\""),
            call(0, None, None, ":1}"),
            call(1, Some("b"), Some("sub"), "{}"),
        ];
        let (answer, _) = folded(&pieces.map(|piece| delta(json!({ "tool_calls": [piece] }))));
        let message = answer.message().expect("a message");
        let calls: Vec<_> = message
            .tool_calls
            .iter()
            .map(|call| (&*call.id, &*call.function.name, &*call.function.arguments))
            .collect();
        assert_eq!(calls, [("a", "add", "{\"x\":1}"), ("b", "sub", "{}")]);
        assert_eq!(message.content, None);
    }

    #[test]
    fn whole_calls_under_one_index_are_told_apart() {
        let both = json!({ "tool_calls": [call(0, Some("a"), Some("add"), "{}"), call(0, Some("b"), Some("sub"), "{}")] });
        assert_eq!(folded(&[delta(both)]).0.message().expect("a message").tool_calls.len(), 2);
    }

    #[test]
    fn a_refusal_is_put_together_too() {
        let (answer, _) = folded(&[delta(json!({ "refusal": "I " })), delta(json!({ "refusal": "won't" }))]);
        assert_eq!(answer.message().expect("a message").refusal.as_deref(), Some("I won't"));
    }
}
