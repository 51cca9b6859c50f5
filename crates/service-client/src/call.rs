//! What goes with every call: how long it may take, and whose request it belongs to.

use std::time::Duration;

use http::HeaderMap;

/// The circumstances of one call.
#[derive(Debug, Clone)]
pub struct Call {
    /// The answer must be here within this time.
    pub within: Duration,
    /// Request id and trace of the request that this call serves.
    pub headers: HeaderMap,
    /// How many rounds over the endpoints; 1 leaves retrying to the caller.
    pub rounds: u32,
}

impl Call {
    /// A call on its own.
    pub fn within(within: Duration) -> Self {
        Self { within, headers: HeaderMap::new(), rounds: 3 }
    }

    /// A call that serves a request: its headers travel along.
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    /// The caller retries by itself, e.g. because its outbox row waits.
    pub fn once(mut self) -> Self {
        self.rounds = 1;
        self
    }
}
