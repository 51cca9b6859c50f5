//! What can go wrong in this service, named by what the caller can do about it.

use std::time::Duration;

use crate::app::budgets::Exceeded;
use crate::app::resolve::Route;
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
    /// Wait: the limit of this key is reached.
    #[error(
        "this key has reached its limit of requests or tokens in a minute; wait as long as Retry-After says"
    )]
    RateLimited {
        /// For how long.
        retry_after: Duration,
    },
    /// Raise the budget, or wait for its next period.
    #[error("{0}")]
    BudgetExceeded(Box<Exceeded>),
    /// Set the model's price.
    #[error(
        "the budget {budget:?} covers this call, but the price of the model {model:?} is not known; set it by PUT /models"
    )]
    BudgetWithoutPrice {
        /// Which.
        budget: String,
        /// Whose price.
        model: String,
    },
    /// It is not there.
    #[error("there is no {0}")]
    Unknown(String),
    /// The provider gave no answer.
    #[error("{source}{}", hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Provider {
        /// Why.
        source: ProviderError,
        /// How often a provider was asked.
        tries: u32,
        /// What is known here that may explain it.
        hint: Option<String>,
    },
    /// The database did not do its part.
    #[error("the database failed")]
    Storage(#[from] storage::Error),
}

impl Error {
    /// A field that is wrong.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Field { field: field.into(), message: message.into() }
    }

    /// Tells how often a provider was asked.
    pub fn tried(self, tries: u32) -> Self {
        match self {
            Self::Provider { source, hint, .. } => Self::Provider { source, tries, hint },
            other => other,
        }
    }

    /// Tells, where a provider refused a model whose announced end has come, that it has.
    pub fn of(self, route: &Route) -> Self {
        match self {
            Self::Provider { source: source @ ProviderError::Rejected { .. }, tries, hint } => {
                Self::Provider { source, tries, hint: hint.or_else(|| route.warning()) }
            }
            other => other,
        }
    }

    /// The stable word, for the books.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field { .. } => "INVALID",
            Self::ModelUnknown { .. } => "MODEL_UNKNOWN",
            Self::Conflict(_) => "CONFLICT",
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::BudgetExceeded(_) => "BUDGET_EXCEEDED",
            Self::BudgetWithoutPrice { .. } => "BUDGET_WITHOUT_PRICE",
            Self::Unknown(_) => "NOT_FOUND",
            Self::Provider { source, .. } => source.code(),
            Self::Storage(_) => "UNAVAILABLE",
        }
    }
}

impl From<ProviderError> for Error {
    fn from(source: ProviderError) -> Self {
        Self::Provider { source, tries: 0, hint: None }
    }
}
