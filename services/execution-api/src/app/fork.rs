//! Forks: a new task that begins with what another one has recorded, and goes on by itself.

use sha2::{Digest, Sha256};
use storage::{Inserted, NewRun, RunOrigin, RunRecord};
use task_model::{Attempt, Micros, RunStatus, TaskId};

use super::tasks::{self, Seen};
use crate::error::{Error, Result};
use crate::state::State;

/// Where a new task branches off.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its identity; without one, the same fork asked for twice is the same task.
    pub task_id: Option<TaskId>,
    /// The attempt to begin from; the current one unless named.
    pub attempt: Option<Attempt>,
    /// How many steps are taken over.
    pub from_step: i64,
}

/// Makes the new task; the same agent in the same revision goes on with it.
pub async fn fork(state: &State, id: &TaskId, branch: Branch, now: Micros) -> Result<Seen> {
    let parent = state.storage.run_find(id, branch.attempt).await?.ok_or_else(|| Error::no_task(id))?;
    check(&parent, branch.from_step)?;
    let run = new_run(&parent, &branch, now);
    let (new_id, from) = (run.task_id.clone(), (id.clone(), parent.run.attempt));
    match state.storage.run_fork(run, from, branch.from_step).await? {
        Inserted::New | Inserted::Existing(_) => tasks::require(state, &new_id).await,
        Inserted::Conflict => Err(Error::Conflict {
            code: "TASK_CONFLICT",
            detail: format!("the task \"{new_id}\" exists and is not this fork; use a new id"),
        }),
    }
}

/// A copy of a whole answer would be no new work.
fn check(parent: &RunRecord, from_step: i64) -> Result<()> {
    let most = if parent.status == RunStatus::COMPLETED { parent.steps - 1 } else { parent.steps };
    if (0..=most).contains(&from_step) {
        return Ok(());
    }
    Err(Error::invalid("from_step", format!("must be from 0 to {most}: so many steps can be taken over")))
}

fn new_run(parent: &RunRecord, branch: &Branch, now: Micros) -> NewRun {
    let of = &parent.run;
    let hash = digest(&[of.task_id.as_str(), &of.attempt.0.to_string(), &branch.from_step.to_string()]);
    let made = || TaskId::parse(format!("fork_{}", &hash[..32])).expect("hex digits are allowed in task ids");
    NewRun {
        task_id: branch.task_id.clone().unwrap_or_else(made),
        attempt: Attempt::FIRST,
        origin: RunOrigin::Direct,
        idempotency_key: None,
        content_hash: hash,
        // The parent's deadline was for the parent.
        deadline_at: None,
        created_at: now,
        ..of.clone()
    }
}

/// Each part is preceded by its length, so that none runs into the next.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in [&["fork"], parts].concat() {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
