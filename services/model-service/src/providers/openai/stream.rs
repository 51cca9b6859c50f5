//! Chat chunks out of a stream of events.

use std::sync::Arc;

use resilient_http::Response;
use service_api::chat::ChatChunk;

use super::super::sse::Event;
use super::super::upstream::answer::{Read, Reading, pieces};
use super::super::{ChunkStream, Upstream};

/// The chunks of `response`.
pub fn chunks(response: Response, upstream: Arc<Upstream>) -> ChunkStream {
    pieces(response, upstream, Chunks { finished: false })
}

struct Chunks {
    finished: bool,
}

impl Reading for Chunks {
    type Piece = ChatChunk;

    fn read(&mut self, event: Event, upstream: &Upstream) -> Read<ChatChunk> {
        if event.data.trim() == "[DONE]" {
            return Read::End;
        }
        let Ok(chunk) = serde_json::from_str::<ChatChunk>(&event.data) else {
            return Read::Failed(upstream.unreadable());
        };
        if chunk.extra.contains_key("error") {
            return Read::Failed(upstream.failed_within(event.data.as_bytes()));
        }
        self.finished |= chunk.choices.iter().any(|choice| choice.finish_reason.is_some());
        Read::Piece(chunk)
    }

    /// Some servers send no `[DONE]`; without a reason to finish either, the rest is missing.
    fn is_complete(&self) -> bool {
        self.finished
    }
}
