//! `/openapi.json` and Swagger UI at `/docs`, from the program itself: nothing is loaded from elsewhere.

mod shared;

use axum::Router;
use axum::routing::get;
use http::{HeaderValue, Method, header};
use utoipa::IntoResponses;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_swagger_ui::SwaggerUi;

use crate::access::Access;
use crate::problem::Problem;

/// A document without paths.
pub(crate) fn blank(name: &str, version: &str) -> OpenApi {
    OpenApiBuilder::new().info(InfoBuilder::new().title(name).version(version).build()).build()
}

/// Adds what all services share: their common routes, how keys are shown, which role each route needs, and the shape of errors.
pub(crate) fn complete(mut openapi: OpenApi, access: &Access) -> OpenApi {
    openapi.merge(shared::document());
    for (path, item) in &mut openapi.paths.paths {
        for (method, operation) in operations(item) {
            finish(operation, access, &method, path);
        }
    }
    openapi
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let by_method = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    by_method.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// `x-role` says who may call; nobody needs to be told that any route may refuse or fail, so that is added here.
fn finish(operation: &mut Operation, access: &Access, method: &Method, path: &str) {
    for (status, response) in Problem::responses() {
        operation.responses.responses.entry(status).or_insert(response);
    }
    match access.rule_for(method, Some(path)).role {
        Some(role) => {
            let extension = ExtensionsBuilder::new().add("x-role", role.as_str()).build();
            operation.extensions.get_or_insert_default().merge(extension);
        }
        None => operation.security = Some(vec![SecurityRequirement::default()]),
    }
}

/// The document as text, as it is served and as it is kept in `openapi/`.
pub(crate) fn render(openapi: &OpenApi) -> String {
    let mut text = openapi.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) fn routes(openapi: &OpenApi) -> Router {
    let text = bytes::Bytes::from(render(openapi));
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let ui = SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from("/openapi.json"));
    Router::new()
        .route("/openapi.json", get(move || std::future::ready((json.clone(), text.clone()))))
        .merge(ui)
}
