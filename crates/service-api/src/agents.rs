//! The roster: `/agents` of the execution API and of the orchestrator.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An agent.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Agent {
    /// 1–128 of `A-Za-z0-9._:-`.
    pub id: String,
    /// For people.
    pub name: String,
    /// A model or alias of the model service.
    pub model: String,
    /// Its field in a few words.
    pub specialization: String,
    /// What it is good at; the selection reads this.
    pub description: String,
    /// Whole words and phrases it is good at; the selection reads these.
    pub capabilities: Vec<String>,
    /// The tools it may call.
    pub tools: Vec<String>,
    /// Other names under which it is found.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What the model is told first.
    pub system_prompt: String,
    /// Limits and model settings.
    #[schema(value_type = Object)]
    pub config: Map<String, Value>,
    /// `active`, `paused` or `deleted`.
    pub status: String,
    /// Grows with every edit.
    pub revision: i64,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// A new agent, or the edit of one: members left out of an edit stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct AgentInput {
    /// Required for a new agent; must match the path in an edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Required for a new agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Default `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its field in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialization: Option<String>,
    /// What it is good at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whole words and phrases it is good at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
    /// The tools it may call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// Other names under which it is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aliases: Option<Vec<String>>,
    /// What the model is told first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Limits and model settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub config: Option<Map<String, Value>>,
    /// `active` or `paused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// In an edit: refuse (409) unless this is the current revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<i64>,
}

/// `GET /agents`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgentList {
    /// The agents, by id.
    pub agents: Vec<Agent>,
    /// How many there are.
    pub count: usize,
}

/// `GET /agents/{id}/revisions`, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgentRevisions {
    /// Every immutable revision.
    pub revisions: Vec<Agent>,
    /// How many there are.
    pub count: usize,
}
