//! The one place where errors become HTTP.

use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use service_kit::Problem;

use super::facts::{PROVIDER, TRIES};
use crate::Error;
use crate::providers::{ProviderError, Rejection};

const BLAME: HeaderName = HeaderName::from_static("x-blame");
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
            Error::RateLimited { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail).retry_after(retry_after)
            }
            Error::BudgetExceeded(exceeded) => {
                let budget = exceeded.budget;
                let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "BUDGET_EXCEEDED", detail)
                    .with("scope", budget.scope.as_str())
                    .with("subject", budget.subject)
                    .with("period", budget.period.as_str())
                    .with("limit_usd", budget.limit.as_usd())
                    .with("used_usd", exceeded.used.as_usd())
                    .with("wanted_usd", exceeded.wanted.as_usd());
                let problem = problem.with("budget", budget.id).with("blame", "infrastructure");
                exceeded.retry_after.map_or(problem.clone(), |wait| problem.retry_after(wait))
            }
            Error::BudgetWithoutPrice { budget, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "BUDGET_WITHOUT_PRICE", detail)
                    .with("budget", budget)
                    .with("blame", "infrastructure")
            }
            Error::Unknown(what) => Self::not_found(what),
            Error::Provider { source, tries, .. } => with_headers(explained(&source, detail), &source, tries),
            Error::Storage(error) if error.is_transient() => {
                Self::unavailable("the database does not answer; try again", SOON)
            }
            Error::Storage(storage::Error::Invalid { field, why }) => Self::invalid(field, why),
            Error::Storage(error) => Self::internal(&error),
        }
    }
}

/// The same facts as headers, for clients that show no bodies.
fn with_headers(problem: Problem, error: &ProviderError, tries: u32) -> Problem {
    let problem = problem.with("tries", tries).header(TRIES, HeaderValue::from(tries));
    let problem = problem.header(BLAME, HeaderValue::from_static(error.blame().as_str()));
    match name(error).and_then(|name| HeaderValue::from_str(name).ok()) {
        Some(name) => problem.header(PROVIDER, name),
        None => problem,
    }
}

/// A provider's failure, in its own words.
pub fn provider(error: &ProviderError) -> Problem {
    explained(error, error.to_string())
}

/// `blame` says who is charged: `agent`, `infrastructure` or `nobody`.
fn explained(error: &ProviderError, detail: String) -> Problem {
    let (status, wait) = match error {
        ProviderError::RateLimited { retry_after, .. } => {
            (StatusCode::TOO_MANY_REQUESTS, Some(retry_after.unwrap_or(SOON)))
        }
        ProviderError::AtOurLimit { retry_after, .. } => (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after)),
        ProviderError::Unavailable { retry_after, .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, Some(retry_after.unwrap_or(SOON)))
        }
        _ => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let mut problem = Problem::new(status, error.code(), detail).with("blame", error.blame().as_str());
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
        | ProviderError::AtOurLimit { provider, .. }
        | ProviderError::Unavailable { provider, .. }
        | ProviderError::Rejected { provider, .. }
        | ProviderError::NotCarried { provider, .. } => Some(provider),
        ProviderError::Cannot(_) => Some(crate::app::providers::OFFLINE),
    }
}
