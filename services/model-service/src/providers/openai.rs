//! OpenAI's chat completions and embeddings, as spoken by OpenAI and by Ollama, vLLM, llama.cpp, xAI and many more.

mod embeddings;
mod stream;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use resilient_http::Response;
use service_api::chat::{ChatAnswer, ChatRequest, StreamOptions};

use tokio::time::Instant;

use super::upstream::Posting;
use super::{Call, ChunkStream, Embedding, EmbeddingCall, Notes, ProviderError, Upstream};

const CHAT: &str = "chat/completions";

/// A server that speaks this protocol.
pub struct OpenAi {
    upstream: Arc<Upstream>,
    dialect: Dialect,
}

/// Where a server differs from the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Azure's: the model is a deployment in the path, and this version stands in the query.
    pub api_version: Option<String>,
    /// Whether it speaks OpenAI's newer Responses API as well.
    pub responses: bool,
    /// Whether the limit of an answer must be given in its newer word: OpenAI's newer models refuse `max_tokens`.
    pub newer_limit: bool,
}

impl OpenAi {
    /// The base of `upstream` ends before `/chat/completions`.
    pub fn new(upstream: Upstream, dialect: Dialect) -> Self {
        Self { upstream: Arc::new(upstream), dialect }
    }

    /// Whether it takes requests of the Responses API as they are.
    pub fn speaks_responses(&self) -> bool {
        self.dialect.responses
    }

    /// The way there.
    pub fn upstream(&self) -> &Arc<Upstream> {
        &self.upstream
    }

    /// The whole answer.
    pub async fn chat(&self, call: Call) -> Result<ChatAnswer, ProviderError> {
        let request = self.worded(ChatRequest { stream: None, stream_options: None, ..call.request });
        let response = self.post(CHAT, &request.model, body(&request), call.deadline, &call.notes).await?;
        let bytes = self.upstream.body(response).await?;
        // Looking once whether it is UTF-8 is much faster than for every text in it.
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let Ok(mut answer) = serde_json::from_str::<ChatAnswer>(text) else {
            return Err(self.without_choices(&bytes));
        };
        if answer.choices.is_empty() {
            return Err(self.upstream.unreadable());
        }
        complete(&mut answer, &request.model, call.now);
        Ok(answer)
    }

    /// The answer piece by piece. Usage is always asked for: the call must be accounted for.
    pub async fn stream(&self, call: Call) -> Result<ChunkStream, ProviderError> {
        let stream_options = Some(StreamOptions { include_usage: true });
        let request = self.worded(ChatRequest { stream: Some(true), stream_options, ..call.request });
        let response = self.post(CHAT, &request.model, body(&request), call.deadline, &call.notes).await?;
        Ok(stream::chunks(response, self.upstream.clone()))
    }

    /// The vectors of texts.
    pub async fn embed(&self, call: EmbeddingCall) -> Result<Embedding, ProviderError> {
        let body = embeddings::body(&call);
        let response = self.post("embeddings", &call.model, body, call.deadline, &call.notes).await?;
        let bytes = self.upstream.body(response).await?;
        embeddings::read(&bytes, call.input.len()).ok_or_else(|| self.upstream.unreadable())
    }

    fn worded(&self, request: ChatRequest) -> ChatRequest {
        if !self.dialect.newer_limit {
            return request;
        }
        ChatRequest { max_completion_tokens: request.output_limit(), max_tokens: None, ..request }
    }

    async fn post(
        &self,
        path: &str,
        model: &str,
        body: Vec<u8>,
        deadline: Option<Instant>,
        notes: &Notes,
    ) -> Result<Response, ProviderError> {
        let path = match &self.dialect.api_version {
            Some(version) => Cow::Owned(format!("deployments/{model}/{path}?api-version={version}")),
            None => Cow::Borrowed(path),
        };
        let body = Bytes::from(body);
        self.upstream.post(Posting { path: &path, body, headers: HeaderMap::new(), deadline, notes }).await
    }

    /// Some servers answer 200 with an error inside.
    fn without_choices(&self, bytes: &[u8]) -> ProviderError {
        let is_error =
            serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|v| v.get("error").is_some());
        if is_error { self.upstream.failed_within(bytes) } else { self.upstream.unreadable() }
    }
}

fn body(request: &ChatRequest) -> Vec<u8> {
    serde_json::to_vec(request).expect("a request holds only texts, numbers and JSON values")
}

/// Fills in what some servers leave out: the names of calls, the time, the model.
fn complete(answer: &mut ChatAnswer, model: &str, now: i64) {
    if answer.created == 0 {
        answer.created = now;
    }
    if answer.model.is_empty() {
        model.clone_into(&mut answer.model);
    }
    for choice in &mut answer.choices {
        for (i, call) in choice.message.tool_calls.iter_mut().enumerate() {
            if call.id.is_empty() {
                call.id = format!("call_{}_{i}", choice.index);
            }
        }
    }
}

#[cfg(test)]
mod tests;
