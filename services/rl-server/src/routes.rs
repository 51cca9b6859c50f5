//! Parse, call, render.

mod evaluate;
mod experiences;
mod policies;
mod problem;
mod signal;
mod status;
mod training;

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::State;

/// Everything that is served beside what every service has.
pub(crate) fn routes(state: State) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(training::start))
        .routes(routes!(training::list))
        .routes(routes!(training::show))
        .routes(routes!(training::status))
        .routes(routes!(training::metrics))
        .routes(routes!(training::stop))
        .routes(routes!(policies::list))
        .routes(routes!(policies::show))
        .routes(routes!(policies::shadow))
        .routes(routes!(policies::canary))
        .routes(routes!(policies::promote))
        .routes(routes!(policies::roll_back))
        .routes(routes!(evaluate::evaluate))
        .routes(routes!(experiences::import, experiences::export))
        .routes(routes!(signal::signal))
        .routes(routes!(status::status))
        .with_state(state)
}

/// What the document says of itself.
pub(crate) fn describe(openapi: &mut OpenApi) {
    openapi.info.title = "Agent Lightning: RL server".into();
    openapi.info.description = Some(
        "Receives experiences, trains policies from the log, and publishes versions that orchestrators pick up within a second.".into(),
    );
}
