//! Feedback: the latest word of each source counts, none counts twice.

use task_model::{Attempt, Micros, TaskId};

use crate::experiences::append;
use crate::sql::{Connection, Row, sql};
use crate::{
    Error, FeedbackList, FeedbackPut, FeedbackStored, NewExperience, NewFeedback, Result, Signal, Storage,
};

impl Storage {
    /// Stores a word about a task. The latest of a source counts; a known key does nothing.
    ///
    /// [`Error::Conflict`] when the reward moved on since [`Storage::feedback_list`]: read again.
    /// [`Error::NotFound`] for an unknown task.
    pub async fn feedback_put(&self, put: FeedbackPut) -> Result<FeedbackStored> {
        let signals = &[Signal::TaskChanged, Signal::ExperienceAdded];
        self.write_log(put, signals, |connection, put| Box::pin(store(connection, put))).await
    }

    /// The current words about a task; `None` for an unknown task.
    pub async fn feedback_list(&self, task_id: &TaskId) -> Result<Option<FeedbackList>> {
        let mut connection = self.read().await?;
        // The guard first: words that arrive in between then make the next `feedback_put` a conflict, never a loss.
        const GUARD: &str = "SELECT reward, reward_version FROM tasks WHERE task_id = $1";
        let Some(guard) = sql(GUARD).bind(task_id).row(&mut connection).await? else { return Ok(None) };
        const WORDS: &str = "SELECT task_id, source, reward, kind, comment, idempotency_key, at FROM feedback \
                             WHERE task_id = $1 AND is_current ORDER BY seq";
        let words = sql(WORDS).bind(task_id).rows(&mut connection).await?;
        Ok(Some(FeedbackList {
            items: words.iter().map(word).collect::<Result<_>>()?,
            reward: guard.get("reward")?,
            reward_version: guard.int("reward_version")?,
        }))
    }
}

fn word(row: &Row) -> Result<NewFeedback> {
    Ok(NewFeedback {
        task_id: row.task_id()?,
        source: row.text("source")?,
        reward: row.get("reward")?,
        kind: row.text("kind")?,
        comment: row.opt_text("comment")?,
        idempotency_key: row.opt_text("idempotency_key")?,
        at: Micros(row.int("at")?),
    })
}

async fn store(connection: &mut Connection, put: &FeedbackPut) -> Result<FeedbackStored> {
    let feedback = &put.feedback;
    if let Some(reward_version) = arrived_before(connection, feedback).await? {
        return Ok(FeedbackStored { reward_version, replaced: false, duplicate: true, experience_seq: None });
    }
    let reward_version = move_reward(connection, put).await?;
    const OLD: &str =
        "UPDATE feedback SET is_current = FALSE WHERE task_id = $1 AND source = $2 AND is_current";
    let replaced = sql(OLD).bind(&feedback.task_id).bind(&feedback.source).execute(connection).await? > 0;
    const NEW: &str = "INSERT INTO feedback (task_id, source, reward, kind, comment, idempotency_key, at, is_current) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE)";
    sql(NEW)
        .bind(&feedback.task_id)
        .bind(&feedback.source)
        .bind(feedback.reward)
        .bind(&feedback.kind)
        .bind(feedback.comment.as_ref())
        .bind(feedback.idempotency_key.as_ref())
        .bind(feedback.at)
        .execute(connection)
        .await?;
    let experience = put.experience.clone().map(|e| NewExperience { revision: reward_version, ..e });
    let places = append(connection, experience.iter()).await?;
    Ok(FeedbackStored {
        reward_version,
        replaced,
        duplicate: false,
        experience_seq: places.into_values().next(),
    })
}

/// The guard now, when this key is known.
async fn arrived_before(connection: &mut Connection, feedback: &NewFeedback) -> Result<Option<i64>> {
    let Some(key) = &feedback.idempotency_key else { return Ok(None) };
    const SELECT: &str = "SELECT t.reward_version FROM feedback f JOIN tasks t ON t.task_id = f.task_id \
                          WHERE f.task_id = $1 AND f.idempotency_key = $2";
    let row = sql(SELECT).bind(&feedback.task_id).bind(key).row(connection).await?;
    row.map(|row| row.int("reward_version")).transpose()
}

/// Sets the combined reward if nobody else did meanwhile; returns the guard for the next time.
async fn move_reward(connection: &mut Connection, put: &FeedbackPut) -> Result<i64> {
    const UPDATE: &str = "UPDATE tasks SET reward = $1, reward_version = reward_version + 1, updated_at = $2 \
                          WHERE task_id = $3 AND reward_version = $4 RETURNING reward_version";
    let feedback = &put.feedback;
    let update = sql(UPDATE).bind(put.combined_reward).bind(feedback.at).bind(&feedback.task_id);
    match update.bind(put.expected_version).row(connection).await? {
        Some(row) => row.int("reward_version"),
        None => {
            let select = sql("SELECT attempt FROM tasks WHERE task_id = $1").bind(&feedback.task_id);
            let known: Option<Attempt> =
                select.row(connection).await?.map(|row| row.attempt("attempt")).transpose()?;
            Err(known.map_or(Error::NotFound("task"), |_| Error::Conflict("the reward")))
        }
    }
}
