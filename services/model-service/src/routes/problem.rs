//! The one place where errors become HTTP.

use std::time::Duration;

use http::StatusCode;
use service_kit::Problem;

use crate::Error;
use crate::providers::{ProviderError, Rejection};

/// When to come back if nobody said.
const SOON: Duration = Duration::from_secs(2);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Field { field, message } => Self::invalid(field, message),
            Error::ModelUnknown { model, .. } => Self::new(StatusCode::NOT_FOUND, "MODEL_UNKNOWN", detail)
                .with("model", model)
                .with("blame", "nobody"),
            Error::Conflict(detail) => Self::conflict("CONFLICT", detail),
            Error::Provider(error) => provider(&error),
            Error::Storage(error) if error.is_transient() => {
                Self::unavailable("the database does not answer; try again", SOON)
            }
            Error::Storage(storage::Error::Invalid { field, why }) => Self::invalid(field, why),
            Error::Storage(error) => Self::internal(&error),
        }
    }
}

/// `blame` says who is charged: `agent`, `infrastructure` or `nobody`.
pub fn provider(error: &ProviderError) -> Problem {
    let (status, wait) = match error {
        ProviderError::RateLimited { retry_after, .. } => {
            (StatusCode::TOO_MANY_REQUESTS, Some(retry_after.unwrap_or(SOON)))
        }
        ProviderError::Unavailable { retry_after, .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, Some(retry_after.unwrap_or(SOON)))
        }
        _ => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let mut problem =
        Problem::new(status, error.code(), error.to_string()).with("blame", error.blame().as_str());
    if let Some(name) = name(error) {
        problem = problem.with("provider", name);
    }
    if let ProviderError::Rejected { status, reason, code, .. } = error {
        problem = problem.with("reason", reason.as_str()).with("provider_status", *status);
        if let Some(code) = code {
            problem = problem.with("provider_code", code.as_str());
        }
    }
    if matches!(error, ProviderError::NotCarried { .. }) {
        problem = problem.with("reason", Rejection::Request.as_str());
    }
    wait.map_or(problem.clone(), |wait| problem.retry_after(wait))
}

fn name(error: &ProviderError) -> Option<&str> {
    match error {
        ProviderError::RateLimited { provider, .. }
        | ProviderError::Unavailable { provider, .. }
        | ProviderError::Rejected { provider, .. }
        | ProviderError::NotCarried { provider, .. } => Some(provider),
        ProviderError::Cannot(_) => Some(crate::app::providers::OFFLINE),
    }
}
