//! Why something was not done, by what the caller can do about it.

use service_api::problem::FieldError;

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Correct these fields.
    #[error("{} of the request cannot be accepted", if .0.len() == 1 { "a field" } else { "some fields" })]
    Invalid(Vec<FieldError>),
    /// There is nothing of that name.
    #[error("{0}")]
    Unknown(String),
    /// Not in its present state.
    #[error("{0}")]
    WrongState(String),
    /// Nothing is promoted that is not better.
    #[error("{0}")]
    GateClosed(String),
    /// The orchestrator did not take a signal.
    #[error("the orchestrator did not take the reward")]
    Peer(#[from] service_client::Error),
    /// The database.
    #[error("the database did not do its part")]
    Storage(#[from] storage::Error),
    /// A file could not be made.
    #[cfg(feature = "parquet")]
    #[error("the file could not be written: {0}")]
    Unwritten(String),
    /// A task of ours broke.
    #[error("the training broke")]
    Broken(#[from] tokio::task::JoinError),
}

impl Error {
    /// One wrong field.
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }
}
