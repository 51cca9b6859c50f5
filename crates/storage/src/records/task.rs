//! Tasks, decisions and what is seen of them.

use task_model::{
    AgentId, Attempt, Blame, DecisionId, Fence, MicroUsd, Micros, Priority, RunStatus, TaskId, TaskStatus,
    TenantId,
};

/// A task as its caller described it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTask {
    /// The one identity of the task.
    pub task_id: TaskId,
    /// A second name under which the same request may come again.
    pub idempotency_key: Option<String>,
    /// A hash of everything that makes the request what it is; equal hashes are the same request.
    pub content_hash: String,
    /// What is to be done.
    pub description: String,
    /// How urgent it is.
    pub priority: Priority,
    /// The caller's own members.
    pub metadata_json: String,
    /// The agent that the caller insisted on.
    pub agent_pin: Option<AgentId>,
    /// Whether a low confidence was to be ignored.
    pub force_execute: bool,
    /// How many attempts may be made.
    pub max_attempts: i64,
    /// What all attempts together may cost.
    pub max_cost: Option<MicroUsd>,
    /// When the work loses its point.
    pub deadline_at: Option<Micros>,
    /// Who it is for.
    pub tenant: TenantId,
    /// Not to be begun before this instant.
    pub start_at: Option<Micros>,
    /// When it was accepted.
    pub created_at: Micros,
}

/// The choice of an agent for the next attempt of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDecision {
    /// Its identity.
    pub decision_id: DecisionId,
    /// The agent chosen.
    pub agent_id: AgentId,
    /// The calibrated probability of success.
    pub confidence: f64,
    /// The exact probability with which this agent was chosen.
    pub propensity: f64,
    /// One sentence for people.
    pub reason: String,
    /// The action set with values.
    pub candidates_json: String,
    /// What the caller should know, as an array of texts.
    pub warnings_json: String,
    /// The encoded features.
    pub context: Vec<u8>,
    /// The policy that chose.
    pub policy_version: i64,
    /// Whether the outcome may teach the learner (a pinned agent may not).
    pub learnable: bool,
    /// When it was made.
    pub decided_at: Micros,
}

/// A stored decision.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRecord {
    /// The task it is for.
    pub task_id: TaskId,
    /// The attempt it is for.
    pub attempt: Attempt,
    /// The decision itself.
    pub decision: NewDecision,
}

/// A task with the decision for its first attempt; they are written together.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// The task.
    pub task: NewTask,
    /// The choice.
    pub decision: NewDecision,
}

/// What became of an assignment.
#[derive(Debug, Clone, PartialEq)]
pub enum Assigned {
    /// It is durable now.
    New,
    /// The same request was stored before; answer as then.
    Replay(Box<StoredAnswer>),
    /// The id or key belongs to a request with other content.
    Conflict,
    /// The id or key belongs to a task that was done long ago and deleted.
    Pruned,
}

/// What a replayed request is answered with.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnswer {
    /// The id under which the request was stored (another one when only the key was equal).
    pub task_id: TaskId,
    /// Its state now, as far as the orchestrator knows.
    pub status: TaskStatus,
    /// When it was accepted.
    pub created_at: Micros,
    /// The decision for the first attempt, as it was answered then.
    pub decision: NewDecision,
}

/// Everything about a task that any port shows.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskView {
    /// The task as its caller described it.
    pub task: NewTask,
    /// The state that every port shows.
    pub status: TaskStatus,
    /// The state in the orchestrator's own row.
    pub own_status: TaskStatus,
    /// The current attempt.
    pub attempt: Attempt,
    /// The agent of the current attempt.
    pub agent_id: AgentId,
    /// The orchestrator's last change.
    pub updated_at: Micros,
    /// When it was settled.
    pub completed_at: Option<Micros>,
    /// When somebody asked to stop it.
    pub cancel_requested_at: Option<Micros>,
    /// Why it failed: the orchestrator's word, or else the run's.
    pub error: Option<TaskError>,
    /// The combined reward, if any.
    pub reward: Option<f64>,
    /// Grows with every change of the reward; the guard of `feedback_put`.
    pub reward_version: i64,
    /// The outbox.
    pub dispatch: DispatchState,
    /// The decision for the current attempt.
    pub decision: Option<NewDecision>,
    /// The run of the current attempt, when the execution API has it.
    pub run: Option<RunView>,
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// Where the outbox row stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DispatchState {
    /// When it is (next) due; `None` when nothing is left to hand over.
    pub due_at: Option<Micros>,
    /// How often it was tried.
    pub tries: i64,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// What a task shows of its run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunView {
    /// The state of the run.
    pub status: RunStatus,
    /// The fence now.
    pub fence: Fence,
    /// The revision of the agent that it runs on.
    pub agent_revision: i64,
    /// When a worker first took it.
    pub started_at: Option<Micros>,
    /// When it ended.
    pub finished_at: Option<Micros>,
    /// How many steps are recorded.
    pub steps: i64,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
    /// What it cost so far.
    pub cost: MicroUsd,
    /// The result, as JSON text.
    pub result_json: Option<String>,
    /// Who is charged with the failure.
    pub blame: Option<Blame>,
    /// How many workers died on it.
    pub worker_deaths: i64,
}

/// In which order tasks or runs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The latest first.
    #[default]
    Newest,
    /// The earliest first.
    Oldest,
    /// The most urgent first, then the latest.
    Priority,
}

/// Which tasks are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Any of these visible states; empty for all.
    pub statuses: Vec<TaskStatus>,
    /// The agent of the current attempt.
    pub agent_id: Option<AgentId>,
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only those with this error.
    pub code: Option<String>,
    /// The least priority.
    pub priority_min: Option<Priority>,
    /// The greatest priority.
    pub priority_max: Option<Priority>,
    /// Accepted at or after.
    pub since: Option<Micros>,
    /// Accepted before.
    pub until: Option<Micros>,
    /// Part of the description or the id, in any case of ASCII letters.
    pub text: Option<String>,
    /// The order.
    pub order: Order,
}

/// One change of a task's status.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskEvent {
    /// Its place in the history of everything.
    pub seq: i64,
    /// The task.
    pub task_id: TaskId,
    /// The attempt it happened in.
    pub attempt: Attempt,
    /// The state it moved to.
    pub status: TaskStatus,
    /// More for people.
    pub detail: Option<String>,
    /// When.
    pub at: Micros,
}

/// A task that must be handed to the execution API.
#[derive(Debug, Clone, PartialEq)]
pub struct DispatchItem {
    /// The task as its caller described it.
    pub task: NewTask,
    /// The attempt to be run.
    pub attempt: Attempt,
    /// The agent chosen for it.
    pub agent_id: AgentId,
    /// How often it was tried, this try included.
    pub tries: i64,
    /// What earlier attempts have cost.
    pub spent: MicroUsd,
}

/// What a request to pause a task, or to let it go on, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is as asked.
    Done,
    /// The execution API has its current attempt, and must be asked.
    HasRun,
    /// Nothing changed: it stands so.
    Is(TaskStatus),
}

/// What a request to stop a task came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// It had not been handed over: it is cancelled now.
    Done,
    /// The execution API has this attempt and must be asked.
    Requested(Attempt),
    /// It had ended before.
    Ended(TaskStatus),
}
