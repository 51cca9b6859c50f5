//! The agent designer: agents and their immutable revisions.

use std::sync::Arc;

use service_api::agents::{Agent, AgentInput};
use service_api::rfc3339;
use storage::{AgentRecord, AgentSpec};
use task_model::{AgentStatus, Micros};

use super::agent_edit;
use crate::error::{Error, Result};
use crate::state::State;

/// All agents by id.
pub async fn list(state: &State) -> Result<Vec<Agent>> {
    Ok(state.roster.agents().iter().map(|agent| render(agent)).collect())
}

/// One agent, by id, alias or name.
pub async fn find(state: &State, name: &str) -> Result<Agent> {
    Ok(render(&*current(state, name).await?))
}

/// Makes an agent.
pub async fn create(state: &State, input: AgentInput, author: &str, now: Micros) -> Result<Agent> {
    let spec = agent_edit::new(input, &state.tools)?;
    let id = spec.id.to_string();
    let created = match state.storage.agent_create(spec, author, now).await {
        Err(storage::Error::Conflict(what)) => {
            let detail =
                format!("the agent \"{id}\" cannot be made: {what} is taken; choose another id or alias");
            Err(Error::Conflict { code: "AGENT_EXISTS", detail })
        }
        other => other.map_err(Error::from),
    }?;
    state.roster.refresh(&state.storage).await?;
    Ok(render(&created))
}

/// Makes a new revision; work under way stays on the revision it began with.
pub async fn update(
    state: &State,
    name: &str,
    input: AgentInput,
    author: &str,
    now: Micros,
) -> Result<Agent> {
    let known = current(state, name).await?;
    let expected = input.expected_revision;
    let spec = agent_edit::edited(&known.spec, input, &state.tools)?;
    if spec == known.spec && expected.is_none_or(|revision| revision == known.revision) {
        return Ok(render(&known));
    }
    let updated = match state.storage.agent_update(spec, expected, author, now).await {
        Err(storage::Error::Conflict(_)) => {
            state.roster.refresh(&state.storage).await?;
            let detail = format!(
                "the agent \"{}\" was changed in the meantime, or an alias is taken; read it again and repeat the edit",
                known.spec.id
            );
            Err(Error::Conflict { code: "AGENT_CHANGED", detail })
        }
        other => other.map_err(Error::from),
    }?;
    state.roster.refresh(&state.storage).await?;
    Ok(render(&updated))
}

/// Takes an agent out of the roster. Its history stays, and what it has begun goes on.
pub async fn delete(state: &State, name: &str, now: Micros) -> Result<Agent> {
    let known = current(state, name).await?;
    state.storage.agent_delete(&known.spec.id, now).await?;
    state.roster.refresh(&state.storage).await?;
    let mut gone = AgentRecord::clone(&known);
    gone.spec.status = AgentStatus::Deleted;
    gone.updated_at = now;
    Ok(render(&gone))
}

/// Every revision of an agent, the latest first; of a deleted agent too, by its id.
pub async fn revisions(state: &State, name: &str) -> Result<Vec<Agent>> {
    let record = match state.roster.find(name) {
        Some(record) => AgentRecord::clone(&record),
        None => match state.storage.agent_find(name).await? {
            Some(record) => record,
            None => {
                return Err(state
                    .roster
                    .require(name)
                    .err()
                    .unwrap_or_else(|| Error::NotFound(name.to_owned())));
            }
        },
    };
    let revisions = state.storage.agent_revisions(&record.spec.id).await?;
    let shown = revisions.iter().map(|revision| {
        let (at, created) = (rfc3339(revision.created_at), rfc3339(record.created_at));
        wire(&revision.spec, revision.revision, created, at)
    });
    Ok(shown.collect())
}

/// The roster is read anew first, so that two edits in a row by different processes see one another.
async fn current(state: &State, name: &str) -> Result<Arc<AgentRecord>> {
    state.roster.refresh(&state.storage).await?;
    state.roster.require(name)
}

/// An agent in the words of the wire.
fn render(record: &AgentRecord) -> Agent {
    wire(&record.spec, record.revision, rfc3339(record.created_at), rfc3339(record.updated_at))
}

fn wire(spec: &AgentSpec, revision: i64, created_at: String, updated_at: String) -> Agent {
    Agent {
        id: spec.id.to_string(),
        name: spec.name.clone(),
        model: spec.model.clone(),
        specialization: spec.specialization.clone(),
        description: spec.description.clone(),
        capabilities: spec.capabilities.clone(),
        tools: spec.tools.clone(),
        aliases: spec.aliases.clone(),
        system_prompt: spec.system_prompt.clone(),
        config: spec.config.as_object().cloned().unwrap_or_default(),
        status: spec.status.as_str().to_owned(),
        revision,
        created_at,
        updated_at,
    }
}
