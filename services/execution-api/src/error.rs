//! Why something was not done, by what the caller can do about it. Becomes HTTP in `problem.rs`.

use service_api::problem::Problem;

/// The one error of this service.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such agent.
    #[error("there is no agent {asked:?}")]
    UnknownAgent {
        /// The name that was asked for.
        asked: String,
        /// The name that was probably meant.
        suggestion: Option<String>,
    },
    /// The agent takes no tasks until it is made active again.
    #[error("the agent {0} is paused")]
    AgentPaused(String),
    /// What it is about does not exist.
    #[error("there is no {0}")]
    NotFound(String),
    /// The request contradicts what is stored.
    #[error("{detail}")]
    Conflict {
        /// A word for programs.
        code: &'static str,
        /// A sentence for people.
        detail: String,
    },
    /// A field is wrong.
    #[error("{field} {why}")]
    Invalid {
        /// The field.
        field: String,
        /// A clause that reads well after its name.
        why: String,
    },
    /// The orchestrator refused, and says why.
    #[error("the orchestrator refused: {}", .0.detail)]
    Refused(Box<Problem>),
    /// A peer that is needed does not answer.
    #[error("{peer} is out of reach")]
    PeerAway {
        /// The peer.
        peer: &'static str,
        /// When to try again, if it said so.
        retry_after: Option<std::time::Duration>,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] storage::Error),
}

/// What functions of `app` return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A field is wrong.
    pub fn invalid(field: impl Into<String>, why: impl ToString) -> Self {
        Self::Invalid { field: field.into(), why: why.to_string() }
    }

    /// The task does not exist.
    pub fn no_task(id: impl std::fmt::Display) -> Self {
        Self::NotFound(format!("task \"{id}\""))
    }

    /// What a peer's answer means to whoever called us.
    pub fn from_peer(peer: &'static str, error: service_client::Error) -> Self {
        match error {
            service_client::Error::Refused { problem, .. } => Self::Refused(problem),
            service_client::Error::Unavailable { retry_after, .. } => Self::PeerAway { peer, retry_after },
            service_client::Error::Unreadable { .. } => {
                tracing::error!(peer, %error, "a peer does not keep to the contract");
                Self::PeerAway { peer, retry_after: None }
            }
        }
    }
}
