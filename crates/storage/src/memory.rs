//! Memory.

use task_model::{AgentId, Micros};

use crate::open::pending;
use crate::*;

impl Storage {
    /// Adds a memory. [`Error::Conflict`] when its id is taken.
    pub async fn memory_add(&self, _memory: Memory) -> Result<()> {
        Err(pending())
    }

    /// The latest memories of an agent that are not forgotten at `now`.
    pub async fn memory_context(
        &self,
        _agent_id: &AgentId,
        _limit: usize,
        _now: Micros,
    ) -> Result<Vec<Memory>> {
        Err(pending())
    }

    /// How much is remembered.
    pub async fn memory_stats(&self) -> Result<MemoryStats> {
        Err(pending())
    }
}
