//! Server-sent events out of a byte stream, as the WHATWG HTML standard parses them (section 9.2.6).

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use tokio::time::timeout;

/// Longest event that is kept, in bytes.
const EVENT_LIMIT: usize = 4 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// The `event:` field; empty when absent.
    pub name: String,
    /// The `data:` lines, joined by line breaks.
    pub data: String,
}

/// Why a stream of events ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection broke.
    Broken,
    /// Nothing came for the given time.
    Silent,
    /// An event is longer than anybody should send, or is not UTF-8.
    Malformed,
}

/// The events of `body`; a silence longer than `patience` ends it.
pub fn events<E>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    patience: Duration,
) -> impl Stream<Item = Result<Event, Fault>> + Send {
    let reader =
        Reader { body: Box::pin(body), parser: Parser::default(), ready: VecDeque::new(), over: false };
    stream::unfold(reader, move |mut reader| async move {
        let next = reader.next(patience).await?;
        Some((next, reader))
    })
}

struct Reader<S> {
    body: S,
    parser: Parser,
    ready: VecDeque<Event>,
    over: bool,
}

impl<E, S: Stream<Item = Result<Bytes, E>> + Unpin> Reader<S> {
    async fn next(&mut self, patience: Duration) -> Option<Result<Event, Fault>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            if self.over {
                return None;
            }
            let fault = match timeout(patience, self.body.next()).await {
                Ok(Some(Ok(bytes))) => self.parser.push(&bytes, &mut self.ready).err(),
                Ok(Some(Err(_))) => Some(Fault::Broken),
                Ok(None) => return None,
                Err(_) => Some(Fault::Silent),
            };
            if let Some(fault) = fault {
                self.over = true;
                return Some(Err(fault));
            }
        }
    }
}

/// The state between two pieces: an unfinished line and an unfinished event.
#[derive(Debug, Default)]
struct Parser {
    buffer: BytesMut,
    event: Event,
    has_data: bool,
    after_cr: bool,
}

impl Parser {
    fn push(&mut self, bytes: &[u8], ready: &mut VecDeque<Event>) -> Result<(), Fault> {
        self.buffer.extend_from_slice(bytes);
        loop {
            // A CR that ended the last piece may be followed by the LF of the same line end.
            if self.after_cr && self.buffer.first() == Some(&b'\n') {
                self.buffer.advance(1);
            }
            self.after_cr &= self.buffer.is_empty();
            let Some(end) = self.buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else { break };
            let line = self.buffer.split_to(end);
            self.after_cr = self.buffer[0] == b'\r';
            self.buffer.advance(1);
            let line = std::str::from_utf8(&line).map_err(|_| Fault::Malformed)?;
            self.line(line.trim_start_matches('\u{feff}'), ready);
        }
        if self.buffer.len() + self.event.data.len() > EVENT_LIMIT { Err(Fault::Malformed) } else { Ok(()) }
    }

    fn line(&mut self, line: &str, ready: &mut VecDeque<Event>) {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            if std::mem::take(&mut self.has_data) {
                ready.push_back(event);
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {} // comments, ids and retry times
        }
    }
}

#[cfg(test)]
mod tests;
