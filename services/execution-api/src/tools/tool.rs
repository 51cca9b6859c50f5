//! What every tool shares: how it is described and how it says no.

use react_agent::{EffectClass, Outcome, ToolErrorCode, ToolSpec};
use serde_json::Value;

/// A refusal or failure, in words the model can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ToolError {
    /// Which sort of trouble.
    pub code: ToolErrorCode,
    /// One sentence.
    pub message: String,
}

impl ToolError {
    /// The arguments cannot be what was meant.
    pub fn invalid(message: impl Into<String>) -> Self {
        ToolError { code: ToolErrorCode::InvalidArguments, message: message.into() }
    }

    /// The arguments are fine, and the answer is no.
    pub fn failed(message: impl Into<String>) -> Self {
        ToolError { code: ToolErrorCode::ToolFailed, message: message.into() }
    }

    /// Policy forbids it.
    pub fn denied(message: impl Into<String>) -> Self {
        ToolError { code: ToolErrorCode::Denied, message: message.into() }
    }

    /// Something the tool needs is down.
    pub fn unavailable(message: impl Into<String>) -> Self {
        ToolError { code: ToolErrorCode::Unavailable, message: message.into() }
    }
}

impl From<ToolError> for Outcome {
    fn from(error: ToolError) -> Self {
        Outcome::error(error.code, error.message)
    }
}

/// The result of every tool.
pub type ToolResult = Result<Value, ToolError>;

/// The longest text an argument may carry, in characters. Every tool is linear in it or counts its own work,
/// so this is also what bounds the time of a tool that cannot be interrupted.
pub(super) const LONGEST_TEXT: usize = 256 * 1024;

pub(super) fn spec(name: &str, effect: EffectClass, description: &str, parameters: Value) -> ToolSpec {
    ToolSpec { name: name.to_owned(), description: description.to_owned(), parameters, effect }
}

/// Reads arguments that have passed the schema into the tool's own type.
pub(super) fn read<T: serde::de::DeserializeOwned>(arguments: &Value) -> Result<T, ToolError> {
    T::deserialize(arguments).map_err(|error| ToolError::invalid(error.to_string()))
}

/// A quotation for a message: short, on one line.
pub(super) fn quote(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(60).collect();
    if text.chars().nth(60).is_some() { format!("`{line}…`") } else { format!("`{line}`") }
}
