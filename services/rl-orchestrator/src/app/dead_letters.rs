//! Dead letters: tasks that failed with everything spent, or that wait for a person. A word for some of the states that `/tasks` shows,
//! not another state.

use futures::{StreamExt, stream};
use service_api::dead_letter::{DeadLetter, DeadLetterList, RedriveAnswer, RedriveRefusal};
use service_api::rfc3339;
use sha2::{Digest, Sha256};
use storage::{Page, RedrivePlan, Redriving, TaskFilter, TaskView};
use task_model::{Attempt, FailureCode, Micros, TaskId, TaskStatus};

use super::tasks::actions::{Retried, retry_at};
use super::{Error, State};

/// Tasks that are tried again at the same time, so that they share commits.
const AT_ONCE: usize = 32;

/// A call to try failed tasks again.
#[derive(Debug, Clone)]
pub(crate) struct Redrive {
    /// Which, apart from having failed.
    pub(crate) filter: TaskFilter,
    /// At most so many.
    pub(crate) limit: usize,
    /// Only say which.
    pub(crate) dry_run: bool,
    /// The caller's name for the call.
    pub(crate) key: Option<String>,
}

/// One page.
pub(crate) async fn list(state: &State, filter: &TaskFilter, page: &Page) -> Result<DeadLetterList, Error> {
    let listing = state.storage.task_list(filter, page).await?;
    let dead_letters: Vec<_> = listing.items.into_iter().map(letter).collect();
    Ok(DeadLetterList { count: dead_letters.len(), dead_letters, next_cursor: listing.next_cursor })
}

fn letter(view: TaskView) -> DeadLetter {
    let (code, message) = view.error.map_or((None, None), |error| (Some(error.code), Some(error.message)));
    let reason = match view.status {
        TaskStatus::NeedsReview if code.as_deref() == Some(FailureCode::POISON) => "poison",
        status => status.as_str(),
    };
    DeadLetter {
        task_id: view.task.task_id.to_string(),
        reason: reason.to_owned(),
        status: view.status.as_str().to_owned(),
        code,
        message,
        description: view.task.description,
        agent_id: view.agent_id.to_string(),
        tenant: view.task.tenant.to_string(),
        attempt: view.attempt.0,
        created_at: rfc3339(view.task.created_at),
        updated_at: rfc3339(view.updated_at),
    }
}

/// Tries failed tasks again. With a key, the attempts that it is about are written down first: the same call once more goes on with
/// them, and tries none of them twice.
pub(crate) async fn redrive(state: &State, wanted: Redrive, now: Micros) -> Result<RedriveAnswer, Error> {
    let found = state.storage.task_list(&wanted.filter, &Page::first(wanted.limit)).await?;
    let more = found.next_cursor.is_some();
    let tasks: Vec<(String, i64)> =
        found.items.iter().map(|view| (view.task.task_id.to_string(), view.attempt.0)).collect();
    if wanted.dry_run {
        let task_ids: Vec<_> = tasks.into_iter().map(|(id, _)| id).collect();
        return Ok(RedriveAnswer {
            selected: task_ids.len(),
            redriven: 0,
            task_ids,
            refused: Vec::new(),
            more,
            dry_run: true,
        });
    }
    let tasks = planned(state, &wanted, tasks, now).await?;
    let selected = tasks.len();
    let tried = stream::iter(tasks).map(|(id, attempt)| async move {
        let came = again(state, &id, Attempt(attempt), now).await;
        (id, came)
    });
    let (mut task_ids, mut refused) = (Vec::with_capacity(selected), Vec::new());
    for (id, came) in tried.buffered(AT_ONCE).collect::<Vec<_>>().await {
        match came {
            Ok(()) => task_ids.push(id),
            // What only fails now is the answer of the whole call, which may be sent again.
            Err(error @ (Error::Storage(_) | Error::RosterEmpty | Error::Internal(_))) => return Err(error),
            Err(error) => refused.push(refusal(id, &error)),
        }
    }
    Ok(RedriveAnswer { selected, redriven: task_ids.len(), task_ids, refused, more, dry_run: false })
}

async fn planned(
    state: &State,
    wanted: &Redrive,
    tasks: Vec<(String, i64)>,
    now: Micros,
) -> Result<Vec<(String, i64)>, Error> {
    let Some(key) = &wanted.key else { return Ok(tasks) };
    let filter = format!("{:?} {}", wanted.filter, wanted.limit);
    let content_hash = Sha256::digest(filter.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let plan = RedrivePlan { key: key.clone(), content_hash, tasks };
    match state.storage.redrive_plan(plan, now).await? {
        Redriving::Plan(tasks) => Ok(tasks),
        Redriving::Conflict => Err(Error::RedriveDiffers),
    }
}

async fn again(state: &State, id: &str, failed: Attempt, now: Micros) -> Result<(), Error> {
    let id = TaskId::parse(id).map_err(|why| Error::Internal(format!("a stored id {why}")))?;
    match retry_at(state, &id, Some(failed), now).await? {
        Retried::Again | Retried::Already => Ok(()),
    }
}

fn refusal(task_id: String, error: &Error) -> RedriveRefusal {
    let code = match error {
        Error::Insufficient(_) => "INSUFFICIENT_CONFIDENCE",
        Error::Invalid(_) => "FIELD_INVALID",
        Error::TaskUnknown(_) => "NOT_FOUND",
        Error::Contended => "CONTENDED",
        _ => "WRONG_STATE",
    };
    RedriveRefusal { task_id, code: code.to_owned(), message: error.to_string() }
}
