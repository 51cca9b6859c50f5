//! Cleaning up: what may be deleted, and from when on.

use task_model::Micros;

/// A kind of thing that is deleted when it is old enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prunable {
    /// Tasks that ended, with their runs, steps, history and feedback.
    Tasks,
    /// The log of model calls.
    ModelCalls,
    /// Worker sessions that were closed.
    Sessions,
    /// Names of tasks that were deleted.
    Names,
    /// Plans to try failed tasks again, which remember the names of calls.
    Redrives,
}

impl Prunable {
    /// All, in the order in which they are deleted.
    pub const ALL: [Self; 5] = [Self::Tasks, Self::ModelCalls, Self::Sessions, Self::Names, Self::Redrives];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tasks => "tasks",
            Self::ModelCalls => "model_calls",
            Self::Sessions => "sessions",
            Self::Names => "names",
            Self::Redrives => "redrives",
        }
    }
}

/// Where the past begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PruneLine {
    /// What was over before this is deleted.
    pub before: Micros,
    /// The present.
    pub at: Micros,
}
