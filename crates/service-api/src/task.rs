//! A task as both ports show it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The whole record of a task at the orchestrator.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskRecord {
    /// The task's one identity on every port.
    pub task_id: String,
    /// What is to be done.
    pub description: String,
    /// 1–10.
    pub priority: u8,
    /// Who it is for.
    #[serde(default)]
    pub tenant: String,
    /// Not begun before this time (RFC 3339); absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<String>,
    /// How many attempts it may have.
    #[serde(default)]
    pub max_attempts: i64,
    /// `assigned queued running waiting paused completed failed cancelled needs_review`.
    pub status: String,
    /// The agent of the current attempt.
    pub assigned_agent: String,
    /// Calibrated probability of success at the time of the decision.
    pub confidence: f64,
    /// Why this agent.
    pub reason: String,
    /// Always true for a stored task.
    pub validation_passed: bool,
    /// What the caller was warned of.
    pub warnings: Vec<String>,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// The choice behind the current attempt.
    pub decision_id: String,
    /// The policy that chose.
    pub policy_version: String,
    /// The exact probability with which the agent was drawn.
    pub propensity: f64,
    /// The agents that were looked at; only in the single-task answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<crate::assign::Candidate>,
    /// The caller's own data.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// When a worker first took it.
    pub started_at: Option<String>,
    /// When it ended.
    pub completed_at: Option<String>,
    /// When somebody asked to stop it; absent when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_requested_at: Option<String>,
    /// What came out.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// What the learner was told, 0–1; absent until then, and for failures that are nobody's.
    pub reward: Option<f64>,
    /// What it cost.
    pub cost_usd: f64,
    /// How many steps the run has recorded.
    pub steps: i64,
    /// The status history; only in the single-task answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<StatusChange>,
    /// Where to look next.
    pub links: crate::assign::Links,
}

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskError {
    /// A stable word for programs, e.g. `MODEL_CANNOT`.
    pub code: String,
    /// One sentence a person can act on.
    pub message: String,
    /// `agent`, `infrastructure` or `nobody`.
    pub blame: String,
}

/// One change of status.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StatusChange {
    /// The new status.
    pub status: String,
    /// RFC 3339.
    pub at: String,
    /// What led to it.
    pub detail: Option<String>,
}

/// `GET /tasks`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskList {
    /// One page of tasks.
    pub tasks: Vec<TaskRecord>,
    /// How many are on this page.
    pub count: usize,
    /// Pass it as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// A task at the execution API.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RunRecord {
    /// The task's one identity on every port.
    pub task_id: String,
    /// `queued running waiting paused completed failed cancelled needs_review`.
    pub status: String,
    /// What came out.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<TaskError>,
    /// Agent, attempt, times, tokens and cost.
    pub metadata: RunMetadata,
    /// Every recorded step of the current attempt; absent from lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepRecord>,
}

/// The facts of a run.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RunMetadata {
    /// What is to be done.
    pub task: String,
    /// The agent that does it.
    pub agent_id: String,
    /// The revision of the agent that does it; null before the run exists.
    pub agent_revision: Option<i64>,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// 1–10.
    pub priority: u8,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub started_at: Option<String>,
    /// RFC 3339.
    pub completed_at: Option<String>,
    /// How many steps are recorded.
    pub step_count: i64,
    /// Tokens sent to models.
    pub tokens_in: i64,
    /// Tokens received from models.
    pub tokens_out: i64,
    /// What it cost.
    pub cost_usd: f64,
}

/// One step of the ReAct loop.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StepRecord {
    /// From 1, without gaps.
    pub number: i64,
    /// `thought` or `tool`.
    pub kind: String,
    /// The tool, or the model that answered.
    pub name: String,
    /// What may be done with it when a crash hides its end: `pure`, `read`, `keyed`, `probe`, `unsafe`.
    #[serde(default)]
    pub effect: String,
    /// The same however often the step is begun again; tools get it as `Idempotency-Key`.
    #[serde(default)]
    pub idempotency_key: String,
    /// What was asked.
    #[schema(value_type = Object)]
    pub request: Value,
    /// What came back; null while it is under way.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// RFC 3339.
    pub started_at: String,
    /// How long it took; null while it is under way.
    pub duration_ms: Option<f64>,
    /// Tokens sent.
    pub tokens_in: i64,
    /// Tokens received.
    pub tokens_out: i64,
    /// What it cost.
    pub cost_usd: f64,
}

/// `GET /api/v1/tasks`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RunList {
    /// One page of runs.
    pub tasks: Vec<RunRecord>,
    /// How many are on this page.
    pub count: usize,
    /// Pass it as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
}
