//! What an endpoint answered. Headers are there; the body may still be under way.

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, timeout_at};

use crate::Error;

/// An answer with its body unread.
#[derive(Debug)]
pub struct Response {
    pub(crate) inner: reqwest::Response,
    pub(crate) endpoint: String,
    pub(crate) tries: u32,
    pub(crate) deadline: Instant,
}

impl Response {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// The name of the endpoint that answered.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How many times the request was sent.
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// The whole body, within the request's deadline and at most `limit` bytes.
    pub async fn bytes(self, limit: usize) -> Result<Bytes, Error> {
        let endpoint = self.endpoint.clone();
        let deadline = self.deadline;
        let read = async {
            let mut stream = std::pin::pin!(self.stream());
            let mut body = BytesMut::new();
            while let Some(chunk) = stream.next().await {
                let chunk = chunk?;
                if body.len() + chunk.len() > limit {
                    return Err(Error::TooLarge { endpoint: endpoint.clone(), limit });
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body.freeze())
        };
        timeout_at(deadline, read).await.unwrap_or(Err(Error::TimedOut { endpoint: endpoint.clone() }))
    }

    /// The body as it arrives, without a deadline: for event streams. Never retried.
    pub fn stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send {
        let endpoint = self.endpoint;
        self.inner
            .bytes_stream()
            .map(move |chunk| chunk.map_err(|_| Error::Broken { endpoint: endpoint.clone() }))
    }
}
