//! Chat messages in the OpenAI form, because every provider either speaks it or is converted from it.

use serde::{Deserialize, Serialize};

/// One message of the conversation; serialises as `{"role": …, …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub enum Message {
    /// Who the agent is.
    System {
        /// The prompt.
        content: String,
    },
    /// The task, or a correction.
    User {
        /// The text.
        content: String,
    },
    /// What the model said.
    Assistant {
        /// The thought or the answer; absent when it only calls tools.
        #[serde(default)]
        content: Option<String>,
        /// Tools to call, in parallel.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCallMessage>,
    },
    /// What one tool call gave.
    Tool {
        /// Which call this answers.
        tool_call_id: String,
        /// The observation, as text.
        content: String,
    },
}

/// A call as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCallMessage {
    /// The model's name for the call; unique within a thought once the machine has read it.
    #[serde(default)]
    pub id: String,
    /// Always `function`.
    #[serde(rename = "type", default)]
    pub kind: CallKind,
    /// What to call.
    pub function: FunctionCall,
}

/// The only kind of call there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum CallKind {
    /// A function call.
    #[default]
    Function,
}

/// Function name and arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionCall {
    /// Tool name.
    pub name: String,
    /// JSON text, as the model wrote it (so it may be broken).
    pub arguments: String,
}

impl Message {
    /// A system message.
    pub fn system(content: impl Into<String>) -> Self {
        Message::System { content: content.into() }
    }

    /// A user message.
    pub fn user(content: impl Into<String>) -> Self {
        Message::User { content: content.into() }
    }
}

impl ToolCallMessage {
    /// A function call.
    pub fn function(id: impl Into<String>, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        let function = FunctionCall { name: name.into(), arguments: arguments.into() };
        ToolCallMessage { id: id.into(), kind: CallKind::Function, function }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn serialises_as_openai_chat() {
        let call = ToolCallMessage::function("c1", "calculator", r#"{"expression":"1+1"}"#);
        let said = Message::Assistant { content: None, tool_calls: vec![call] };
        assert_eq!(
            json!(said),
            json!({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",
                "function":{"name":"calculator","arguments":"{\"expression\":\"1+1\"}"}}]})
        );
        assert_eq!(json!(Message::user("hi")), json!({"role":"user","content":"hi"}));
    }

    #[test]
    fn reads_an_answer_without_optional_members() {
        let read: Message =
            serde_json::from_value(json!({"role":"assistant","content":"done"})).expect("reads");
        assert_eq!(read, Message::Assistant { content: Some("done".into()), tool_calls: vec![] });
    }
}
