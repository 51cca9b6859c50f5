//! Runs: attempts of tasks at the execution API.

use std::collections::HashMap;

use task_model::{AgentId, Attempt, Blame, Fence, MicroUsd, Micros, Priority, RunStatus, TaskId, TenantId};

use super::task::{Order, TaskError};

/// Who asked for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOrigin {
    /// The orchestrator; it has the task.
    Orchestrator,
    /// A client of the execution API; the orchestrator adopts it.
    Direct,
}

impl RunOrigin {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orchestrator => "orchestrator",
            Self::Direct => "direct",
        }
    }
}

/// An attempt to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// The task.
    pub task_id: TaskId,
    /// Which attempt of it.
    pub attempt: Attempt,
    /// Who asked.
    pub origin: RunOrigin,
    /// A second name under which the same request may come again.
    pub idempotency_key: Option<String>,
    /// Equal hashes are the same request.
    pub content_hash: String,
    /// The agent.
    pub agent_id: AgentId,
    /// The revision of the agent that it stays on.
    pub agent_revision: i64,
    /// What is to be done.
    pub task: String,
    /// The caller's own members.
    pub context_json: String,
    /// How urgent it is.
    pub priority: Priority,
    /// How long the work may take.
    pub timeout_ms: Option<i64>,
    /// What it may cost.
    pub max_cost: Option<MicroUsd>,
    /// When the work loses its point.
    pub deadline_at: Option<Micros>,
    /// Who it is for.
    pub tenant: TenantId,
    /// When it was accepted; it is due at once.
    pub created_at: Micros,
}

/// What became of an insertion.
#[derive(Debug, Clone, PartialEq)]
pub enum Inserted {
    /// It waits for a worker now.
    New,
    /// The same request was there before; this is its run.
    Existing(Box<RunRecord>),
    /// The id or key belongs to a request with other content.
    Conflict,
}

/// Everything about a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// The run as it was asked for.
    pub run: NewRun,
    /// Its state.
    pub status: RunStatus,
    /// When a worker may take it.
    pub due_at: Micros,
    /// When a worker first took it.
    pub started_at: Option<Micros>,
    /// When it ended.
    pub finished_at: Option<Micros>,
    /// Grows whenever the run changes hands.
    pub fence: Fence,
    /// The session that drives it.
    pub session_id: Option<String>,
    /// How many workers died on it.
    pub worker_deaths: i64,
    /// How often it was given back for later.
    pub releases: i64,
    /// When somebody asked to stop it.
    pub cancel_at: Option<Micros>,
    /// When somebody asked to pause it.
    pub pause_at: Option<Micros>,
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
    /// Why it failed.
    pub error: Option<TaskError>,
    /// Who is charged with the failure.
    pub blame: Option<Blame>,
}

impl RunRecord {
    /// The right to write to this run, as it stands in this record.
    pub fn lease(&self) -> RunLease {
        RunLease { task_id: self.run.task_id.clone(), attempt: self.run.attempt, fence: self.fence }
    }
}

/// The right to write to a run, until somebody else claims it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLease {
    /// The task.
    pub task_id: TaskId,
    /// The attempt.
    pub attempt: Attempt,
    /// The fence of the claim.
    pub fence: Fence,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    /// Completed, failed or cancelled.
    pub status: RunStatus,
    /// The result, as JSON text.
    pub result_json: Option<String>,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// Who is charged with the failure.
    pub blame: Option<Blame>,
    /// When.
    pub finished_at: Micros,
}

/// What a request to stop or pause a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunAsked {
    /// Nobody drove it: it is done now.
    Done,
    /// A worker drives it and will see the request at its next step.
    Requested,
    /// It had ended before, or the move makes no sense in this state.
    Ignored(RunStatus),
}

/// Which runs are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Any of these states; empty for all.
    pub statuses: Vec<RunStatus>,
    /// The agent.
    pub agent_id: Option<AgentId>,
    /// Accepted at or after.
    pub since: Option<Micros>,
    /// Accepted before.
    pub until: Option<Micros>,
    /// Part of the task's text or id, in any case of ASCII letters.
    pub text: Option<String>,
    /// [`Order::Priority`] means newest here.
    pub order: Order,
}

/// How many runs may be driven at once, over all processes. Nothing here means no limit.
#[derive(Debug, Clone, Default)]
pub struct ClaimLimits {
    /// By tenant.
    pub tenants: HashMap<TenantId, i64>,
    /// For tenants that are not listed.
    pub tenant_default: Option<i64>,
    /// By agent.
    pub agents: HashMap<AgentId, i64>,
}

impl ClaimLimits {
    /// Whether anything is limited at all.
    pub fn any(&self) -> bool {
        self.tenant_default.is_some() || !self.tenants.is_empty() || !self.agents.is_empty()
    }

    /// The limit of a tenant.
    pub fn of_tenant(&self, tenant: &TenantId) -> Option<i64> {
        self.tenants.get(tenant).copied().or(self.tenant_default)
    }
}
