//! A task as the selection sees it.

use std::sync::Arc;

use q_learning::Terms;
use serde::Deserialize;
use task_model::{AgentId, Priority};

/// One decision to make.
#[derive(Clone, Debug)]
pub struct TaskRequest<'a> {
    /// What is asked, in the caller's words.
    pub text: &'a str,
    /// How urgent it is.
    pub priority: Priority,
    /// What the agent must be able to do.
    pub requirements: &'a Requirements,
    /// The agents of the earlier attempts of this task, in their order.
    pub failed: &'a [AgentId],
    /// Agents that cannot take anything now.
    pub unavailable: &'a [(AgentId, Unavailable)],
    /// The agent that the caller demands, by id, alias or name.
    pub pin: Option<&'a str>,
    /// Choose even when the confidence is under the floor.
    pub force_execute: bool,
    /// An embedding of the text, always of the same model.
    pub embedding: Option<&'a [f32]>,
    /// For whom it is decided, and what may be spent.
    pub terms: Option<Arc<Terms>>,
}

impl<'a> TaskRequest<'a> {
    /// A first attempt that demands nothing.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            priority: Priority::default(),
            requirements: &NO_DEMANDS,
            failed: &[],
            unavailable: &[],
            pin: None,
            force_execute: false,
            embedding: None,
            terms: None,
        }
    }
}

/// What a caller may demand in the metadata of a task; other members are the caller's own and are left alone.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Requirements {
    /// Every one of these must be among the agent's capabilities.
    pub required_capabilities: Vec<String>,
    /// Every one of these must be among the agent's tools.
    pub required_tools: Vec<String>,
    /// Agents that must not be chosen, by id, alias or name.
    pub exclude_agents: Vec<String>,
    /// When not empty, nobody else may be chosen.
    pub only_agents: Vec<String>,
}

static NO_DEMANDS: Requirements = Requirements {
    required_capabilities: Vec::new(),
    required_tools: Vec::new(),
    exclude_agents: Vec::new(),
    only_agents: Vec::new(),
};

/// Why an active agent cannot take a task now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// It does not answer or fails its health check.
    Unhealthy,
    /// It works on as many tasks as it may.
    AtCapacity,
}
