//! Items into messages: calls of functions and their outputs find their places in the conversation.

use serde::Deserialize;
use serde_json::Value;
use service_api::chat::{ChatMessage, Content, ContentPart, FunctionCall, ImageUrl, Role, ToolCall};

use crate::Error;
use crate::providers::Notes;

/// A text, or items.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be a text or a list of items")]
pub enum Input {
    /// One user message.
    Text(String),
    /// A conversation.
    Items(Vec<Item>),
}

/// One item.
#[derive(Debug, Deserialize)]
pub struct Item {
    /// `message` when absent.
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    content: Option<Said>,
    #[serde(default)]
    call_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
    #[serde(default)]
    output: Option<Said>,
}

/// A text, or parts.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be a text or a list of parts")]
enum Said {
    Text(String),
    Parts(Vec<Value>),
}

/// The conversation.
pub fn messages(input: Input, notes: &Notes) -> Result<Vec<ChatMessage>, Error> {
    let items = match input {
        Input::Text(text) => return Ok(vec![ChatMessage::new(Role::User, text)]),
        Input::Items(items) => items,
    };
    let mut messages: Vec<ChatMessage> = Vec::new();
    for (i, item) in items.into_iter().enumerate() {
        let place = format!("input[{i}]");
        match item.kind.as_deref().unwrap_or("message") {
            "message" => messages.push(message(item, &place)?),
            "function_call" => add_call(&mut messages, call(item, &place)?),
            "function_call_output" => messages.push(observation(item, &place)?),
            "reasoning" => notes.warn("input of type reasoning is not carried over to chat completions"),
            kind => {
                let why = format!("{kind} has no counterpart in the protocol of this model's provider");
                return Err(Error::field(format!("{place}.type"), why));
            }
        }
    }
    Ok(messages)
}

fn message(item: Item, place: &str) -> Result<ChatMessage, Error> {
    let role = item.role.ok_or_else(|| missing(place, "role"))?;
    let content = item.content.ok_or_else(|| missing(place, "content"))?;
    let content = said(content, &format!("{place}.content"))?;
    Ok(ChatMessage { content: Some(content), ..ChatMessage::new(role, "") })
}

fn call(item: Item, place: &str) -> Result<ToolCall, Error> {
    let id = item.call_id.ok_or_else(|| missing(place, "call_id"))?;
    let name = item.name.ok_or_else(|| missing(place, "name"))?;
    let function = FunctionCall { name, arguments: item.arguments.unwrap_or_default() };
    Ok(ToolCall { id, kind: "function".to_owned(), function, extra: Default::default() })
}

/// Calls that follow one another, or a text of the assistant, belong to one message.
fn add_call(messages: &mut Vec<ChatMessage>, call: ToolCall) {
    match messages.last_mut().filter(|last| last.role == Role::Assistant) {
        Some(last) => last.tool_calls.push(call),
        None => messages.push(ChatMessage::calling(None, vec![call])),
    }
}

fn observation(item: Item, place: &str) -> Result<ChatMessage, Error> {
    let id = item.call_id.ok_or_else(|| missing(place, "call_id"))?;
    let output = item.output.ok_or_else(|| missing(place, "output"))?;
    let content = said(output, &format!("{place}.output"))?;
    Ok(ChatMessage { content: Some(content), ..ChatMessage::observation(id, "") })
}

fn said(said: Said, place: &str) -> Result<Content, Error> {
    let parts = match said {
        Said::Text(text) => return Ok(Content::Text(text)),
        Said::Parts(parts) => parts,
    };
    let parts: Vec<ContentPart> = parts
        .iter()
        .enumerate()
        .map(|(i, value)| part(value, &format!("{place}[{i}]")))
        .collect::<Result<_, _>>()?;
    let only_text = parts.iter().all(|part| part.kind == "text");
    let content = Content::Parts(parts);
    Ok(if only_text { Content::Text(content.text()) } else { content })
}

fn part(value: &Value, place: &str) -> Result<ContentPart, Error> {
    let word = |name: &str| value[name].as_str().map(str::to_owned);
    let part = |kind: &str, text, image_url| ContentPart {
        kind: kind.to_owned(),
        text,
        image_url,
        extra: Default::default(),
    };
    match (value["type"].as_str().unwrap_or_default(), word("text"), word("image_url")) {
        ("input_text" | "output_text" | "text", Some(text), _) => Ok(part("text", Some(text), None)),
        ("refusal", ..) => Ok(part("text", word("refusal"), None)),
        ("input_image", _, Some(url)) => {
            Ok(part("image_url", None, Some(ImageUrl { url, detail: word("detail") })))
        }
        _ => Err(Error::field(
            format!("{place}.type"),
            "must be input_text, output_text, or input_image with an image_url here",
        )),
    }
}

fn missing(place: &str, name: &str) -> Error {
    Error::field(format!("{place}.{name}"), "is missing")
}
