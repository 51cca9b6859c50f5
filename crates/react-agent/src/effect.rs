//! What is to be done next, as data.

use crate::{Failure, Message, Sampling, ToolSpec, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use task_model::EffectClass;

/// The next thing to do. Asking again gives the same until an event is applied.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "effect", content = "of", rename_all = "snake_case")]
pub enum Effect {
    /// Ask the model.
    CallModel(ModelRequest),
    /// Run these calls, at once if you like; calls already observed are not listed again.
    CallTools(Vec<ToolCall>),
    /// Done.
    Finish(Answer),
    /// Over.
    Fail(Failure),
}

/// One question to the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelRequest {
    /// Step number to answer with.
    pub step: u32,
    /// Model name or alias.
    pub model: String,
    /// The whole conversation so far.
    pub messages: Vec<Message>,
    /// Tools on offer.
    pub tools: Arc<[ToolSpec]>,
    /// Whether it may call them.
    pub tool_choice: ToolChoice,
    /// Sampling settings.
    pub sampling: Sampling,
}

/// Whether the model may call tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ToolChoice {
    /// As it likes.
    Auto,
    /// No step is left for a tool: it must answer.
    None,
}

/// One tool call, ready to record and to run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Step number to answer with.
    pub step: u32,
    /// The model's name for the call.
    pub id: String,
    /// Tool name, known to the plan.
    pub tool: String,
    /// Arguments: a JSON object, not yet checked against the tool's schema.
    pub arguments: Value,
    /// What the call does to the world.
    #[serde(with = "crate::effect_word")]
    pub effect: EffectClass,
    /// Stable over attempts; see [`crate::idempotency_key`]. A `keyed` call that is made again because the one before went unanswered has
    /// the key of that one.
    pub key: String,
}

/// How a run ended well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Never blank.
    pub text: String,
    /// The model ran into its output bound, so the text is cut.
    pub truncated: bool,
    /// What it took.
    pub usage: Usage,
}
