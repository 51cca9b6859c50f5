//! An answer that comes as events, read one after the other until one of them, or a fault, ends it. Each protocol says what an event is.

use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use resilient_http::Response;

use super::Upstream;
use crate::providers::ProviderError;
use crate::providers::sse::{self, Event, Fault};

/// What an event comes to.
pub enum Read<T> {
    /// A piece for the caller.
    Piece(T),
    /// Nothing to tell.
    Nothing,
    /// A piece, and the answer is complete.
    Last(T),
    /// The answer is complete.
    End,
    /// There is no more of it, and not what was asked for.
    Failed(ProviderError),
}

/// A protocol on its way through one answer.
pub trait Reading {
    /// What the caller gets.
    type Piece;

    /// Takes one event.
    fn read(&mut self, event: Event, upstream: &Upstream) -> Read<Self::Piece>;

    /// Whether the answer is complete when no more events come.
    fn is_complete(&self) -> bool {
        false
    }
}

/// The pieces of an answer; it ends after an error.
pub type Pieces<T> = Pin<Box<dyn Stream<Item = Result<T, ProviderError>> + Send>>;

/// Reads `response` by `reading`.
pub fn pieces<R: Reading + Send + 'static>(
    response: Response,
    upstream: Arc<Upstream>,
    reading: R,
) -> Pieces<R::Piece>
where
    R::Piece: Send + 'static,
{
    let events = Box::pin(sse::events(response.stream(), upstream.silence()));
    let reader = Reader { events, upstream, reading, over: false };
    Box::pin(stream::unfold(reader, |mut reader| async move {
        let next = reader.next().await?;
        Some((next, reader))
    }))
}

struct Reader<R> {
    events: Pin<Box<dyn Stream<Item = Result<Event, Fault>> + Send>>,
    upstream: Arc<Upstream>,
    reading: R,
    over: bool,
}

impl<R: Reading> Reader<R> {
    async fn next(&mut self) -> Option<Result<R::Piece, ProviderError>> {
        while !self.over {
            let read = match self.events.next().await {
                Some(Ok(event)) => self.reading.read(event, &self.upstream),
                None if self.reading.is_complete() => Read::End,
                fault => Read::Failed(self.upstream.cut_off(fault.and_then(Result::err))),
            };
            self.over = matches!(read, Read::Last(_) | Read::End | Read::Failed(_));
            if matches!(read, Read::Last(_) | Read::End) {
                self.upstream.completed();
            }
            match read {
                Read::Piece(piece) | Read::Last(piece) => return Some(Ok(piece)),
                Read::Failed(error) => return Some(Err(error)),
                Read::Nothing | Read::End => {}
            }
        }
        None
    }
}
