//! The knowledge base.

use task_model::AgentId;

use crate::open::pending;
use crate::*;

impl Storage {
    /// Adds an entry. [`Error::Conflict`] when its id is taken.
    pub async fn knowledge_add(&self, _knowledge: Knowledge) -> Result<()> {
        Err(pending())
    }

    /// The best matches for the words of `query`, of one agent or of all. Words are words: there is no query syntax.
    pub async fn knowledge_search(
        &self,
        _agent_id: Option<&AgentId>,
        _query: &str,
        _limit: usize,
    ) -> Result<Vec<KnowledgeHit>> {
        Err(pending())
    }

    /// How much an agent knows; all of them when none is named.
    pub async fn knowledge_stats(&self, _agent_id: Option<&AgentId>) -> Result<KnowledgeStats> {
        Err(pending())
    }

    /// Removes an entry; false when it was not there.
    pub async fn knowledge_delete(&self, _knowledge_id: &str) -> Result<bool> {
        Err(pending())
    }
}
