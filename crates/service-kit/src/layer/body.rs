//! Bodies that are too large, or take too long to arrive.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use http::{HeaderValue, StatusCode, header};
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

use crate::config::Limits;
use crate::problem::Problem;

/// Refuses a body whose announced length is over the limit; watches the others while they are read.
pub(super) fn limit(
    request: Request,
    max: usize,
    limits: &Limits,
    started: Instant,
) -> Result<Request, Problem> {
    let size = request.body().size_hint();
    if size.lower() > max as u64 {
        return Err(BodyRefused::TooLarge { limit: max }.into());
    }
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let time = time(max, limits);
    Ok(request
        .map(|inner| Body::new(Watched { inner, left: max, max, time, until: started + time, timer: None })))
}

/// A route that takes larger bodies gives them more time, in proportion.
fn time(max: usize, limits: &Limits) -> Duration {
    let times = max.div_ceil(limits.body_max_bytes.max(1)).max(1);
    limits.body_timeout().saturating_mul(u32::try_from(times).unwrap_or(u32::MAX))
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum BodyRefused {
    #[error("the request body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the request body took longer than {} s to arrive", limit.as_secs_f32())]
    TooSlow { limit: Duration },
}

impl BodyRefused {
    /// The answer for an error met while reading a body: one of ours, or the connection broke.
    pub(crate) fn problem(error: &(dyn std::error::Error + 'static)) -> Problem {
        let ours = std::iter::successors(Some(error), |&error| error.source())
            .find_map(|error| error.downcast_ref::<Self>());
        ours.map_or_else(
            || Problem::unreadable("the request body ended early or is not valid HTTP"),
            |&refused| refused.into(),
        )
    }
}

impl From<BodyRefused> for Problem {
    fn from(refused: BodyRefused) -> Self {
        let detail = refused.to_string();
        let problem = match refused {
            BodyRefused::TooLarge { limit } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", detail).with("limit_bytes", limit)
            }
            BodyRefused::TooSlow { .. } => Self::new(StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT", detail),
        };
        // What is left of the body would otherwise be taken for the next request, or waited for.
        problem.header(header::CONNECTION, HeaderValue::from_static("close"))
    }
}

/// A body that ends with an error when it is too large or too late. The timer exists only once there is something to wait for.
struct Watched {
    inner: Body,
    left: usize,
    max: usize,
    time: Duration,
    until: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let this = &mut *self;
        let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) else { return this.poll_timer(cx) };
        Poll::Ready(match frame {
            Some(Ok(frame)) => Some(this.count(frame)),
            Some(Err(error)) => Some(Err(error.into())),
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Watched {
    fn count(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, axum::BoxError> {
        let length = frame.data_ref().map_or(0, Bytes::len);
        let left = self.left.checked_sub(length).ok_or(BodyRefused::TooLarge { limit: self.max })?;
        self.left = left;
        Ok(frame)
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let (until, limit) = (self.until, self.time);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until.into())));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Some(Err(BodyRefused::TooSlow { limit }.into())))
    }
}
