//! A JSON document as an argument: the text of one, or the value itself.

use super::tool::{LONGEST_TEXT, ToolError};
use serde_json::{Value, json};

/// The schema of such an argument.
pub(super) fn parameter(description: &str) -> Value {
    json!({
        "description": description,
        "anyOf": [
            { "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT },
            { "type": ["object", "array", "number", "boolean", "null"] }
        ]
    })
}

/// Text is parsed; anything else already is a document.
pub(super) fn parse(name: &str, given: Value) -> Result<Value, ToolError> {
    match given {
        Value::String(text) => serde_json::from_str(&text)
            .map_err(|error| ToolError::failed(format!("`{name}` is not valid JSON: {error}"))),
        value => Ok(value),
    }
}
