//! What is known about the call being served: its id, its trace, its deadline, who made it.
//!
//! It travels as a task-local, so log lines and outgoing calls find it without every function passing it on. A spawned task
//! does not inherit it; `scope` carries it over.

mod trace;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use crate::access::Caller;
use crate::config::Limits;

pub use trace::Trace;

/// The header that carries the id of a request.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The header of W3C Trace Context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The header that says how many milliseconds the caller still waits.
pub const X_DEADLINE_MS: HeaderName = HeaderName::from_static("x-deadline-ms");

/// What is known about one call.
#[derive(Debug, Clone)]
pub struct Context {
    /// The caller's `X-Request-Id`, or ours.
    pub request_id: HeaderValue,
    /// Where in a distributed trace this call is.
    pub trace: Trace,
    /// When the answer is of no use any more.
    pub deadline: Instant,
    /// Who calls; absent when no key is needed and none was shown.
    pub caller: Option<Caller>,
    pub(crate) limits: Arc<Limits>,
}

tokio::task_local! {
    static CONTEXT: Context;
}

/// Runs `future` with `context` as the current one.
pub async fn scope<F: Future>(context: Context, future: F) -> F::Output {
    CONTEXT.scope(context, future).await
}

/// The current call, if one is being served.
pub fn current() -> Option<Context> {
    CONTEXT.try_with(Clone::clone).ok()
}

/// A look at the current call without copying it.
pub(crate) fn with<R>(look: impl FnOnce(&Context) -> R) -> Option<R> {
    CONTEXT.try_with(look).ok()
}

/// The id of the current call.
pub fn request_id() -> Option<String> {
    with(|context| context.request_id.to_str().unwrap_or_default().to_owned())
}

/// How long the caller still waits.
pub fn remaining() -> Option<Duration> {
    with(|context| context.deadline.saturating_duration_since(Instant::now()))
}

/// Returns when the service is about to stop: what waits long (a long poll) should then answer with what it has. Take it inside a
/// handler; event streams end by themselves.
pub fn stopping() -> impl Future<Output = ()> + Send + 'static {
    crate::connection::stop().cancelled_owned()
}

/// The headers that carry the current call on to a peer: request id and `traceparent`. Empty outside a call.
///
/// The deadline is not among them: an HTTP client knows best what remains at the moment it sends.
pub fn outgoing_headers() -> HeaderMap {
    with(|context| {
        let mut headers = HeaderMap::with_capacity(2);
        headers.insert(X_REQUEST_ID, context.request_id.clone());
        headers.insert(TRACEPARENT, context.trace.header());
        headers
    })
    .unwrap_or_default()
}
