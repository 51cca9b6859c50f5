//! Errors as problem documents: the one place where they become HTTP.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use service_kit::Problem;

use crate::error::Error;

/// Said when nobody knows better.
const RETRY_AFTER: Duration = Duration::from_secs(2);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownAgent { asked, suggestion } => unknown_agent(&asked, suggestion),
            Error::AgentPaused(id) => Problem::conflict(
                "AGENT_PAUSED",
                format!("the agent {id} is paused; resume it or name another"),
            ),
            Error::NotFound(what) => Problem::not_found(what),
            Error::Conflict { code, detail } => Problem::conflict(code, detail),
            Error::Invalid { field, why } => Problem::invalid(field, why),
            Error::Refused(problem) => passed_on(*problem),
            Error::PeerAway { peer, retry_after } => {
                let detail = format!("the {peer} is out of reach; try again, or see /health");
                Problem::unavailable(detail, retry_after.unwrap_or(RETRY_AFTER))
            }
            Error::Storage(error) => stored(error),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

fn unknown_agent(asked: &str, suggestion: Option<String>) -> Problem {
    let asked: String = asked.chars().take(128).collect();
    let hint = suggestion.as_ref().map(|name| format!("; did you mean \"{name}\"?"));
    let detail =
        format!("there is no agent \"{asked}\"{}", hint.as_deref().unwrap_or("; GET /agents lists them"));
    let problem = Problem::new(StatusCode::NOT_FOUND, "AGENT_NOT_FOUND", detail);
    match suggestion {
        Some(name) => problem.with("suggestion", name),
        None => problem,
    }
}

/// A refusal by the orchestrator is the answer to our caller too: same status, code and facts, our request id.
fn passed_on(refused: service_api::problem::Problem) -> Problem {
    let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let mut problem = Problem::new(status, refused.code, refused.detail);
    for error in refused.errors {
        problem = problem.field(error.field, error.message);
    }
    refused.extra.into_iter().fold(problem, |problem, (member, value)| problem.with(&member, value))
}

fn stored(error: storage::Error) -> Problem {
    match error {
        storage::Error::Unavailable(_) => {
            tracing::warn!(%error, "a request met a database that does not answer");
            Problem::unavailable("the database does not answer; try again", RETRY_AFTER)
        }
        storage::Error::Full => {
            tracing::error!(%error, "a request met a full database");
            Problem::unavailable(
                "the database has no room left; its operator must make some",
                Duration::from_secs(30),
            )
        }
        storage::Error::Conflict(what) => {
            Problem::conflict("CONFLICT", format!("{what} was changed in the meantime; read it again"))
        }
        storage::Error::NotFound(what) => Problem::not_found(what),
        storage::Error::Invalid { field, why } => Problem::invalid(field, why),
        other => Problem::internal(&other),
    }
}
