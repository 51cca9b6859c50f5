//! Chat completions: chunks whose deltas add up to messages.

use std::collections::BTreeMap;

use serde_json::Value;
use service_api::chat::{
    ChatAnswer, ChatChunk, ChatMessage, Choice, ChunkChoice, Content, Delta, Extra, FinishReason,
    FunctionCall, FunctionDelta, Role, ToolCall, ToolCallDelta, Usage,
};

/// Members of chunks that belong to the stream and not to its answer.
const OF_THE_STREAM: [&str; 1] = ["obfuscation"];

/// The chunks that tell an answer: what is said, what is called, and how it ends.
pub fn pieces(answer: ChatAnswer) -> Vec<ChatChunk> {
    let frame = ChatChunk {
        id: answer.id,
        object: "chat.completion.chunk".to_owned(),
        created: answer.created,
        model: answer.model,
        extra: answer.extra,
        ..ChatChunk::default()
    };
    let (mut said, mut called, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for choice in answer.choices {
        let Choice { index, message, finish_reason, extra } = choice;
        let piece = |delta| ChunkChoice { index, delta, ..ChunkChoice::default() };
        let ChatMessage { role, content, tool_calls, refusal, extra: mut more, .. } = message;
        more.extend(refusal.map(|words| ("refusal".to_owned(), Value::String(words))));
        let content = content.map(|content| content.text());
        let delta = Delta { role: Some(role), content, extra: more, ..Delta::default() };
        said.push(ChunkChoice { extra, ..piece(delta) });
        let calls: Vec<_> = tool_calls.into_iter().zip(0..).map(whole_call).collect();
        if !calls.is_empty() {
            called.push(piece(Delta { tool_calls: calls, ..Delta::default() }));
        }
        ended.push(ChunkChoice { finish_reason, ..piece(Delta::default()) });
    }
    let chunk = |choices| ChatChunk { choices, ..frame.clone() };
    let mut chunks: Vec<_> =
        [said, called].into_iter().filter(|choices| !choices.is_empty()).map(chunk).collect();
    chunks.push(ChatChunk { usage: answer.usage, ..chunk(ended) });
    chunks
}

/// A call that comes in one piece.
pub fn whole_call((call, index): (ToolCall, u32)) -> ToolCallDelta {
    let function = FunctionDelta { name: Some(call.function.name), arguments: Some(call.function.arguments) };
    ToolCallDelta { index, id: Some(call.id), kind: Some(call.kind), function: Some(function) }
}

/// An answer on its way.
#[derive(Default)]
pub struct Gathered {
    frame: ChatChunk,
    choices: BTreeMap<u32, Growing>,
    usage: Option<Usage>,
    size: usize,
}

/// A choice on its way.
#[derive(Default)]
struct Growing {
    role: Option<Role>,
    content: Option<String>,
    calls: BTreeMap<u32, ToolCallDelta>,
    finish_reason: Option<FinishReason>,
    of_message: Extra,
    of_choice: Extra,
}

impl Gathered {
    /// Takes the next chunk.
    pub fn see(&mut self, chunk: &ChatChunk) {
        if self.frame.id.is_empty() {
            let extra = std::mem::take(&mut self.frame.extra);
            self.frame = ChatChunk { choices: Vec::new(), usage: None, extra, ..chunk.clone() };
        }
        add(&mut self.frame.extra, &chunk.extra);
        if chunk.usage.is_some() {
            self.usage.clone_from(&chunk.usage);
        }
        for choice in &chunk.choices {
            self.size += weight(choice);
            self.choices.entry(choice.index).or_default().see(choice);
        }
    }

    /// Bytes gathered, about.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The answer; `None` when a choice has no end.
    pub fn whole(self) -> Option<ChatAnswer> {
        let choices = self.choices.into_iter().map(|(index, choice)| choice.whole(index));
        let choices: Vec<_> = choices.collect::<Option<_>>()?;
        (!choices.is_empty()).then_some(ChatAnswer {
            id: self.frame.id,
            object: "chat.completion".to_owned(),
            created: self.frame.created,
            model: self.frame.model,
            choices,
            usage: self.usage,
            provider: None,
            extra: self.frame.extra,
        })
    }
}

impl Growing {
    fn see(&mut self, choice: &ChunkChoice) {
        let delta = &choice.delta;
        self.role = self.role.or(delta.role);
        if let Some(more) = &delta.content {
            self.content.get_or_insert_default().push_str(more);
        }
        for call in &delta.tool_calls {
            grow(self.calls.entry(call.index).or_default(), call);
        }
        if choice.finish_reason.is_some() {
            self.finish_reason.clone_from(&choice.finish_reason);
        }
        add(&mut self.of_message, &delta.extra);
        add(&mut self.of_choice, &choice.extra);
    }

    fn whole(mut self, index: u32) -> Option<Choice> {
        let finish_reason = Some(self.finish_reason?);
        let refusal = match self.of_message.remove("refusal") {
            Some(Value::String(words)) => Some(words),
            _ => None,
        };
        let tool_calls: Vec<_> = self.calls.into_values().map(called).collect();
        // Streams of calls begin with an empty text, which the whole form does not have.
        let content = self.content.filter(|text| !text.is_empty() || tool_calls.is_empty());
        let message = ChatMessage {
            role: self.role.unwrap_or(Role::Assistant),
            content: content.map(Content::Text),
            tool_calls,
            refusal,
            extra: self.of_message,
            name: None,
            tool_call_id: None,
        };
        Some(Choice { index, message, finish_reason, extra: self.of_choice })
    }
}

fn weight(choice: &ChunkChoice) -> usize {
    let text = choice.delta.content.as_ref().map_or(0, String::len);
    let functions = choice.delta.tool_calls.iter().filter_map(|call| call.function.as_ref());
    let arguments = functions.filter_map(|function| function.arguments.as_ref());
    let extras = [&choice.extra, &choice.delta.extra].into_iter().flat_map(Extra::values);
    text + arguments.map(String::len).sum::<usize>()
        + extras.map(|value| value.to_string().len()).sum::<usize>()
}

fn grow(call: &mut ToolCallDelta, more: &ToolCallDelta) {
    call.id = call.id.take().or_else(|| more.id.clone());
    call.kind = call.kind.take().or_else(|| more.kind.clone());
    let Some(more) = &more.function else { return };
    let function = call.function.get_or_insert_default();
    function.name = function.name.take().or_else(|| more.name.clone());
    if let Some(arguments) = &more.arguments {
        function.arguments.get_or_insert_default().push_str(arguments);
    }
}

fn called(call: ToolCallDelta) -> ToolCall {
    let function = call.function.unwrap_or_default();
    ToolCall {
        id: call.id.unwrap_or_default(),
        kind: call.kind.unwrap_or_else(|| "function".to_owned()),
        function: FunctionCall {
            name: function.name.unwrap_or_default(),
            arguments: function.arguments.unwrap_or_default(),
        },
        extra: Extra::new(),
    }
}

/// Members that we do not name: texts grow, lists and what is within objects too, anything else is replaced.
fn add(known: &mut Extra, more: &Extra) {
    for (name, value) in more.iter().filter(|(name, _)| !OF_THE_STREAM.contains(&name.as_str())) {
        match (known.get_mut(name), value) {
            (Some(Value::Array(list)), Value::Array(more)) => list.extend(more.iter().cloned()),
            (Some(Value::Object(members)), Value::Object(more)) => add(members, more),
            (Some(Value::String(text)), Value::String(more)) if grows(name) => text.push_str(more),
            (Some(_), Value::Null) => {}
            _ => drop(known.insert(name.clone(), value.clone())),
        }
    }
}

/// Texts that servers send bit by bit; others, such as `system_fingerprint`, are the same in every chunk.
fn grows(name: &str) -> bool {
    matches!(name, "refusal" | "reasoning" | "reasoning_content")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> ChatAnswer {
        serde_json::from_value(json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "m", "system_fingerprint": "fp",
            "choices": [
                {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": "Let me see.",
                    "reasoning_content": "hm", "tool_calls": [
                        {"id": "a", "type": "function", "function": {"name": "calc", "arguments": "{\"e\":1}"}},
                        {"id": "b", "type": "function", "function": {"name": "now", "arguments": "{}"}}]}},
                {"index": 1, "finish_reason": "stop", "logprobs": {"content": [{"token": "no"}]},
                    "message": {"role": "assistant", "content": null, "refusal": "no"}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        }))
        .unwrap()
    }

    fn gathered(chunks: &[ChatChunk]) -> Option<ChatAnswer> {
        let mut gathered = Gathered::default();
        chunks.iter().for_each(|chunk| gathered.see(chunk));
        gathered.whole()
    }

    #[test]
    fn an_answer_survives_the_way_through_its_chunks() {
        let chunks = pieces(answer());
        assert_eq!(chunks.len(), 3);
        assert_eq!(gathered(&chunks), Some(answer()));
        assert_eq!(gathered(&chunks[..2]), None, "without an end there is no whole");
    }

    #[test]
    fn what_comes_bit_by_bit_adds_up() {
        let bit = |delta: Value, reason: Option<&str>| {
            let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
            serde_json::from_value::<ChatChunk>(json!({"id": "c", "obfuscation": "x", "choices": [choice]}))
                .unwrap()
        };
        let call = |more: Value| json!({ "tool_calls": [more] });
        let whole = gathered(&[
            bit(json!({"role": "assistant", "content": "", "refusal": null}), None),
            bit(
                call(
                    json!({"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}),
                ),
                None,
            ),
            bit(call(json!({"index": 0, "function": {"arguments": "{\"a\":"}})), None),
            bit(call(json!({"index": 0, "function": {"arguments": "1}"}})), None),
            bit(json!({}), Some("tool_calls")),
        ]);
        let whole = serde_json::to_value(whole.unwrap()).unwrap();
        assert_eq!(whole.get("obfuscation"), None);
        let message = &whole["choices"][0]["message"];
        assert_eq!(
            (&message["content"], &message["tool_calls"][0]["function"]["arguments"]),
            (&Value::Null, &json!("{\"a\":1}"))
        );
    }
}
