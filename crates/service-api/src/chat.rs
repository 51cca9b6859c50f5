//! The language of a thought: chat requests, answers and stream chunks in the shape of OpenAI's chat completions.
//!
//! Members that we do not name travel on untouched in `extra`, so that a newer client or server loses nothing.

mod answer;
mod chunk;
mod message;
mod request;
mod schema;
mod tool;

pub use answer::{ChatAnswer, Choice, FinishReason, Usage};
pub use chunk::{ChatChunk, ChunkChoice, Delta, FunctionDelta, ToolCallDelta};
pub use message::{ChatMessage, Content, ContentPart, ImageUrl, Role};
pub use request::{ChatRequest, ResponseFormat, Stop, StreamOptions};
pub use schema::Schema;
pub use tool::{ChatTool, FunctionCall, FunctionSpec, NamedFunction, ToolCall, ToolChoice, ToolMode};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Members that this version does not name.
pub type Extra = Map<String, Value>;

/// Reads `null` like an absent list: several servers send `"tool_calls": null`.
fn null_as_empty<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests;
