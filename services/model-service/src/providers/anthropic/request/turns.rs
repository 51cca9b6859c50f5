//! Messages into alternating turns: observations become content of the user.

use serde_json::{Value, json};
use service_api::chat::{ChatMessage, Content, ContentPart, Role, ToolCall};

use super::super::wire::{Block, Turn};
use super::NotCarried;

/// The conversation without its standing instructions.
pub fn translate(messages: &[ChatMessage]) -> Result<Vec<Turn>, NotCarried> {
    let mut turns: Vec<Turn> = Vec::new();
    for message in messages {
        let (role, blocks) = match message.role {
            Role::System | Role::Developer => continue,
            Role::User => ("user", said(message)?),
            Role::Assistant => ("assistant", answered(message)?),
            Role::Tool => ("user", vec![observed(message)?]),
        };
        match turns.last_mut().filter(|turn| turn.role == role) {
            Some(turn) => turn.content.extend(blocks),
            None if blocks.is_empty() => {}
            None => turns.push(Turn { role, content: blocks }),
        }
    }
    if turns.is_empty() {
        return Err(NotCarried(
            "messages holds nothing but standing instructions; add a user message".into(),
        ));
    }
    Ok(turns)
}

/// Empty texts are left out: this protocol refuses them.
fn said(message: &ChatMessage) -> Result<Vec<Block>, NotCarried> {
    match &message.content {
        None => Ok(Vec::new()),
        Some(Content::Text(text)) => Ok(words(text).into_iter().collect()),
        Some(Content::Parts(parts)) => {
            parts.iter().map(part).filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()
        }
    }
}

fn words(text: &str) -> Option<Block> {
    (!text.trim().is_empty()).then(|| Block::Text { text: text.to_owned() })
}

fn part(part: &ContentPart) -> Result<Option<Block>, NotCarried> {
    match (part.kind.as_str(), &part.text, &part.image_url) {
        ("text", Some(text), _) => Ok(words(text)),
        ("image_url", _, Some(image)) => picture(&image.url).map(Some),
        (kind, _, _) => {
            Err(NotCarried(format!("a content part of type {kind} has no counterpart in its protocol")))
        }
    }
}

fn picture(url: &str) -> Result<Block, NotCarried> {
    let Some(data) = url.strip_prefix("data:") else {
        return Ok(Block::Image { source: json!({ "type": "url", "url": url }) });
    };
    let (media_type, data) = data
        .split_once(";base64,")
        .ok_or_else(|| NotCarried("an image's data must be written as data:<type>;base64,<data>".into()))?;
    Ok(Block::Image { source: json!({ "type": "base64", "media_type": media_type, "data": data }) })
}

fn answered(message: &ChatMessage) -> Result<Vec<Block>, NotCarried> {
    let mut blocks = said(message)?;
    blocks.extend(message.tool_calls.iter().map(used));
    Ok(blocks)
}

/// Arguments that are no object (models make mistakes) are kept as a text within one.
fn used(call: &ToolCall) -> Block {
    let arguments = call.function.arguments.trim();
    let input = match serde_json::from_str::<Value>(arguments) {
        Ok(object @ Value::Object(_)) => object,
        _ if arguments.is_empty() => json!({}),
        _ => json!({ "unreadable_arguments": arguments }),
    };
    Block::ToolUse { id: call.id.clone(), name: call.function.name.clone(), input }
}

fn observed(message: &ChatMessage) -> Result<Block, NotCarried> {
    let call = message.tool_call_id.clone();
    let tool_use_id = call.ok_or_else(|| NotCarried("a message of role tool has no tool_call_id".into()))?;
    let text = message.text();
    let is_error = serde_json::from_str::<Value>(&text)
        .is_ok_and(|value| value.as_object().is_some_and(|o| o.len() == 1 && o.contains_key("error")));
    Ok(Block::ToolResult { tool_use_id, content: Value::String(text), is_error })
}
