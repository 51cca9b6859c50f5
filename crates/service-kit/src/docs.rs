//! `/openapi.json` and Swagger UI at `/docs`, from the program itself: nothing is loaded from elsewhere.

use axum::Router;
use axum::routing::get;
use http::{HeaderValue, header};
use service_api::problem::{FieldError, Problem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::SwaggerUi;

use crate::access::Access;

/// A document without paths.
pub(crate) fn blank(name: &str, version: &str) -> OpenApi {
    OpenApiBuilder::new().info(InfoBuilder::new().title(name).version(version).build()).build()
}

/// Adds what all services share: how keys are shown, and the shape of errors.
pub(crate) fn complete(mut openapi: OpenApi, _access: &Access) -> OpenApi {
    let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key")));
    let shared = ComponentsBuilder::new()
        .security_scheme("bearer", bearer)
        .security_scheme("api_key", header)
        .schema(Problem::name(), Problem::schema())
        .schema(FieldError::name(), FieldError::schema())
        .build();
    openapi.merge(OpenApiBuilder::new().components(Some(shared)).build());
    let none: [&str; 0] = [];
    openapi.security = Some(vec![
        SecurityRequirement::new("bearer", none),
        SecurityRequirement::new("api_key", none),
        SecurityRequirement::default(),
    ]);
    openapi
}

/// The document as text, as it is served and as it is kept in `openapi/`.
pub(crate) fn render(openapi: &OpenApi) -> String {
    let mut text = openapi.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) fn routes(openapi: OpenApi) -> Router {
    let text = bytes::Bytes::from(render(&openapi));
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let ui = SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from("/openapi.json"));
    Router::new()
        .route("/openapi.json", get(move || std::future::ready((json.clone(), text.clone()))))
        .merge(ui)
}
