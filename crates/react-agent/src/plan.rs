//! What a run starts from: the agent's revision and the task. Both stay as they are for the whole run.

use crate::Limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use task_model::EffectClass;

/// An agent revision, as far as the loop needs to know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentPlan {
    /// Who the agent is and how it works.
    pub system_prompt: String,
    /// Model name or alias.
    pub model: String,
    /// Tools the agent may call. Shared, because every model request repeats them.
    pub tools: Arc<[ToolSpec]>,
    /// Bounds of an attempt.
    #[serde(default)]
    pub limits: Limits,
    /// How the model samples.
    #[serde(default)]
    pub sampling: Sampling,
}

/// Sampling settings passed to the model as they are.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 is the most repeatable; absent leaves it to the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Completion tokens of one answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u32>,
}

/// One tool as the model sees it, and what calling it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolSpec {
    /// Name, unique within a plan.
    pub name: String,
    /// When to use it.
    pub description: String,
    /// JSON Schema of the arguments object.
    pub parameters: Value,
    /// What a call does to the world.
    #[serde(with = "crate::effect_word")]
    pub effect: EffectClass,
}

/// The task of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its identity, part of every idempotency key.
    pub id: String,
    /// What to do, in the words of whoever asked.
    pub text: String,
    /// Facts that came with it; `null` or `{}` when there are none.
    #[serde(default)]
    pub context: Value,
}

impl AgentPlan {
    pub(crate) fn tool(&self, name: &str) -> Option<&ToolSpec> {
        self.tools.iter().find(|tool| tool.name == name)
    }
}

impl Task {
    /// The user message: the text as it stands, then the context, marked so that it is not taken for the request.
    pub(crate) fn prompt(&self) -> String {
        let empty = match &self.context {
            Value::Null => true,
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        if empty {
            self.text.clone()
        } else {
            format!("{}\n\n<context>\n{}\n</context>", self.text, self.context)
        }
    }
}
