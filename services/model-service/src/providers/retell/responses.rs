//! OpenAI's Responses: items that are added, filled and done, each event with its number. The last one repeats the whole.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::event;
use crate::providers::Event;

/// The event that a response ends with, if it ended well.
fn ended(response: &Value) -> Option<&'static str> {
    match response["status"].as_str()? {
        "completed" => Some("response.completed"),
        "incomplete" => Some("response.incomplete"),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Last<'a> {
    #[serde(borrow)]
    response: &'a RawValue,
}

/// The response that an event brings, if it is the last one.
pub fn whole(event: &Event) -> Option<Bytes> {
    if !matches!(event.name.as_str(), "response.completed" | "response.incomplete") {
        return None;
    }
    let last: Last<'_> = serde_json::from_str(&event.data).ok()?;
    Some(Bytes::copy_from_slice(last.response.get().as_bytes()))
}

/// The events that tell a response.
pub fn events(response: Value) -> Option<Vec<Event>> {
    let last = ended(&response)?;
    let output = response["output"].as_array()?;
    let mut begun = response.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    for member in ["usage", "incomplete_details", "completed_at"] {
        begun.get_mut(member).into_iter().for_each(|value| *value = Value::Null);
    }
    let mut telling = Telling::default();
    telling.tell("response.created", json!({ "response": begun }));
    telling.tell("response.in_progress", json!({ "response": begun }));
    output.iter().enumerate().for_each(|(place, item)| telling.item(place, item));
    telling.tell(last, json!({ "response": response }));
    Some(telling.told)
}

/// A part of an item that grows: the events say its name, and the member that holds what is there at the end.
struct Growing<'a> {
    name: &'a str,
    member: &'a str,
    text: &'a Value,
    at: Value,
}

#[derive(Default)]
struct Telling {
    told: Vec<Event>,
}

impl Telling {
    fn tell(&mut self, name: &str, mut members: Value) {
        members["type"] = json!(name);
        members["sequence_number"] = json!(self.told.len());
        self.told.push(event(&members));
    }

    fn item(&mut self, place: usize, item: &Value) {
        let mut opened = item.clone();
        for member in ["content", "summary"] {
            opened
                .get_mut(member)
                .filter(|list| list.is_array())
                .into_iter()
                .for_each(|list| *list = json!([]));
        }
        for member in ["arguments", "input"] {
            opened
                .get_mut(member)
                .filter(|text| text.is_string())
                .into_iter()
                .for_each(|text| *text = json!(""));
        }
        opened.get_mut("status").into_iter().for_each(|status| *status = json!("in_progress"));
        self.tell("response.output_item.added", json!({ "output_index": place, "item": opened }));
        let at = json!({ "item_id": item["id"], "output_index": place });
        match item["type"].as_str() {
            Some("message") => self.parts("response.content_part", "content_index", &item["content"], &at),
            Some("reasoning") => {
                self.parts("response.reasoning_summary_part", "summary_index", &item["summary"], &at);
            }
            Some("function_call") => self.grow(Growing {
                name: "response.function_call_arguments",
                member: "arguments",
                text: &item["arguments"],
                at: with(&at, "name", &item["name"]),
            }),
            Some("custom_tool_call") => self.grow(Growing {
                name: "response.custom_tool_call_input",
                member: "input",
                text: &item["input"],
                at,
            }),
            _ => {}
        }
        self.tell("response.output_item.done", json!({ "output_index": place, "item": item }));
    }

    fn parts(&mut self, name: &str, index: &str, parts: &Value, at: &Value) {
        for (number, part) in parts.as_array().into_iter().flatten().enumerate() {
            let at = with(at, index, &json!(number));
            let (grows, member) = match part["type"].as_str() {
                Some("output_text") => ("response.output_text", "text"),
                Some("refusal") => ("response.refusal", "refusal"),
                Some("summary_text") => ("response.reasoning_summary_text", "text"),
                _ => ("", ""),
            };
            let mut opened = part.clone();
            opened.get_mut(member).into_iter().for_each(|text| *text = json!(""));
            opened.get_mut("annotations").into_iter().for_each(|list| *list = json!([]));
            self.tell(&format!("{name}.added"), with(&at, "part", &opened));
            if !member.is_empty() {
                self.grow(Growing { name: grows, member, text: &part[member], at: at.clone() });
            }
            for (number, note) in part["annotations"].as_array().into_iter().flatten().enumerate() {
                let at = with(&with(&at, "annotation_index", &json!(number)), "annotation", note);
                self.tell("response.output_text.annotation.added", at);
            }
            self.tell(&format!("{name}.done"), with(&at, "part", part));
        }
    }

    fn grow(&mut self, growing: Growing<'_>) {
        let Growing { name, member, text, at } = growing;
        let logs = if name == "response.output_text" { with(&at, "logprobs", &json!([])) } else { at };
        if text.as_str().is_some_and(|text| !text.is_empty()) {
            self.tell(&format!("{name}.delta"), with(&logs, "delta", text));
        }
        self.tell(&format!("{name}.done"), with(&logs, member, text));
    }
}

fn with(at: &Value, member: &str, value: &Value) -> Value {
    let mut at = at.clone();
    at[member] = value.clone();
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> Value {
        json!({"id": "resp_1", "object": "response", "status": "completed", "model": "m",
            "output": [
                {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [
                    {"type": "output_text", "text": "hi", "annotations": [{"type": "url_citation"}], "logprobs": []}]},
                {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "c", "name": "f", "arguments": "{\"a\":1}"}],
            "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}})
    }

    #[test]
    fn a_response_is_told_in_numbered_events_and_the_last_one_holds_it() {
        let told = events(response()).unwrap();
        let parsed: Vec<Value> =
            told.iter().map(|event| serde_json::from_str(&event.data).unwrap()).collect();
        let numbers: Vec<_> = parsed.iter().map(|data| data["sequence_number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
        assert!(told.iter().zip(&parsed).all(|(event, data)| data["type"] == event.name));
        let deltas: Vec<_> = parsed
            .iter()
            .filter(|data| data["type"].as_str().unwrap().ends_with(".delta"))
            .map(|data| &data["delta"])
            .collect();
        assert_eq!(deltas, ["hm", "hi", "{\"a\":1}"]);
        assert_eq!(parsed[0]["response"]["status"], "in_progress");
        let last = whole(told.last().unwrap()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&last).unwrap(), response());
        assert!(whole(&told[0]).is_none());
    }

    #[test]
    fn what_failed_or_is_under_way_is_not_told() {
        for status in ["failed", "queued", "in_progress"] {
            let mut unfinished = response();
            unfinished["status"] = json!(status);
            assert!(events(unfinished).is_none());
        }
    }
}
