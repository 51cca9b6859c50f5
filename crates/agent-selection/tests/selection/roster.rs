//! The shipped roster, and choices upon it.

use std::sync::LazyLock;

use agent_selection::{AgentProfile, Refusal, RosterIndex, Selection, SelectionConfig, TaskRequest, select};
use q_learning::{Learner, LearnerConfig, decision_rng};
use serde::Deserialize;
use task_model::AgentId;

const SHIPPED: &str = include_str!("../../../../config/agents.toml");

#[derive(Deserialize)]
struct File {
    agents: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    specialization: String,
    description: String,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
}

pub fn id(raw: &str) -> AgentId {
    AgentId::parse(raw).unwrap()
}

pub fn shipped_agents() -> Vec<AgentProfile> {
    let file: File = toml::from_str(SHIPPED).unwrap();
    file.agents.into_iter().map(profile).collect()
}

pub fn shipped() -> RosterIndex {
    static INDEX: LazyLock<RosterIndex> = LazyLock::new(|| RosterIndex::new(shipped_agents()));
    INDEX.clone()
}

fn profile(row: Row) -> AgentProfile {
    AgentProfile {
        name: row.name,
        specialization: row.specialization,
        description: row.description,
        capabilities: row.capabilities,
        tools: row.tools,
        aliases: row.aliases,
        ..AgentProfile::new(id(&row.id))
    }
}

pub fn newborn() -> Learner {
    Learner::new(LearnerConfig::default()).unwrap()
}

/// A choice on a fresh install with the default configuration.
pub fn choose(task: &TaskRequest<'_>, seed: u64) -> Result<Selection, Refusal> {
    select(task, &shipped(), &newborn(), &SelectionConfig::default(), &mut decision_rng(seed))
}
