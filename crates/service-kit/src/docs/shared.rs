//! The routes that every service has, and the components all documents share. The handlers themselves are elsewhere; these
//! functions carry their descriptions only.

use std::collections::BTreeMap;

use service_api::problem::Problem;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::{Modify, OpenApi, ToSchema};

use crate::health::Dependency;

/// The shared part of every document.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    Shared::openapi()
}

#[derive(OpenApi)]
#[openapi(
    paths(index, health, live, ready, metrics),
    components(schemas(Problem, HealthAnswer)),
    modifiers(&Keys),
    tags((name = "service", description = "What every service offers"))
)]
struct Shared;

/// How keys are shown; without one where none is needed.
struct Keys;

impl Modify for Keys {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let header = ApiKey::Header(ApiKeyValue::new("X-Api-Key"));
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
        let shown =
            ["bearer", "api_key"].map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new()));
        openapi.security = Some(shown.into_iter().chain([SecurityRequirement::default()]).collect());
    }
}

/// What a service is and how it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what health/routes.rs puts together")]
struct HealthAnswer {
    /// The name of the service.
    service: String,
    /// `down` when something it requires is.
    status: crate::health::Status,
    /// Its version.
    version: String,
    /// Seconds since it started.
    uptime_s: u64,
    /// What it needs.
    dependencies: BTreeMap<String, Dependency>,
}

/// Name, version and links of this service.
#[utoipa::path(get, path = "/", tag = "service", responses((status = 200, body = Object)))]
#[expect(dead_code, reason = "carries the description of a route")]
fn index() {}

/// Whether this service can do its work, and how everything it needs is.
#[utoipa::path(get, path = "/health", tag = "service",
    responses((status = 200, body = HealthAnswer), (status = 503, body = HealthAnswer, description = "Something required is down")))]
#[expect(dead_code, reason = "carries the description of a route")]
fn health() {}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/health/live", tag = "service", responses((status = 200, body = Object)))]
#[expect(dead_code, reason = "carries the description of a route")]
fn live() {}

/// Whether calls should be sent here.
#[utoipa::path(get, path = "/health/ready", tag = "service",
    responses((status = 200, body = HealthAnswer), (status = 503, body = HealthAnswer, description = "Something required is down")))]
#[expect(dead_code, reason = "carries the description of a route")]
fn ready() {}

/// Figures as Prometheus reads them.
#[utoipa::path(get, path = "/metrics", tag = "service", responses((status = 200, body = String, content_type = "text/plain")))]
#[expect(dead_code, reason = "carries the description of a route")]
fn metrics() {}
