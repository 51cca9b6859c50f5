//! A streamed answer, piece by piece.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Extra, FinishReason, Role, Usage, null_as_empty};

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatChunk {
    /// The same in every piece of one answer.
    #[serde(default)]
    pub id: String,
    /// Always `chat.completion.chunk`.
    #[serde(default)]
    pub object: String,
    /// Unix seconds.
    #[serde(default)]
    pub created: i64,
    /// The model that answers.
    #[serde(default)]
    pub model: String,
    /// What is added to each choice; empty in the piece that tells the usage.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub choices: Vec<ChunkChoice>,
    /// Tokens used, in the last piece, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Anything else.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Extra,
}

/// What is added to one choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChunkChoice {
    /// Which choice.
    #[serde(default)]
    pub index: u32,
    /// The addition.
    #[serde(default)]
    pub delta: Delta,
    /// Set in the choice's last piece.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub finish_reason: Option<FinishReason>,
    /// Anything else.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Extra,
}

/// An addition to a message.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Delta {
    /// In the first piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// More text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// More of the calls.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCallDelta>,
    /// Anything else.
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Extra,
}

/// An addition to one call of a tool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolCallDelta {
    /// Which call of the message.
    #[serde(default)]
    pub index: u32,
    /// In the call's first piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// In the call's first piece: `function`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// More of the function's call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionDelta>,
}

/// An addition to a function's call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FunctionDelta {
    /// In the call's first piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// More of the JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
}
