//! `GET /v1/models`: the names that can be asked for, as OpenAI's clients read them.

use axum::extract::State;
use serde::Serialize;
use service_kit::Problem;
use service_kit::extract::{Json, Path};
use utoipa::ToSchema;

use crate::app;
use crate::app::registry::STANDING_ALIASES;
use crate::app::resolve::{Route, resolve};

/// The names.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelNames {
    /// Always `list`.
    object: &'static str,
    /// Aliases first.
    data: Vec<ModelName>,
}

/// A name that can be asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelName {
    /// The name.
    id: String,
    /// Always `model`.
    object: &'static str,
    /// When it was registered, in Unix seconds; 0 for what came with the configuration.
    created: i64,
    /// The provider that would answer.
    owned_by: String,
    /// The model that it stands for.
    model: String,
}

/// Lists the names whose provider is configured.
#[utoipa::path(get, path = "/v1/models", tag = "openai", responses((status = 200, body = ModelNames), Problem))]
pub async fn list(State(state): State<app::State>) -> Json<ModelNames> {
    let models = state.models.load_full();
    let aliases = models.values().flat_map(|model| &model.aliases).map(String::as_str);
    let names = STANDING_ALIASES.into_iter().chain(aliases).chain(models.keys().map(String::as_str));
    let mut data: Vec<ModelName> = Vec::new();
    for (name, route) in names.filter_map(|name| Some((name, resolve(&state, name).ok()?))) {
        if data.iter().all(|known| known.id != name) {
            data.push(render(&state, name, &route));
        }
    }
    Json(ModelNames { object: "list", data })
}

/// Tells one name.
#[utoipa::path(
    get,
    path = "/v1/models/{model}",
    tag = "openai",
    params(("model" = String, Path, description = "A model's id or alias; write a slash in it as %2F")),
    responses((status = 200, body = ModelName), Problem)
)]
pub async fn one(
    State(state): State<app::State>,
    Path(name): Path<String>,
) -> Result<Json<ModelName>, Problem> {
    let route = resolve(&state, &name)?;
    Ok(Json(render(&state, &name, &route)))
}

fn render(state: &app::State, name: &str, route: &Route) -> ModelName {
    let created = state.models.load().get(&route.model_id).map_or(0, |model| model.created_at.0 / 1_000_000);
    ModelName {
        id: name.to_owned(),
        object: "model",
        created,
        owned_by: route.provider_name.clone(),
        model: route.model_id.clone(),
    }
}
