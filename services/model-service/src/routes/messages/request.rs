//! From Anthropic's request to ours. What has no counterpart is refused by name.

mod turns;

use serde::Deserialize;
use serde_json::{Map, Value};
use service_api::chat::{
    ChatMessage, ChatRequest, ChatTool, NamedFunction, Role, Schema, Stop, ToolChoice, ToolMode,
};
use utoipa::ToSchema;

use crate::Error;
use crate::providers::Notes;

/// What Anthropic's clients send.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MessagesRequest {
    /// A model, an alias, or `provider/model`.
    model: String,
    /// Most tokens of the answer.
    #[schema(minimum = 1)]
    max_tokens: u32,
    /// The conversation.
    messages: Vec<turns::Turn>,
    /// Standing instructions: a text, or text blocks.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    system: Option<turns::Said>,
    /// Tools on offer.
    #[serde(default)]
    tools: Vec<Tool>,
    /// Whether they must be used.
    #[serde(default)]
    tool_choice: Option<Choice>,
    /// 0–1.
    #[serde(default)]
    temperature: Option<f64>,
    /// 0–1.
    #[serde(default)]
    top_p: Option<f64>,
    /// Texts that end the answer.
    #[serde(default)]
    stop_sequences: Vec<String>,
    /// Whether the answer comes in pieces as server-sent events.
    #[serde(default)]
    stream: Option<bool>,
    /// Anything else; most of it is refused by name.
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Map<String, Value>,
}

/// What Anthropic's clients send to have it counted: a request without the limits of its answer.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MessagesCountRequest)]
pub struct CountRequest {
    /// A model, an alias, or `provider/model`.
    model: String,
    /// The conversation.
    messages: Vec<turns::Turn>,
    /// Standing instructions: a text, or text blocks.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    system: Option<turns::Said>,
    /// Tools on offer.
    #[serde(default)]
    tools: Vec<Tool>,
    /// Whether they must be used.
    #[serde(default)]
    tool_choice: Option<Choice>,
    /// Anything else; most of it is refused by name.
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Map<String, Value>,
}

/// A tool on offer.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MessagesTool)]
struct Tool {
    /// Its name.
    name: String,
    /// What it does.
    #[serde(default)]
    description: Option<String>,
    /// JSON schema of its arguments.
    #[schema(value_type = Object)]
    input_schema: Schema,
}

/// How free the model is in calling tools.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MessagesToolChoice)]
struct Choice {
    /// `auto`, `any`, `tool` or `none`.
    #[serde(rename = "type")]
    kind: String,
    /// The tool to call.
    #[serde(default)]
    name: Option<String>,
    /// Whether a turn may hold one call at most.
    #[serde(default)]
    disable_parallel_tool_use: Option<bool>,
}

/// Members that file the call and change nothing about the answer: the caller is told that they were left out.
const WITHOUT_LOSS: [&str; 4] = ["metadata", "service_tier", "container", "inference_geo"];

impl CountRequest {
    /// Translates the request, of which nothing but the conversation will be read.
    pub fn parse(self, notes: &Notes) -> Result<ChatRequest, Error> {
        let Self { model, messages, system, tools, tool_choice, extra } = self;
        let request = MessagesRequest {
            model,
            max_tokens: 1,
            messages,
            system,
            tools,
            tool_choice,
            temperature: None,
            top_p: None,
            stop_sequences: Vec::new(),
            stream: None,
            extra,
        };
        request.parse(notes)
    }
}

impl MessagesRequest {
    /// Translates the request.
    pub fn parse(self, notes: &Notes) -> Result<ChatRequest, Error> {
        let unknown = self
            .extra
            .iter()
            .find(|(name, value)| !value.is_null() && !WITHOUT_LOSS.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return Err(Error::field(
                name.as_str(),
                "has no counterpart in the protocol of this model's provider; leave it out",
            ));
        }
        let left_out = self.extra.iter().filter(|(_, value)| !value.is_null());
        left_out.for_each(|(name, _)| notes.warn(format!("{name} is not carried over to OpenAI's protocol")));
        let mut messages: Vec<ChatMessage> = Vec::new();
        if let Some(system) = self.system {
            messages.push(ChatMessage::new(Role::System, system.text("system")?));
        }
        for (i, turn) in self.messages.into_iter().enumerate() {
            messages.extend(turn.parse(&format!("messages[{i}]"))?);
        }
        let serial = self.tool_choice.as_ref().and_then(|choice| choice.disable_parallel_tool_use);
        Ok(ChatRequest {
            model: self.model,
            messages,
            tools: self.tools.into_iter().map(tool).collect(),
            tool_choice: self.tool_choice.map(choice).transpose()?,
            parallel_tool_calls: (serial == Some(true)).then_some(false),
            temperature: self.temperature,
            top_p: self.top_p,
            max_tokens: Some(self.max_tokens),
            stream: self.stream,
            stop: (!self.stop_sequences.is_empty()).then_some(Stop::Many(self.stop_sequences)),
            ..ChatRequest::default()
        })
    }
}

fn tool(tool: Tool) -> ChatTool {
    ChatTool::function(tool.name, tool.description.unwrap_or_default(), tool.input_schema)
}

fn choice(choice: Choice) -> Result<ToolChoice, Error> {
    match (choice.kind.as_str(), choice.name) {
        ("auto", _) => Ok(ToolChoice::Mode(ToolMode::Auto)),
        ("any", _) => Ok(ToolChoice::Mode(ToolMode::Required)),
        ("none", _) => Ok(ToolChoice::Mode(ToolMode::None)),
        ("tool", Some(name)) => {
            Ok(ToolChoice::Function { kind: "function".to_owned(), function: NamedFunction { name } })
        }
        _ => Err(Error::field("tool_choice.type", "must be auto, any, none, or tool with a name")),
    }
}

#[cfg(test)]
mod tests;
