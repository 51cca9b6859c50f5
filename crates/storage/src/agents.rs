//! The roster.

use task_model::{AgentId, Micros};

use crate::open::pending;
use crate::*;

impl Storage {
    /// Brings the configured agents in: absent ones are created, changed ones revised unless a person edited or deleted them.
    pub async fn agent_seed(&self, _specs: Vec<AgentSpec>, _now: Micros) -> Result<Seeded> {
        Err(pending())
    }

    /// All agents by id.
    pub async fn agent_list(&self, _include_deleted: bool) -> Result<Vec<AgentRecord>> {
        Err(pending())
    }

    /// An agent by its id or one of its aliases; deleted ones by id only.
    pub async fn agent_find(&self, _id_or_alias: &str) -> Result<Option<AgentRecord>> {
        Err(pending())
    }

    /// Creates an agent. [`Error::Conflict`] when the id or an alias is taken.
    pub async fn agent_create(&self, _spec: AgentSpec, _author: &str, _now: Micros) -> Result<AgentRecord> {
        Err(pending())
    }

    /// Makes a new revision. [`Error::Conflict`] when `expected_revision` is given and is not the current one.
    pub async fn agent_update(
        &self,
        _spec: AgentSpec,
        _expected_revision: Option<i64>,
        _author: &str,
        _now: Micros,
    ) -> Result<AgentRecord> {
        Err(pending())
    }

    /// Removes an agent from the roster; its history stays.
    pub async fn agent_delete(&self, _agent_id: &AgentId, _now: Micros) -> Result<()> {
        Err(pending())
    }

    /// All revisions, the latest first.
    pub async fn agent_revisions(&self, _agent_id: &AgentId) -> Result<Vec<AgentRevision>> {
        Err(pending())
    }

    /// One revision.
    pub async fn agent_revision(&self, _agent_id: &AgentId, _revision: i64) -> Result<Option<AgentRevision>> {
        Err(pending())
    }

    /// Grows with every change of the roster: cheap to poll.
    pub async fn roster_version(&self) -> Result<i64> {
        Err(pending())
    }
}
