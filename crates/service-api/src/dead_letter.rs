//! `/dead-letters` of the orchestrator: tasks that went as far as they can by themselves without completing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /dead-letters`, the latest accepted first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterList {
    /// One page.
    pub dead_letters: Vec<DeadLetter>,
    /// How many are on this page.
    pub count: usize,
    /// Pass it as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeadLetter {
    /// The task, as `GET /tasks/{id}` knows it.
    pub task_id: String,
    /// `failed`: its attempts, its money or its time are spent. `poison`: workers died on it. `needs_review`: a person must decide.
    pub reason: String,
    /// The status that `/tasks` shows: `failed` or `needs_review`.
    pub status: String,
    /// What went wrong, in capitals.
    pub code: Option<String>,
    /// The same in a sentence.
    pub message: Option<String>,
    /// What was to be done.
    pub description: String,
    /// The agent of the last attempt.
    pub agent_id: String,
    /// Who it is for.
    pub tenant: String,
    /// How many attempts there were.
    pub attempt: i64,
    /// When the task was accepted (RFC 3339).
    pub created_at: String,
    /// When it came to this (RFC 3339).
    pub updated_at: String,
}

/// `POST /dead-letters/redrive`: one more attempt for every failed task that the filters let through, the oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedriveRequest {
    /// Only those that ended with this code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Only those whose last attempt was this agent's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// Only this tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Accepted at or after this time (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub since: Option<String>,
    /// Accepted before this time (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub until: Option<String>,
    /// At most so many, 1–500; default 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
    /// Only say which.
    #[serde(default)]
    pub dry_run: bool,
    /// The same key with the same filters goes on with the same tasks, each of which is tried once more and not twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 255)]
    pub idempotency_key: Option<String>,
}

/// What became of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RedriveAnswer {
    /// How many failed tasks the filters let through, up to the limit.
    pub selected: usize,
    /// How many have another attempt; 0 for a dry run.
    pub redriven: usize,
    /// Those that have one; for a dry run those that would be tried.
    pub task_ids: Vec<String>,
    /// Those that have none, and why.
    pub refused: Vec<RedriveRefusal>,
    /// Whether more than the limit were left.
    pub more: bool,
    /// Whether nothing was done.
    pub dry_run: bool,
}

/// A task that was not tried again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RedriveRefusal {
    /// The task.
    pub task_id: String,
    /// As `POST /tasks/{id}/retry` would have answered.
    pub code: String,
    /// One sentence.
    pub message: String,
}
