//! The one place where refusals of the app become HTTP.

use std::time::Duration;

use http::StatusCode;
use service_kit::problem::{FieldError, Problem};

use crate::app::{Error, Insufficient};

/// When a caller may hope that the roster, a peer or the database is back.
const SOON: Duration = Duration::from_secs(1);
const ROSTER_SOON: Duration = Duration::from_secs(2);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Invalid(errors) => Self::invalid_fields(errors.into_iter().map(field).collect()),
            Error::Insufficient(refusal) => insufficient(*refusal),
            Error::TaskDiffers(_) => Self::conflict(
                "TASK_EXISTS",
                format!("{detail}; use another task_id, or send exactly what was sent before"),
            ),
            Error::KeyDiffers(_) => Self::conflict(
                "TASK_EXISTS",
                format!("{detail}; use another id and key, or send exactly what was sent before"),
            ),
            Error::TenantLimited(ref limited) => {
                let wait_ms = u64::try_from(limited.wait.as_millis()).unwrap_or(u64::MAX);
                Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "TENANT_RATE_LIMITED",
                    format!("{detail}; wait and send it again"),
                )
                .retry_after(limited.wait)
                .with("tenant", limited.tenant.as_str())
                .with("tasks_per_min", limited.per_min)
                .with("retry_after_ms", wait_ms)
            }
            Error::RedriveDiffers => Self::conflict("KEY_USED", format!("{detail}; use another one")),
            Error::TaskPruned(_) => {
                Self::conflict("TASK_PRUNED", format!("{detail}; use another id and key to do it again"))
            }
            Error::TaskUnknown(id) => Self::not_found(format!("task \"{id}\"")),
            Error::ScheduleUnknown(id) => Self::not_found(format!("schedule \"{id}\"")),
            Error::ScheduleDiffers(_) => Self::conflict(
                "SCHEDULE_EXISTS",
                format!("{detail}; use another schedule_id, or PUT to replace it"),
            ),
            Error::ScheduleChanged(_) => {
                Self::conflict("SCHEDULE_CHANGED", format!("{detail}; read it and decide again"))
            }
            Error::SchedulesFull { ref tenant, most } => Self::conflict(
                "SCHEDULE_LIMIT",
                format!("{detail}: delete some, or raise orchestrator.schedules_max"),
            )
            .with("tenant", tenant.as_str())
            .with("limit", most),
            Error::AgentUnknown(id) => Self::not_found(format!("agent \"{id}\"; GET /agents lists them")),
            Error::OtherAgent { .. } => {
                Self::conflict("OTHER_AGENT", format!("{detail}; leave agent_id out to judge whoever did it"))
            }
            Error::WrongState(_) => Self::conflict("WRONG_STATE", detail),
            Error::Contended => Self::conflict("CONTENDED", format!("{detail}; send it again")),
            Error::RosterEmpty => Self::unavailable(
                "no agents are known yet: the execution API publishes them when it starts; try again",
                ROSTER_SOON,
            )
            .code("ROSTER_EMPTY"),
            Error::Peer(error) => peer(&error),
            Error::Storage(error) => storage(&error),
            error @ Error::Internal(_) => Self::internal(&error),
        }
    }
}

fn field(error: service_api::problem::FieldError) -> FieldError {
    FieldError { field: error.field, message: error.message }
}

/// Clients of the earlier system read `error` and `message` at the top level.
fn insufficient(refusal: Insufficient) -> Problem {
    const CODE: &str = "INSUFFICIENT_CONFIDENCE";
    let detail = format!("{}. {}", refusal.message, refusal.suggestion);
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, CODE, detail)
        .with("error", CODE)
        .with("message", refusal.message)
        .with("confidence", refusal.confidence)
        .with("min_required", refusal.min_required)
        .with("suggestion", refusal.suggestion)
}

fn peer(error: &service_client::Error) -> Problem {
    use service_client::Error::{Refused, Unavailable, Unreadable};
    match error {
        Unavailable { retry_after, .. } => Problem::unavailable(
            "the execution API does not answer; the request is noted, send it again",
            retry_after.unwrap_or(SOON),
        ),
        Refused { problem, .. } => {
            Problem::conflict("EXECUTION_REFUSED", format!("the execution API refused: {}", problem.detail))
        }
        Unreadable { .. } => Problem::internal(error),
    }
}

fn storage(error: &storage::Error) -> Problem {
    match error {
        storage::Error::Unavailable(_) => {
            Problem::unavailable("the database does not answer; nothing was stored, try again", SOON)
        }
        storage::Error::Full => {
            Problem::unavailable("the database has no room left; nothing was stored", Duration::from_secs(30))
                .code("DATABASE_FULL")
        }
        storage::Error::Conflict(_) => Problem::from(Error::Contended),
        other => Problem::internal(other),
    }
}
