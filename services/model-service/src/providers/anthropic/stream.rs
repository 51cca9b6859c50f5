//! Chat chunks out of the events of the Messages API.

mod translate;

use std::sync::Arc;

use resilient_http::Response;
use service_api::chat::ChatChunk;

use super::super::sse::Event;
use super::super::upstream::answer::{Read, Reading, pieces};
use super::super::{ChunkStream, Upstream};
use translate::{Step, Translation};

/// The chunks of `response`.
pub fn chunks(response: Response, upstream: Arc<Upstream>, now: i64) -> ChunkStream {
    pieces(response, upstream, Translation::new(now))
}

/// `message_stop` is the only good end.
impl Reading for Translation {
    type Piece = ChatChunk;

    fn read(&mut self, event: Event, upstream: &Upstream) -> Read<ChatChunk> {
        match self.step(&event.data) {
            Step::Chunk(chunk) => Read::Piece(*chunk),
            Step::Nothing => Read::Nothing,
            Step::End => Read::End,
            Step::Error => Read::Failed(upstream.failed_within(event.data.as_bytes())),
            Step::Unreadable => Read::Failed(upstream.unreadable()),
        }
    }
}
