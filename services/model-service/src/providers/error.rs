//! Why a provider gave no answer, by what the caller can do about it.
//!
//! Nothing here carries an upstream's own text: it may hold parts of a key or of a prompt.

use std::time::Duration;

use task_model::Blame;

use super::offline::Cannot;

/// No answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Too many requests or tokens: wait.
    #[error("the provider {provider} limits our rate")]
    RateLimited {
        /// Who.
        provider: String,
        /// For how long, if it said so.
        retry_after: Option<Duration>,
    },
    /// More than the configuration lets us ask of it: wait.
    #[error("the provider {provider} may not be asked yet: its limit in models.rate_limits is reached")]
    AtOurLimit {
        /// Who.
        provider: String,
        /// For how long.
        retry_after: Duration,
    },
    /// Not reachable, too slow, broken off, or failing inside: try again or elsewhere.
    #[error("the provider {provider} {why}")]
    Unavailable {
        /// Who.
        provider: String,
        /// A clause that reads well after its name.
        why: String,
        /// When to try again, if known.
        retry_after: Option<Duration>,
    },
    /// Understood and refused: trying again is useless.
    #[error("the provider {provider} refused the request: {}", reason.advice())]
    Rejected {
        /// Who.
        provider: String,
        /// Its HTTP status.
        status: u16,
        /// Why, as far as it can be told.
        reason: Rejection,
        /// Its own machine word.
        code: Option<String>,
    },
    /// What was asked does not exist in this provider's protocol.
    #[error("the provider {provider} cannot take this request: {what}")]
    NotCarried {
        /// Who.
        provider: String,
        /// What it is, and what to do instead.
        what: String,
    },
    /// The rules of the offline provider end here.
    #[error("{0}")]
    Cannot(Cannot),
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// The key is missing, wrong, or may not do this.
    Credentials,
    /// The account is used up.
    Quota,
    /// The provider does not have the model.
    Model,
    /// The conversation does not fit the model.
    TooLong,
    /// The provider's rules on content.
    Content,
    /// Anything else about the request.
    Request,
}

impl Rejection {
    /// The word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Quota => "quota",
            Self::Model => "model",
            Self::TooLong => "context_too_long",
            Self::Content => "content",
            Self::Request => "request",
        }
    }

    /// What a person can do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Credentials => {
                "it does not accept the configured API key; check the key and what it may do"
            }
            Self::Quota => "the account behind the configured API key has no credit left",
            Self::Model => "it has no such model; check the model's name in the registry",
            Self::TooLong => "the conversation is longer than the model's context window",
            Self::Content => "its content rules forbid it",
            Self::Request => "it found the request wrong",
        }
    }
}

impl ProviderError {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } | Self::AtOurLimit { .. } => "PROVIDER_RATE_LIMITED",
            Self::Unavailable { .. } => "PROVIDER_UNAVAILABLE",
            Self::Rejected { .. } | Self::NotCarried { .. } => "PROVIDER_REJECTED",
            // Another agent could have done it: that is a lesson, not a missing model.
            Self::Cannot(Cannot::ToolNotOffered { .. }) => "AGENT_LACKS_TOOL",
            Self::Cannot(_) => "MODEL_CANNOT",
        }
    }

    /// Whose doing it was.
    pub fn blame(&self) -> Blame {
        match self {
            Self::RateLimited { .. } | Self::AtOurLimit { .. } | Self::Unavailable { .. } => {
                Blame::Infrastructure
            }
            Self::Rejected {
                reason: Rejection::Credentials | Rejection::Quota | Rejection::Model, ..
            } => Blame::Infrastructure,
            Self::Rejected { .. } | Self::Cannot(Cannot::ToolNotOffered { .. }) => Blame::Agent,
            Self::NotCarried { .. } | Self::Cannot(_) => Blame::Nobody,
        }
    }

    /// An unreachable or failing provider.
    pub(super) fn unavailable(provider: &str, why: impl Into<String>) -> Self {
        Self::Unavailable { provider: provider.to_owned(), why: why.into(), retry_after: None }
    }
}
