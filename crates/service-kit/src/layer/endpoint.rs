//! The service around one route.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::Route;
use futures::FutureExt;
use http::{StatusCode, header};
use tower::{Layer, Service};

use super::admission::Admitted;
use super::figures::{Figures, FiguresByMethod};
use super::{KitState, admission, as_problem, body, streaming};
use crate::access::KeyGone;
use crate::config::AccessLog;
use crate::context::{self, Context, TRACEPARENT, X_REQUEST_ID};
use crate::problem::Problem;

/// Makes an [`Endpoint`] of each route.
#[derive(Clone)]
pub(super) struct EndpointLayer {
    kit: Arc<KitState>,
}

impl EndpointLayer {
    pub(super) fn new(kit: Arc<KitState>) -> Self {
        Self { kit }
    }
}

impl Layer<Route> for EndpointLayer {
    type Service = Endpoint;

    fn layer(&self, route: Route) -> Endpoint {
        Endpoint {
            route,
            shared: Arc::new(Shared { kit: self.kit.clone(), figures: FiguresByMethod::default() }),
        }
    }
}

/// One route behind the checks.
#[derive(Clone)]
pub(super) struct Endpoint {
    route: Route,
    shared: Arc<Shared>,
}

struct Shared {
    kit: Arc<KitState>,
    figures: FiguresByMethod,
}

impl Service<Request> for Endpoint {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        // A route is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let started = Instant::now();
        let kit = self.shared.kit.clone();
        let template = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let figures = self.shared.figures.of(&kit, request.method(), template);
        let Admitted { context, refused } = admission::admit(&kit, figures.rule, &request);
        let max = figures.rule.body_max.unwrap_or(kit.limits.body_max_bytes);
        let limited = refused.map_or_else(|| body::limit(request, max, &kit.limits, started), Err);
        let answer = limited.map(|mut request| {
            if request.headers().contains_key(header::UPGRADE) {
                request.extensions_mut().insert(KeyGone(kit.keys.gone(context.caller.as_ref())));
            }
            self.route.call(request)
        });
        Box::pin(context::scope(context.clone(), async move {
            let mut response = match answer {
                Ok(handling) => outcome(handling, &context).await,
                Err(problem) => problem.into_response(),
            };
            response.headers_mut().insert(TRACEPARENT, context.trace.header());
            response.headers_mut().insert(X_REQUEST_ID, context.request_id.clone());
            let response = streaming::ending(response, || kit.keys.gone(context.caller.as_ref()));
            observe(&kit, &figures, response.status(), started.elapsed());
            Ok(response)
        }))
    }
}

/// The handler's answer, or what takes its place when it takes too long or panics.
async fn outcome<F>(handling: F, context: &Context) -> Response
where
    F: Future<Output = Result<Response, Infallible>>,
{
    match tokio::time::timeout_at(context.deadline, AssertUnwindSafe(handling).catch_unwind()).await {
        Ok(Ok(Ok(response))) => as_problem(response),
        Ok(Err(panic)) => panicked(panic.as_ref()).into_response(),
        Err(_) => too_slow().into_response(),
    }
}

/// The panic hook has logged where it happened; this says which call it ended.
fn panicked(panic: &(dyn Any + Send)) -> Problem {
    let message =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = message.unwrap_or("not a text"), "a handler panicked; the caller got a 500");
    Problem::bug()
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "DEADLINE_EXCEEDED",
        "the answer was not ready in time; try again, or allow more time",
    )
    .retry_after(Duration::from_secs(1))
}

fn observe(kit: &KitState, figures: &Figures, status: StatusCode, took: Duration) {
    figures.record(status, took);
    let noteworthy = status.is_server_error() || took >= kit.slow;
    match kit.log {
        AccessLog::Off => {}
        AccessLog::Errors if !noteworthy => {}
        AccessLog::Errors | AccessLog::All => log(kit, figures, status, took, noteworthy),
    }
}

fn log(kit: &KitState, figures: &Figures, status: StatusCode, took: Duration, noteworthy: bool) {
    let (method, route) = (figures.method.as_str(), figures.route.as_str());
    let (status, duration_ms) = (status.as_u16(), took.as_micros() as f64 / 1e3);
    let caller = context::with(|context| context.caller.clone()).flatten();
    let caller = caller.as_ref().map(|caller| &*caller.id);
    if noteworthy {
        tracing::warn!(
            service = kit.service,
            method,
            route,
            status,
            duration_ms,
            caller,
            "a call failed or was slow"
        );
    } else {
        tracing::info!(
            service = kit.service,
            method,
            route,
            status,
            duration_ms,
            caller,
            "a call was answered"
        );
    }
}
