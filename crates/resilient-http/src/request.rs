//! What is to be sent, and how far its sender is willing to go.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tokio::time::Instant;

use crate::Tries;

/// Tells the receiver how many milliseconds the sender will wait.
pub const DEADLINE_HEADER: HeaderName = HeaderName::from_static("x-deadline-ms");

/// One request, independent of where it goes.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) deadline: Instant,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) repeatable: bool,
    pub(crate) rounds: u32,
    pub(crate) tells_deadline: bool,
    pub(crate) tries: Option<Arc<Tries>>,
}

impl Request {
    /// A request that must be answered within `within`. GET, HEAD, PUT and DELETE are safe to repeat by HTTP's own rules;
    /// a POST only when its sender says so by [`Request::repeatable`].
    pub fn new(method: Method, path: impl Into<String>, within: Duration) -> Self {
        let repeatable = matches!(method, Method::GET | Method::HEAD | Method::PUT | Method::DELETE);
        Self {
            method,
            path: path.into(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            deadline: Instant::now() + within,
            attempt_timeout: None,
            repeatable,
            rounds: 3,
            tells_deadline: true,
            tries: None,
        }
    }

    /// Adds one header, replacing one of that name.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds headers, e.g. the trace of the caller.
    pub fn headers(mut self, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Self {
        self.headers.extend(headers);
        self
    }

    /// Sets a body that is already JSON.
    pub fn json(self, body: impl Into<Bytes>) -> Self {
        self.body("application/json", body)
    }

    /// Sets a body and says of which kind it is.
    pub fn body(mut self, kind: &'static str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(header::CONTENT_TYPE, HeaderValue::from_static(kind))
    }

    /// Says that the receiver recognises a repetition, so that retrying is safe.
    pub fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// How long one endpoint may take to begin its answer before the next is tried; by default all the time that is left.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Keeps [`DEADLINE_HEADER`] back: for receivers outside that have no use for it.
    pub fn without_deadline_header(mut self) -> Self {
        self.tells_deadline = false;
        self
    }

    /// Counts every sending in `tries`, also when nobody answers.
    pub fn counted_by(mut self, tries: Arc<Tries>) -> Self {
        self.tries = Some(tries);
        self
    }

    /// How many times the list of endpoints is gone through at most; at least once. Default 3.
    pub fn rounds(mut self, rounds: u32) -> Self {
        self.rounds = rounds.max(1);
        self
    }
}
