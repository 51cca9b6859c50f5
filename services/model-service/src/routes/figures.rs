//! `GET /api/v1/metrics`: how providers and models are doing. (`/metrics` is for Prometheus.)

use axum::extract::State;
use serde::Serialize;
use service_kit::Problem;
use service_kit::extract::Json;
use storage::CostGroup;
use utoipa::ToSchema;

use super::costs::Sum;
use crate::app;
use crate::app::costs::{CostQuery, costs};

/// How things are.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures {
    /// The configured providers.
    providers: Vec<ProviderFigures>,
    /// The recorded calls, by model.
    models: Vec<Sum>,
    /// All recorded calls.
    total: Sum,
    /// Entries of the books that wait for the database.
    calls_waiting: usize,
    /// Calls that went unrecorded since the start of this process, because the database was too far behind.
    calls_lost: usize,
}

/// One provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderFigures {
    /// Its name.
    name: String,
    /// The protocol it speaks: `openai`, `anthropic`, `offline`.
    kind: &'static str,
    /// `ready`, `probing` or `failing`.
    state: &'static str,
}

/// Tells how providers and models are doing.
#[utoipa::path(get, path = "/api/v1/metrics", tag = "books", responses((status = 200, body = Figures), Problem))]
pub async fn figures(State(state): State<app::State>) -> Result<Json<Figures>, Problem> {
    let rows = costs(&state, CostQuery { group: CostGroup::Model, since: None, until: None }).await?;
    let providers = state.providers.iter().map(|(name, provider)| ProviderFigures {
        name: name.clone(),
        kind: provider.kind().as_str(),
        state: provider.state().as_str(),
    });
    Ok(Json(Figures {
        providers: providers.collect(),
        total: Sum::render("total", &rows),
        models: rows.iter().map(|row| Sum::render(&row.group, std::slice::from_ref(row))).collect(),
        calls_waiting: state.books.waiting(),
        calls_lost: state.books.lost(),
    }))
}
