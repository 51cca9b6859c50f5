//! Why a walk through a run ends before its machine does.

use std::time::Duration;

use storage::TaskError;

use super::under_way::Wish;

/// The reason; what is done about it stands in [`super::settle`].
#[derive(Debug)]
pub enum Stop {
    /// Somebody else has the run. Write nothing more.
    Stale,
    /// Somebody wants something of it.
    Wished(Wish),
    /// The infrastructure failed it: it rests and goes on, here or elsewhere.
    Trouble {
        /// What went wrong.
        why: String,
        /// The least rest that the other side asked for.
        retry_after: Option<Duration>,
    },
    /// A person must decide.
    Review(TaskError),
    /// The task's own deadline passed.
    Deadline,
}

impl From<storage::Error> for Stop {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Stale => Self::Stale,
            other => Self::Trouble { why: other.to_string(), retry_after: None },
        }
    }
}
