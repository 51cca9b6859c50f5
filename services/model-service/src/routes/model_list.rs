//! `GET /v1/models`: the names that can be asked for, as OpenAI's and Anthropic's clients read them.

use axum::extract::State;
use serde::Serialize;
use service_api::rfc3339;
use service_kit::Problem;
use service_kit::extract::{Json, Path};
use task_model::Micros;
use utoipa::ToSchema;

use super::document::shaped;
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
    /// Always false: the list is whole.
    has_more: bool,
    /// The first name.
    first_id: Option<String>,
    /// The last name.
    last_id: Option<String>,
}

/// A name that can be asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelName {
    /// The name.
    id: String,
    /// Always `model`.
    object: &'static str,
    /// Always `model`, in Anthropic's word.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The name again, for Anthropic's clients.
    display_name: String,
    /// When it was registered.
    created_at: String,
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
    let id = |name: Option<&ModelName>| name.map(|name| name.id.clone());
    let (first_id, last_id) = (id(data.first()), id(data.last()));
    Json(ModelNames { object: "list", data, has_more: false, first_id, last_id })
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
    let route = resolve(&state, &name).map_err(shaped)?;
    Ok(Json(render(&state, &name, &route)))
}

fn render(state: &app::State, name: &str, route: &Route) -> ModelName {
    let created = state.models.load().get(&route.model_id).map_or(0, |model| model.created_at.0 / 1_000_000);
    ModelName {
        id: name.to_owned(),
        object: "model",
        kind: "model",
        display_name: name.to_owned(),
        created_at: rfc3339(Micros(created * 1_000_000)),
        created,
        owned_by: route.provider_name.clone(),
        model: route.model_id.clone(),
    }
}
