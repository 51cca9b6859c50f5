//! The roster that an installation begins with: `config/agents.toml`, compiled in, or a file of the operator's.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use storage::{AgentSpec, Storage};
use task_model::{AgentId, AgentStatus, Micros};

use super::worker::plan::AgentConfig;

/// The roster that is compiled in.
pub const DEFAULT: &str = include_str!("../../../../config/agents.toml");

/// Why a roster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file cannot be read.
    #[error("the roster {path} (execution.agents_file) cannot be read")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a roster.
    #[error("the roster cannot be understood: {0}")]
    Syntax(String),
    /// An agent in it is wrong.
    #[error("the agent {agent} of the roster is wrong: {why}")]
    Agent {
        /// Which.
        agent: String,
        /// What is wrong.
        why: String,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Roster {
    agents: Vec<Entry>,
}

/// One agent as the file has it; everything but id and name may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    name: String,
    #[serde(default = "default_model")]
    model: String,
    #[serde(default)]
    specialization: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    system_prompt: String,
    #[serde(default)]
    config: Map<String, Value>,
}

/// The model of an agent that names none.
pub fn default_model() -> String {
    "default".to_owned()
}

/// Brings the roster in: new agents are created, changed ones revised unless a person edited them.
pub async fn seed(storage: &Storage, file: Option<&Path>, now: Micros) -> Result<(), SeedError> {
    let text = match file {
        None => DEFAULT.to_owned(),
        Some(path) => std::fs::read_to_string(path)
            .map_err(|source| SeedError::File { path: path.display().to_string(), source })?,
    };
    let seeded = storage.agent_seed(parse(&text)?, now).await?;
    if seeded.created + seeded.revised > 0 {
        tracing::info!(
            created = seeded.created,
            revised = seeded.revised,
            kept = seeded.kept,
            "the roster was brought in"
        );
    }
    Ok(())
}

/// Reads a roster.
pub fn parse(text: &str) -> Result<Vec<AgentSpec>, SeedError> {
    let roster: Roster =
        toml::from_str(text).map_err(|error| SeedError::Syntax(error.message().to_owned()))?;
    roster.agents.into_iter().map(spec).collect()
}

fn spec(entry: Entry) -> Result<AgentSpec, SeedError> {
    let wrong = |why: String| SeedError::Agent { agent: entry.id.clone(), why };
    let id = AgentId::parse(entry.id.clone()).map_err(|why| wrong(format!("id {why}")))?;
    let config = Value::Object(entry.config.clone());
    let read = AgentConfig::deserialize(&config).map_err(|error| wrong(format!("config {error}")))?;
    read.check(&entry.tools).map_err(|why| wrong(format!("config {why}")))?;
    Ok(AgentSpec {
        id,
        name: entry.name,
        model: entry.model,
        specialization: entry.specialization,
        description: entry.description,
        capabilities: entry.capabilities,
        tools: entry.tools,
        aliases: entry.aliases,
        system_prompt: entry.system_prompt,
        config,
        status: AgentStatus::Active,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roster_that_is_compiled_in_can_be_used() {
        let agents = parse(DEFAULT).unwrap();
        assert!(agents.len() >= 8, "{} agents", agents.len());
        for agent in &agents {
            assert!(!agent.system_prompt.is_empty() && !agent.tools.is_empty(), "{}", agent.id);
        }
    }

    #[test]
    fn wrong_limits_name_the_agent() {
        let text = "[[agents]]\nid = \"a\"\nname = \"A\"\nconfig = { limits = { max_steps = \"many\" } }";
        assert!(matches!(parse(text), Err(SeedError::Agent { agent, .. }) if agent == "a"));
    }

    #[test]
    fn an_unknown_member_is_refused() {
        assert!(matches!(
            parse("[[agents]]\nid = \"a\"\nname = \"A\"\ncolour = 1"),
            Err(SeedError::Syntax(_))
        ));
    }
}
