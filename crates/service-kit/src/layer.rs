//! What every call goes through before and after its handler: request id, trace, body limit, rate limit, auth, deadline; then
//! panic and timeout answers, figures, one log line.
//!
//! All of it is one tower service per route, not a tower of layers: the checks need no awaiting, so a call costs one more boxed
//! future than without, and the figures of a route are found without looking anything up.

mod admission;
mod body;
mod browser;
mod endpoint;
mod figures;
mod rates;
mod streaming;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::Response;
use http::{Method, StatusCode, Uri};

use crate::access::{Access, KeyRing};
use crate::config::{AccessLog, Auth, AuthMode, ConfigError, Limits, Listen, Log, Settings};
use crate::problem::{self, Problem};

pub(crate) use body::BodyRefused;

use endpoint::EndpointLayer;
use rates::Rates;

/// What the layer needs to know about a service; shared by all its routes.
#[derive(Debug)]
pub struct KitState {
    service: &'static str,
    limits: Arc<Limits>,
    auth: AuthMode,
    keys: KeyRing,
    access: Access,
    rates: Rates,
    log: AccessLog,
    slow: Duration,
}

impl KitState {
    /// Reads `[limits]`, `[auth]` and `[log]`.
    pub fn new(
        service: &'static str,
        listen: &Listen,
        access: Access,
        keys: KeyRing,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let limits: Limits = settings.section("limits")?;
        let log: Log = settings.section("log")?;
        crate::metrics::install();
        Ok(Self {
            service,
            auth: settings.section::<Auth>("auth")?.mode,
            keys,
            access,
            rates: Rates::new(&limits, listen.is_loopback()),
            limits: Arc::new(limits),
            log: log.access,
            slow: Duration::from_millis(log.slow_ms),
        })
    }

    /// Forgets callers that have been quiet for a while; called now and then so that memory stays bounded.
    pub(crate) fn forget_quiet_callers(&self) {
        self.rates.forget_quiet();
    }
}

/// Puts `router` behind the checks, with problem documents for unknown paths and methods.
pub fn layer(router: Router, kit: Arc<KitState>) -> Router {
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        // Handlers become routes now; otherwise axum would apply the layer anew for every request.
        .with_state::<()>(())
        .layer(EndpointLayer::new(kit))
}

async fn no_such_path(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is nothing at {path}; see /openapi.json"))
}

async fn no_such_method(_: Method) -> Problem {
    problem::of_status(StatusCode::METHOD_NOT_ALLOWED)
}

/// An error answer that is not a problem document came from a library; what it says is not for callers.
fn as_problem(response: Response) -> Response {
    if !problem::is_foreign(&response) {
        return response;
    }
    let (parts, _) = response.into_parts();
    let mut replaced = axum::response::IntoResponse::into_response(problem::of_status(parts.status));
    for (name, value) in parts.headers {
        if let Some(name) =
            name.filter(|name| name != http::header::CONTENT_TYPE && name != http::header::CONTENT_LENGTH)
        {
            replaced.headers_mut().insert(name, value);
        }
    }
    replaced
}
