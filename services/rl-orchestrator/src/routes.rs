//! The HTTP surface: each handler parses, makes one call into `app`, and renders.

mod agents;
mod analytics;
mod assign_task;
mod assign_tasks;
mod dead_letters;
mod events;
mod feedback;
mod fields;
mod learned;
mod order;
mod problem;
mod schedules;
mod select_agent;
mod tasks;

use utoipa::openapi::{OpenApi, tag::TagBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::State;

/// Every documented route.
pub(crate) fn routes(state: State) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(assign_task::assign_task))
        .routes(routes!(assign_tasks::assign_tasks))
        .routes(routes!(select_agent::select_agent))
        .merge(tasks::routes())
        .merge(schedules::routes())
        .merge(dead_letters::routes())
        .merge(feedback::routes())
        .merge(learned::routes())
        .merge(agents::routes())
        .merge(analytics::routes())
        .merge(events::routes())
        .with_state(state)
}

/// What the document says of the service as a whole.
pub(crate) fn describe(document: &mut OpenApi) {
    document.info.description = Some(
        "Gives each task to the agent most likely to succeed at it, observes the outcome, and learns."
            .to_owned(),
    );
    let tag = |name: &str, text: &str| TagBuilder::new().name(name).description(Some(text)).build();
    document.tags = Some(vec![
        tag("assignment", "A task becomes an assignment"),
        tag("tasks", "What became of tasks"),
        tag("schedules", "Tasks that are made again and again"),
        tag("feedback", "What people and programs thought of results"),
        tag("learning", "What was learned"),
        tag("analytics", "Figures over time and by agent"),
        tag("agents", "The roster as the orchestrator sees it"),
    ]);
}
