//! What a tool call gave, and how the model gets to see it.

use serde::{Deserialize, Serialize};

/// The result of one tool call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Step number of the call.
    pub step: u32,
    /// What came of it.
    pub outcome: Outcome,
}

/// Output or error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The tool answered.
    Output {
        /// Usually compact JSON.
        content: String,
    },
    /// The tool could not do it; the model is told and may try otherwise.
    Error {
        /// Which sort of trouble.
        code: ToolErrorCode,
        /// One sentence the model can act on.
        message: String,
    },
}

/// Why a call gave no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ToolErrorCode {
    /// The agent has no tool of that name.
    UnknownTool,
    /// The arguments do not fit the schema.
    InvalidArguments,
    /// The tool ran and says no: division by zero, unknown unit, no such column.
    ToolFailed,
    /// The call ran out of time.
    Deadline,
    /// Policy or a person refused the call.
    Denied,
    /// Something the tool needs is down.
    Unavailable,
}

impl Outcome {
    /// A successful output.
    pub fn output(content: impl Into<String>) -> Self {
        Outcome::Output { content: content.into() }
    }

    /// An error.
    pub fn error(code: ToolErrorCode, message: impl Into<String>) -> Self {
        Outcome::Error { code, message: message.into() }
    }

    /// Whether the call may have taken effect although this does not tell.
    pub fn hides_effect(&self) -> bool {
        matches!(self, Outcome::Error { code: ToolErrorCode::Deadline | ToolErrorCode::Unavailable, .. })
    }

    /// The text of the tool message, cut to `cap` bytes.
    pub(crate) fn render(&self, cap: usize) -> String {
        match self {
            Outcome::Output { content } => truncate(content, cap),
            Outcome::Error { code, message } => {
                let message = truncate(message, cap);
                serde_json::json!({ "error": { "code": code, "message": message } }).to_string()
            }
        }
    }
}

/// Keeps the head: tools put what matters first, and a cut in the middle would look like data.
fn truncate(text: &str, cap: usize) -> String {
    if text.len() <= cap {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(cap);
    format!("{}… [truncated: {end} of {} bytes shown]", &text[..end], text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_output_is_untouched() {
        assert_eq!(Outcome::output("{\"a\":1}").render(7), "{\"a\":1}");
    }

    #[test]
    fn long_output_is_cut_at_a_character_and_says_so() {
        assert_eq!(Outcome::output("ääää").render(5), "ää… [truncated: 4 of 8 bytes shown]");
    }

    #[test]
    fn an_error_is_a_json_object_even_when_cut() {
        let shown = Outcome::error(ToolErrorCode::ToolFailed, "x".repeat(100)).render(10);
        let read: serde_json::Value = serde_json::from_str(&shown).expect("still JSON");
        assert_eq!(read["error"]["code"], "TOOL_FAILED");
    }
}
