//! What waits for a person, and what a person says to it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::task::StepRecord;

/// `GET /api/v1/inbox`, the longest waiting first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Inbox {
    /// One page.
    pub items: Vec<InboxItem>,
    /// How many are on this page.
    pub count: usize,
    /// Pass it as `cursor` to get the next page; null at the end.
    pub next_cursor: Option<String>,
}

/// One task that a person must decide about: `POST /api/v1/tasks/{id}/approve` or `/deny`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InboxItem {
    /// The task.
    pub task_id: String,
    /// Which try of it.
    pub attempt: i64,
    /// The agent that does it.
    pub agent_id: String,
    /// What is to be done.
    pub task: String,
    /// Why it waits: `APPROVAL_REQUIRED`, `EFFECT_UNKNOWN`, `POISON` …
    pub code: String,
    /// The question in one sentence.
    pub message: String,
    /// Names this question: a decision that carries it never answers another one.
    pub version: i64,
    /// The steps that the question is about: what was asked of which tool.
    pub steps: Vec<StepRecord>,
    /// RFC 3339.
    pub created_at: String,
}

/// A person's decision; every member may be left out, and so may the whole body.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// `version` of the inbox item: refused with 409 when the task waits with another question by now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Why, at most 1,000 characters. With a refusal the agent reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// Denying a tool call: end the task, instead of telling the agent and letting it go on.
    #[serde(default)]
    pub end_task: bool,
}

/// `POST /api/v1/tasks/{id}/fork`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForkRequest {
    /// How many recorded steps the new task begins with; 0 for none.
    #[schema(minimum = 0)]
    pub from_step: i64,
    /// The new task's identity; without one, the same fork twice is the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_id: Option<String>,
    /// The attempt to begin from; the latest unless named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub attempt: Option<i64>,
}
