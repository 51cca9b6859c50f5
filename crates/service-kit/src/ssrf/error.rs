//! Why something was not fetched, in words that may be shown to whoever asked: they tell nothing about our network.

use std::time::Duration;

/// Why something was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an address, not `http` or `https`, or with a user name in it.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The host is not on the list of allowed ones.
    #[error("the host {host} is not among those that may be fetched (fetch.allow_hosts)")]
    HostNotAllowed {
        /// The host.
        host: String,
    },
    /// The host has no public address.
    #[error("the host {host} has no public address")]
    NotPublic {
        /// The host.
        host: String,
    },
    /// The host does not exist, does not answer, or broke off.
    #[error("the host cannot be reached or broke off its answer")]
    Unreachable,
    /// It took too long.
    #[error("the answer took longer than {} s", limit.as_secs_f32())]
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The answer is too large.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// It led on and on.
    #[error("the address redirects more than {limit} times")]
    TooManyRedirects {
        /// The limit.
        limit: usize,
    },
    /// The client itself could not be built.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}
