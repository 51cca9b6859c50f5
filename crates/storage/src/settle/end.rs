//! The end of a task: status, reward, experience and history in one transaction, once per attempt.

use std::collections::HashSet;

use task_model::{TaskId, TaskStatus};

use super::outcomes::forget;
use crate::experiences::append;
use crate::sql::{BatchSql, Connection, Type, sql};
use crate::tasks::history::{NewEvent, append_events};
use crate::writer::group::{Manner, Run};
use crate::{Error, Result, Settle, Settled, Signal, Storage};

impl Storage {
    /// Ends a task: status, reward, experience and history in one transaction, once per (task, attempt).
    ///
    /// [`Error::Conflict`] when feedback moved the reward since the outcome was read: read it again.
    pub async fn task_settle(&self, settle: Settle) -> Result<Settled> {
        self.desk().lanes.settle.call(settle, &self.desk().arrived).await
    }
}

pub(crate) const MANNER: Manner<Settle, Settled> = Manner {
    run: Run::Batched(|connection, settles| Box::pin(end(connection, settles))),
    signals: &[Signal::TaskChanged, Signal::ExperienceAdded],
    appends_to_log: true,
};

pub(crate) static END: BatchSql = BatchSql::new(
    &[
        ("task_id", Type::Text),
        ("attempt", Type::Int),
        ("status", Type::Text),
        ("error_code", Type::Text),
        ("error_message", Type::Text),
        ("reward", Type::Real),
        ("reward_version", Type::Int),
        ("at", Type::Int),
    ],
    "UPDATE tasks SET status = rows.status, error_code = rows.error_code, error_message = rows.error_message, \
         reward = COALESCE(rows.reward, tasks.reward), reward_version = tasks.reward_version + 1, \
         completed_at = rows.at, updated_at = rows.at, dispatch_due_at = NULL, \
         cancel_due_at = NULL \
     FROM {rows} WHERE tasks.task_id = rows.task_id AND tasks.attempt = rows.attempt \
         AND tasks.reward_version = rows.reward_version \
         AND tasks.status NOT IN ('completed', 'failed', 'cancelled') \
     RETURNING tasks.task_id",
);

async fn end(connection: &mut Connection, settles: &[&Settle]) -> Result<Vec<Result<Settled>>> {
    let rows = first_of_each(settles).into_iter().map(row).collect();
    let ended = END.run(connection, rows).await?;
    let mut ended: HashSet<String> = ended.iter().map(|row| row.text("task_id")).collect::<Result<_>>()?;
    let mut answers = Vec::with_capacity(settles.len());
    let (mut done, mut noticed) = (Vec::new(), Vec::new());
    for settle in settles {
        let answer = if ended.remove(settle.task_id.as_str()) {
            done.push(*settle);
            Ok(Settled::Done { experience_seq: None })
        } else {
            refusal(connection, settle).await?
        };
        if answer.is_ok() {
            noticed.push((settle.task_id.clone(), settle.attempt));
        }
        answers.push(answer);
    }
    forget(connection, &noticed).await?;
    let events = done.iter().map(|settle| {
        let event = NewEvent::new(&settle.task_id, settle.attempt, settle.status, settle.completed_at);
        event.detail(settle.error.as_ref().map(|error| error.code.as_str()))
    });
    append_events(connection, events).await?;
    add_experiences(connection, settles, &mut answers).await?;
    Ok(answers)
}

/// One row cannot be updated twice by one statement; later ones find it settled.
fn first_of_each<'a>(settles: &[&'a Settle]) -> Vec<&'a Settle> {
    let mut seen = HashSet::new();
    let mut first: Vec<&Settle> =
        settles.iter().copied().filter(|settle| seen.insert(&settle.task_id)).collect();
    first.sort_by_key(|settle| &settle.task_id);
    first
}

fn row(settle: &Settle) -> Vec<crate::sql::Value<'_>> {
    vec![
        (&settle.task_id).into(),
        settle.attempt.into(),
        settle.status.as_str().into(),
        settle.error.as_ref().map(|error| &error.code).into(),
        settle.error.as_ref().map(|error| &error.message).into(),
        settle.reward.into(),
        settle.reward_version.into(),
        settle.completed_at.into(),
    ]
}

/// Why a task was not ended: it had been, or its reward moved on.
pub(super) async fn refusal(connection: &mut Connection, settle: &Settle) -> Result<Result<Settled>> {
    let Some((status, attempt, reward_version)) = state(connection, &settle.task_id).await? else {
        return Ok(Err(Error::NotFound("task")));
    };
    let same = attempt == settle.attempt.0 && !status.is_terminal();
    let moved = same && reward_version != settle.reward_version;
    // The same task twice in one batch: the second of them has not been tried yet.
    Ok(if moved || same { Err(Error::Conflict("the reward")) } else { Ok(Settled::Already) })
}

async fn state(connection: &mut Connection, task_id: &TaskId) -> Result<Option<(TaskStatus, i64, i64)>> {
    const SELECT: &str = "SELECT status, attempt, reward_version FROM tasks WHERE task_id = $1";
    let Some(row) = sql(SELECT).bind(task_id).row(connection).await? else { return Ok(None) };
    Ok(Some((row.word("status", TaskStatus::parse)?, row.int("attempt")?, row.int("reward_version")?)))
}

/// Appends what the learner learns from those that were settled just now, and completes their answers.
async fn add_experiences(
    connection: &mut Connection,
    settles: &[&Settle],
    answers: &mut [Result<Settled>],
) -> Result<()> {
    let learned: Vec<_> = settles
        .iter()
        .zip(answers)
        .filter(|(_, answer)| matches!(answer, Ok(Settled::Done { .. })))
        .filter_map(|(settle, answer)| Some((settle.experience.as_ref()?, answer)))
        .collect();
    let places = append(connection, learned.iter().map(|(experience, _)| *experience)).await?;
    for (experience, answer) in learned {
        let experience_seq = places.get(&(experience.task_id.clone(), experience.attempt.0)).copied();
        *answer = Ok(Settled::Done { experience_seq });
    }
    Ok(())
}

/// Ends a task whatever its reward is by now.
pub(crate) async fn end_anyway(connection: &mut Connection, settle: &Settle) -> Result<Settled> {
    let mut settle = settle.clone();
    if let Some((_, _, reward_version)) = state(connection, &settle.task_id).await? {
        settle.reward_version = reward_version;
    }
    end(connection, &[&settle]).await?.pop().unwrap_or(Err(Error::NotFound("task")))
}
