//! The HTTP surface: parse, call one function of `app`, render. No SQL, no decisions.

mod agents;
mod execute;
mod fork;
mod history;
mod inbox;
mod knowledge;
mod list_query;
mod memory;
mod stream;
mod surgery;
mod tasks;
mod wait;

use std::sync::Arc;

use axum::http::Method;
use service_kit::Problem;
use service_kit::access::{Access, Role};
use task_model::TaskId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::settings::ExecutionSettings;
use crate::state::State;

/// The state as an argument of a handler.
type Held = axum::extract::State<Arc<State>>;

/// Every route of the service.
pub fn all(state: Arc<State>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(execute::execute))
        .routes(routes!(execute::execute_fallback))
        .routes(routes!(tasks::find))
        .routes(routes!(stream::socket))
        .routes(routes!(tasks::list))
        .routes(routes!(surgery::cancel))
        .routes(routes!(surgery::retry))
        .routes(routes!(surgery::pause))
        .routes(routes!(surgery::resume))
        .routes(routes!(surgery::approve))
        .routes(routes!(surgery::deny))
        .routes(routes!(fork::fork))
        .routes(routes!(inbox::list))
        .routes(routes!(history::list))
        .routes(routes!(agents::list, agents::create))
        .routes(routes!(agents::list_v2))
        .routes(routes!(agents::find, agents::update, agents::delete))
        .routes(routes!(agents::revisions))
        .routes(routes!(knowledge::add))
        .routes(routes!(knowledge::search))
        .routes(routes!(knowledge::stats))
        .routes(routes!(knowledge::delete))
        .routes(routes!(memory::context))
        .routes(routes!(memory::status))
        .with_state(state)
}

/// Who may do what, and what may take longer. Reading needs a viewer and submitting a submitter unless it says otherwise here.
pub fn access(settings: &ExecutionSettings) -> Access {
    let patience = settings.wait_max() + std::time::Duration::from_secs(5);
    let designed = [Method::POST, Method::PUT, Method::DELETE];
    let access = designed
        .into_iter()
        .fold(Access::new(), |access, method| access.rule(method, "/agents", Role::Operator));
    let surgery = ["pause", "resume", "approve", "deny"];
    surgery
        .into_iter()
        .fold(access, |access, verb| {
            access.rule(Method::POST, &format!("/api/v1/tasks/{{id}}/{verb}"), Role::Operator)
        })
        .rule(Method::POST, "/agents/execute", Role::Submitter)
        .rule(Method::DELETE, "/api/v2/knowledge/{id}", Role::Operator)
        .timeout("/api/v2/agents/execute", patience)
        .timeout("/agents/execute", patience)
        .timeout("/api/v1/tasks/{id}", patience)
}

/// The id of a task from a path.
fn task_id(raw: String) -> Result<TaskId, Problem> {
    TaskId::parse(raw).map_err(|why| Problem::invalid("id", why.to_string()))
}
