//! Events over a WebSocket: text frames, one for each event. The caller says nothing; what it sends is passed over.
//!
//! There is no queue: the next event is read when the last was written. Who reads slowly holds up nobody but itself, and is let go when
//! nothing could be written for a while; it comes back with the last id that it saw.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, Stream, StreamExt};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, interval_at, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Event;
use crate::access::KeyGone;
use crate::config::Limits;
use crate::connection::{CONNECTION, Connection};
use crate::context;
use crate::problem::Problem;

/// What we speak, as a subprotocol; a caller that names subprotocols must name this one.
pub const PROTOCOL: &str = "lightning.v1";
/// Browsers can set no headers on a WebSocket but its subprotocols: one that begins so is an API key.
const KEY: &str = "key.";

/// There is nothing more to tell.
const ENDED: u16 = 1000;
/// The service stops; come back.
const STOPPING: u16 = 1001;
/// The service cannot go on now; come back later.
const INTERRUPTED: u16 = 1013;
/// The caller reads too slowly; come back where it was.
const TOO_SLOW: u16 = 4001;
/// The caller answers no pings.
const SILENT: u16 = 4002;
/// The caller's key is not valid any more.
const REVOKED: u16 = 4003;

/// The longest message that a caller may send, in bytes; none is expected.
const HEARD_MAX: usize = 4096;
/// For the last frame to be written, and for the other end to close.
const FAREWELL: Duration = Duration::from_secs(1);

/// As an argument of a handler: the caller wants a WebSocket.
#[derive(Debug)]
pub struct Socket {
    upgrade: WebSocketUpgrade,
    connection: Connection,
    limits: Arc<Limits>,
    gone: CancellationToken,
}

impl<S: Send + Sync> FromRequestParts<S> for Socket {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await.ok();
        let connection = CONNECTION.try_with(Clone::clone).ok();
        let gone = parts.extensions.get::<KeyGone>().map(|key| key.0.clone()).unwrap_or_default();
        let limits = context::current().map(|context| context.limits);
        let (Some(upgrade), Some(connection), Some(limits)) = (upgrade, connection, limits) else {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "NO_WEBSOCKET",
                "this address speaks WebSocket only (GET over HTTP/1.1 with Upgrade: websocket); the same events come as \
                 server-sent events from the address without /ws",
            ));
        };
        Ok(Self { upgrade, connection, limits, gone })
    }
}

impl Socket {
    /// Tells `events` until they end, the caller goes, its key is revoked, or the service stops.
    pub fn follow(
        self,
        events: impl Stream<Item = Result<Event, Problem>> + Send + 'static,
    ) -> Result<Response, Problem> {
        let Self { upgrade, connection, limits, gone } = self;
        let place = connection.sockets.clone().try_acquire_owned().map_err(|_| {
            Problem::unavailable("no more WebSockets can be held open here", Duration::from_secs(5))
        })?;
        // The call is over when the upgrade is answered; what it held of the service is held until the socket closes.
        let held = Held { _place: place, _room: connection.room, _task: connection.tasks.token() };
        let told = Told {
            events: Box::pin(events),
            stop: connection.stop,
            gone,
            ping: Duration::from_millis(limits.socket_ping_ms),
            stall: Duration::from_millis(limits.socket_stall_ms),
        };
        let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(HEARD_MAX).max_frame_size(HEARD_MAX);
        Ok(upgrade.on_upgrade(move |socket| async move {
            metrics::gauge!("sockets_open").increment(1.0);
            let code = told.run(socket).await;
            metrics::gauge!("sockets_open").decrement(1.0);
            metrics::counter!("sockets_closed_total", "code" => code.unwrap_or_default().to_string())
                .increment(1);
            drop(held);
        }))
    }
}

/// The key that a browser shows as a subprotocol.
pub(crate) fn shown_key(headers: &HeaderMap) -> Option<&[u8]> {
    let upgrade = headers.get(header::UPGRADE)?;
    if !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket") {
        return None;
    }
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered = offered.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    offered.find_map(|protocol| protocol.trim_ascii().strip_prefix(KEY.as_bytes()))
}

struct Held {
    _place: OwnedSemaphorePermit,
    _room: Arc<OwnedSemaphorePermit>,
    _task: TaskTrackerToken,
}

struct Told<S> {
    events: Pin<Box<S>>,
    stop: CancellationToken,
    gone: CancellationToken,
    ping: Duration,
    stall: Duration,
}

impl<S: Stream<Item = Result<Event, Problem>>> Told<S> {
    /// Returns the code with which it was closed from here; `None` when the other end went.
    async fn run(mut self, socket: WebSocket) -> Option<u16> {
        let (mut sink, mut source) = socket.split();
        let closing = self.tell(&mut sink, &mut source).await;
        // Whatever the events hold goes first: nobody will read them.
        drop(self.events);
        let Some((code, reason)) = closing else {
            // The answer to the other end's farewell.
            let _ = timeout(FAREWELL, sink.flush()).await;
            return None;
        };
        let frame = CloseFrame { code, reason: reason.into() };
        if let Ok(Ok(())) = timeout(FAREWELL, sink.send(Message::Close(Some(frame)))).await {
            let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = source.next().await {} }).await;
        }
        Some(code)
    }

    async fn tell(
        &mut self,
        sink: &mut SplitSink<WebSocket, Message>,
        source: &mut SplitStream<WebSocket>,
    ) -> Option<(u16, &'static str)> {
        let mut pings = interval_at(Instant::now() + self.ping, self.ping);
        let mut heard = Instant::now();
        loop {
            let message = tokio::select! {
                biased;
                () = self.gone.cancelled() => return Some((REVOKED, "the API key is not valid any more")),
                () = self.stop.cancelled() => return Some((STOPPING, "the service stops; come back")),
                received = source.next() => match received {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return None,
                    Some(Ok(_)) => { heard = Instant::now(); continue }
                },
                _ = pings.tick() => {
                    if heard.elapsed() >= 2 * self.ping {
                        return Some((SILENT, "pings were not answered"));
                    }
                    Message::Ping(bytes::Bytes::new())
                }
                event = self.events.next() => match event {
                    Some(Ok(event)) => Message::Text(event.frame().into()),
                    Some(Err(problem)) => {
                        let last = Message::Text(Event::problem(&problem).frame().into());
                        let _ = timeout(self.stall, sink.send(last)).await;
                        return Some((INTERRUPTED, "the service cannot go on now; come back later"));
                    }
                    // Streams also end with the service.
                    None if self.stop.is_cancelled() => continue,
                    None => return Some((ENDED, "there is nothing more to tell")),
                },
            };
            match timeout(self.stall, sink.send(message)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some((TOO_SLOW, "too slow; come back with the last id")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn key(upgrade: &'static str, protocols: &'static str) -> Option<String> {
        let headers = [
            (header::UPGRADE, HeaderValue::from_static(upgrade)),
            (header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocols)),
        ];
        shown_key(&headers.into_iter().collect()).map(|key| String::from_utf8(key.to_vec()).unwrap())
    }

    #[test]
    fn a_browser_shows_its_key_as_a_subprotocol() {
        assert_eq!(key("websocket", "lightning.v1, key.al_abc"), Some("al_abc".into()));
        assert_eq!(key("WebSocket", "key.al_abc,lightning.v1"), Some("al_abc".into()));
        assert_eq!(key("websocket", "lightning.v1"), None);
    }

    #[test]
    fn only_who_opens_a_socket_shows_it_so() {
        assert_eq!(key("h2c", "key.al_abc"), None);
    }
}
