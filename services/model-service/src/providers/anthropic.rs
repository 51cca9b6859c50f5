//! Anthropic's Messages API, translated from and to the words of `service_api::chat`.

mod answer;
mod request;
mod stream;
pub mod wire;

pub use answer::usage;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use resilient_http::Response;
use service_api::chat::ChatAnswer;

use super::upstream::Posting;
use super::{Call, ChunkStream, ProviderError, Upstream};

/// The version of the protocol that we speak, sent with every request.
pub const VERSION: &str = "2023-06-01";

/// Below the provider's base.
pub const PATH: &str = "v1/messages";
/// Where it counts the tokens of a request.
pub const COUNT_PATH: &str = "v1/messages/count_tokens";

/// A server that speaks this protocol.
pub struct Anthropic {
    upstream: Arc<Upstream>,
    output_tokens: u32,
}

impl Anthropic {
    /// The base of `upstream` ends before `/v1/messages`. `output_tokens` is the limit of answers whose caller names none:
    /// this protocol must have one.
    pub fn new(upstream: Upstream, output_tokens: u32) -> Self {
        Self { upstream: Arc::new(upstream), output_tokens }
    }

    /// The way there.
    pub fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    /// The whole answer.
    pub async fn chat(&self, call: Call) -> Result<ChatAnswer, ProviderError> {
        let response = self.post(&call, self.body(&call, false)?).await?;
        let bytes = self.upstream.body(response).await?;
        match serde_json::from_slice::<wire::Message>(&bytes) {
            Ok(message) => Ok(answer::read(message, call.now)),
            Err(_) if is_error(&bytes) => Err(self.upstream.failed_within(&bytes)),
            Err(_) => Err(self.upstream.unreadable()),
        }
    }

    /// The answer piece by piece.
    pub async fn stream(&self, call: Call) -> Result<ChunkStream, ProviderError> {
        let response = self.post(&call, self.body(&call, true)?).await?;
        Ok(stream::chunks(response, self.upstream.clone(), call.now))
    }

    async fn post(&self, call: &Call, body: Vec<u8>) -> Result<Response, ProviderError> {
        let (body, headers) = (Bytes::from(body), HeaderMap::new());
        let posting = Posting { path: PATH, body, headers, deadline: call.deadline, notes: &call.notes };
        self.upstream.post(posting).await
    }

    fn body(&self, call: &Call, stream: bool) -> Result<Vec<u8>, ProviderError> {
        let translated =
            request::translate(&call.request, self.output_tokens, &call.notes).map_err(|what| {
                ProviderError::NotCarried {
                    provider: self.upstream.name().to_owned(),
                    what: what.to_string(),
                }
            })?;
        let request = wire::Request { stream: stream.then_some(true), ..translated };
        Ok(serde_json::to_vec(&request).expect("a request holds only texts, numbers and JSON values"))
    }
}

fn is_error(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|value| value["type"] == "error")
}

#[cfg(test)]
mod tests;
