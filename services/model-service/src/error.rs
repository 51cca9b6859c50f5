//! What can go wrong in this service, named by what the caller can do about it.

use crate::providers::ProviderError;

/// The one error of `app`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Correct this field.
    #[error("{field} {message}")]
    Field {
        /// Its path.
        field: String,
        /// What it must be.
        message: String,
    },
    /// Ask for another model, or configure this one.
    #[error("there is no model {model:?}: {advice}")]
    ModelUnknown {
        /// The name that was asked for.
        model: String,
        /// What to do.
        advice: String,
    },
    /// The registry holds something else under this name.
    #[error("{0}")]
    Conflict(String),
    /// The provider gave no answer.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The database did not do its part.
    #[error("the database failed")]
    Storage(#[from] storage::Error),
}

impl Error {
    /// A field that is wrong.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Field { field: field.into(), message: message.into() }
    }

    /// The stable word, for the books.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field { .. } => "INVALID",
            Self::ModelUnknown { .. } => "MODEL_UNKNOWN",
            Self::Conflict(_) => "CONFLICT",
            Self::Provider(error) => error.code(),
            Self::Storage(_) => "UNAVAILABLE",
        }
    }
}
