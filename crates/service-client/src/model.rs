//! The model service: one thought.

mod stream;

use http::{HeaderName, HeaderValue, Method};
use resilient_http::{Request, Response};
use serde_json::Value;
use service_api::chat::{ChatAnswer, ChatRequest, StreamOptions};
use url::Url;

use crate::peer::Peer;
use crate::{Call, Connector, Error, PeerState};

pub use stream::ChatStream;

/// On whose behalf a model is asked; the model service books costs by these.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// The task.
    pub task_id: Option<&'a str>,
    /// The agent.
    pub agent_id: Option<&'a str>,
    /// Who the work is for.
    pub tenant: Option<&'a str>,
    /// Stable over repetitions of the same thought.
    pub idempotency_key: Option<&'a str>,
}

/// Talks to the model service.
#[derive(Debug, Clone)]
pub struct ModelClient {
    peer: Peer,
}

impl ModelClient {
    /// A client for the model service at `base`.
    pub fn new(connector: &Connector, base: &Url) -> Self {
        Self { peer: connector.peer("model-service", base) }
    }

    /// Where it is.
    pub fn base(&self) -> &Url {
        self.peer.base()
    }

    /// What its breaker says.
    pub fn state(&self) -> PeerState {
        self.peer.state()
    }

    /// `POST /v1/chat/completions`, not streamed. Sent to the service once: it retries towards providers by itself, and
    /// a thought that may have been paid for is not paid for again.
    pub async fn chat(
        &self,
        request: &ChatRequest,
        asker: Asker<'_>,
        call: &Call,
    ) -> Result<ChatAnswer, Error> {
        self.peer.read(self.send(request, asker, call).await?).await
    }

    /// The same, in pieces as the model says them. The answer must have begun within the call's time, and no silence may be longer; how
    /// long the whole may take is the caller's to say.
    pub async fn chat_stream(
        &self,
        request: &ChatRequest,
        asker: Asker<'_>,
        call: &Call,
    ) -> Result<ChatStream, Error> {
        let asked = ChatRequest {
            stream: Some(true),
            stream_options: Some(StreamOptions { include_usage: true }),
            ..request.clone()
        };
        let response = self.send(&asked, asker, call).await?;
        ChatStream::open(&self.peer, response, call.within).await
    }

    async fn send(&self, request: &ChatRequest, asker: Asker<'_>, call: &Call) -> Result<Response, Error> {
        let path = "/v1/chat/completions";
        let mut outgoing = self.peer.with_body(Request::new(Method::POST, path, call.within), request)?;
        let facts = [
            ("x-task-id", asker.task_id),
            ("x-agent-id", asker.agent_id),
            ("x-tenant", asker.tenant),
            ("idempotency-key", asker.idempotency_key),
        ];
        for (name, value) in facts {
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(v).ok()) {
                outgoing = outgoing.header(HeaderName::from_static(name), value);
            }
        }
        self.peer.ask(outgoing, call).await
    }

    /// `GET /v1/models`.
    pub async fn models(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/v1/models", call).await
    }

    /// `GET /health`.
    pub async fn health(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/health", call).await
    }

    /// `GET /health/live`: whether it answers at all. For the health of others: asking for theirs would go in circles.
    pub async fn live(&self, call: &Call) -> Result<Value, Error> {
        self.peer.get("/health/live", call).await
    }
}
