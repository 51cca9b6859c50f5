//! Turns of blocks into messages.

use serde::Deserialize;
use serde_json::{Value, json};
use service_api::chat::{ChatMessage, Content, ContentPart, ImageUrl, Role, ToolCall};
use utoipa::ToSchema;

use crate::Error;
use crate::providers::anthropic::wire::Block;

/// One turn.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MessagesTurn)]
pub struct Turn {
    /// `user` or `assistant`.
    role: Speaker,
    /// A text, or blocks.
    #[schema(value_type = String)]
    content: Said,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MessagesRole)]
enum Speaker {
    User,
    Assistant,
}

/// A text, or blocks.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be a text or a list of content blocks")]
pub enum Said {
    /// A text.
    Text(String),
    /// Blocks.
    Blocks(Vec<Block>),
}

impl Said {
    /// The text of it; other blocks than text are refused.
    pub fn text(self, path: &str) -> Result<String, Error> {
        let blocks = match self {
            Self::Text(text) => return Ok(text),
            Self::Blocks(blocks) => blocks,
        };
        let texts = blocks.into_iter().enumerate().map(|(i, block)| match block {
            Block::Text { text } => Ok(text),
            _ => Err(Error::field(format!("{path}[{i}].type"), "must be text here")),
        });
        Ok(texts.collect::<Result<Vec<_>, _>>()?.join("\n\n"))
    }

    fn blocks(self) -> Vec<Block> {
        match self {
            Self::Text(text) => vec![Block::Text { text }],
            Self::Blocks(blocks) => blocks,
        }
    }
}

impl Turn {
    /// A user's turn may hold observations, which are messages of their own, before what the user says.
    pub fn parse(self, path: &str) -> Result<Vec<ChatMessage>, Error> {
        match self.role {
            Speaker::User => user(self.content.blocks(), path),
            Speaker::Assistant => assistant(self.content.blocks(), path).map(|message| vec![message]),
        }
    }
}

fn user(blocks: Vec<Block>, path: &str) -> Result<Vec<ChatMessage>, Error> {
    let (mut messages, mut parts) = (Vec::new(), Vec::new());
    for (i, block) in blocks.into_iter().enumerate() {
        let place = format!("{path}.content[{i}]");
        match block {
            Block::Text { text } => parts.push(part("text", Some(text), None)),
            Block::Image { source } => parts.push(part("image_url", None, Some(picture(&source, &place)?))),
            Block::ToolResult { tool_use_id, content, is_error } => {
                let text = observed(content, &place)?;
                let text = if is_error { json!({ "error": text }).to_string() } else { text };
                messages.push(ChatMessage::observation(tool_use_id, text));
            }
            Block::ToolUse { .. } | Block::Unknown => {
                return Err(misplaced(&place, "text, image or tool_result"));
            }
        }
    }
    if !parts.is_empty() {
        let mut message = ChatMessage::new(Role::User, "");
        let only_text = parts.iter().all(|part| part.kind == "text");
        let content = Content::Parts(parts);
        message.content = Some(if only_text { Content::Text(content.text()) } else { content });
        messages.push(message);
    }
    Ok(messages)
}

fn assistant(blocks: Vec<Block>, path: &str) -> Result<ChatMessage, Error> {
    let (mut texts, mut calls) = (Vec::new(), Vec::new());
    for (i, block) in blocks.into_iter().enumerate() {
        match block {
            Block::Text { text } => texts.push(text),
            Block::ToolUse { id, name, input } => calls.push(ToolCall::new(id, name, &input)),
            _ => return Err(misplaced(&format!("{path}.content[{i}]"), "text or tool_use")),
        }
    }
    Ok(ChatMessage::calling((!texts.is_empty()).then(|| texts.join("\n")), calls))
}

fn part(kind: &str, text: Option<String>, image_url: Option<ImageUrl>) -> ContentPart {
    ContentPart { kind: kind.to_owned(), text, image_url, extra: Default::default() }
}

fn picture(source: &Value, place: &str) -> Result<ImageUrl, Error> {
    let word = |name: &str| source[name].as_str();
    let url = match (word("type"), word("url"), word("media_type"), word("data")) {
        (Some("url"), Some(url), _, _) => url.to_owned(),
        (Some("base64"), _, Some(kind), Some(data)) => format!("data:{kind};base64,{data}"),
        _ => return Err(Error::field(format!("{place}.source"), "must be of type url or base64")),
    };
    Ok(ImageUrl { url, detail: None })
}

/// Text, or text blocks; ours know no pictures in observations.
fn observed(content: Value, place: &str) -> Result<String, Error> {
    match content {
        Value::String(text) => Ok(text),
        Value::Null => Ok(String::new()),
        blocks => {
            let blocks: Vec<Block> = serde_json::from_value(blocks).map_err(|_| {
                Error::field(format!("{place}.content"), "must be a text or a list of blocks")
            })?;
            Said::Blocks(blocks).text(&format!("{place}.content"))
        }
    }
}

fn misplaced(place: &str, allowed: &str) -> Error {
    Error::field(format!("{place}.type"), format!("must be {allowed} here"))
}
