//! `POST /assign-task`, `/assign-tasks` and `/select-agent` of the orchestrator.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A task to be given to the agent most likely to succeed at it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"task_id": "test", "description": "Test task", "priority": 5}))]
pub struct AssignTaskRequest {
    /// 1–128 of `A-Za-z0-9._:-`; made for the caller when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9._:-]+$")]
    pub task_id: Option<String>,
    /// What is to be done, 1–10,000 characters.
    #[schema(min_length = 1, max_length = 10000)]
    pub description: String,
    /// 1 (least) to 10 (most urgent), or `low`, `normal`, `high`, `urgent`. Default 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<PriorityInput>,
    /// Anything the caller wants to keep with the task, at most 64 KiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// The same key with the same content answers as before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
    /// Assign even when confidence is under the floor.
    #[serde(default)]
    pub force_execute: bool,
    /// Pins the agent; such a task is recorded as not learned from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The task may not cost more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub max_cost_usd: Option<f64>,
    /// What is wanted besides success. Met in closed loop, on average over the tenant's tasks that want the same. What is
    /// absent is as configured for the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Ceilings>,
    /// The task fails when it is not done by then (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub deadline: Option<String>,
    /// Who it is for, 1–128 of `A-Za-z0-9._:-`: limits and fair shares are per tenant. Default `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9._:-]+$")]
    pub tenant: Option<String>,
    /// How many agents may try it, one after the other, 1–10. Default: `orchestrator.attempts_max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10)]
    pub max_attempts: Option<i64>,
    /// Not to be begun before this time (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub start_at: Option<String>,
    /// Not to be begun for this many seconds, at most a year; instead of `start_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 31536000)]
    pub delay: Option<f64>,
    /// `standard`, or `dry_run`: the decision alone, nothing stored, nothing run.
    #[serde(default)]
    pub execution_mode: ExecutionMode,
}

/// Ceilings that the choice of agents keeps to on average. For a limit that no task may pass, see `max_cost_usd`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"cost_per_task_usd": 0.02}))]
pub struct Ceilings {
    /// Mean cost of a task, all its attempts together, in dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.000001, maximum = 1000000000)]
    pub cost_per_task_usd: Option<f64>,
    /// Cost of all tasks of a UTC day, in dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.000001, maximum = 1000000000)]
    pub cost_per_day_usd: Option<f64>,
    /// Mean time of a task, all its attempts together, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.000001, maximum = 1000000000)]
    pub latency_ms: Option<f64>,
}

/// A priority as a number or a word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum PriorityInput {
    /// 1 to 10.
    Number(i64),
    /// `low`, `normal`, `high` or `urgent`.
    Word(String),
}

/// Whether the task is to be done or only decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionMode {
    /// Decide, store and execute.
    #[default]
    Standard,
    /// Decide only.
    DryRun,
}

/// Who got the task, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssignTaskResponse {
    /// The task's one identity on every port.
    pub task_id: String,
    /// The chosen agent.
    pub assigned_agent: String,
    /// Calibrated probability of success, 0–1.
    pub confidence: f64,
    /// `assigned`, or `dry_run`.
    pub status: String,
    /// One sentence a person understands.
    pub reason: String,
    /// Always true in a 200: the request passed every check.
    pub validation_passed: bool,
    /// What the caller may want to know, e.g. that the floor was overridden.
    pub warnings: Vec<String>,
    /// Identifies this choice in the log.
    pub decision_id: String,
    /// The version of the policy that chose.
    pub policy_version: String,
    /// The exact probability with which this agent was drawn.
    pub propensity: f64,
    /// Every agent that was looked at, best first.
    pub candidates: Vec<Candidate>,
    /// Where to look next.
    pub links: Links,
}

/// One agent as the selection saw it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// The agent.
    pub agent_id: String,
    /// The name that it asks for its model by, perhaps an alias; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The action value Q(s, a): the expected return of giving it this task.
    pub q_value: f64,
    /// What ceilings on cost and time take from that when agents are compared; absent without ceilings.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub price: f64,
    /// Calibrated probability of success, 0–1.
    pub confidence: f64,
    /// Whether it could be chosen.
    pub eligible: bool,
    /// The probability with which it would be drawn.
    #[serde(default)]
    pub probability: f64,
    /// How well its description fits the text, 0–1.
    #[serde(default)]
    pub relevance: f64,
    /// What spoke for or against it.
    pub why: String,
}

fn is_nothing(price: &f64) -> bool {
    *price == 0.0
}

/// Links to one task.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Links {
    /// The task at the orchestrator.
    #[serde(rename = "self")]
    pub this: String,
    /// The task's run at the execution API.
    pub execution: String,
    /// Where to send feedback.
    pub feedback: String,
}

/// Up to 1,000 tasks, answered one by one, stored in one commit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssignTasksRequest {
    /// The tasks.
    #[schema(min_items = 1, max_items = 1000)]
    pub tasks: Vec<AssignTaskRequest>,
}

/// The answers in the order of the requests.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssignTasksResponse {
    /// One per request.
    pub results: Vec<AssignTasksItem>,
    /// How many were assigned.
    pub assigned: usize,
    /// How many were refused.
    pub refused: usize,
}

/// The answer to one task of a batch.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum AssignTasksItem {
    /// It was assigned.
    Assigned(Box<AssignTaskResponse>),
    /// It was refused, with the problem a single request would have got.
    Refused(Box<crate::problem::Problem>),
}

/// A decision without a task behind it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct SelectAgentRequest {
    /// What would have to be done.
    #[serde(alias = "task", alias = "task_description")]
    #[schema(min_length = 1, max_length = 10000)]
    pub description: String,
    /// As with `/assign-task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<PriorityInput>,
    /// As with `/assign-task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// As with `/assign-task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128, pattern = "^[A-Za-z0-9._:-]+$")]
    pub tenant: Option<String>,
    /// As with `/assign-task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Ceilings>,
}

/// The decision alone.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SelectAgentResponse {
    /// The agent that would be chosen.
    pub agent_id: String,
    /// Calibrated probability of success, 0–1.
    pub confidence: f64,
    /// Whether the confidence clears the configured floor.
    pub sufficient: bool,
    /// One sentence a person understands.
    pub reason: String,
    /// The exact probability with which it was drawn.
    pub propensity: f64,
    /// The version of the policy that chose.
    pub policy_version: String,
    /// Every agent that was looked at, best first.
    pub candidates: Vec<Candidate>,
}
