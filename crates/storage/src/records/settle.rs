//! Outcomes of attempts, and what settling them writes.

use task_model::{Attempt, Blame, MicroUsd, Micros, RunStatus, TaskId, TaskStatus};

use super::learning::NewExperience;
use super::task::{DecisionRecord, NewDecision, NewTask, TaskError};

/// A finished run whose task is not settled: everything the reward and the next choice need.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// The task as its caller described it.
    pub task: NewTask,
    /// The attempt that ended.
    pub attempt: Attempt,
    /// Completed, failed or cancelled.
    pub status: RunStatus,
    /// Who is charged with a failure.
    pub blame: Option<Blame>,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// The result, as JSON text.
    pub result_json: Option<String>,
    /// What this attempt cost.
    pub cost: MicroUsd,
    /// What all attempts cost so far, this one included.
    pub total_cost: MicroUsd,
    /// The tools that this attempt called, by name.
    pub tools: Vec<String>,
    /// The model that gave most of its answers, of as many the last, as `provider/model`.
    pub model: Option<String>,
    /// When a worker first took it.
    pub started_at: Option<Micros>,
    /// When it ended.
    pub finished_at: Micros,
    /// When somebody asked to stop the task.
    pub cancel_requested_at: Option<Micros>,
    /// The combined reward of feedback that came early.
    pub reward: Option<f64>,
    /// Must come back in [`Settle::reward_version`].
    pub reward_version: i64,
    /// The decisions of all attempts so far, in order; the last one is this attempt's.
    pub decisions: Vec<DecisionRecord>,
}

/// The end of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Settle {
    /// The task.
    pub task_id: TaskId,
    /// The attempt that decided it.
    pub attempt: Attempt,
    /// Completed, failed, cancelled or needs_review.
    pub status: TaskStatus,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// The reward, combined with feedback that came early; `None` when the outcome is nobody's merit or fault.
    pub reward: Option<f64>,
    /// [`RunOutcome::reward_version`]; when feedback came in between, the answer is [`crate::Error::Conflict`].
    pub reward_version: i64,
    /// What the learner learns, if anything.
    pub experience: Option<NewExperience>,
    /// When.
    pub completed_at: Micros,
}

/// A failed attempt that another one follows.
#[derive(Debug, Clone, PartialEq)]
pub struct SettleRetry {
    /// The task.
    pub task_id: TaskId,
    /// The attempt that failed.
    pub attempt: Attempt,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// What the learner learns from it, if anything.
    pub experience: Option<NewExperience>,
    /// The choice for the next attempt.
    pub decision: NewDecision,
    /// When the next attempt is to be handed over.
    pub due_at: Micros,
    /// When.
    pub at: Micros,
}

/// What settling came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was settled by this call.
    Done {
        /// The place of the experience in the log.
        experience_seq: Option<i64>,
    },
    /// This attempt had been settled before. Nothing was written.
    Already,
}
