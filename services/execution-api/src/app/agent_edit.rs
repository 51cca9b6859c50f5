//! From what a person sends to an agent that can run: every member checked and named when it is wrong.

use serde::Deserialize;
use serde_json::Value;
use service_api::agents::AgentInput;
use storage::AgentSpec;
use task_model::{AgentId, AgentStatus};

use super::seed::default_model;
use super::worker::plan::AgentConfig;
use crate::error::{Error, Result};
use crate::tools::Toolbox;

const NAME_MAX: usize = 200;
const TEXT_MAX: usize = 20_000;
const LIST_MAX: usize = 100;
const WORD_MAX: usize = 200;

/// A new agent.
pub fn new(input: AgentInput, tools: &Toolbox) -> Result<AgentSpec> {
    let id = input.id.clone().ok_or_else(|| Error::invalid("id", "is required"))?;
    let id = AgentId::parse(id).map_err(|why| Error::invalid("id", why))?;
    if input.name.is_none() {
        return Err(Error::invalid("name", "is required"));
    }
    let blank = AgentSpec {
        id,
        name: String::new(),
        model: default_model(),
        specialization: String::new(),
        description: String::new(),
        capabilities: Vec::new(),
        tools: Vec::new(),
        aliases: Vec::new(),
        system_prompt: String::new(),
        config: Value::Object(serde_json::Map::new()),
        status: AgentStatus::Active,
    };
    let spec = edited(&blank, input, tools)?;
    // An agent that is told nothing about itself is still told who it is.
    let system_prompt = match spec.system_prompt.trim() {
        "" => format!("You are {}. {}", spec.name, spec.description).trim().to_owned(),
        _ => spec.system_prompt.clone(),
    };
    Ok(AgentSpec { system_prompt, ..spec })
}

/// An agent with the members of `input` in place of its own.
pub fn edited(before: &AgentSpec, input: AgentInput, tools: &Toolbox) -> Result<AgentSpec> {
    if input.id.as_deref().is_some_and(|id| id != before.id.as_str()) {
        return Err(Error::invalid("id", format!("must be {} or absent: an agent keeps its id", before.id)));
    }
    let spec = AgentSpec {
        id: before.id.clone(),
        name: text("name", input.name, &before.name, 1, NAME_MAX)?,
        model: text("model", input.model, &before.model, 1, NAME_MAX)?,
        specialization: text("specialization", input.specialization, &before.specialization, 0, NAME_MAX)?,
        description: text("description", input.description, &before.description, 0, TEXT_MAX)?,
        capabilities: words("capabilities", input.capabilities, &before.capabilities)?,
        tools: known_tools(words("tools", input.tools, &before.tools)?, before, tools)?,
        aliases: words("aliases", input.aliases, &before.aliases)?,
        system_prompt: text("system_prompt", input.system_prompt, &before.system_prompt, 0, TEXT_MAX)?,
        config: config(input.config.map(Value::Object), &before.config)?,
        status: status(input.status.as_deref(), before.status)?,
    };
    let guards = AgentConfig::deserialize(&spec.config).map_err(|error| Error::invalid("config", error))?;
    guards.check(&spec.tools).map_err(|why| Error::invalid("config", format!("cannot be used: {why}")))?;
    for (at, alias) in spec.aliases.iter().enumerate() {
        AgentId::parse(alias.clone()).map_err(|why| Error::invalid(format!("aliases[{at}]"), why))?;
    }
    Ok(spec)
}

fn text(field: &str, given: Option<String>, before: &str, min: usize, max: usize) -> Result<String> {
    let Some(given) = given else { return Ok(before.to_owned()) };
    if given.trim().chars().count() < min {
        return Err(Error::invalid(field, "must not be blank"));
    }
    if given.chars().count() > max {
        return Err(Error::invalid(field, format!("must be at most {max} characters")));
    }
    Ok(given)
}

fn words(field: &str, given: Option<Vec<String>>, before: &[String]) -> Result<Vec<String>> {
    let Some(given) = given else { return Ok(before.to_vec()) };
    if given.len() > LIST_MAX {
        return Err(Error::invalid(field, format!("must have at most {LIST_MAX} entries")));
    }
    let wrong = |word: &String| word.trim().is_empty() || word.chars().count() > WORD_MAX;
    match given.iter().position(wrong) {
        Some(at) => {
            Err(Error::invalid(format!("{field}[{at}]"), format!("must be 1 to {WORD_MAX} characters")))
        }
        None => Ok(given),
    }
}

/// A tool that the agent already had stays, even when it is switched off now.
fn known_tools(given: Vec<String>, before: &AgentSpec, tools: &Toolbox) -> Result<Vec<String>> {
    let unknown = |name: &String| !tools.knows(name) && !before.tools.contains(name);
    match given.iter().position(unknown) {
        Some(at) => {
            let known = tools.names().join(", ");
            Err(Error::invalid(format!("tools[{at}]"), format!("must be one of {known}")))
        }
        None => Ok(given),
    }
}

fn config(given: Option<Value>, before: &Value) -> Result<Value> {
    let Some(given) = given else { return Ok(before.clone()) };
    AgentConfig::deserialize(&given)
        .map_err(|error| Error::invalid("config", format!("cannot be used: {error}")))?;
    Ok(given)
}

fn status(given: Option<&str>, before: AgentStatus) -> Result<AgentStatus> {
    match given.map(AgentStatus::parse) {
        None => Ok(before),
        Some(Ok(AgentStatus::Deleted)) | Some(Err(_)) => {
            Err(Error::invalid("status", "must be active or paused; DELETE removes an agent"))
        }
        Some(Ok(status)) => Ok(status),
    }
}
