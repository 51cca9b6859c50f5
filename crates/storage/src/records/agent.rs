//! The roster.

use serde_json::Value;
use task_model::{AgentId, AgentStatus, Micros};

/// What an agent is.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentSpec {
    /// Its identity.
    pub id: AgentId,
    /// Its name for people.
    pub name: String,
    /// The model it thinks with.
    pub model: String,
    /// A word or two.
    pub specialization: String,
    /// What it is good at, in sentences.
    pub description: String,
    /// What it can do, in words.
    pub capabilities: Vec<String>,
    /// The tools it may call.
    pub tools: Vec<String>,
    /// Other names it answers to.
    pub aliases: Vec<String>,
    /// What the model is told first.
    pub system_prompt: String,
    /// Anything else.
    pub config: Value,
    /// Whether it takes tasks.
    pub status: AgentStatus,
}

/// An agent as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentRecord {
    /// What it is; the status is `deleted` when it was removed.
    pub spec: AgentSpec,
    /// The current revision, from 1.
    pub revision: i64,
    /// Whether a person ever changed it; the configuration then no longer does.
    pub edited: bool,
    /// When it first appeared.
    pub created_at: Micros,
    /// The last change.
    pub updated_at: Micros,
    /// When it was removed.
    pub deleted_at: Option<Micros>,
}

/// An agent as it was at some revision.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentRevision {
    /// What it was.
    pub spec: AgentSpec,
    /// Which revision, from 1.
    pub revision: i64,
    /// Who made it; `config` for the configuration.
    pub author: String,
    /// When.
    pub created_at: Micros,
}

/// What seeding changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seeded {
    /// Agents that were not there.
    pub created: usize,
    /// Agents that got a new revision from a changed configuration.
    pub revised: usize,
    /// Agents left alone because a person had changed them.
    pub kept: usize,
}
