//! The states of tasks and runs, and the moves between them.

use crate::Invalid;

/// The state of a task as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// An agent was chosen; the execution API does not have it yet.
    Assigned,
    /// The execution API has it; no worker took it yet.
    Queued,
    /// A worker drives it.
    Running,
    /// It waits for an instant or an answer.
    Waiting,
    /// A person paused it.
    Paused,
    /// The work was done.
    Completed,
    /// The work was not done, and nothing will try again by itself.
    Failed,
    /// The caller stopped it.
    Cancelled,
    /// A person must decide how it goes on.
    NeedsReview,
}

/// A move that the life of a task does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a task that is {from} cannot become {to}", from = from.as_str(), to = to.as_str())]
pub struct IllegalMove {
    /// Where it is.
    pub from: TaskStatus,
    /// Where it was to go.
    pub to: TaskStatus,
}

impl TaskStatus {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 9] = [
        Self::Assigned,
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Paused,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
        Self::NeedsReview,
    ];

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NeedsReview => "needs_review",
        }
    }

    /// The reverse of [`Self::as_str`].
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|s| s.as_str() == word).ok_or_else(|| {
            let words: Vec<_> = Self::ALL.iter().map(|s| s.as_str()).collect();
            Invalid(format!("must be one of {}", words.join(", ")))
        })
    }

    /// Whether nothing more happens by itself. `needs_review` is not an end: a person moves it on.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// The move to `to`, if the life of a task has it.
    pub fn advance(self, to: Self) -> Result<Self, IllegalMove> {
        use TaskStatus::*;
        let legal = match self {
            Assigned => {
                matches!(to, Queued | Running | Paused | Completed | Failed | Cancelled | NeedsReview)
            }
            Queued => matches!(to, Running | Paused | Completed | Failed | Cancelled | NeedsReview),
            Running => {
                matches!(to, Queued | Waiting | Paused | Completed | Failed | Cancelled | NeedsReview)
            }
            Waiting => matches!(to, Queued | Running | Paused | Failed | Cancelled | NeedsReview),
            // One that nobody has yet is assigned again when it goes on.
            Paused => matches!(to, Assigned | Queued | Failed | Cancelled),
            NeedsReview => matches!(to, Queued | Completed | Failed | Cancelled),
            // A retry asks for a new attempt, which begins with a new assignment.
            Failed | Cancelled => matches!(to, Assigned),
            Completed => false,
        };
        if legal { Ok(to) } else { Err(IllegalMove { from: self, to }) }
    }
}

/// The state of one attempt at the execution API: a task's states without [`TaskStatus::Assigned`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunStatus(TaskStatus);

impl RunStatus {
    /// No worker took it yet.
    pub const QUEUED: Self = Self(TaskStatus::Queued);
    /// A worker drives it.
    pub const RUNNING: Self = Self(TaskStatus::Running);
    /// It waits.
    pub const WAITING: Self = Self(TaskStatus::Waiting);
    /// A person paused it.
    pub const PAUSED: Self = Self(TaskStatus::Paused);
    /// Done.
    pub const COMPLETED: Self = Self(TaskStatus::Completed);
    /// Not done.
    pub const FAILED: Self = Self(TaskStatus::Failed);
    /// Stopped by the caller.
    pub const CANCELLED: Self = Self(TaskStatus::Cancelled);
    /// A person must decide.
    pub const NEEDS_REVIEW: Self = Self(TaskStatus::NeedsReview);

    /// Accepts every word of a task's life but `assigned`.
    pub fn parse(word: &str) -> Result<Self, Invalid> {
        match TaskStatus::parse(word)? {
            TaskStatus::Assigned => Err(Invalid("a run is never assigned".into())),
            status => Ok(Self(status)),
        }
    }

    /// The same state in a task's words.
    pub fn as_task(self) -> TaskStatus {
        self.0
    }

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        self.0.as_str()
    }

    /// Whether the attempt is over.
    pub fn is_terminal(self) -> bool {
        self.0.is_terminal()
    }
}

/// What every port shows for a task: its own final word once it was settled, before that the state of its
/// current attempt, and `assigned` until there is one.
///
/// An attempt that is over does not end its task: settling does, because it brings the reward or another attempt, and who
/// polls for an end must not be told one that is taken back. Until then the task is still `running`.
pub fn visible_status(task: TaskStatus, current_run: Option<RunStatus>) -> TaskStatus {
    match current_run {
        _ if task.is_terminal() => task,
        Some(run) if run.is_terminal() => TaskStatus::Running,
        Some(run) => run.as_task(),
        None => task,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for status in TaskStatus::ALL {
            assert_eq!(TaskStatus::parse(status.as_str()), Ok(status));
        }
        assert!(TaskStatus::parse("Done").is_err());
        assert!(RunStatus::parse("assigned").is_err());
    }

    #[test]
    fn completed_is_final() {
        for to in TaskStatus::ALL {
            assert!(TaskStatus::Completed.advance(to).is_err());
        }
    }

    #[test]
    fn a_failed_task_can_only_be_assigned_again() {
        assert!(TaskStatus::Failed.advance(TaskStatus::Assigned).is_ok());
        assert!(TaskStatus::Failed.advance(TaskStatus::Running).is_err());
    }

    #[test]
    fn the_run_speaks_until_the_task_is_settled() {
        use TaskStatus::*;
        assert_eq!(visible_status(Assigned, None), Assigned);
        assert_eq!(visible_status(Assigned, Some(RunStatus::RUNNING)), Running);
        assert_eq!(visible_status(Completed, Some(RunStatus::COMPLETED)), Completed);
        assert_eq!(visible_status(Cancelled, Some(RunStatus::RUNNING)), Cancelled);
        assert_eq!(visible_status(Queued, Some(RunStatus::FAILED)), Running);
        assert_eq!(visible_status(Failed, Some(RunStatus::FAILED)), Failed);
    }
}
