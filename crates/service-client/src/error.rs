//! Why a peer did not do what it was asked, by what the caller can do about it.

use std::time::Duration;

use http::StatusCode;
use service_api::problem::Problem;

/// A call that did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Nobody answered, or the peer said that it cannot work now: try later.
    #[error("{peer} is not available")]
    Unavailable {
        /// The peer.
        peer: String,
        /// When to try again, if anybody knows.
        retry_after: Option<Duration>,
        /// What the peer said, if it said anything.
        problem: Option<Box<Problem>>,
        /// What went wrong underneath, if nobody answered.
        source: Option<resilient_http::Error>,
    },
    /// The peer refused this very request: repeating it is useless.
    #[error("{peer} refused the request: {}", problem.detail)]
    Refused {
        /// The peer.
        peer: String,
        /// The status of its answer.
        status: StatusCode,
        /// What it said.
        problem: Box<Problem>,
    },
    /// The peer answered something that is not in the contract.
    #[error("{peer} gave an answer that cannot be read: {what}")]
    Unreadable {
        /// The peer.
        peer: String,
        /// What is wrong with it.
        what: String,
    },
}

impl Error {
    /// The problem document, if the peer sent one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused { problem, .. } => Some(problem),
            Self::Unavailable { problem, .. } => problem.as_deref(),
            Self::Unreadable { .. } => None,
        }
    }

    /// The problem's stable word, if the peer sent one.
    pub fn code(&self) -> Option<&str> {
        self.problem().map(|problem| problem.code.as_str()).filter(|code| !code.is_empty())
    }

    /// The status of the refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}
