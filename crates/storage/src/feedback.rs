//! Feedback.

use task_model::TaskId;

use crate::open::pending;
use crate::*;

impl Storage {
    /// Stores a word about a task. The latest of a source counts; a known key does nothing.
    ///
    /// [`Error::Conflict`] when the reward moved on since [`Storage::feedback_list`]: read again.
    /// [`Error::NotFound`] for an unknown task.
    pub async fn feedback_put(&self, _put: FeedbackPut) -> Result<FeedbackStored> {
        Err(pending())
    }

    /// The current words about a task; `None` for an unknown task.
    pub async fn feedback_list(&self, _task_id: &TaskId) -> Result<Option<FeedbackList>> {
        Err(pending())
    }
}
