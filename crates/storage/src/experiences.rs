//! The experience log and its snapshots.

use std::collections::HashMap;

use task_model::{Attempt, TaskId};

use crate::sql::{BatchSql, Connection, Row, Type, Value, sql};
use crate::{Checkpoint, Experience, NewExperience, Result, Signal, Storage};

/// How many lines of an import share a statement.
const IMPORT_CHUNK: usize = 1_000;

impl Storage {
    /// The lines after `seq`, in order. Nothing ever appears before what was once returned: whoever appends holds a lock from before
    /// it takes a number to its commit.
    pub async fn experiences_after(&self, seq: i64, limit: usize) -> Result<Vec<Experience>> {
        const SELECT: &str = "SELECT * FROM experiences WHERE seq > $1 ORDER BY seq LIMIT CAST($2 AS BIGINT)";
        let rows = sql(SELECT).bind(seq).bind(limit).rows(&mut self.read().await?).await?;
        rows.iter().map(line).collect()
    }

    /// The same with what could have been chosen, from the decision behind each line.
    pub async fn decisions_logged_after(&self, seq: i64, limit: usize) -> Result<Vec<Experience>> {
        const SELECT: &str = "SELECT e.seq, e.task_id, e.attempt, e.revision, e.agent_id, e.context, e.next_context, e.reward, \
                                  e.prev_reward, e.weight, e.propensity, e.policy_version, e.cost_micro, e.latency_ms, e.at, \
                                  e.source, COALESCE(e.candidates_json, d.candidates_json) AS candidates_json \
                              FROM experiences e \
                                  LEFT JOIN decisions d ON d.task_id = e.task_id AND d.attempt = e.attempt \
                              WHERE e.seq > $1 ORDER BY e.seq LIMIT CAST($2 AS BIGINT)";
        let rows = sql(SELECT).bind(seq).bind(limit).rows(&mut self.read().await?).await?;
        rows.iter().map(line).collect()
    }

    /// What an attempt taught when it was settled, before any correction.
    pub async fn experience_settled(
        &self,
        task_id: &TaskId,
        attempt: Attempt,
    ) -> Result<Option<NewExperience>> {
        const SELECT: &str = "SELECT * FROM experiences WHERE task_id = $1 AND attempt = $2 AND revision = 0";
        let row = sql(SELECT).bind(task_id).bind(attempt).row(&mut self.read().await?).await?;
        row.map(|row| Ok(line(&row)?.experience)).transpose()
    }

    /// How many lines there are.
    pub async fn experiences_count(&self) -> Result<i64> {
        let row = sql("SELECT COUNT(*) AS lines FROM experiences").row(&mut self.read().await?).await?;
        row.map_or(Ok(0), |row| row.int("lines"))
    }

    /// Appends lines from elsewhere; those already there (same task, attempt and revision) are passed over. Returns
    /// how many were new.
    pub async fn experience_import(&self, experiences: Vec<NewExperience>) -> Result<usize> {
        let signals = &[Signal::ExperienceAdded];
        self.write_log(experiences, signals, |connection, lines| Box::pin(import(connection, lines))).await
    }

    /// Keeps a snapshot, and the two before it.
    pub async fn learner_checkpoint_put(&self, checkpoint: Checkpoint) -> Result<()> {
        self.write(checkpoint, &[], |connection, checkpoint| Box::pin(keep(connection, checkpoint))).await
    }

    /// The latest snapshot of a format.
    pub async fn learner_checkpoint_latest(&self, format: &str) -> Result<Option<Checkpoint>> {
        const SELECT: &str = "SELECT * FROM learner_checkpoints WHERE format = $1 ORDER BY seq DESC LIMIT 1";
        let row = sql(SELECT).bind(format).row(&mut self.read().await?).await?;
        row.map(|row| {
            Ok(Checkpoint {
                format: row.text("format")?,
                seq: row.int("seq")?,
                bytes: row.get("bytes")?,
                created_at: row.micros("created_at")?,
            })
        })
        .transpose()
    }
}

fn line(row: &Row) -> Result<Experience> {
    let experience = NewExperience {
        task_id: row.task_id()?,
        attempt: row.attempt("attempt")?,
        revision: row.int("revision")?,
        agent_id: row.agent_id("agent_id")?,
        context: row.get("context")?,
        next_context: row.get("next_context")?,
        reward: row.get("reward")?,
        prev_reward: row.get("prev_reward")?,
        weight: row.get("weight")?,
        propensity: row.get("propensity")?,
        policy_version: row.int("policy_version")?,
        cost: row.money("cost_micro")?,
        latency_ms: row.int("latency_ms")?,
        at: row.micros("at")?,
        source: row.text("source")?,
        candidates_json: row.opt_text("candidates_json")?,
    };
    Ok(Experience { seq: row.int("seq")?, experience })
}

static APPEND: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("revision", Type::Int),
        ("agent_id", Type::Text),
        ("context", Type::Bytes),
        ("next_context", Type::Bytes),
        ("reward", Type::Real),
        ("prev_reward", Type::Real),
        ("weight", Type::Real),
        ("propensity", Type::Real),
        ("policy_version", Type::Int),
        ("cost_micro", Type::Int),
        ("latency_ms", Type::Int),
        ("at", Type::Int),
        ("source", Type::Text),
        ("candidates_json", Type::Text),
    ],
    "INSERT INTO experiences (task_id, attempt, revision, agent_id, context, next_context, reward, prev_reward, weight, \
         propensity, policy_version, cost_micro, latency_ms, at, source, candidates_json) \
     SELECT task_id, attempt, revision, agent_id, context, next_context, reward, prev_reward, weight, propensity, \
         policy_version, cost_micro, latency_ms, at, source, candidates_json \
     FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING RETURNING seq, task_id, attempt",
);

/// Appends to the log, inside a transaction that holds the log's order; returns the places by task and attempt.
pub(crate) async fn append<'a>(
    connection: &mut Connection,
    experiences: impl Iterator<Item = &'a NewExperience>,
) -> Result<HashMap<(TaskId, i64), i64>> {
    let rows = APPEND.run(connection, experiences.map(values).collect()).await?;
    rows.iter().map(|row| Ok(((row.task_id()?, row.int("attempt")?), row.int("seq")?))).collect()
}

fn values(experience: &NewExperience) -> Vec<Value<'_>> {
    vec![
        (&experience.task_id).into(),
        experience.attempt.into(),
        experience.revision.into(),
        (&experience.agent_id).into(),
        (&experience.context).into(),
        experience.next_context.as_ref().into(),
        experience.reward.into(),
        experience.prev_reward.into(),
        experience.weight.into(),
        experience.propensity.into(),
        experience.policy_version.into(),
        experience.cost.into(),
        experience.latency_ms.into(),
        experience.at.into(),
        (&experience.source).into(),
        experience.candidates_json.as_ref().into(),
    ]
}

async fn import(connection: &mut Connection, lines: &[NewExperience]) -> Result<usize> {
    let mut new = 0;
    for chunk in lines.chunks(IMPORT_CHUNK) {
        new += APPEND.run(connection, chunk.iter().map(values).collect()).await?.len();
    }
    Ok(new)
}

async fn keep(connection: &mut Connection, checkpoint: &Checkpoint) -> Result<()> {
    const KEEP: &str = "INSERT INTO learner_checkpoints (format, seq, bytes, created_at) VALUES ($1, $2, $3, $4) \
                        ON CONFLICT (format, seq) DO UPDATE SET bytes = excluded.bytes, created_at = excluded.created_at";
    let keep = sql(KEEP).bind(&checkpoint.format).bind(checkpoint.seq).bind(&checkpoint.bytes);
    keep.bind(checkpoint.created_at).execute(connection).await?;
    const PRUNE: &str = "DELETE FROM learner_checkpoints WHERE format = $1 AND seq NOT IN \
                             (SELECT seq FROM learner_checkpoints WHERE format = $1 ORDER BY seq DESC LIMIT 3)";
    sql(PRUNE).bind(&checkpoint.format).execute(connection).await.map(drop)
}
