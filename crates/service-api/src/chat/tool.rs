//! Tools: what is offered, what is called, what must be called.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Extra, Schema};

/// A tool that the model may call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChatTool {
    /// Always `function`.
    #[serde(rename = "type", default = "function_word")]
    pub kind: String,
    /// The function behind it.
    pub function: FunctionSpec,
}

impl ChatTool {
    /// Offers a function whose arguments follow the JSON schema `parameters`.
    pub fn function(name: impl Into<String>, description: impl Into<String>, parameters: Schema) -> Self {
        let function = FunctionSpec {
            name: name.into(),
            description: Some(description.into()),
            parameters: Some(parameters),
            strict: None,
        };
        Self { kind: function_word(), function }
    }
}

/// Name, meaning and arguments of a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FunctionSpec {
    /// 1–64 characters of `A-Za-z0-9_-`.
    pub name: String,
    /// What it does, for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON schema of the arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>)]
    pub parameters: Option<Schema>,
    /// Whether the model must follow the schema exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// One call of a tool by the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    /// The name of this call, which the observation repeats.
    #[serde(default)]
    pub id: String,
    /// Always `function`.
    #[serde(rename = "type", default = "function_word")]
    pub kind: String,
    /// What is called.
    pub function: FunctionCall,
    /// Anything else (some servers attach signatures that must come back).
    #[serde(flatten)]
    #[schema(ignore)]
    pub extra: Extra,
}

impl ToolCall {
    /// A call of `name` with `arguments`, an object.
    pub fn new(id: impl Into<String>, name: impl Into<String>, arguments: &Value) -> Self {
        let function = FunctionCall { name: name.into(), arguments: arguments.to_string() };
        Self { id: id.into(), kind: function_word(), function, extra: Extra::new() }
    }
}

/// The function called and its arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FunctionCall {
    /// The function's name.
    pub name: String,
    /// JSON text. Models make mistakes: it need not be valid JSON, nor follow the schema.
    #[serde(default, deserialize_with = "text_or_json")]
    pub arguments: String,
}

/// Whether tools are called, and which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum ToolChoice {
    /// `none`, `auto` or `required`.
    Mode(ToolMode),
    /// Exactly this function.
    Function {
        /// Always `function`.
        #[serde(rename = "type", default = "function_word")]
        kind: String,
        /// The one to call.
        function: NamedFunction,
    },
}

/// How free the model is in calling tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ToolMode {
    /// No calls.
    None,
    /// The model decides.
    Auto,
    /// At least one call.
    Required,
}

/// A function by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedFunction {
    /// The function's name.
    pub name: String,
}

pub(super) fn function_word() -> String {
    "function".to_owned()
}

/// Some servers send the arguments as an object instead of its text.
fn text_or_json<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    })
}
