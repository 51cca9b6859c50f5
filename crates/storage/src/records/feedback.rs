//! What people and systems say about tasks.

use task_model::{Micros, TaskId};

use super::learning::NewExperience;

/// One word about a task.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFeedback {
    /// The task.
    pub task_id: TaskId,
    /// Who says it. The latest word of a source counts.
    pub source: String,
    /// As a reward, 0 to 1.
    pub reward: f64,
    /// Which member of the request it came from (`success`, `quality_score` …).
    pub kind: String,
    /// In words.
    pub comment: Option<String>,
    /// A second arrival under the same key does nothing.
    pub idempotency_key: Option<String>,
    /// When.
    pub at: Micros,
}

/// The current words about a task, and the guard for the next one.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedbackList {
    /// The latest of each source, in order of arrival.
    pub items: Vec<NewFeedback>,
    /// The combined reward now.
    pub reward: Option<f64>,
    /// Must come back in [`FeedbackPut::expected_version`].
    pub reward_version: i64,
}

/// A word with what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedbackPut {
    /// The word.
    pub feedback: NewFeedback,
    /// The task's reward with this word in it.
    pub combined_reward: f64,
    /// [`FeedbackList::reward_version`]; when it moved on, the answer is [`crate::Error::Conflict`].
    pub expected_version: i64,
    /// What the learner learns; its revision is set here.
    pub experience: Option<NewExperience>,
}

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedbackStored {
    /// The guard now.
    pub reward_version: i64,
    /// Whether an earlier word of the source no longer counts.
    pub replaced: bool,
    /// Whether this key had arrived before; nothing was written then.
    pub duplicate: bool,
    /// The place of the experience in the log.
    pub experience_seq: Option<i64>,
}
