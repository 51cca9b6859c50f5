//! Changing the roster: every change makes a revision, none changes one.

use task_model::{AgentId, Micros};

use super::read::find;
use crate::sql::{Connection, sql};
use crate::{AgentRecord, AgentSpec, Error, Result, Signal, Storage};

const SIGNALS: &[Signal] = &[Signal::TaskChanged];

impl Storage {
    /// Creates an agent; a deleted one of the same id comes back with a new revision.
    /// [`Error::Conflict`] when the id or an alias is taken.
    pub async fn agent_create(&self, spec: AgentSpec, author: &str, now: Micros) -> Result<AgentRecord> {
        let args = (spec, author.to_owned(), now);
        self.write(args, SIGNALS, |connection, args| Box::pin(create(connection, args))).await
    }

    /// Makes a new revision. [`Error::Conflict`] when `expected_revision` is given and is not the current one.
    pub async fn agent_update(
        &self,
        spec: AgentSpec,
        expected_revision: Option<i64>,
        author: &str,
        now: Micros,
    ) -> Result<AgentRecord> {
        let args = (spec, expected_revision, author.to_owned(), now);
        self.write(args, SIGNALS, |connection, args| Box::pin(update(connection, args))).await
    }

    /// Removes an agent from the roster; its history stays. [`Error::NotFound`] when it is not in it.
    pub async fn agent_delete(&self, agent_id: &AgentId, now: Micros) -> Result<()> {
        self.write((agent_id.clone(), now), SIGNALS, |connection, args| Box::pin(delete(connection, args)))
            .await
    }
}

async fn create(
    connection: &mut Connection,
    (spec, author, now): &(AgentSpec, String, Micros),
) -> Result<AgentRecord> {
    bump_roster(connection).await?;
    let revision = match find(connection, spec.id.as_str()).await? {
        Some(known) if known.deleted_at.is_none() => return Err(Error::Conflict("an agent of this id")),
        Some(known) => {
            const REVIVE: &str = "UPDATE agents SET revision = $1, edited = TRUE, deleted_at = NULL, updated_at = $2 \
                                  WHERE agent_id = $3";
            sql(REVIVE).bind(known.revision + 1).bind(*now).bind(&spec.id).execute(connection).await?;
            known.revision + 1
        }
        None => {
            insert_agent(connection, &spec.id, true, None, *now).await?;
            1
        }
    };
    add_revision(connection, spec, revision, author, *now).await?;
    find(connection, spec.id.as_str()).await?.ok_or(Error::NotFound("agent"))
}

async fn update(
    connection: &mut Connection,
    (spec, expected, author, now): &(AgentSpec, Option<i64>, String, Micros),
) -> Result<AgentRecord> {
    bump_roster(connection).await?;
    let known = find(connection, spec.id.as_str()).await?.filter(|agent| agent.deleted_at.is_none());
    let known = known.ok_or(Error::NotFound("agent"))?;
    if expected.is_some_and(|revision| revision != known.revision) {
        return Err(Error::Conflict("the agent"));
    }
    const UPDATE: &str =
        "UPDATE agents SET revision = $1, edited = TRUE, updated_at = $2 WHERE agent_id = $3";
    sql(UPDATE).bind(known.revision + 1).bind(*now).bind(&spec.id).execute(connection).await?;
    add_revision(connection, spec, known.revision + 1, author, *now).await?;
    find(connection, spec.id.as_str()).await?.ok_or(Error::NotFound("agent"))
}

async fn delete(connection: &mut Connection, (agent_id, now): &(AgentId, Micros)) -> Result<()> {
    bump_roster(connection).await?;
    const DELETE: &str = "UPDATE agents SET deleted_at = $1, updated_at = $1, edited = TRUE \
                          WHERE agent_id = $2 AND deleted_at IS NULL";
    if sql(DELETE).bind(*now).bind(agent_id).execute(connection).await? == 0 {
        return Err(Error::NotFound("agent"));
    }
    const ALIASES: &str = "DELETE FROM agent_aliases WHERE agent_id = $1";
    sql(ALIASES).bind(agent_id).execute(connection).await.map(drop)
}

/// Says that the roster changed. Its row is locked until the commit, so that changes happen one after another.
pub(super) async fn bump_roster(connection: &mut Connection) -> Result<()> {
    sql("UPDATE roster SET version = version + 1 WHERE id = 1").execute(connection).await.map(drop)
}

pub(super) async fn insert_agent(
    connection: &mut Connection,
    agent_id: &AgentId,
    edited: bool,
    seed_hash: Option<&str>,
    now: Micros,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO agents (agent_id, revision, seed_hash, edited, created_at, updated_at) \
                          VALUES ($1, 1, $2, $3, $4, $4)";
    sql(INSERT).bind(agent_id).bind(seed_hash).bind(edited).bind(now).execute(connection).await.map(drop)
}

pub(super) async fn add_revision(
    connection: &mut Connection,
    spec: &AgentSpec,
    revision: i64,
    author: &str,
    now: Micros,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO agent_revisions (agent_id, revision, name, model, specialization, description, \
                              capabilities_json, tools_json, aliases_json, system_prompt, config_json, status, author, \
                              created_at) \
                          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    sql(INSERT)
        .bind(&spec.id)
        .bind(revision)
        .bind(&spec.name)
        .bind(&spec.model)
        .bind(&spec.specialization)
        .bind(&spec.description)
        .bind(&serde_json::json!(spec.capabilities))
        .bind(&serde_json::json!(spec.tools))
        .bind(&serde_json::json!(spec.aliases))
        .bind(&spec.system_prompt)
        .bind(&spec.config)
        .bind(spec.status.as_str())
        .bind(author)
        .bind(now)
        .execute(connection)
        .await?;
    replace_aliases(connection, spec).await
}

/// Aliases name one agent each, and none is another agent's id.
async fn replace_aliases(connection: &mut Connection, spec: &AgentSpec) -> Result<()> {
    sql("DELETE FROM agent_aliases WHERE agent_id = $1").bind(&spec.id).execute(connection).await?;
    for alias in spec.aliases.iter().filter(|alias| *alias != spec.id.as_str()) {
        const TAKEN: &str = "SELECT 1 AS one FROM agents WHERE agent_id = $1 AND deleted_at IS NULL \
                             UNION ALL SELECT 1 FROM agent_aliases WHERE alias = $1 AND agent_id <> $2";
        if sql(TAKEN).bind(alias).bind(&spec.id).row(connection).await?.is_some() {
            return Err(Error::Conflict("an alias of the agent"));
        }
        const INSERT: &str =
            "INSERT INTO agent_aliases (alias, agent_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        sql(INSERT).bind(alias).bind(&spec.id).execute(connection).await?;
    }
    Ok(())
}
