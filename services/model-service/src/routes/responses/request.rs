//! From a Responses request to ours. What has no counterpart is refused by name.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use service_api::chat::{
    ChatMessage, ChatRequest, ChatTool, FunctionSpec, NamedFunction, ResponseFormat, Role, Schema,
    ToolChoice, ToolMode,
};
use utoipa::ToSchema;

use super::input::{Input, messages};
use crate::Error;
use crate::providers::Notes;

/// What OpenAI's clients send.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResponsesRequest {
    /// A model, an alias, or `provider/model`.
    model: String,
    /// A text, or items: messages, calls of functions and their outputs.
    #[schema(value_type = String)]
    input: Input,
    /// Standing instructions.
    #[serde(default)]
    instructions: Option<String>,
    /// Functions on offer.
    #[serde(default)]
    tools: Option<Vec<Tool>>,
    /// `none`, `auto`, `required`, or a function by name.
    #[serde(default)]
    tool_choice: Option<Value>,
    /// Whether several calls may come at once.
    #[serde(default)]
    parallel_tool_calls: Option<bool>,
    /// 0–2.
    #[serde(default)]
    temperature: Option<f64>,
    /// 0–1.
    #[serde(default)]
    top_p: Option<f64>,
    /// Most tokens of the answer.
    #[serde(default)]
    #[schema(minimum = 1)]
    max_output_tokens: Option<u32>,
    /// The form of the answer.
    #[serde(default)]
    text: Option<Text>,
    /// How long a model that can think does so: `{"effort": …}`.
    #[serde(default)]
    reasoning: Option<Reasoning>,
    /// Whether the answer comes in pieces as server-sent events.
    #[serde(default)]
    stream: Option<bool>,
    /// Anything else; most of it is refused by name.
    #[serde(flatten)]
    #[schema(ignore)]
    extra: Map<String, Value>,
}

/// A function on offer.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ResponsesTool)]
struct Tool {
    /// `function`.
    #[serde(rename = "type")]
    kind: String,
    /// Its name.
    #[serde(default)]
    name: String,
    /// What it does.
    #[serde(default)]
    description: Option<String>,
    /// JSON schema of its arguments.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    parameters: Option<Schema>,
    /// Whether the model must follow the schema exactly.
    #[serde(default)]
    strict: Option<bool>,
}

/// The form of the answer.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ResponsesText)]
struct Text {
    /// `{"type": "text"}`, `json_object`, or `json_schema` with `name` and `schema`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    format: Option<Schema>,
    /// `low`, `medium` or `high`.
    #[serde(default)]
    verbosity: Option<String>,
}

/// How long a model thinks.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = ResponsesReasoning)]
struct Reasoning {
    /// `minimal`, `low`, `medium`, `high`.
    #[serde(default)]
    effort: Option<String>,
    /// Summaries of thoughts are not carried over.
    #[serde(default)]
    summary: Option<String>,
}

/// Members without which the answer is as valid: the caller is told that they were left out.
const WITHOUT_LOSS: [&str; 10] = [
    "metadata",
    "service_tier",
    "truncation",
    "include",
    "stream_options",
    "top_logprobs",
    "prompt_cache_retention",
    "max_tool_calls",
    "client_metadata",
    "context_management",
];
/// Members that chat completions know by the same name.
const SAME: [&str; 3] = ["user", "safety_identifier", "prompt_cache_key"];

impl ResponsesRequest {
    /// Translates the request.
    pub fn parse(self, notes: &Notes) -> Result<ChatRequest, Error> {
        let extra = extra(self.extra, self.reasoning, self.text.as_ref(), notes)?;
        let instructions = self.instructions.map(|text| ChatMessage::new(Role::System, text));
        let said = messages(self.input, notes)?;
        let tools = self.tools.unwrap_or_default().into_iter().enumerate();
        Ok(ChatRequest {
            model: self.model,
            messages: instructions.into_iter().chain(said).collect(),
            tools: tools.map(|(i, tool)| tool.parse(i)).collect::<Result<_, _>>()?,
            tool_choice: self.tool_choice.filter(|choice| !choice.is_null()).map(choice).transpose()?,
            parallel_tool_calls: self.parallel_tool_calls,
            temperature: self.temperature,
            top_p: self.top_p,
            max_completion_tokens: self.max_output_tokens,
            response_format: self.text.and_then(|text| text.format).map(form).transpose()?,
            stream: self.stream,
            extra,
            ..ChatRequest::default()
        })
    }
}

fn extra(
    given: Map<String, Value>,
    reasoning: Option<Reasoning>,
    text: Option<&Text>,
    notes: &Notes,
) -> Result<Map<String, Value>, Error> {
    let mut extra = Map::new();
    let left_out = |name: &str| notes.warn(format!("{name} is not carried over to chat completions"));
    for (name, value) in given.into_iter().filter(|(_, value)| !value.is_null() && *value != json!(false)) {
        match name.as_str() {
            "store" => notes.warn("store: this response is not stored"),
            name if SAME.contains(&name) => drop(extra.insert(name.to_owned(), value)),
            name if WITHOUT_LOSS.contains(&name) => left_out(name),
            name => {
                let why = "has no counterpart in the protocol of this model's provider; leave it out";
                return Err(Error::field(name, why));
            }
        }
    }
    if let Some(reasoning) = reasoning {
        reasoning.effort.map(|effort| extra.insert("reasoning_effort".to_owned(), effort.into()));
        reasoning.summary.iter().for_each(|_| left_out("reasoning.summary"));
    }
    if let Some(verbosity) = text.and_then(|text| text.verbosity.clone()) {
        extra.insert("verbosity".to_owned(), verbosity.into());
    }
    Ok(extra)
}

impl Tool {
    fn parse(self, place: usize) -> Result<ChatTool, Error> {
        if self.kind != "function" {
            let why = "must be function: this model's provider knows no other tools";
            return Err(Error::field(format!("tools[{place}].type"), why));
        }
        let Self { name, description, parameters, strict, .. } = self;
        let function = FunctionSpec { name, description, parameters, strict };
        Ok(ChatTool { kind: "function".to_owned(), function })
    }
}

fn choice(choice: Value) -> Result<ToolChoice, Error> {
    let mode = match (choice.as_str(), choice["type"].as_str(), choice["name"].as_str()) {
        (Some("none"), ..) => ToolMode::None,
        (Some("auto"), ..) => ToolMode::Auto,
        (Some("required"), ..) => ToolMode::Required,
        (None, Some("function"), Some(name)) => {
            let function = NamedFunction { name: name.to_owned() };
            return Ok(ToolChoice::Function { kind: "function".to_owned(), function });
        }
        _ => {
            return Err(Error::field(
                "tool_choice",
                "must be none, auto, required, or a function with its name",
            ));
        }
    };
    Ok(ToolChoice::Mode(mode))
}

/// Here the schema stands beside its type, there below `json_schema`.
fn form(format: Schema) -> Result<ResponseFormat, Error> {
    let mut members = format.members().unwrap_or_default();
    let kind = members.remove("type").and_then(|kind| serde_json::from_str::<String>(kind.text()).ok());
    let kind =
        kind.ok_or_else(|| Error::field("text.format.type", "must be text, json_object or json_schema"))?;
    let json_schema = (kind == "json_schema").then(|| Schema::of_members(&members));
    Ok(ResponseFormat { kind, json_schema })
}
