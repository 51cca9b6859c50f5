//! `/budgets`: what may be spent on models.

use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use service_api::rfc3339;
use service_kit::Problem;
use service_kit::extract::{Json, Path};
use task_model::Micros;
use utoipa::ToSchema;

use crate::app;
use crate::app::budgets::{self, Budget, BudgetState};

/// A budget.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetBody {
    /// Whose calls it covers: `all`, or those of one `key`, `agent`, `task`, `tenant`, `provider` or `model`.
    scope: String,
    /// Which one: the id of the key, agent, task, tenant or model, or the provider's name; nothing for `all`.
    #[serde(default)]
    subject: String,
    /// After which it begins anew, in UTC: `day`, `month` or `forever`.
    period: String,
    /// Dollars that may be spent in a period.
    #[schema(minimum = 0)]
    limit_usd: f64,
}

/// A budget and what is used of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BudgetView {
    /// Its identity.
    id: String,
    /// Whose calls it covers.
    scope: &'static str,
    /// Which one.
    subject: String,
    /// After which it begins anew.
    period: &'static str,
    /// Dollars that may be spent in a period.
    limit_usd: f64,
    /// Dollars spent in the running period, or reserved by calls under way.
    used_usd: f64,
    /// When the running period ends.
    ends_at: Option<String>,
}

/// Budgets.
#[derive(Debug, Serialize, ToSchema)]
pub struct BudgetListing {
    /// By id.
    items: Vec<BudgetView>,
    /// Always null: the list is whole.
    next_cursor: Option<String>,
}

/// Lists all budgets and what is used of them.
#[utoipa::path(get, path = "/budgets", tag = "books", responses((status = 200, body = BudgetListing), Problem))]
pub async fn list(State(state): State<app::State>) -> Result<Json<BudgetListing>, Problem> {
    let items = budgets::list(&state).await?.into_iter().map(BudgetView::render).collect();
    Ok(Json(BudgetListing { items, next_cursor: None }))
}

/// Tells one budget and what is used of it.
#[utoipa::path(
    get,
    path = "/budgets/{id}",
    tag = "books",
    params(("id" = String, Path, description = "The budget's id")),
    responses((status = 200, body = BudgetView), Problem)
)]
pub async fn one(
    State(state): State<app::State>,
    Path(id): Path<String>,
) -> Result<Json<BudgetView>, Problem> {
    Ok(Json(BudgetView::render(budgets::find(&state, &id).await?)))
}

/// Makes a budget, or changes it; what was used of it stays.
///
/// Before a call is made, what it may cost at most is taken from every budget that covers it, and what it cost less is given back. A
/// call that no longer fits is answered 429 `BUDGET_EXCEEDED`. Other replicas follow a change within `models.registry_refresh_ms`.
#[utoipa::path(
    put,
    path = "/budgets/{id}",
    tag = "books",
    params(("id" = String, Path, description = "The budget's id: 1 to 64 of letters, digits, `.`, `_` and `-`")),
    request_body = BudgetBody,
    responses((status = 200, body = BudgetView), Problem)
)]
pub async fn put(
    State(state): State<app::State>,
    Path(id): Path<String>,
    Json(body): Json<BudgetBody>,
) -> Result<Json<BudgetView>, Problem> {
    Ok(Json(BudgetView::render(budgets::put(&state, body.parse(id)?).await?)))
}

/// Removes a budget and forgets what was used of it.
#[utoipa::path(
    delete,
    path = "/budgets/{id}",
    tag = "books",
    params(("id" = String, Path, description = "The budget's id")),
    responses((status = 204, description = "It is gone"), Problem)
)]
pub async fn delete(State(state): State<app::State>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    budgets::delete(&state, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl BudgetBody {
    fn parse(self, id: String) -> Result<Budget, Problem> {
        Budget::checked(id, &self.scope, self.subject, &self.period, self.limit_usd)
            .map_err(|(field, message)| Problem::invalid(field, message))
    }
}

impl BudgetView {
    fn render(state: BudgetState) -> Self {
        let budget = &state.budget;
        Self {
            id: budget.id.clone(),
            scope: budget.scope.as_str(),
            subject: budget.subject.clone(),
            period: budget.period.as_str(),
            limit_usd: budget.limit.as_usd(),
            used_usd: state.used.as_usd(),
            ends_at: state.ends.map(|at: Micros| rfc3339(at)),
        }
    }
}
