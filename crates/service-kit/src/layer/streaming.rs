//! Event streams have no end of their own: they end with the service, so that nobody waits for them then, and with the key of
//! whoever follows them.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http::header;
use hyper::body::{Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::connection;

/// Gives an event stream its ends; hands other answers on as they are. `gone` gives what is cancelled with the caller's key.
pub(super) fn ending(response: Response, gone: impl FnOnce() -> CancellationToken) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    if !kind.is_some_and(|kind| kind.starts_with(b"text/event-stream")) {
        return response;
    }
    let stop = Box::pin(connection::stop().cancelled_owned());
    let gone = Box::pin(gone().cancelled_owned());
    response.map(|inner| Body::new(Ending { inner, stop, gone }))
}

struct Ending {
    inner: Body,
    stop: Pin<Box<WaitForCancellationFutureOwned>>,
    gone: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl HttpBody for Ending {
    type Data = Bytes;
    type Error = axum::Error;

    /// Without a key nothing more is told. At the end of the service what is there is sent first: an event that was written must not be
    /// lost to it.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.gone.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        let frame = Pin::new(&mut self.inner).poll_frame(cx);
        if frame.is_ready() {
            return frame;
        }
        self.stop.as_mut().poll(cx).map(|()| None)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
