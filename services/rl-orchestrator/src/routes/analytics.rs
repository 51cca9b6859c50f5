//! `GET /analytics/*`: figures over time and per agent, as JSON or CSV.

mod csv;
mod query;

use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use service_api::explain::MetCeiling;
use service_api::performance::{Credited, SourceTrust};
use service_kit::extract::{Json, Query};
use service_kit::problem::Problem;
use task_model::Micros;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::analytics::{self, LearningCurve, Metric, Rates, Regret, ResponseTimes};
use crate::app::{Error, State, explain, performance};
use query::{Format, FormatQuery, SpanQuery};

pub(super) fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(completion_rate))
        .routes(routes!(error_rate))
        .routes(routes!(learning_curve))
        .routes(routes!(response_times))
        .routes(routes!(regret))
        .routes(routes!(ceilings))
        .routes(routes!(sources))
        .routes(routes!(credit))
}

/// The share of tasks that were completed
#[utoipa::path(
    get, path = "/analytics/completion-rate", tag = "analytics", params(SpanQuery),
    responses((status = 200, description = "Overall, over time, by agent", content((Rates = "application/json"), (String = "text/csv"))), Problem),
)]
async fn completion_rate(
    Extract(state): Extract<State>,
    Query(query): Query<SpanQuery>,
) -> Result<Response, Problem> {
    rates(&state, Metric::Completion, query).await
}

/// The share of tasks that failed
#[utoipa::path(
    get, path = "/analytics/error-rate", tag = "analytics", params(SpanQuery),
    responses((status = 200, description = "Overall, over time, by agent", content((Rates = "application/json"), (String = "text/csv"))), Problem),
)]
async fn error_rate(
    Extract(state): Extract<State>,
    Query(query): Query<SpanQuery>,
) -> Result<Response, Problem> {
    rates(&state, Metric::Error, query).await
}

async fn rates(state: &State, metric: Metric, query: SpanQuery) -> Result<Response, Problem> {
    let (span, format) = query::span(query)?;
    let rates = analytics::rates(state, metric, &span, Micros(service_kit::now_micros())).await?;
    let rows = [&rates.overall].into_iter().chain(&rates.over_time).chain(&rates.agents);
    answer(format, &rates, rows)
}

/// How rewards developed with experience
#[utoipa::path(
    get, path = "/analytics/learning-curve", tag = "analytics", params(FormatQuery),
    responses((status = 200, description = "Mean rewards by window of the experience log", content((LearningCurve = "application/json"), (String = "text/csv"))), Problem),
)]
async fn learning_curve(
    Extract(state): Extract<State>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let format = query::format(query)?;
    let curve = analytics::learning_curve(&state).await?;
    answer(format, &curve, &curve.points)
}

/// How long the agents took
#[utoipa::path(
    get, path = "/analytics/response-times", tag = "analytics", params(FormatQuery),
    responses((status = 200, description = "Mean and quantiles by agent", content((ResponseTimes = "application/json"), (String = "text/csv"))), Problem),
)]
async fn response_times(
    Extract(state): Extract<State>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let format = query::format(query)?;
    let times = analytics::response_times(&state).await?;
    answer(format, &times, &times.agents)
}

/// What the choices cost against the best that is believed possible
///
/// The latest decisions are valued anew with what is known now: an estimate by the learned values, not a measurement.
#[utoipa::path(
    get, path = "/analytics/regret", tag = "analytics", params(FormatQuery),
    responses((status = 200, description = "Mean with interval, and by window", content((Regret = "application/json"), (String = "text/csv"))), Problem),
)]
async fn regret(
    Extract(state): Extract<State>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let format = query::format(query)?;
    let regret = analytics::regret(&state).await?;
    answer(format, &regret, &regret.points)
}

/// How the ceilings on cost and time are met
///
/// One line for each ceiling of each tenant that an outcome came under; the 256 that were used last are kept.
#[utoipa::path(
    get, path = "/analytics/ceilings", tag = "analytics", params(FormatQuery),
    responses((status = 200, description = "Spent beside allowed, and the multiplier that steers it", content((Vec<MetCeiling> = "application/json"), (String = "text/csv"))), Problem),
)]
async fn ceilings(
    Extract(state): Extract<State>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let format = query::format(query)?;
    let met: Vec<MetCeiling> = explain::ceilings(&state.policy.now().learner).collect();
    answer(format, &met, &met)
}

/// How far each source of feedback is believed
///
/// By how its words agree with what was expected of the work. What is not believed counts less in rewards.
#[utoipa::path(
    get, path = "/analytics/sources", tag = "analytics", params(FormatQuery),
    responses((status = 200, description = "One line for each source that spoke", content((Vec<SourceTrust> = "application/json"), (String = "text/csv"))), Problem),
)]
async fn sources(
    Extract(state): Extract<State>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let format = query::format(query)?;
    let sources = performance::sources(&state);
    answer(format, &sources, &sources)
}

/// What outcomes are credited to: agents, models, tools
///
/// Effects on the reward that add up: an agent's is beside that of the model it runs on, for a typical text. Agents call tools where tasks ask
/// for them, so a tool's effect holds what those tasks are like as well: it tells where to look, and not what leaving the tool out would do.
#[utoipa::path(
    get, path = "/analytics/credit", tag = "analytics", params(FormatQuery),
    responses((status = 200, description = "One line for each agent, model and tool that outcomes were seen of", content((Vec<Credited> = "application/json"), (String = "text/csv"))), Problem),
)]
async fn credit(
    Extract(state): Extract<State>,
    Query(query): Query<FormatQuery>,
) -> Result<Response, Problem> {
    let format = query::format(query)?;
    let credited = performance::credit(&state);
    answer(format, &credited, &credited)
}

/// The figures, or their rows.
fn answer<'a, R: Serialize + 'a>(
    format: Format,
    figures: &impl Serialize,
    rows: impl IntoIterator<Item = &'a R>,
) -> Result<Response, Problem> {
    match format {
        Format::Json => Ok(Json(figures).into_response()),
        Format::Csv => Ok(csv::render(rows)
            .map_err(|error| Error::Internal(format!("figures cannot be rendered: {error}")))?),
    }
}
