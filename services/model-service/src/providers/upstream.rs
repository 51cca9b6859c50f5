//! The way to one provider over HTTP: its address behind a breaker, its credentials, its limits; and what its refusals mean.

pub mod answer;
mod refusal;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use resilient_http::{BreakerOptions, BreakerState, Client, Endpoint, Error, Request, Response};
use tokio::time::Instant;
use url::Url;

use super::sse::Fault;
use super::{Notes, ProviderError};

/// How far we go with one provider.
#[derive(Debug, Clone)]
pub struct UpstreamOptions {
    /// The whole call.
    pub timeout: Duration,
    /// One try, until its answer begins.
    pub try_timeout: Duration,
    /// The longest silence within a stream.
    pub silence: Duration,
    /// Tries after the first, while nothing of an answer has come.
    pub retries: u32,
    /// The largest answer, in bytes.
    pub answer_max: usize,
    /// When the breaker opens.
    pub breaker: BreakerOptions,
}

/// JSON to be sent.
pub struct Posting<'a> {
    /// Below the provider's base; may carry a query.
    pub path: &'a str,
    /// The body.
    pub body: Bytes,
    /// Headers beside the provider's own, which win.
    pub headers: HeaderMap,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
    /// Where the tries are counted.
    pub notes: &'a Notes,
}

/// One provider's address, shared by all calls.
pub struct Upstream {
    name: String,
    client: Client,
    endpoint: Arc<Endpoint>,
    headers: HeaderMap,
    options: UpstreamOptions,
}

impl Upstream {
    /// `headers` hold the credentials; mark them sensitive.
    pub fn new(
        name: impl Into<String>,
        base: Url,
        headers: HeaderMap,
        client: Client,
        options: UpstreamOptions,
    ) -> Self {
        let name = name.into();
        let endpoint = Arc::new(Endpoint::new(name.clone(), base, options.breaker));
        Self { name, client, endpoint, headers, options }
    }

    /// The provider's configured name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the breaker says now.
    pub fn breaker(&self) -> BreakerState {
        self.endpoint.state()
    }

    /// The longest silence within a stream.
    pub fn silence(&self) -> Duration {
        self.options.silence
    }

    /// Sends JSON; an answer other than 2xx is an error. A model call changes nothing at the provider, so it may be repeated
    /// until the answer begins.
    pub async fn post(&self, posting: Posting<'_>) -> Result<Response, ProviderError> {
        let now = Instant::now();
        let left = posting.deadline.map_or(self.options.timeout, |at| at.saturating_duration_since(now));
        let headers = self.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
        let request = Request::new(Method::POST, posting.path, left.min(self.options.timeout))
            .headers(posting.headers.into_iter().filter_map(|(name, value)| Some((name?, value))))
            .headers(headers)
            .json(posting.body)
            .repeatable()
            .attempt_timeout(self.options.try_timeout)
            .rounds(self.options.retries + 1)
            .counted_by(posting.notes.counter())
            .without_deadline_header();
        let endpoints = std::slice::from_ref(&self.endpoint);
        let response =
            self.client.send(endpoints, &request).await.map_err(|error| self.unanswered(&error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        // Without a readable body the status alone must do.
        let body = response.bytes(refusal::BODY_MAX).await.unwrap_or_default();
        Err(refusal::read(&self.name, status, &headers, &body))
    }

    /// The whole body of an answer.
    pub async fn body(&self, response: Response) -> Result<Bytes, ProviderError> {
        let body = response.bytes(self.options.answer_max).await;
        match &body {
            Ok(_) => self.endpoint.completed(),
            Err(_) => self.endpoint.cut_off(),
        }
        body.map_err(|error| self.unanswered(&error))
    }

    /// An answer that makes no sense.
    pub fn unreadable(&self) -> ProviderError {
        ProviderError::unavailable(&self.name, "sent an answer that cannot be read")
    }

    /// A stream that came to its end.
    pub fn completed(&self) {
        self.endpoint.completed();
    }

    /// A stream that ended before its end.
    pub fn cut_off(&self, fault: Option<Fault>) -> ProviderError {
        self.endpoint.cut_off();
        let why = match fault {
            Some(Fault::Silent) => "fell silent in the middle of its answer",
            Some(Fault::Malformed) => "sent an answer that cannot be read",
            Some(Fault::Broken) | None => "broke off in the middle of its answer",
        };
        ProviderError::unavailable(&self.name, why)
    }

    /// An error event within a stream, or an error body with a good status.
    pub fn failed_within(&self, body: &[u8]) -> ProviderError {
        refusal::read(&self.name, refusal::status_within(body), &HeaderMap::new(), body)
    }

    fn unanswered(&self, error: &Error) -> ProviderError {
        let (why, retry_after) = match error {
            Error::CircuitOpen { retry_after } => {
                ("failed repeatedly and is being left alone for a moment", Some(*retry_after))
            }
            Error::Unreachable { .. } => ("cannot be reached", None),
            Error::TimedOut { .. } => ("did not answer in time", None),
            Error::Broken { .. } => ("broke off in the middle of its answer", None),
            Error::TooLarge { .. } => ("sent an answer larger than allowed", None),
            Error::Setup(_) => ("cannot be called: the HTTP client is not set up", None),
        };
        ProviderError::Unavailable { provider: self.name.clone(), why: why.to_owned(), retry_after }
    }
}
