//! Tasks as this port shows them: from the same joint view as the orchestrator's, so that the two never contradict each other.

use service_api::task::RunRecord as WireRun;
use storage::{Listing, Page, RunRecord, TaskFilter, TaskView};
use task_model::{Attempt, TaskId, TaskStatus};

use crate::error::{Error, Result};
use crate::render;
use crate::state::State;

/// What is known about a task.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The orchestrator knows it too.
    Task(Box<TaskView>),
    /// Only we have it yet.
    Run(Box<RunRecord>),
}

impl Seen {
    /// The current attempt.
    pub fn attempt(&self) -> Attempt {
        match self {
            Self::Task(view) => view.attempt,
            Self::Run(run) => run.run.attempt,
        }
    }

    /// The state that every port shows.
    pub fn status(&self) -> TaskStatus {
        match self {
            Self::Task(view) => view.status,
            Self::Run(run) => run.status.as_task(),
        }
    }

    /// Whether nothing more will happen by itself.
    pub fn is_ended(&self) -> bool {
        self.status().is_terminal() || self.status() == TaskStatus::NeedsReview
    }

    /// Whether the attempt is over and the orchestrator decides this very moment whether another follows.
    pub fn is_unsettled(&self) -> bool {
        match self {
            Self::Task(view) => {
                !view.status.is_terminal() && view.run.as_ref().is_some_and(|run| run.status.is_terminal())
            }
            Self::Run(_) => false,
        }
    }

    /// Without steps.
    pub fn render(&self) -> WireRun {
        match self {
            Self::Task(view) => render::task(view),
            Self::Run(run) => render::run(run),
        }
    }
}

/// A task, if anybody has it.
pub async fn find(state: &State, id: &TaskId) -> Result<Option<Seen>> {
    if let Some(view) = state.storage.task_find(id).await? {
        return Ok(Some(Seen::Task(Box::new(view))));
    }
    Ok(state.storage.run_find(id, None).await?.map(|run| Seen::Run(Box::new(run))))
}

/// The same, or the error that says it is not there.
pub async fn require(state: &State, id: &TaskId) -> Result<Seen> {
    find(state, id).await?.ok_or_else(|| Error::no_task(id))
}

/// A task with the steps of its current attempt.
pub async fn with_steps(state: &State, id: &TaskId, seen: &Seen) -> Result<WireRun> {
    let mut shown = seen.render();
    if shown.metadata.step_count > 0 {
        let steps = state.storage.steps_list(id, seen.attempt(), 0).await?;
        shown.steps = steps.iter().map(render::step).collect();
    }
    Ok(shown)
}

/// One page of tasks.
pub async fn list(state: &State, mut filter: TaskFilter, page: &Page) -> Result<Listing<WireRun>> {
    // On this port an assigned task is a queued one.
    if filter.statuses.contains(&TaskStatus::Queued) {
        filter.statuses.push(TaskStatus::Assigned);
    }
    Ok(state.storage.task_list(&filter, page).await?.map(|view| render::task(&view)))
}
