//! What was asked last, and which tools were called for it since, with what they answered.

use serde_json::Value;
use service_api::chat::{ChatMessage, Role};

use super::Cannot;

/// The machine's corrective message is not a task.
const CORRECTION: &str = "Your last reply could not be used:";

/// The current task and what was done for it.
pub struct Conversation {
    /// The last task of the user, verbatim.
    pub task: String,
    /// Observed calls since, oldest first.
    pub made: Vec<Made>,
    /// Calls in the whole conversation: the next one gets a new number.
    pub calls_so_far: usize,
}

/// A call and its observation.
pub struct Made {
    /// The tool's name.
    pub tool: String,
    /// The arguments as sent.
    pub arguments: Value,
    /// What the tool answered: JSON, or text that is not JSON (cut off for its length).
    pub observation: Result<Value, String>,
}

impl Made {
    /// The tool's own words, when it failed.
    pub fn failure(&self) -> Option<String> {
        let error = self.observation.as_ref().ok()?.get("error")?;
        let text = error.get("message").and_then(Value::as_str).or_else(|| error.as_str());
        Some(text.map_or_else(|| error.to_string(), str::to_owned))
    }
}

impl Conversation {
    /// Finds the last task and the calls that follow it.
    pub fn read(messages: &[ChatMessage]) -> Result<Self, Cannot> {
        let at = messages.iter().rposition(is_task).ok_or(Cannot::NoTask)?;
        let since = &messages[at + 1..];
        let made = since.iter().flat_map(|message| &message.tool_calls).filter_map(|call| {
            let answer = since.iter().find(|m| m.tool_call_id.as_deref() == Some(&call.id))?.text();
            Some(Made {
                tool: call.function.name.clone(),
                arguments: serde_json::from_str(&call.function.arguments).unwrap_or(Value::Null),
                observation: serde_json::from_str(&answer).map_err(|_| answer),
            })
        });
        let calls_so_far = messages.iter().map(|message| message.tool_calls.len()).sum();
        Ok(Self { task: messages[at].text(), made: made.collect(), calls_so_far })
    }

    /// The observed call of `tool` with these arguments.
    pub fn find(&self, tool: &str, arguments: &Value) -> Option<&Made> {
        self.made.iter().find(|made| made.tool == tool && made.arguments == *arguments)
    }
}

fn is_task(message: &ChatMessage) -> bool {
    message.role == Role::User && !message.text().starts_with(CORRECTION)
}
