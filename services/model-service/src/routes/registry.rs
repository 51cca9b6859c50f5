//! `/models`: which models there are, their names and prices.

mod price;
mod wire;

use axum::extract::State;
use http::StatusCode;
use serde::Deserialize;
use service_api::from_rfc3339;
use service_kit::Problem;
use service_kit::extract::{Json, Path, Query};
use utoipa::IntoParams;

use crate::app;
use crate::app::registry;
use price::PriceBody;
use wire::{ModelBody, ModelListing, ModelView};

/// Which models to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only those of this provider.
    #[serde(default)]
    provider: Option<String>,
}

/// Lists all models, those whose provider is not configured too.
#[utoipa::path(get, path = "/models", tag = "registry", params(ListQuery), responses((status = 200, body = ModelListing), Problem))]
pub async fn list(State(state): State<app::State>, Query(query): Query<ListQuery>) -> Json<ModelListing> {
    let models = state.models.load_full();
    let wanted = models.values().filter(|m| query.provider.as_ref().is_none_or(|p| m.provider == *p));
    Json(ModelListing {
        items: wanted.map(|model| ModelView::render(&state, model)).collect(),
        next_cursor: None,
    })
}

/// Tells one model.
#[utoipa::path(
    get,
    path = "/models/{id}",
    tag = "registry",
    params(("id" = String, Path, description = "The model's id; write a slash in it as %2F")),
    responses((status = 200, body = ModelView), Problem)
)]
pub async fn one(
    State(state): State<app::State>,
    Path(id): Path<String>,
) -> Result<Json<ModelView>, Problem> {
    let model = registry::find(&state, &id)?;
    Ok(Json(ModelView::render(&state, &model)))
}

/// Registers a model.
#[utoipa::path(
    post,
    path = "/models",
    tag = "registry",
    request_body = ModelBody,
    responses((status = 201, description = "It can be asked at once", body = ModelView), Problem)
)]
pub async fn create(
    State(state): State<app::State>,
    Json(body): Json<ModelBody>,
) -> Result<(StatusCode, Json<ModelView>), Problem> {
    let model = registry::create(&state, body.parse(&state, None)?).await?;
    Ok((StatusCode::CREATED, Json(ModelView::render(&state, &model))))
}

/// Replaces a model's entry, or registers it.
#[utoipa::path(
    put,
    path = "/models/{id}",
    tag = "registry",
    params(("id" = String, Path, description = "The model's id; write a slash in it as %2F")),
    request_body = ModelBody,
    responses((status = 200, body = ModelView), Problem)
)]
pub async fn put(
    State(state): State<app::State>,
    Path(id): Path<String>,
    Json(body): Json<ModelBody>,
) -> Result<Json<ModelView>, Problem> {
    let model = registry::put(&state, body.parse(&state, Some(id))?).await?;
    Ok(Json(ModelView::render(&state, &model)))
}

/// Takes a model out. One that came with the configuration shows its original entry again.
#[utoipa::path(
    delete,
    path = "/models/{id}",
    tag = "registry",
    params(("id" = String, Path, description = "The model's id; write a slash in it as %2F")),
    responses((status = 204, description = "It is gone"), Problem)
)]
pub async fn delete(State(state): State<app::State>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    registry::delete(&state, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets what a model costs from a time on. What calls cost is reckoned by the price of their time.
#[utoipa::path(
    post,
    path = "/models/{id}/prices",
    tag = "registry",
    params(("id" = String, Path, description = "The model's id; write a slash in it as %2F")),
    request_body = PriceBody,
    responses((status = 200, body = ModelView), Problem)
)]
pub async fn price_put(
    State(state): State<app::State>,
    Path(id): Path<String>,
    Json(body): Json<PriceBody>,
) -> Result<Json<ModelView>, Problem> {
    let (valid_from, price) = body.parse()?;
    let model = registry::price_put(&state, &id, valid_from, price).await?;
    Ok(Json(ModelView::render(&state, &model)))
}

/// Which price to take back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PriceQuery {
    /// The time at which it begins to hold (RFC 3339).
    valid_from: String,
}

/// Takes a price back.
#[utoipa::path(
    delete,
    path = "/models/{id}/prices",
    tag = "registry",
    params(("id" = String, Path, description = "The model's id; write a slash in it as %2F"), PriceQuery),
    responses((status = 204, description = "It is gone"), Problem)
)]
pub async fn price_delete(
    State(state): State<app::State>,
    Path(id): Path<String>,
    Query(query): Query<PriceQuery>,
) -> Result<StatusCode, Problem> {
    let from = from_rfc3339(&query.valid_from).map_err(|error| Problem::invalid("valid_from", error.0))?;
    registry::price_delete(&state, &id, from).await?;
    Ok(StatusCode::NO_CONTENT)
}
