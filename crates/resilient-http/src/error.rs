//! Why no endpoint answered, by what the caller can do about it.

use std::time::Duration;

/// No endpoint gave an answer. An answer of any status is not an error here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Every breaker is open: come back after this time.
    #[error("every endpoint is refused by its circuit breaker for another {} ms", retry_after.as_millis())]
    CircuitOpen {
        /// When the first probe is possible.
        retry_after: Duration,
    },
    /// No connection could be made: nothing was sent.
    #[error("{endpoint} cannot be reached")]
    Unreachable {
        /// The endpoint that was tried last.
        endpoint: String,
    },
    /// It was sent, and no answer came in time: it may or may not have been done.
    #[error("{endpoint} did not answer in time")]
    TimedOut {
        /// The endpoint that was tried last.
        endpoint: String,
    },
    /// The connection broke: it may or may not have been done.
    #[error("the connection to {endpoint} broke")]
    Broken {
        /// The endpoint that was tried last.
        endpoint: String,
    },
    /// The answer is larger than the caller accepts.
    #[error("the answer of {endpoint} is larger than {limit} bytes")]
    TooLarge {
        /// The endpoint that answered.
        endpoint: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The client itself could not be built, e.g. for want of system certificates.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}
