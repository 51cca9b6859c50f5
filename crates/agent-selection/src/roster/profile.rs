//! An agent as its owner describes it.

use task_model::{AgentId, AgentStatus};

/// What is known of an agent before any outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentProfile {
    /// Its identity in the roster.
    pub id: AgentId,
    /// Its name for people.
    pub name: String,
    /// The name that it asks for its model by, perhaps an alias; empty when unknown.
    pub model: String,
    /// Its field in a word or two.
    pub specialization: String,
    /// What it does, in sentences.
    pub description: String,
    /// What it can do, each in a word or a phrase.
    pub capabilities: Vec<String>,
    /// The tools it may call.
    pub tools: Vec<String>,
    /// Other names it answers to.
    pub aliases: Vec<String>,
    /// Whether it takes tasks.
    pub status: AgentStatus,
    /// How many tasks it may work on at once; no limit when absent.
    pub concurrency: Option<u32>,
}

impl AgentProfile {
    /// An active agent that says nothing of itself yet.
    pub fn new(id: AgentId) -> Self {
        Self {
            name: id.as_str().to_owned(),
            id,
            model: String::new(),
            specialization: String::new(),
            description: String::new(),
            capabilities: Vec::new(),
            tools: Vec::new(),
            aliases: Vec::new(),
            status: AgentStatus::Active,
            concurrency: None,
        }
    }

    /// Whether it can do what a caller names, written in any of the usual ways.
    pub fn has_capability(&self, name: &str) -> bool {
        self.capabilities.iter().any(|held| same_name(held, name)) || same_name(&self.specialization, name)
    }

    /// Whether it may call the tool.
    pub fn has_tool(&self, name: &str) -> bool {
        self.tools.iter().any(|held| same_name(held, name))
    }
}

/// `Unit testing`, `unit-testing` and `unit_testing` are one name.
pub(super) fn canonical(name: &str) -> String {
    name.trim().chars().map(|c| if matches!(c, ' ' | '-') { '_' } else { c.to_ascii_lowercase() }).collect()
}

fn same_name(a: &str, b: &str) -> bool {
    canonical(a) == canonical(b)
}
