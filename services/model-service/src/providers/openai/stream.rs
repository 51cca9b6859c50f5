//! Chat chunks out of a stream of events.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use resilient_http::Response;
use service_api::chat::ChatChunk;

use super::super::sse::{self, Event, Fault};
use super::super::{ChunkStream, ProviderError, Upstream};

/// The chunks of `response`.
pub fn chunks(response: Response, upstream: Arc<Upstream>) -> ChunkStream {
    let events = Box::pin(sse::events(response.stream(), upstream.silence()));
    let reader = Reader { events, upstream, finished: false, over: false };
    Box::pin(stream::unfold(reader, |mut reader| async move {
        let next = reader.next().await?;
        reader.over = next.is_err();
        Some((next, reader))
    }))
}

struct Reader {
    events: Pin<Box<dyn Stream<Item = Result<Event, Fault>> + Send>>,
    upstream: Arc<Upstream>,
    finished: bool,
    over: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<ChatChunk, ProviderError>> {
        if self.over {
            return None;
        }
        match self.events.next().await {
            Some(Ok(event)) if event.data.trim() == "[DONE]" => self.end(),
            Some(Ok(event)) => Some(self.chunk(&event.data)),
            Some(Err(fault)) => Some(Err(self.upstream.cut_off(Some(fault)))),
            // Some servers send no `[DONE]`; without a reason to finish either, the rest is missing.
            None if self.finished => self.end(),
            None => Some(Err(self.upstream.cut_off(None))),
        }
    }

    fn end(&self) -> Option<Result<ChatChunk, ProviderError>> {
        self.upstream.completed();
        None
    }

    fn chunk(&mut self, data: &str) -> Result<ChatChunk, ProviderError> {
        let chunk: ChatChunk = serde_json::from_str(data).map_err(|_| self.upstream.unreadable())?;
        if chunk.extra.contains_key("error") {
            return Err(self.upstream.failed_within(data.as_bytes()));
        }
        self.finished |= chunk.choices.iter().any(|choice| choice.finish_reason.is_some());
        Ok(chunk)
    }
}
