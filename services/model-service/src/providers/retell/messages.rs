//! Anthropic's Messages: blocks that open, grow and close.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::event;
use crate::providers::Event;

/// The events that tell a message.
pub fn events(message: Value) -> Option<Vec<Event>> {
    let Value::Object(mut message) = message else { return None };
    let Some(Value::Array(blocks)) = message.insert("content".to_owned(), json!([])) else { return None };
    let reason = message.insert("stop_reason".to_owned(), Value::Null).filter(|reason| !reason.is_null())?;
    let sequence = message.insert("stop_sequence".to_owned(), Value::Null).unwrap_or_default();
    let usage = message.get("usage").cloned().unwrap_or_default();
    if let Some(written) = message.get_mut("usage").and_then(|usage| usage.get_mut("output_tokens")) {
        *written = json!(0);
    }
    let mut told = vec![event(&json!({ "type": "message_start", "message": message }))];
    blocks.into_iter().enumerate().for_each(|(index, block)| tell_block(&mut told, index, block));
    let delta = json!({ "stop_reason": reason, "stop_sequence": sequence });
    told.push(event(&json!({ "type": "message_delta", "delta": delta, "usage": usage })));
    told.push(event(&json!({ "type": "message_stop" })));
    Some(told)
}

fn tell_block(told: &mut Vec<Event>, index: usize, mut block: Value) {
    let deltas = take_deltas(&mut block);
    told.push(event(&json!({ "type": "content_block_start", "index": index, "content_block": block })));
    told.extend(
        deltas
            .into_iter()
            .map(|delta| event(&json!({ "type": "content_block_delta", "index": index, "delta": delta }))),
    );
    told.push(event(&json!({ "type": "content_block_stop", "index": index })));
}

/// Empties a block, as it is when it opens; returns what fills it again.
fn take_deltas(block: &mut Value) -> Vec<Value> {
    let mut deltas = Vec::new();
    for (member, kind) in
        [("text", "text_delta"), ("thinking", "thinking_delta"), ("signature", "signature_delta")]
    {
        let Some(Value::String(text)) = block.get_mut(member) else { continue };
        let text = std::mem::take(text);
        if !text.is_empty() {
            deltas.push(json!({ "type": kind, member: text }));
        }
    }
    if let Some(Value::Array(citations)) = block.get_mut("citations") {
        let cited = std::mem::take(citations).into_iter();
        deltas.extend(cited.map(|citation| json!({ "type": "citations_delta", "citation": citation })));
    }
    if let Some(Value::Object(input)) = block.get_mut("input") {
        let input = std::mem::take(input);
        if !input.is_empty() {
            let json = Value::Object(input).to_string();
            deltas.push(json!({ "type": "input_json_delta", "partial_json": json }));
        }
    }
    deltas
}

/// A message on its way.
#[derive(Default)]
pub struct Gathered {
    message: Map<String, Value>,
    blocks: Vec<Value>,
    /// The arguments of the open block, as far as they came.
    input: String,
    /// Bytes gathered, about.
    size: usize,
    complete: bool,
    /// Something came that this version does not know: what it means for the whole is not known either.
    strange: bool,
}

impl Gathered {
    /// Takes the next event.
    pub fn see(&mut self, event: &Event) {
        if self.step(event).is_none() {
            self.strange = true;
        }
    }

    /// Bytes gathered, about.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The message, once it is complete.
    pub fn whole(self) -> Option<Bytes> {
        let Self { mut message, blocks, complete, strange, .. } = self;
        message.insert("content".to_owned(), Value::Array(blocks));
        (complete && !strange).then(|| Value::Object(message).to_string().into())
    }

    fn step(&mut self, event: &Event) -> Option<()> {
        let mut data: Value = serde_json::from_str(&event.data).ok()?;
        match event.name.as_str() {
            "message_start" => self.message = std::mem::take(data["message"].as_object_mut()?),
            "content_block_start" => {
                self.size += event.data.len();
                self.input.clear();
                self.blocks.push(data["content_block"].take());
            }
            "content_block_delta" => self.add(data["delta"].take())?,
            "content_block_stop" => self.close()?,
            "message_delta" => self.end(data)?,
            "message_stop" => self.complete = true,
            "ping" => {}
            _ => return None,
        }
        Some(())
    }

    fn add(&mut self, mut delta: Value) -> Option<()> {
        let block = self.blocks.last_mut()?;
        let size = &mut self.size;
        let mut append = |member: &str| {
            let more = delta[member].as_str()?;
            *size += more.len();
            match block.get_mut(member) {
                Some(Value::String(text)) => text.push_str(more),
                _ => block[member] = json!(more),
            }
            Some(())
        };
        match delta["type"].as_str()? {
            "text_delta" => append("text"),
            "thinking_delta" => append("thinking"),
            "signature_delta" => append("signature"),
            "input_json_delta" => {
                let more = delta["partial_json"].as_str()?;
                self.size += more.len();
                self.input.push_str(more);
                Some(())
            }
            "citations_delta" => {
                let citation = delta["citation"].take();
                self.size += citation.to_string().len();
                match block.get_mut("citations") {
                    Some(Value::Array(citations)) => citations.push(citation),
                    _ => block["citations"] = json!([citation]),
                }
                Some(())
            }
            _ => None,
        }
    }

    fn close(&mut self) -> Option<()> {
        let input = std::mem::take(&mut self.input);
        if !input.is_empty() {
            self.blocks.last_mut()?["input"] = serde_json::from_str(&input).ok()?;
        }
        Some(())
    }

    /// Counts are totals; those that are not told again stay.
    fn end(&mut self, mut data: Value) -> Option<()> {
        let told = std::mem::take(data["delta"].as_object_mut()?);
        self.message.extend(told);
        let usage = data.get_mut("usage").and_then(Value::as_object_mut).map(std::mem::take);
        let known = self.message.entry("usage").or_insert_with(|| json!({})).as_object_mut()?;
        known.extend(usage.unwrap_or_default().into_iter().filter(|(_, count)| !count.is_null()));
        let rest = std::mem::take(data.as_object_mut()?).into_iter();
        self.message.extend(rest.filter(|(name, _)| !matches!(name.as_str(), "type" | "delta" | "usage")));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Value {
        json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "c", "stop_reason": "tool_use", "stop_sequence": null,
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "EqQB"},
                {"type": "text", "text": "Let me see.", "citations": [{"type": "char_location", "cited_text": "x"}]},
                {"type": "tool_use", "id": "t1", "name": "calc", "input": {"e": [1, {"a": "b"}]}},
                {"type": "tool_use", "id": "t2", "name": "now", "input": {}},
                {"type": "redacted_thinking", "data": "abc"}],
            "usage": {"input_tokens": 100, "cache_read_input_tokens": 7, "output_tokens": 20}})
    }

    fn gathered(events: &[Event]) -> Option<Value> {
        let mut gathered = Gathered::default();
        events.iter().for_each(|event| gathered.see(event));
        gathered.whole().map(|whole| serde_json::from_slice(&whole).unwrap())
    }

    #[test]
    fn a_message_survives_the_way_through_its_events() {
        let told = events(message()).unwrap();
        assert_eq!(told.first().unwrap().name, "message_start");
        assert_eq!(told.last().unwrap().name, "message_stop");
        assert_eq!(gathered(&told), Some(message()));
    }

    #[test]
    fn what_is_cut_off_or_not_understood_makes_no_whole() {
        let told = events(message()).unwrap();
        assert_eq!(gathered(&told[..told.len() - 1]), None);
        let strange = Event { name: "message_twist".to_owned(), data: "{}".to_owned() };
        assert_eq!(gathered(&[&[strange], &told[..]].concat()), None);
        assert!(events(json!({"type": "error", "error": {}})).is_none());
    }
}
