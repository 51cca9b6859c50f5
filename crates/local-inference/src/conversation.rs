//! A conversation as chat templates see it.

use serde::Serialize;
use serde_json::Value;

/// All that a model is told.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// Oldest first.
    pub turns: Vec<Turn>,
    /// Tools on offer, each `{"type": "function", "function": {"name", "description", "parameters"}}`.
    pub tools: Vec<Value>,
    /// The clock in Unix seconds, for templates that tell the date.
    pub now: i64,
}

/// What one side said.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Turn {
    /// `system`, `user`, `assistant` or `tool`.
    pub role: &'static str,
    /// The text.
    pub content: String,
    /// The tools that the assistant called.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Call>,
    /// In a turn of a tool: its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Function {
    name: String,
    arguments: Value,
}

impl Call {
    /// A call with its arguments, usually an object.
    pub fn new(name: impl Into<String>, arguments: Value) -> Self {
        Self { kind: "function", function: Function { name: name.into(), arguments } }
    }

    /// The tool's name.
    pub fn name(&self) -> &str {
        &self.function.name
    }

    /// What it is called with.
    pub fn arguments(&self) -> &Value {
        &self.function.arguments
    }
}
