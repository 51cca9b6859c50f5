//! `GET /api/v1/costs`.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use service_api::from_rfc3339;
use service_kit::Problem;
use service_kit::extract::{Json, Query};
use storage::{CostGroup, ModelCost};
use task_model::{MicroUsd, Micros};
use utoipa::{IntoParams, ToSchema};

use crate::app;
use crate::app::costs::{CostQuery, costs as sums};

/// Which calls, summed by what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CostsQuery {
    /// By what to sum; by default by model.
    #[serde(default)]
    #[param(inline)]
    by: By,
    /// From this time on (RFC 3339).
    #[serde(default)]
    since: Option<String>,
    /// Before this time (RFC 3339).
    #[serde(default)]
    until: Option<String>,
}

/// By what costs are summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CostsBy)]
pub enum By {
    /// One sum for each model.
    #[default]
    Model,
    /// One sum for each provider.
    Provider,
    /// One sum for each agent; calls without one under the empty name.
    Agent,
    /// One sum for each task; calls without one under the empty name.
    Task,
    /// One sum for each API key; calls without one under the empty name.
    Key,
    /// One sum for each day (UTC).
    Day,
}

/// The sums.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostsAnswer {
    /// By what was summed.
    by: By,
    /// The dearest first; days in order.
    items: Vec<Sum>,
    /// Everything together.
    total: Sum,
}

/// One sum.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CallSum)]
pub struct Sum {
    /// The model, provider, agent, task, key or day.
    key: String,
    /// Calls.
    calls: i64,
    /// Calls that failed.
    errors: i64,
    /// Tokens read.
    tokens_in: i64,
    /// Tokens written.
    tokens_out: i64,
    /// What they cost.
    cost_usd: f64,
    /// Their mean duration.
    mean_latency_ms: Option<f64>,
}

/// Sums tokens, costs and durations over the recorded calls.
#[utoipa::path(get, path = "/api/v1/costs", tag = "books", params(CostsQuery), responses((status = 200, body = CostsAnswer), Problem))]
pub async fn costs(
    State(state): State<app::State>,
    Query(query): Query<CostsQuery>,
) -> Result<Json<CostsAnswer>, Problem> {
    let asked = CostQuery {
        group: query.by.group(),
        since: instant("since", query.since.as_deref())?,
        until: instant("until", query.until.as_deref())?,
    };
    let rows = sums(&state, asked).await?;
    let total = Sum::render("total", &rows);
    let items = rows.iter().map(|row| Sum::render(&row.group, std::slice::from_ref(row))).collect();
    Ok(Json(CostsAnswer { by: query.by, items, total }))
}

fn instant(field: &str, text: Option<&str>) -> Result<Option<Micros>, Problem> {
    text.map(from_rfc3339).transpose().map_err(|error| Problem::invalid(field, error.0))
}

impl By {
    fn group(self) -> CostGroup {
        match self {
            Self::Model => CostGroup::Model,
            Self::Provider => CostGroup::Provider,
            Self::Agent => CostGroup::Agent,
            Self::Task => CostGroup::Task,
            Self::Key => CostGroup::Key,
            Self::Day => CostGroup::Day,
        }
    }
}

impl Sum {
    /// All of `rows` as one sum.
    pub fn render(key: &str, rows: &[ModelCost]) -> Self {
        let sum = |field: fn(&ModelCost) -> i64| rows.iter().map(field).fold(0_i64, i64::saturating_add);
        let (calls, latency_us) = (sum(|row| row.calls), sum(|row| row.latency_us_sum));
        Self {
            key: key.to_owned(),
            calls,
            errors: sum(|row| row.errors),
            tokens_in: sum(|row| row.tokens_in),
            tokens_out: sum(|row| row.tokens_out),
            cost_usd: rows.iter().map(|row| row.cost).sum::<MicroUsd>().as_usd(),
            mean_latency_ms: (calls > 0).then(|| latency_us as f64 / calls as f64 / 1_000.0),
        }
    }
}
