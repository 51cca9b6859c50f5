//! What people and programs thought of a result.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /task-feedback`: one of `success`, `quality_score`, `performance_score`, `reward` (several are averaged).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"task_id": "test", "success": true, "quality_score": 8}))]
pub struct TaskFeedbackRequest {
    /// The task that is judged.
    pub task_id: String,
    /// The agent that is judged; must be the one that did the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Whether it was what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// 0–10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub quality_score: Option<f64>,
    /// 0–10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10)]
    pub performance_score: Option<f64>,
    /// 0–1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    pub reward: Option<f64>,
    /// Who judges; the latest word of a source counts. Default `user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 128)]
    pub source: Option<String>,
    /// In words, at most 4,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub comment: Option<String>,
    /// The same key again changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
}

/// What became of the feedback.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskFeedbackResponse {
    /// `processed`.
    pub status: String,
    /// The task.
    pub task_id: String,
    /// The agent that was judged.
    pub agent_id: String,
    /// The task's reward now, over all sources.
    pub reward: f64,
    /// Whether the learner was told; false for a pinned task and a repeated key.
    pub q_value_updated: bool,
}
