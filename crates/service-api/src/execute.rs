//! `POST /api/v2/agents/execute` and `/agents/execute` of the execution API.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::assign::PriorityInput;

/// A task for an agent. Sending it twice runs it once.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ExecuteRequest {
    /// What is to be done, 1–10,000 characters.
    #[serde(alias = "description")]
    #[schema(min_length = 1, max_length = 10000)]
    pub task: String,
    /// 1–128 of `A-Za-z0-9._:-`; made for the caller when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// Who is to do it; absent or null asks the orchestrator's learned choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// What the agent should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub context: Option<Map<String, Value>>,
    /// The run may not take longer than this many seconds, 1–86,400.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 86400)]
    pub timeout: Option<f64>,
    /// Answer 200 with the result instead of 202, within the request's deadline.
    #[serde(default)]
    pub wait: bool,
    /// As with `/assign-task`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<PriorityInput>,
    /// The run may not cost more than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub max_cost_usd: Option<f64>,
    /// Who it is for, 1–128 of `A-Za-z0-9._:-`. Default `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Set by the orchestrator: which try this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub attempt: Option<i64>,
    /// Set by the orchestrator: the choice behind this attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<String>,
    /// Set by the orchestrator: RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
}

/// The task was taken, or (with `wait`) is done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ExecuteResponse {
    /// The task's one identity on every port.
    pub task_id: String,
    /// `accepted`, or the state of the run.
    pub status: String,
    /// What came out.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Why it failed.
    pub error: Option<crate::task::TaskError>,
    /// Agent, attempt, and whether the task was known before.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
}
