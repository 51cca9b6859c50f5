//! Memory.

use task_model::{AgentId, Micros, TaskId};

use crate::sql::{Connection, Row, sql};
use crate::{Memory, MemoryStats, Result, Storage};

impl Storage {
    /// Adds a memory. [`Error::Conflict`](crate::Error::Conflict) when its id is taken.
    pub async fn memory_add(&self, memory: Memory) -> Result<()> {
        self.write(memory, &[], |connection, memory| Box::pin(add(connection, memory))).await
    }

    /// The latest memories of an agent that are not forgotten at `now`.
    pub async fn memory_context(&self, agent_id: &AgentId, limit: usize, now: Micros) -> Result<Vec<Memory>> {
        const SELECT: &str = "SELECT * FROM memory WHERE agent_id = $1 AND (expires_at IS NULL OR expires_at > $2) \
                              ORDER BY created_at DESC, seq DESC LIMIT CAST($3 AS BIGINT)";
        let select = sql(SELECT).bind(agent_id).bind(now).bind(limit);
        select.rows(&mut self.read().await?).await?.iter().map(memory).collect()
    }

    /// How much is remembered.
    pub async fn memory_stats(&self) -> Result<MemoryStats> {
        const SELECT: &str = "SELECT agent_id, kind, COUNT(*) AS entries FROM memory GROUP BY agent_id, kind \
                              ORDER BY agent_id, kind";
        let rows = sql(SELECT).rows(&mut self.read().await?).await?;
        let count = |row: &Row| Ok((row.agent_id("agent_id")?, row.text("kind")?, row.int("entries")?));
        Ok(MemoryStats { counts: rows.iter().map(count).collect::<Result<_>>()? })
    }
}

fn memory(row: &Row) -> Result<Memory> {
    Ok(Memory {
        memory_id: row.text("memory_id")?,
        agent_id: row.agent_id("agent_id")?,
        kind: row.text("kind")?,
        content: row.text("content")?,
        importance: row.get("importance")?,
        task_id: row.opt_word("task_id", |raw| TaskId::parse(raw))?,
        created_at: row.micros("created_at")?,
        expires_at: row.opt_micros("expires_at")?,
    })
}

async fn add(connection: &mut Connection, memory: &Memory) -> Result<()> {
    const INSERT: &str = "INSERT INTO memory (memory_id, agent_id, kind, content, importance, task_id, created_at, \
                              expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sql(INSERT)
        .bind(&memory.memory_id)
        .bind(&memory.agent_id)
        .bind(&memory.kind)
        .bind(&memory.content)
        .bind(memory.importance)
        .bind(memory.task_id.as_ref())
        .bind(memory.created_at)
        .bind(memory.expires_at)
        .execute(connection)
        .await
        .map(drop)
}
