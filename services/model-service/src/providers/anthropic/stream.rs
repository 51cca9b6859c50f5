//! Chat chunks out of the events of the Messages API.

mod translate;

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use resilient_http::Response;
use service_api::chat::ChatChunk;

use super::super::sse::{self, Event, Fault};
use super::super::{ChunkStream, ProviderError, Upstream};
use translate::{Step, Translation};

/// The chunks of `response`.
pub fn chunks(response: Response, upstream: Arc<Upstream>, now: i64) -> ChunkStream {
    let events = Box::pin(sse::events(response.stream(), upstream.silence()));
    let reader = Reader { events, upstream, translation: Translation::new(now), over: false };
    Box::pin(stream::unfold(reader, |mut reader| async move {
        let next = reader.next().await?;
        Some((next, reader))
    }))
}

struct Reader {
    events: Pin<Box<dyn Stream<Item = Result<Event, Fault>> + Send>>,
    upstream: Arc<Upstream>,
    translation: Translation,
    over: bool,
}

impl Reader {
    async fn next(&mut self) -> Option<Result<ChatChunk, ProviderError>> {
        while !self.over {
            let event = match self.events.next().await {
                Some(Ok(event)) => event,
                Some(Err(fault)) => return self.fail(self.upstream.cut_off(Some(fault))),
                // `message_stop` is the only good end.
                None => return self.fail(self.upstream.cut_off(None)),
            };
            match self.translation.step(&event.data) {
                Step::Chunk(chunk) => return Some(Ok(*chunk)),
                Step::Nothing => {}
                Step::End => {
                    self.over = true;
                    self.upstream.completed();
                }
                Step::Error => return self.fail(self.upstream.failed_within(event.data.as_bytes())),
                Step::Unreadable => return self.fail(self.upstream.unreadable()),
            }
        }
        None
    }

    fn fail(&mut self, error: ProviderError) -> Option<Result<ChatChunk, ProviderError>> {
        self.over = true;
        Some(Err(error))
    }
}
