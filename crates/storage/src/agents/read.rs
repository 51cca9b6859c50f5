//! Reading the roster.

use task_model::{AgentId, AgentStatus};

use crate::sql::{Connection, Row, built, sql};
use crate::{AgentRecord, AgentRevision, AgentSpec, Result, Storage};

const CURRENT: &str = "SELECT a.revision, a.edited, a.created_at AS born_at, a.updated_at, a.deleted_at, v.* \
                       FROM agents a JOIN agent_revisions v ON v.agent_id = a.agent_id AND v.revision = a.revision";

impl Storage {
    /// All agents by id.
    pub async fn agent_list(&self, include_deleted: bool) -> Result<Vec<AgentRecord>> {
        let which = if include_deleted { "" } else { "WHERE a.deleted_at IS NULL" };
        let select = built(format!("{CURRENT} {which} ORDER BY a.agent_id"));
        select.rows(&mut self.read().await?).await?.iter().map(record).collect()
    }

    /// An agent by its id or one of its aliases; deleted ones by id only.
    pub async fn agent_find(&self, id_or_alias: &str) -> Result<Option<AgentRecord>> {
        let mut connection = self.read().await?;
        if let Some(agent) = find(&mut connection, id_or_alias).await? {
            return Ok(Some(agent));
        }
        const ALIAS: &str = "SELECT agent_id FROM agent_aliases WHERE alias = $1";
        match sql(ALIAS).bind(id_or_alias).row(&mut connection).await? {
            Some(row) => find(&mut connection, &row.text("agent_id")?).await,
            None => Ok(None),
        }
    }

    /// All revisions, the latest first.
    pub async fn agent_revisions(&self, agent_id: &AgentId) -> Result<Vec<AgentRevision>> {
        const SELECT: &str = "SELECT * FROM agent_revisions WHERE agent_id = $1 ORDER BY revision DESC";
        sql(SELECT).bind(agent_id).rows(&mut self.read().await?).await?.iter().map(revision).collect()
    }

    /// One revision.
    pub async fn agent_revision(&self, agent_id: &AgentId, number: i64) -> Result<Option<AgentRevision>> {
        const SELECT: &str = "SELECT * FROM agent_revisions WHERE agent_id = $1 AND revision = $2";
        let row = sql(SELECT).bind(agent_id).bind(number).row(&mut self.read().await?).await?;
        row.as_ref().map(revision).transpose()
    }

    /// Grows with every change of the roster: cheap to poll.
    pub async fn roster_version(&self) -> Result<i64> {
        let row = sql("SELECT version FROM roster WHERE id = 1").row(&mut self.read().await?).await?;
        row.map_or(Ok(0), |row| row.int("version"))
    }
}

/// An agent by its id.
pub(super) async fn find(connection: &mut Connection, agent_id: &str) -> Result<Option<AgentRecord>> {
    let select = built(format!("{CURRENT} WHERE a.agent_id = $1"));
    select.bind(agent_id).row(connection).await?.as_ref().map(record).transpose()
}

fn record(row: &Row) -> Result<AgentRecord> {
    let mut spec = spec(row)?;
    let deleted_at = row.opt_micros("deleted_at")?;
    if deleted_at.is_some() {
        spec.status = AgentStatus::Deleted;
    }
    Ok(AgentRecord {
        spec,
        revision: row.int("revision")?,
        edited: row.get("edited")?,
        created_at: row.micros("born_at")?,
        updated_at: row.micros("updated_at")?,
        deleted_at,
    })
}

fn revision(row: &Row) -> Result<AgentRevision> {
    Ok(AgentRevision {
        spec: spec(row)?,
        revision: row.int("revision")?,
        author: row.text("author")?,
        created_at: row.micros("created_at")?,
    })
}

fn spec(row: &Row) -> Result<AgentSpec> {
    Ok(AgentSpec {
        id: row.agent_id("agent_id")?,
        name: row.text("name")?,
        model: row.text("model")?,
        specialization: row.text("specialization")?,
        description: row.text("description")?,
        capabilities: row.json("capabilities_json")?,
        tools: row.json("tools_json")?,
        aliases: row.json("aliases_json")?,
        system_prompt: row.text("system_prompt")?,
        config: row.json("config_json")?,
        status: row.word("status", AgentStatus::parse)?,
    })
}
